//! Lists that are written as lines of one paragraph: "We keep: ⏎ - logs ⏎ - mail".
//!
//! Invariant: the ranges are in order, do not overlap, and hold every word of the paragraph.

use std::{ops::Range, sync::LazyLock};

use atlas_domain::Link;
use regex::Regex;

use crate::outline;

/// What a line of a paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Words like any others.
    Plain,
    /// An item behind a bullet or a dash.
    Dashed,
    /// An item that says its number; the number is part of the words.
    Numbered,
}

/// Bytes of a bullet or dash in front of an item, with the space after it; 0 if there is none.
pub fn dash(words: &str) -> usize {
    let bullet = outline::bullet(words);
    if bullet > 0 {
        return bullet;
    }
    let rest = words.trim_start_matches(['-', '–', '—', '*', '»', '→', '✓', '✔']);
    if rest.len() == words.len() || !rest.starts_with(' ') {
        return 0;
    }
    words.len() - rest.trim_start().len()
}

fn line(words: &str) -> Line {
    static NUMBER: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(?:\d{1,2}[.)]|\((?:\d{1,2}|[ivx]{1,5}|[a-z])\)|[a-z]\)) \S").ok());
    if dash(words) > 0 {
        Line::Dashed
    } else if NUMBER.as_ref().is_some_and(|number| number.is_match(words)) {
        Line::Numbered
    } else {
        Line::Plain
    }
}

/// Whether a line of preformatted words starts an item.
pub fn starts_item(words: &str) -> bool {
    line(words.trim_start()) != Line::Plain
}

/// The lines of a paragraph of which two or more are items; what is not an item stays together.
pub fn split(words: &str) -> Option<Vec<(Line, Range<usize>)>> {
    if !words.contains('\n') {
        return None;
    }
    let mut found: Vec<(Line, Range<usize>)> = Vec::new();
    let mut items = 0;
    let mut start = 0;
    for part in words.split('\n') {
        let end = start + part.len();
        let kind = line(part);
        items += usize::from(kind != Line::Plain);
        match found.last_mut() {
            Some((Line::Plain, range)) if kind == Line::Plain => range.end = end,
            _ => found.push((kind, start..end)),
        }
        start = end + 1;
    }
    (items >= 2).then_some(found)
}

/// The part of a link that lies on a line.
pub fn within(link: &Link, range: &Range<usize>) -> Option<Link> {
    let (start, end) = (link.start.max(range.start), link.end.min(range.end));
    (start < end).then(|| Link {
        start: start - range.start,
        end: end - range.start,
        href: link.href.clone(),
    })
}
