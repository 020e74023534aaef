//! Trials of folders of written pairs, of articles about changes, and of lines of sentence pairs.
//!
//! Invariant: a folder `material/NAME`, `cosmetic/NAME` or `refused/NAME` holds `old` and `new` as `.md` or `.html`; what
//! its `expect.json` says must come out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use atlas_domain::{ExtractRules, Materiality};
use serde::Deserialize;

use super::{
    files,
    trial::{Expectation, Measure, Trial},
};

/// What `expect.json` may say.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    /// The least rank; `material` if it is left out.
    at_least: Option<Materiality>,
    /// The highest rank; `cosmetic` if it is left out.
    at_most: Option<Materiality>,
    /// A sentence of the old text that a hunk must show.
    old: Option<String>,
    /// A sentence of the new text that the same hunk must show.
    new: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Sentences {
    id: String,
    before: String,
    after: String,
    label: String,
}

/// The trials of one kind of folder, if it is there.
pub(super) fn folder(root: &Path, kind: &str) -> Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for folder in subfolders(&root.join(kind))? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = match fs::read_to_string(folder.join("expect.json")) {
            Ok(words) => serde_json::from_str(&words).with_context(|| format!("{kind}/{name}/expect.json"))?,
            Err(_) => Expected::default(),
        };
        let (measure, expectation) = match kind {
            "material" => (
                Measure::Material,
                Expectation::AtLeast(expected.at_least.unwrap_or(Materiality::Material)),
            ),
            "cosmetic" => (
                Measure::Cosmetic,
                Expectation::AtMost(expected.at_most.unwrap_or(Materiality::Cosmetic)),
            ),
            _ => (Measure::NotDocument, Expectation::Refused),
        };
        let rules = ExtractRules::default();
        let old = files::policy(&side(&folder, "old")?, &rules);
        let new = files::policy(&side(&folder, "new")?, &rules);
        trials.push(Trial {
            measure,
            name: format!("{kind}/{name}"),
            expectation,
            old,
            new,
            sentences: (expected.old, expected.new),
        });
    }
    Ok(trials)
}

/// The changes that people wrote about: a folder for each, with `before.md` and `after.md`.
pub(super) fn memos(root: &Path) -> Result<Vec<Trial>> {
    let mut trials = Vec::new();
    for folder in subfolders(root)? {
        let (old, new) = (folder.join("before.md"), folder.join("after.md"));
        if !old.exists() || !new.exists() {
            continue;
        }
        let rules = ExtractRules::default();
        trials.push(Trial {
            measure: Measure::Memo,
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            expectation: Expectation::AtLeast(Materiality::Material),
            old: files::policy(&old, &rules),
            new: files::policy(&new, &rules),
            sentences: (None, None),
        });
    }
    Ok(trials)
}

/// Pairs of sentences, one JSON object a line, with `label` material, minor or cosmetic.
pub(super) fn sentences(file: &Path) -> Result<Vec<Trial>> {
    let words = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut trials = Vec::new();
    for (number, line) in words.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let pair: Sentences =
            serde_json::from_str(line).with_context(|| format!("{}, line {}", file.display(), number + 1))?;
        let (measure, expectation) = match pair.label.as_str() {
            "material" => (Measure::Material, Expectation::AtLeast(Materiality::Material)),
            "minor" => (Measure::Material, Expectation::AtLeast(Materiality::Editorial)),
            // Another address or another number of an annex is shown, and raises no alert.
            "cosmetic" => (Measure::Cosmetic, Expectation::AtMost(Materiality::Editorial)),
            other => bail!("{}, line {}: label `{other}`", file.display(), number + 1),
        };
        trials.push(Trial {
            measure,
            name: pair.id,
            expectation,
            old: Ok(atlas_text::parse_markdown(&pair.before)),
            new: Ok(atlas_text::parse_markdown(&pair.after)),
            sentences: (None, None),
        });
    }
    Ok(trials)
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn side(folder: &Path, name: &str) -> Result<PathBuf> {
    let candidates = ["md", "html", "htm", "txt"].map(|ending| folder.join(format!("{name}.{ending}")));
    candidates
        .into_iter()
        .find(|path| path.exists())
        .with_context(|| format!("{} has no `{name}.md` or `{name}.html`", folder.display()))
}
