//! Small links that are no words of the text: markers of footnotes, ways back to them, permalinks of headings.
//!
//! Invariant: a marker is written as `[1]`, apart from the word before it, so that "30 days¹" is never "30 days1" and
//! an amount keeps its digits; what only leads back is not written.

use crate::{element::Role, page::Page};

/// Bytes up to which raised words can be a marker.
const LONGEST: usize = 12;

/// A marker as it is written.
#[derive(Debug, PartialEq, Eq)]
pub struct Marker {
    /// The words.
    pub words: String,
    /// The note it leads to.
    pub href: Option<String>,
}

/// What a `sup` at a position says, if it is a marker or a power of a number.
pub fn read(page: &Page, at: usize, before: &str) -> Option<Marker> {
    let words = page.short_text(at, LONGEST)?;
    let end = page.nodes.get(at)?.end;
    let href = page
        .nodes
        .get(at..end)?
        .iter()
        .find(|node| node.role == Role::Link && node.value.contains('#'))
        .map(|node| node.value.clone());
    let core = words.trim().trim_matches(['[', ']', '(', ')']).trim();
    let numeric = !core.is_empty() && core.len() <= 3 && core.bytes().all(|byte| byte.is_ascii_digit());
    let symbol = !core.is_empty() && core.chars().all(|c| matches!(c, '*' | '†' | '‡' | '§' | '¶'));
    let letter = core.len() == 1 && core.bytes().all(|byte| byte.is_ascii_lowercase());
    let around = at.checked_sub(1).and_then(|before| page.nodes.get(before));
    let linked = href.is_some()
        || around.is_some_and(|node| node.role == Role::Link && node.end >= end && node.value.contains('#'));
    if !linked && numeric && before.ends_with(|c: char| c.is_ascii_digit()) {
        return Some(Marker {
            words: format!("^{core}"),
            href,
        });
    }
    // Without a link, a raised digit behind a short unit is a power ("km²"): read as it stands.
    let letters = before.chars().rev().take_while(|c| c.is_alphabetic()).count();
    let noted = numeric && (letters > 3 || before.ends_with(['.', ',', ';', ':', ')', '”', '"']));
    (linked && (numeric || letter || symbol) || noted).then(|| Marker {
        words: format!("[{core}]"),
        href,
    })
}

/// Whether a link stays on the page and has no word: "↩" at the end of a note, "#" and "¶" at a heading.
pub fn leads_back(page: &Page, at: usize) -> bool {
    page.nodes
        .get(at)
        .is_some_and(|node| node.role == Role::Link && node.value.contains('#'))
        && page
            .short_text(at, LONGEST)
            .is_some_and(|words| !words.contains(char::is_alphanumeric))
}
