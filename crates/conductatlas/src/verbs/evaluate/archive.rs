//! Trials of a folder with `pairs.jsonl`, `manifest.json` and `documents/`, as the archive of real policies has it.
//!
//! Invariant: a pair is tried on the archive's own text, and on its pages too where both versions have them.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use atlas_domain::{ExtractRules, Materiality, PolicyText};
use serde::Deserialize;

use super::{
    files,
    trial::{Expectation, Measure, Trial},
};

#[derive(Debug, Deserialize)]
struct Manifest {
    documents: Vec<Document>,
}

#[derive(Debug, Deserialize)]
struct Document {
    dir: String,
    #[serde(default)]
    select: serde_json::Value,
    #[serde(default)]
    remove: serde_json::Value,
    versions: Vec<Version>,
    #[serde(default)]
    unchanged_polls: Vec<Poll>,
}

#[derive(Debug, Deserialize)]
struct Version {
    file: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    html: Vec<Page>,
}

#[derive(Debug, Deserialize)]
struct Page {
    file: String,
}

#[derive(Debug, Deserialize)]
struct Poll {
    file: String,
    same_policy_text_as: String,
    selected_text_equal: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    dir: String,
    before: String,
    after: String,
    auto_label: String,
}

/// A comparison that is still on disk.
#[derive(Debug)]
pub(super) struct Plan {
    measure: Measure,
    name: String,
    expectation: Expectation,
    old: Vec<PathBuf>,
    new: Vec<PathBuf>,
    rules: ExtractRules,
}

impl Plan {
    /// Reads both sides.
    pub fn read(self) -> Trial {
        let side = |paths: &[PathBuf]| -> Result<PolicyText, String> {
            let parts: Result<Vec<_>, _> = paths.iter().map(|path| files::policy(path, &self.rules)).collect();
            parts.map(|mut parts| {
                if parts.len() == 1 {
                    parts.pop().unwrap_or_default()
                } else {
                    atlas_text::join(parts)
                }
            })
        };
        Trial {
            measure: self.measure,
            old: side(&self.old),
            new: side(&self.new),
            name: self.name,
            expectation: self.expectation,
            sentences: (None, None),
        }
    }
}

/// A document of which some versions come back: the texts of its versions, in order.
#[derive(Debug)]
pub(super) struct Flapping {
    pub name: String,
    pub versions: Vec<PathBuf>,
}

/// What is in the folder.
pub(super) fn plans(root: &Path) -> Result<(Vec<Plan>, Vec<Flapping>)> {
    let read = |name: &str| fs::read_to_string(root.join(name)).with_context(|| root.join(name).display().to_string());
    let manifest: Manifest = serde_json::from_str(&read("manifest.json")?).context("manifest.json")?;
    let documents: HashMap<&str, &Document> = manifest
        .documents
        .iter()
        .map(|document| (document.dir.as_str(), document))
        .collect();
    let mut plans = Vec::new();
    let mut flapping: BTreeMap<String, Flapping> = BTreeMap::new();
    for (number, line) in read("pairs.jsonl")?.lines().enumerate() {
        let pair: Pair = serde_json::from_str(line).with_context(|| format!("pairs.jsonl, line {}", number + 1))?;
        let folder = root.join("documents").join(&pair.dir);
        let (measure, expectation) = meaning(&pair.auto_label);
        let name = format!("{} {}", pair.dir, pair.after);
        let document = documents.get(pair.dir.as_str()).copied();
        let rules = document.and_then(rules);
        let pages = |file: &str| -> Vec<PathBuf> {
            let version = document.and_then(|document| document.versions.iter().find(|version| version.file == file));
            version
                .map(|version| version.html.iter().map(|page| folder.join(&page.file)).collect())
                .unwrap_or_default()
        };
        let (old, new) = (pages(&pair.before), pages(&pair.after));
        if let Some(rules) = rules.filter(|_| !old.is_empty() && old.len() == new.len()) {
            // A label speaks of the archive's text; that of a page read by rules of another day is not bound by it.
            let expectation = if measure == Measure::TechnicalUpgrade {
                Expectation::Free
            } else {
                expectation
            };
            plans.push(Plan {
                measure,
                name: format!("{name} (page)"),
                expectation,
                old,
                new,
                rules,
            });
        }
        if pair.auto_label == "flapping"
            && let Some(document) = document
        {
            flapping.entry(pair.dir.clone()).or_insert_with(|| Flapping {
                name: pair.dir.clone(),
                versions: updates(document, &folder),
            });
        }
        plans.push(Plan {
            measure,
            name,
            expectation,
            old: vec![folder.join(&pair.before)],
            new: vec![folder.join(&pair.after)],
            rules: ExtractRules::default(),
        });
    }
    for document in &manifest.documents {
        plans.extend(polls(document, root));
    }
    Ok((plans, flapping.into_values().collect()))
}

/// The files of the versions that the publisher made, in order of time.
fn updates(document: &Document, folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = document
        .versions
        .iter()
        .filter(|version| version.kind != "technical")
        .collect();
    files.sort_by(|one, two| one.file.cmp(&two.file));
    files.into_iter().map(|version| folder.join(&version.file)).collect()
}

fn polls(document: &Document, root: &Path) -> Vec<Plan> {
    let folder = root.join("documents").join(&document.dir);
    let Some(rules) = rules(document) else {
        return Vec::new();
    };
    let proved = document
        .unchanged_polls
        .iter()
        .filter(|poll| poll.selected_text_equal == Some(true));
    proved
        .filter_map(|poll| {
            let file = poll.same_policy_text_as.trim_end_matches(".gz");
            let version = document.versions.iter().find(|version| version.file == file)?;
            let [page] = version.html.as_slice() else {
                return None;
            };
            Some(Plan {
                measure: Measure::EqualPoll,
                name: format!("{} {}", document.dir, poll.file),
                expectation: Expectation::AtMost(Materiality::Cosmetic),
                old: vec![folder.join(&page.file)],
                new: vec![folder.join(&poll.file)],
                rules: rules.clone(),
            })
        })
        .collect()
}

fn meaning(label: &str) -> (Measure, Expectation) {
    let silent = Expectation::AtMost(Materiality::Cosmetic);
    match label {
        "no_source_change" => (Measure::TechnicalUpgrade, silent),
        "cosmetic" => (Measure::SameWords, silent),
        "substantive" => (Measure::Substantive, Expectation::AtLeast(Materiality::Editorial)),
        _ => (Measure::Unlabelled, Expectation::Free),
    }
}

fn rules(document: &Document) -> Option<ExtractRules> {
    Some(ExtractRules {
        select: atlas_worker::declarations::selectors(&document.select)?,
        remove: atlas_worker::declarations::selectors(&document.remove)?,
    })
}
