//! What the public pages read: one module for each subject, one function for each question a page asks.
//!
//! Invariant: nothing here writes. Only published changes are returned, and only findings of the standing version of
//! a document (the latest one that was read to its end) count as what it says today.

pub mod change;
pub mod change_list;
pub mod coverage;
pub mod document;
pub mod platform;
pub mod platform_list;
pub mod position;
pub mod provision;
pub mod search;
pub mod short;
pub mod sitemap;
pub mod version;

use serde::Deserialize;

/// One line of a change's summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryLine {
    /// The sentence.
    pub text: String,
    /// Index of the hunk it speaks of, from 0.
    pub hunk: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredSummaryLine {
    Bare(String),
    Tied {
        text: String,
        #[serde(default)]
        hunk: Option<usize>,
    },
}

/// Reads the stored summary: a list of sentences, each bare or tied to a hunk.
fn summary(stored: serde_json::Value) -> crate::Result<Vec<SummaryLine>> {
    let lines: Vec<StoredSummaryLine> = crate::error::json(stored)?;
    Ok(lines
        .into_iter()
        .map(|line| match line {
            StoredSummaryLine::Bare(text) => SummaryLine { text, hunk: None },
            StoredSummaryLine::Tied { text, hunk } => SummaryLine { text, hunk },
        })
        .collect())
}

/// A literal for `LIKE` and `ILIKE`: the words anywhere, with their own `%`, `_` and `\` taken literally.
fn contains_pattern(words: &str) -> String {
    let mut pattern = String::with_capacity(words.len() + 2);
    pattern.push('%');
    for letter in words.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    #[test]
    fn wildcards_in_a_search_are_literal() {
        assert_eq!(super::contains_pattern("50%_\\"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn a_summary_may_be_bare_or_tied_to_a_hunk() {
        let lines = super::summary(serde_json::json!(["one", {"text": "two", "hunk": 3}, {"text": "three"}])).unwrap();
        assert_eq!(
            lines.iter().map(|line| line.hunk).collect::<Vec<_>>(),
            [None, Some(3), None]
        );
    }
}
