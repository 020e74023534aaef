//! A passage of the one comparison model, as mails show it: the exact words before and after, with the difference
//! between them.
//!
//! Invariant: what is shown is the passage of the change page, under the same name; only its length is bounded.

use atlas_text::{
    DiffSegment,
    diff::{DiffHunk, passage_text},
};

use crate::words::{one_line, shortened};

/// Longest passage in a mail, in characters; the rest is read on the page.
const PASSAGE_CHARS: usize = 2_400;
/// Most passages in one mail.
pub(crate) const MAX_PASSAGES: usize = 6;

/// A passage as the templates show it.
#[derive(Debug)]
pub(crate) struct PassageView {
    pub(crate) id: String,
    pub(crate) title: &'static str,
    pub(crate) heading: String,
    pub(crate) text: String,
    pub(crate) segments: Vec<DiffSegment>,
    pub(crate) is_cut: bool,
    /// The words stand; the difference is elsewhere: on a link.
    pub(crate) same_words: bool,
}

impl PassageView {
    /// The first passages, and how many more there are; the plain text stands after `indent`.
    pub(crate) fn first(passages: &[DiffHunk], indent: &str) -> (Vec<Self>, usize) {
        let views = passages
            .iter()
            .take(MAX_PASSAGES)
            .map(|passage| Self::of(passage, indent))
            .collect();
        (views, passages.len().saturating_sub(MAX_PASSAGES))
    }

    fn of(passage: &DiffHunk, indent: &str) -> Self {
        let (segments, is_cut) = shown(passage);
        Self {
            id: passage.id.clone(),
            title: passage.title(),
            heading: one_line(&passage.heading),
            text: passage_text(passage, indent, PASSAGE_CHARS, false),
            segments,
            is_cut,
            same_words: passage.same_words(),
        }
    }
}

/// The segments, cut to a length that a mail can carry; and whether something was cut.
fn shown(passage: &DiffHunk) -> (Vec<DiffSegment>, bool) {
    let mut room = PASSAGE_CHARS;
    let mut shown = Vec::new();
    for segment in passage.segments() {
        let length = segment.text.chars().count();
        if length > room {
            shown.push(DiffSegment {
                kind: segment.kind,
                text: shortened(&segment.text, room),
            });
            return (shown, true);
        }
        room -= length;
        shown.push(segment);
    }
    (shown, false)
}
