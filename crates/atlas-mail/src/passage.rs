//! The exact words of a passage before and after, with the difference between them.

use std::borrow::Cow;

use crate::words::{one_line, shortened, wrapped};

/// What happened to a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentKind {
    /// In both versions.
    Equal,
    /// Only in the earlier version.
    Delete,
    /// Only in the later version.
    Insert,
}

/// A run of words of a word diff, with the spaces that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What happened to it.
    pub kind: SegmentKind,
    /// The words.
    pub text: String,
}

impl Segment {
    /// The white space before the words, the words, the white space after: only the words are marked.
    pub(crate) fn parts(&self) -> (&str, &str, &str) {
        let start = self.text.len() - self.text.trim_start().len();
        let (before, rest) = self.text.split_at_checked(start).unwrap_or(("", &self.text));
        let (words, after) = rest.split_at_checked(rest.trim_end().len()).unwrap_or((rest, ""));
        (before, words, after)
    }
}

/// One passage that differs, in the words of the document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// The heading that governs it; empty if none does.
    pub heading: String,
    /// The exact earlier words; `None` if the passage is new.
    pub before: Option<String>,
    /// The exact later words; `None` if the passage is gone.
    pub after: Option<String>,
    /// The word diff; empty lets the mail show the earlier words struck through and the later words underlined.
    pub segments: Vec<Segment>,
}

/// Longest passage in a mail, in characters; the rest is read on the page.
const PASSAGE_CHARS: usize = 2_400;
/// Most passages in one mail.
pub(crate) const MAX_PASSAGES: usize = 6;

impl Passage {
    /// The segments as shown, cut to a length that a mail can carry; and whether something was cut.
    pub(crate) fn shown(&self) -> (Vec<Segment>, bool) {
        let whole: Cow<'_, [Segment]> = if self.segments.is_empty() {
            Cow::Owned(self.two_sides())
        } else {
            Cow::Borrowed(&self.segments)
        };
        let mut room = PASSAGE_CHARS;
        let mut shown = Vec::with_capacity(whole.len());
        for segment in whole.iter() {
            let length = segment.text.chars().count();
            if length > room {
                let text = shortened(&segment.text, room);
                shown.push(Segment {
                    kind: segment.kind,
                    text,
                });
                return (shown, true);
            }
            room -= length;
            shown.push(segment.clone());
        }
        (shown, false)
    }

    fn two_sides(&self) -> Vec<Segment> {
        let side = |kind, text: &Option<String>| text.clone().map(|text| Segment { kind, text });
        let deleted = side(SegmentKind::Delete, &self.before);
        let inserted = side(SegmentKind::Insert, &self.after);
        let gap = (deleted.is_some() && inserted.is_some()).then(|| Segment {
            kind: SegmentKind::Equal,
            text: " ".to_owned(),
        });
        [deleted, gap, inserted].into_iter().flatten().collect()
    }
}

/// A passage as the templates show it.
#[derive(Debug)]
pub(crate) struct PassageView {
    pub(crate) heading: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) is_cut: bool,
}

impl PassageView {
    /// The first passages, and how many more there are.
    pub(crate) fn first(passages: &[Passage]) -> (Vec<Self>, usize) {
        let views = passages.iter().take(MAX_PASSAGES).map(Self::of).collect();
        (views, passages.len().saturating_sub(MAX_PASSAGES))
    }

    fn of(passage: &Passage) -> Self {
        let side = |text: &Option<String>| {
            text.as_deref()
                .map(|text| wrapped(&shortened(text, PASSAGE_CHARS), "  "))
        };
        let (segments, is_cut) = passage.shown();
        Self {
            heading: one_line(&passage.heading),
            before: side(&passage.before),
            after: side(&passage.after),
            segments,
            is_cut,
        }
    }
}
