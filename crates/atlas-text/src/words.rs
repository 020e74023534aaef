//! The difference of two passages word by word, for rendering.
//!
//! Invariant: the equal and deleted segments spell the old passage, the equal and inserted segments the new one; a
//! deletion stands before the insertion that replaces it, and no two neighbours are of one kind.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

/// Tokens on both sides up to which words are aligned; longer passages are replaced as a whole.
const MAX_TOKENS: usize = 40_000;

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
    if a.len() + b.len() > MAX_TOKENS {
        segments.push(DiffKind::Delete, old);
        segments.push(DiffKind::Insert, new);
        return segments.done();
    }
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    for op in ops {
        let (from, to) = (op.old_range(), op.new_range());
        let old_words = a.get(from).unwrap_or_default().concat();
        let new_words = b.get(to).unwrap_or_default().concat();
        match op {
            DiffOp::Equal { .. } => segments.equal(&old_words),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                segments.deleted.push_str(&old_words);
                segments.inserted.push_str(&new_words);
            }
        }
    }
    segments.done()
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
