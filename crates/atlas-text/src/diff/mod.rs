//! A comparison as every renderer shows it: one ordered list of unchanged stretches and passages that differ.
//!
//! Invariant: read in order, the rows spell both texts. The old text is the unchanged words, the deleted words of the
//! passages that stand in place, and the words that moved away; the new text is the unchanged words and the inserted
//! and kept words of every passage. The name of a passage follows from its words, never from its position.

mod excerpt;
mod hunk;
mod json;
mod plain;
mod reason;
mod rows;
mod sentences;

use atlas_domain::{BlockKind, Hunk, HunkKind, HunkSide, IgnoredReason, PolicyText, Span};

use crate::words::{DiffKind, DiffSegment};

pub use excerpt::excerpt;
pub use hunk::hunk_ids;
pub use plain::{passage_text, wrapped};

/// A comparison of two texts, ready for any renderer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// Unchanged stretches and passages that differ, in the order of the new text.
    pub rows: Vec<Row>,
}

/// One row of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// Words that stand in both texts.
    Equal(EqualRun),
    /// A passage that differs.
    Hunk(Box<DiffHunk>),
    /// Where a passage stood that now stands elsewhere.
    Away(Away),
}

/// A stretch of unchanged text between two differences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EqualRun {
    /// Its blocks, or the parts of blocks that lie in it.
    pub blocks: Vec<EqualBlock>,
}

impl EqualRun {
    /// Number of sentences.
    pub fn sentences(&self) -> usize {
        self.blocks.iter().map(|block| block.sentences.len()).sum()
    }
}

/// A block, or the part of one, that is unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EqualBlock {
    /// What it is in the new text.
    pub kind: BlockKind,
    /// Heading level or list depth in the new text.
    pub level: u8,
    /// Index of the block in the old text.
    pub old_block: usize,
    /// Index of the block in the new text.
    pub new_block: usize,
    /// Whether the whole block of the new text is here.
    pub whole: bool,
    /// Its sentences.
    pub sentences: Vec<EqualSentence>,
}

impl EqualBlock {
    /// The words of the sentences, with a space between them.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        words.join(" ")
    }
}

/// An unchanged sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EqualSentence {
    /// Its words.
    pub text: String,
    /// Where it stands in the old text.
    pub old: Span,
    /// Where it stands in the new text.
    pub new: Span,
}

/// A passage that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffHunk {
    /// Its name in addresses, made from its words: `h-3f9a0c2b71`.
    pub id: String,
    /// What happened.
    pub kind: HunkKind,
    /// The heading that governs it; empty if none does.
    pub heading: String,
    /// The earlier words.
    pub old: Option<HunkSide>,
    /// The later words.
    pub new: Option<HunkSide>,
    /// Why nobody could rely on the difference; only for ignored passages.
    pub reason: Option<IgnoredReason>,
    /// The reason in words, as closely as the words tell it; empty for every other kind.
    pub reason_words: &'static str,
    /// The words of both sides by sentence; in order they spell the passage.
    pub sentences: Vec<DiffSentence>,
    /// The earlier words stood at another place of the text.
    pub relocated: bool,
    /// The words stand, a link on them leads elsewhere: old and new target.
    pub targets: Option<(String, String)>,
    /// Index of the block in the old text.
    pub old_block: Option<usize>,
    /// Index of the block in the new text.
    pub new_block: Option<usize>,
}

/// One sentence of a passage, or several where the two sides cut the same words in different ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DiffSentence {
    /// Its words, deleted before the inserted words that replace them.
    pub segments: Vec<DiffSegment>,
}

impl DiffSentence {
    /// The earlier words; `None` if there are none.
    pub fn before(&self) -> Option<String> {
        side(&self.segments, DiffKind::Insert)
    }
    /// The later words; `None` if there are none.
    pub fn after(&self) -> Option<String> {
        side(&self.segments, DiffKind::Delete)
    }
}

/// The words of one side: all but the segments of the other.
fn side(segments: &[DiffSegment], without: DiffKind) -> Option<String> {
    let words: String = segments
        .iter()
        .filter(|segment| segment.kind != without)
        .map(|segment| segment.text.as_str())
        .collect();
    (!words.is_empty()).then_some(words)
}

/// Where a passage stood that now stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// The passage's name.
    pub id: String,
    /// The earlier words and their place.
    pub old: HunkSide,
    /// The heading that governs them now; empty if none does.
    pub heading_now: String,
}

/// How many passages of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// New words.
    pub added: usize,
    /// Words that are gone.
    pub removed: usize,
    /// Words replaced by others.
    pub modified: usize,
    /// The same words in another place.
    pub moved: usize,
    /// Differences that no reader could rely on.
    pub ignored: usize,
}

impl Counts {
    /// The counts of some passages.
    pub fn of(kinds: impl Iterator<Item = HunkKind>) -> Self {
        let mut counts = Self::default();
        for kind in kinds {
            let count = match kind {
                HunkKind::Added => &mut counts.added,
                HunkKind::Removed => &mut counts.removed,
                HunkKind::Modified => &mut counts.modified,
                HunkKind::Moved => &mut counts.moved,
                HunkKind::Ignored => &mut counts.ignored,
            };
            *count += 1;
        }
        counts
    }
}

impl Diff {
    /// The difference of two texts whose passages were found by a comparison.
    pub fn new(old: &PolicyText, new: &PolicyText, hunks: &[Hunk]) -> Self {
        Self {
            rows: rows::rows(old, new, hunks),
        }
    }

    /// The passages alone, where the texts are not at hand: a mail, a feed.
    pub fn passages(hunks: &[Hunk]) -> Vec<DiffHunk> {
        hunk_ids(hunks)
            .into_iter()
            .zip(hunks)
            .map(|(id, hunk)| DiffHunk::new(id, hunk))
            .collect()
    }

    /// The passages that differ, in order.
    pub fn hunks(&self) -> impl Iterator<Item = &DiffHunk> {
        self.rows.iter().filter_map(|row| match row {
            Row::Hunk(hunk) => Some(&**hunk),
            Row::Equal(_) | Row::Away(_) => None,
        })
    }

    /// How many passages of each kind there are.
    pub fn counts(&self) -> Counts {
        Counts::of(self.hunks().map(|hunk| hunk.kind))
    }

    /// The sentences of the old text, as the rows spell them.
    pub fn old_words(&self) -> Vec<String> {
        self.rows
            .iter()
            .flat_map(|row| match row {
                Row::Equal(run) => run_words(run),
                Row::Hunk(hunk) if hunk.relocated => Vec::new(),
                Row::Hunk(hunk) => hunk.sentences.iter().filter_map(DiffSentence::before).collect(),
                Row::Away(away) => vec![away.old.text.clone()],
            })
            .collect()
    }

    /// The sentences of the new text, as the rows spell them.
    pub fn new_words(&self) -> Vec<String> {
        self.rows
            .iter()
            .flat_map(|row| match row {
                Row::Equal(run) => run_words(run),
                Row::Hunk(hunk) => hunk.sentences.iter().filter_map(DiffSentence::after).collect(),
                Row::Away(_) => Vec::new(),
            })
            .collect()
    }
}

fn run_words(run: &EqualRun) -> Vec<String> {
    run.blocks
        .iter()
        .flat_map(|block| &block.sentences)
        .map(|sentence| sentence.text.clone())
        .collect()
}
