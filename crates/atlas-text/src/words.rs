//! The difference of two passages word by word, for rendering.
//!
//! Invariant: the equal and deleted segments spell the old passage, the equal and inserted segments the new one; a
//! deletion stands before the insertion that replaces it, and no two neighbours are of one kind.

use std::{hash::Hash, ops::Range};

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

/// Items of one side times items of the other up to which they are aligned.
const MAX_PAIRS: usize = 9_000_000;

/// What happened to a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// In both passages.
    Equal,
    /// Only in the old passage.
    Delete,
    /// Only in the new passage.
    Insert,
}

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSegment {
    /// What happened to it.
    pub kind: DiffKind,
    /// The characters, white space included.
    pub text: String,
}

/// The difference of two passages word by word.
pub fn words_diff(old: &str, new: &str) -> Vec<DiffSegment> {
    let mut segments = Segments::default();
    if old == new {
        segments.push(DiffKind::Equal, old);
        return segments.done();
    }
    let (a, b) = (tokens(old), tokens(new));
    for (equal, from, to) in runs(&a, &b) {
        let old_words = a.get(from).unwrap_or_default().concat();
        if equal {
            segments.equal(&old_words);
        } else {
            segments.deleted.push_str(&old_words);
            segments.inserted.push_str(&b.get(to).unwrap_or_default().concat());
        }
    }
    segments.done()
}

/// Runs of equal and of differing items, in order: `(equal, range of a, range of b)`. What is too long to be aligned
/// differs as a whole, after what both sides start and end with.
pub(crate) fn runs<T: Hash + Eq + Ord>(a: &[T], b: &[T]) -> Vec<(bool, Range<usize>, Range<usize>)> {
    let start = a.iter().zip(b).take_while(|(one, two)| one == two).count();
    let rest = a.len().min(b.len()) - start;
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take(rest)
        .take_while(|(one, two)| one == two)
        .count();
    let (old_end, new_end) = (a.len() - end, b.len() - end);
    let mut found = Vec::new();
    if start > 0 {
        found.push((true, 0..start, 0..start));
    }
    let (left, right) = (
        a.get(start..old_end).unwrap_or_default(),
        b.get(start..new_end).unwrap_or_default(),
    );
    if left.len().saturating_mul(right.len()) > MAX_PAIRS {
        found.push((false, start..old_end, start..new_end));
    } else {
        for op in capture_diff_slices(Algorithm::Myers, left, right) {
            let (from, to) = (op.old_range(), op.new_range());
            let equal = matches!(op, DiffOp::Equal { .. });
            found.push((
                equal,
                from.start + start..from.end + start,
                to.start + start..to.end + start,
            ));
        }
    }
    if end > 0 {
        found.push((true, old_end..a.len(), new_end..b.len()));
    }
    found
}

/// Words with white space and punctuation as tokens of their own.
fn tokens(passage: &str) -> Vec<&str> {
    passage.split_word_bounds().collect()
}

#[derive(Default)]
struct Segments {
    done: Vec<DiffSegment>,
    deleted: String,
    inserted: String,
}

impl Segments {
    /// A lone space or comma between two changes joins them: a reader sees one change, not three.
    fn equal(&mut self, words: &str) {
        let changing = !self.deleted.is_empty() || !self.inserted.is_empty();
        if changing && !words.contains(char::is_alphanumeric) && words.chars().count() <= 1 {
            self.deleted.push_str(words);
            self.inserted.push_str(words);
            return;
        }
        self.settle();
        self.push(DiffKind::Equal, words);
    }

    /// Writes the gathered change: what both sides end with is not part of it.
    fn settle(&mut self) {
        let (deleted, inserted) = (std::mem::take(&mut self.deleted), std::mem::take(&mut self.inserted));
        let shared = if deleted.is_empty() || inserted.is_empty() || deleted.ends_with(char::is_alphanumeric) {
            0
        } else {
            let (a, b) = (deleted.chars().next_back(), inserted.chars().next_back());
            if a == b { a.map_or(0, char::len_utf8) } else { 0 }
        };
        let cut = |words: &str| words.len().saturating_sub(shared);
        self.push(DiffKind::Delete, deleted.get(..cut(&deleted)).unwrap_or_default());
        self.push(DiffKind::Insert, inserted.get(..cut(&inserted)).unwrap_or_default());
        self.push(DiffKind::Equal, deleted.get(cut(&deleted)..).unwrap_or_default());
    }

    fn push(&mut self, kind: DiffKind, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.done.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(text),
            _ => self.done.push(DiffSegment {
                kind,
                text: text.to_owned(),
            }),
        }
    }

    fn done(mut self) -> Vec<DiffSegment> {
        self.settle();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::{DiffKind, words_diff};

    fn show(old: &str, new: &str) -> String {
        words_diff(old, new)
            .into_iter()
            .map(|segment| match segment.kind {
                DiffKind::Equal => segment.text,
                DiffKind::Delete => format!("[-{}-]", segment.text),
                DiffKind::Insert => format!("{{+{}+}}", segment.text),
            })
            .collect()
    }

    #[test]
    fn words_are_shown_as_a_reader_would_mark_them() {
        assert_eq!(
            show("We will not sell.", "We may sell."),
            "We [-will not-]{+may+} sell."
        );
        assert_eq!(show("within 30 days", "within 15 days"), "within [-30-]{+15+} days");
        assert_eq!(show("same", "same"), "same");
        assert_eq!(show("", "new words"), "{+new words+}");
        assert_eq!(show("old words", ""), "[-old words-]");
        assert_eq!(show("", ""), "");
    }
}
