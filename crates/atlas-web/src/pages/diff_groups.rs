//! The rows of a comparison, grouped by the paragraph of the page that they belong to.
//!
//! Invariant: the order of the rows is kept, and no row is in two groups.

use atlas_domain::{BlockKind, HunkKind};
use atlas_text::diff::{Away, Diff, DiffHunk, EqualBlock, EqualRun, EqualSentence, Row};

use super::diff_view::{DiffChoice, DiffLayout};

/// A stretch of the page that belongs to one paragraph.
#[derive(Default)]
pub(super) struct Group {
    /// What it consists of, in order.
    pub atoms: Vec<Atom>,
    old_block: Option<usize>,
    new_block: Option<usize>,
    /// Whether something differs in it.
    pub has_hunk: bool,
}

/// A piece of a stretch.
pub(super) enum Atom {
    /// Unchanged sentences of one paragraph.
    Equal(EqualBlock),
    /// A passage that differs.
    Hunk(DiffHunk),
    /// Where a passage stood that moved away.
    Away(Away),
}

impl Group {
    fn takes(&self, old: Option<usize>, new: Option<usize>) -> bool {
        let same = |a: Option<usize>, b: Option<usize>| a.is_some() && a == b;
        !self.atoms.is_empty() && (same(self.new_block, new) || same(self.old_block, old))
    }
    fn push(&mut self, atom: Atom, old: Option<usize>, new: Option<usize>) {
        self.has_hunk |= matches!(atom, Atom::Hunk(_));
        self.old_block = old.or(self.old_block);
        self.new_block = new.or(self.new_block);
        self.atoms.push(atom);
    }
}

/// The rows of a comparison, grouped by the paragraph they belong to.
pub(super) fn groups(diff: &Diff, choice: DiffChoice) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut add = |atom: Atom, old: Option<usize>, new: Option<usize>| {
        let joins = !matches!(atom, Atom::Away(_)) && choice.layout != DiffLayout::Changes;
        match groups.last_mut() {
            Some(last) if joins && last.takes(old, new) => last.push(atom, old, new),
            _ => {
                let mut group = Group::default();
                group.push(atom, old, new);
                groups.push(group);
            }
        }
    };
    for row in &diff.rows {
        match row {
            Row::Equal(run) => {
                for block in &run.blocks {
                    add(Atom::Equal(block.clone()), Some(block.old_block), Some(block.new_block));
                }
            }
            Row::Away(away) => add(Atom::Away(away.clone()), None, None),
            Row::Hunk(hunk) if choice.hides_ignored && hunk.kind == HunkKind::Ignored => {
                if let Some(block) = unmarked(hunk) {
                    let (old, new) = (hunk.old_block, hunk.new_block);
                    add(Atom::Equal(block), old, new);
                }
            }
            Row::Hunk(hunk) => add(Atom::Hunk((**hunk).clone()), hunk.old_block, hunk.new_block),
        }
    }
    groups
}

/// An ignored passage as unchanged words; `None` where the new text has none.
fn unmarked(hunk: &DiffHunk) -> Option<EqualBlock> {
    let side = hunk.new.as_ref()?;
    let span = |start, end| atlas_domain::Span { start, end };
    Some(EqualBlock {
        kind: BlockKind::Paragraph,
        level: 0,
        old_block: hunk.old_block.unwrap_or(usize::MAX),
        new_block: hunk.new_block.unwrap_or(usize::MAX),
        whole: false,
        sentences: vec![EqualSentence {
            text: side.text.clone(),
            old: hunk
                .old
                .as_ref()
                .map_or_else(|| span(0, 0), |old| span(old.start, old.end)),
            new: span(side.start, side.end),
        }],
    })
}

/// Characters of a paragraph's unchanged words that are shown beside its passages.
const LONGEST_CONTEXT: usize = 700;

/// Moves the unchanged ends of a long paragraph to the folds around it: one sentence stays on each side.
pub(super) fn trimmed(atoms: &mut [Atom], before: &mut EqualRun, shows_equal: bool) -> Vec<EqualBlock> {
    let length: usize = atoms
        .iter()
        .map(|atom| match atom {
            Atom::Equal(block) => block.sentences.iter().map(|sentence| sentence.text.len()).sum(),
            Atom::Hunk(_) | Atom::Away(_) => 0,
        })
        .sum();
    if shows_equal && length <= LONGEST_CONTEXT {
        return Vec::new();
    }
    let keep = usize::from(shows_equal);
    if let Some(Atom::Equal(block)) = atoms.first_mut() {
        let mut rest = block.clone();
        let at = rest.sentences.len().saturating_sub(keep);
        block.sentences = rest.sentences.split_off(at);
        (block.whole, rest.whole) = (false, false);
        if !rest.sentences.is_empty() {
            before.blocks.push(rest);
        }
    }
    let mut after = Vec::new();
    if let Some(Atom::Equal(block)) = atoms.last_mut() {
        let mut rest = block.clone();
        rest.sentences = block.sentences.split_off(keep.min(block.sentences.len()));
        (block.whole, rest.whole) = (false, false);
        if !rest.sentences.is_empty() {
            after.push(rest);
        }
    }
    after
}
