//! Unchanged text between two passages, folded.
//!
//! Invariant: the summary says how much is folded and under which headings; the text unfolds without a script.

use atlas_domain::BlockKind;
use atlas_text::diff::EqualRun;

use super::words;

/// Unchanged text longer than this is named, not repeated (bytes).
const LONGEST_FOLD: usize = 40_000;

/// A folded stretch.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    /// How much it is, and where.
    pub summary: String,
    /// The paragraphs; empty where they are too long to repeat.
    pub paragraphs: Vec<FoldedBlock>,
}

/// One folded paragraph, or the unchanged part of one.
#[derive(Debug, Clone)]
pub(super) struct FoldedBlock {
    /// What it is.
    pub kind: BlockKind,
    /// Its words.
    pub text: String,
}

impl Fold {
    /// The fold of a stretch.
    pub(super) fn of(run: &EqualRun) -> Self {
        let size: usize = run
            .blocks
            .iter()
            .flat_map(|block| &block.sentences)
            .map(|sentence| sentence.text.len())
            .sum();
        let paragraphs = if size > LONGEST_FOLD {
            Vec::new()
        } else {
            run.blocks
                .iter()
                .map(|block| FoldedBlock {
                    kind: block.kind,
                    text: block.text(),
                })
                .collect()
        };
        Self {
            summary: summary(run),
            paragraphs,
        }
    }
}

/// `34 unchanged paragraphs, “Data” to “Fees”`.
fn summary(run: &EqualRun) -> String {
    let whole = run.blocks.iter().filter(|block| block.whole).count();
    let parts: usize = run
        .blocks
        .iter()
        .filter(|block| !block.whole)
        .map(|block| block.sentences.len())
        .sum();
    let mut words = match (whole, parts) {
        (0, parts) => words::counted(parts, "unchanged sentence", "unchanged sentences"),
        (whole, 0) => words::counted(whole, "unchanged paragraph", "unchanged paragraphs"),
        (whole, parts) => format!(
            "{} and {}",
            words::counted(whole, "unchanged paragraph", "unchanged paragraphs"),
            words::counted(parts, "sentence", "sentences")
        ),
    };
    let mut headings = run
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Heading)
        .map(|block| words::clipped(&block.text(), 48));
    if let Some(first) = headings.next() {
        match headings.next_back() {
            Some(last) if last != first => words.extend([", “", &first, "” to “", &last, "”"]),
            _ => words.extend([", “", &first, "”"]),
        }
    }
    words
}
