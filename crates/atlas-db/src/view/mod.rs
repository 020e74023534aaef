//! What the public pages read: one module for each subject, one function for each question a page asks.
//!
//! Invariant: nothing here writes. Only published changes are returned, and only findings of the standing version of
//! a document (the latest one that was read to its end) count as what it says today.

pub mod adoption;
pub mod change;
pub mod change_list;
pub mod chosen;
pub mod cite;
pub mod correction;
pub mod coverage;
pub mod document;
pub mod platform;
pub mod platform_list;
pub mod position;
pub mod provision;
pub mod registry;
pub mod regulation;
pub mod search;
pub mod share;
pub mod short;
pub mod sitemap;
pub mod spelling;
pub mod stance_move;
pub mod version;

use atlas_domain::SummaryLine;

/// Reads the stored summary.
fn summary(stored: serde_json::Value) -> crate::Result<Vec<SummaryLine>> {
    crate::error::json(stored)
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
            lines.into_iter().map(|line| line.hunks).collect::<Vec<_>>(),
            [vec![], vec![3], vec![]]
        );
    }
}
