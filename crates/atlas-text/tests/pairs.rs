//! Our own suite: written pairs that matter are found, with the right sentence; written pairs that don't raise nothing.
//!
//! Invariant: each edit stands in a whole policy, once as Markdown and once as a page with everything around it that
//! changes between two polls. `ATLAS_PAIRS_OUT=folder` writes the pairs as `conductatlas evaluate changes` reads them.
#![cfg(test)]

#[path = "pairs/build.rs"]
mod build;

use std::path::Path;

use atlas_domain::{Comparison, ExtractRules, HunkKind, Materiality, PolicyText};
use atlas_text::compare;
use build::Pair;

fn read(pair: &Pair, source: &str) -> PolicyText {
    let content_type = if pair.form == "html" {
        "text/html"
    } else {
        "text/markdown"
    };
    atlas_text::extract(source.as_bytes(), Some(content_type), None, &ExtractRules::default()).unwrap()
}

fn judge(pair: &Pair) -> Comparison {
    compare(&read(pair, &pair.old), &read(pair, &pair.new))
}

fn told(found: &Comparison) -> String {
    let mut lines = vec![format!("    {}", found.materiality)];
    for hunk in found.hunks.iter().filter(|hunk| hunk.kind != HunkKind::Ignored).take(6) {
        lines.push(format!(
            "    {} {:?} => {:?}",
            hunk.kind,
            hunk.old.as_ref().map(|side| &side.text),
            hunk.new.as_ref().map(|side| &side.text)
        ));
    }
    for signal in found.signals.iter().take(6) {
        lines.push(format!(
            "      {} {:.1} {}",
            signal.name, signal.weight, signal.evidence
        ));
    }
    lines.join("\n")
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One hunk counts, and it shows the sentence of both sides; or one shows what went and its neighbour what came.
fn shows(found: &Comparison, pair: &Pair) -> bool {
    let counted: Vec<_> = found
        .hunks
        .iter()
        .filter(|hunk| matches!(hunk.kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified))
        .collect();
    let side = |side: Option<&atlas_domain::HunkSide>, words: &str| match side {
        Some(side) => !words.is_empty() && squeezed(&side.text).contains(&squeezed(words)),
        None => words.is_empty(),
    };
    let (old, new) = (&pair.sentences.0, &pair.sentences.1);
    match counted.as_slice() {
        [hunk] => side(hunk.old.as_ref(), old) && side(hunk.new.as_ref(), new),
        [gone, come] => {
            (gone.kind, come.kind) == (HunkKind::Removed, HunkKind::Added)
                && side(gone.old.as_ref(), old)
                && side(come.new.as_ref(), new)
        }
        _ => false,
    }
}

#[test]
fn every_written_pair_that_matters_is_found_with_its_sentence() {
    let pairs = build::material();
    let mut missed = Vec::new();
    for pair in &pairs {
        let found = judge(pair);
        let least = pair.case.least.unwrap_or(Materiality::Material);
        if found.materiality < least || !shows(&found, pair) {
            missed.push(format!(
                "{} ({}), expected {:?}\n{}",
                pair.case.name,
                pair.form,
                pair.sentences,
                told(&found)
            ));
        }
    }
    println!("{} pairs", pairs.len());
    assert!(
        missed.is_empty(),
        "{} of {} missed\n{}",
        missed.len(),
        pairs.len(),
        missed.join("\n")
    );
}

#[test]
fn no_written_pair_that_does_not_matter_raises_an_alert() {
    let pairs = build::cosmetic();
    let mut raised = Vec::new();
    for pair in &pairs {
        let found = judge(pair);
        if found.materiality > pair.case.most.unwrap_or(Materiality::Cosmetic) {
            raised.push(format!("{} ({})\n{}", pair.case.name, pair.form, told(&found)));
        }
    }
    println!("{} pairs", pairs.len());
    assert!(
        raised.is_empty(),
        "{} of {} raised\n{}",
        raised.len(),
        pairs.len(),
        raised.join("\n")
    );
}

#[test]
fn the_written_pairs_can_be_given_to_the_verb_that_judges() {
    let Some(folder) = std::env::var_os("ATLAS_PAIRS_OUT") else {
        return;
    };
    for (kind, pairs) in [("material", build::material()), ("cosmetic", build::cosmetic())] {
        for pair in pairs {
            let name = format!("{} {} {}", pair.case.base, pair.case.name.replace('/', " "), pair.form);
            let folder = Path::new(&folder).join(kind).join(name);
            std::fs::create_dir_all(&folder).unwrap();
            for (side, text) in [("old", &pair.old), ("new", &pair.new)] {
                std::fs::write(folder.join(format!("{side}.{}", pair.form)), text).unwrap();
            }
            let words = |words: &str| Some(words.to_owned()).filter(|words| !words.is_empty() && kind == "material");
            let expected = serde_json::json!({
                "at_least": pair.case.least, "at_most": pair.case.most,
                "old": words(&pair.sentences.0), "new": words(&pair.sentences.1),
            });
            std::fs::write(folder.join("expect.json"), expected.to_string()).unwrap();
        }
    }
}
