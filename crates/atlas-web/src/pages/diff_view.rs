//! A comparison as a page lays it out: paragraphs with the passages that differ in them, unchanged text folded between.
//!
//! Invariant: every passage of the model appears once under its name, in the order of the model, in every layout;
//! nothing is left out but unchanged text that is too long to repeat, and ignored passages where the reader hid them,
//! and then the page says how much it is and where to read it.

use atlas_domain::{BlockKind, HunkKind};
use atlas_text::{
    DiffSegment,
    diff::{Away, Counts, Diff, DiffHunk, EqualRun},
};

use super::{
    diff_fold::Fold,
    diff_groups::{Atom, Group, groups, trimmed},
    words,
};

/// How a comparison is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DiffLayout {
    /// One text with deleted and inserted words in place.
    #[default]
    Inline,
    /// The two texts side by side.
    Split,
    /// The passages alone.
    Changes,
    /// One sentence after the other, before and after.
    Sentences,
}

impl DiffLayout {
    /// The layout named in the address; anything unknown is inline.
    pub(super) fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("split") => Self::Split,
            Some("changes") => Self::Changes,
            Some("sentences") => Self::Sentences,
            _ => Self::Inline,
        }
    }
    /// Its name in the address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Split => "split",
            Self::Changes => "changes",
            Self::Sentences => "sentences",
        }
    }
    /// Whether it is the one with a name.
    pub(super) fn is(self, name: &str) -> bool {
        self == Self::from_name(Some(name))
    }
}

/// What a reader asked for in the address of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct DiffChoice {
    /// How it is laid out.
    pub layout: DiffLayout,
    /// Whether ignored passages are left out.
    pub hides_ignored: bool,
}

impl DiffChoice {
    /// The choice in the address; anything unknown is as usual.
    pub(super) fn new(view: Option<&str>, ignored: Option<&str>) -> Self {
        Self {
            layout: DiffLayout::from_name(view),
            hides_ignored: ignored == Some("hide"),
        }
    }
    /// Whether it is the page as it comes.
    pub(super) fn is_usual(self) -> bool {
        self == Self::default()
    }
    /// The query that asks for another layout.
    pub(super) fn with_layout(self, name: &str) -> String {
        Self {
            layout: DiffLayout::from_name(Some(name)),
            ..self
        }
        .query()
    }
    /// The query that shows or hides ignored passages.
    pub(super) fn with_ignored(self, hides_ignored: bool) -> String {
        Self { hides_ignored, ..self }.query()
    }
    fn query(self) -> String {
        let hide = if self.hides_ignored { "&ignored=hide" } else { "" };
        format!("?view={}{hide}", self.layout.name())
    }
}

/// One entry of the page.
#[derive(Debug, Clone)]
pub(super) enum DiffEntry {
    /// Unchanged paragraphs.
    Fold(Fold),
    /// A paragraph with passages that differ.
    Passage(Passage),
    /// Where a passage stood that now stands elsewhere.
    Away(Away),
}

/// A paragraph with passages that differ.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    /// The heading above it; empty where it is that of the passage before.
    pub heading: String,
    /// What the paragraph is.
    pub kind: BlockKind,
    /// Unchanged words and passages, in order.
    pub parts: Vec<Part>,
}

impl Passage {
    /// The passages in it.
    pub(super) fn hunks(&self) -> impl Iterator<Item = &HunkView> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hunk(hunk) => Some(&**hunk),
            Part::Words(_) => None,
        })
    }
    /// Whether the old text has words here.
    pub(super) fn has_old(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Hunk(hunk) => hunk.hunk.old.is_some(),
            Part::Words(_) => true,
        })
    }
    /// Whether the new text has words here.
    pub(super) fn has_new(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Hunk(hunk) => hunk.hunk.new.is_some(),
            Part::Words(_) => true,
        })
    }
}

/// A piece of a paragraph.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Unchanged words.
    Words(String),
    /// A passage that differs.
    Hunk(Box<HunkView>),
}

/// A passage that differs, with its neighbours for the keyboard.
#[derive(Debug, Clone)]
pub(super) struct HunkView {
    /// Its number on the page, from 1.
    pub number: usize,
    /// The passage.
    pub hunk: DiffHunk,
    /// Its words, neighbours of one kind joined.
    pub segments: Vec<DiffSegment>,
    /// Name of the passage before that is not ignored.
    pub previous: Option<String>,
    /// Name of the passage after that is not ignored.
    pub next: Option<String>,
}

impl HunkView {
    /// Whether no reader could rely on the difference.
    pub(super) fn is_ignored(&self) -> bool {
        self.hunk.kind == HunkKind::Ignored
    }
    /// The heading under which the words stood before, if they moved.
    pub(super) fn came_from(&self) -> Option<&str> {
        let old = self.hunk.old.as_ref().filter(|_| self.hunk.relocated)?;
        Some(&old.heading)
    }
    /// Why it is ignored; empty where it isn't.
    pub(super) fn reason(&self) -> &'static str {
        self.hunk.reason_words
    }
}

/// A comparison, ready to be shown.
#[derive(Debug, Clone)]
pub(super) struct DiffView {
    /// Passages and folds, in order of the new text.
    pub entries: Vec<DiffEntry>,
    /// What the reader asked for.
    pub choice: DiffChoice,
    /// What changed, counted: `2 passages added, 1 removed`.
    pub counts: String,
    /// Ignored passages of the comparison, shown or not.
    pub ignored: usize,
    /// Passages that a reader could rely on, and those that moved.
    pub first: Option<String>,
    /// Number of the new version.
    pub new_number: i32,
    /// What each side is, with its day.
    pub caption: String,
    /// Address of the new version.
    pub new_href: String,
}

/// The comparison of two numbered versions.
pub(super) fn view(diff: &Diff, choice: DiffChoice, caption: String, new_number: i32, new_href: String) -> DiffView {
    let counts = diff.counts();
    let entries = entries(diff, choice);
    let first = entries
        .iter()
        .filter_map(|entry| match entry {
            DiffEntry::Passage(passage) => Some(passage),
            DiffEntry::Fold(_) | DiffEntry::Away(_) => None,
        })
        .flat_map(Passage::hunks)
        .find(|hunk| !hunk.is_ignored())
        .map(|hunk| hunk.hunk.id.clone());
    DiffView {
        entries,
        choice,
        counts: counted(counts),
        ignored: counts.ignored,
        first,
        new_number,
        caption,
        new_href,
    }
}

/// Folds and passages in the order of the new text.
pub(super) fn entries(diff: &Diff, choice: DiffChoice) -> Vec<DiffEntry> {
    let mut entries: Vec<DiffEntry> = Vec::new();
    let mut fold = EqualRun::default();
    let mut heading = String::new();
    let mut number = 0;
    let shows_equal = matches!(choice.layout, DiffLayout::Inline | DiffLayout::Split);
    let flush = |fold: &mut EqualRun, entries: &mut Vec<DiffEntry>| {
        let run = std::mem::take(fold);
        if choice.layout != DiffLayout::Changes && !run.blocks.is_empty() {
            entries.push(DiffEntry::Fold(Fold::of(&run)));
        }
    };
    for group in groups(diff, choice) {
        let Group {
            mut atoms, has_hunk, ..
        } = group;
        if !has_hunk {
            for atom in atoms {
                match atom {
                    Atom::Equal(block) => fold.blocks.push(block),
                    Atom::Away(away) => {
                        flush(&mut fold, &mut entries);
                        entries.push(DiffEntry::Away(away));
                    }
                    Atom::Hunk(_) => {}
                }
            }
            continue;
        }
        let trailing = trimmed(&mut atoms, &mut fold, shows_equal);
        flush(&mut fold, &mut entries);
        entries.push(DiffEntry::Passage(passage(
            atoms,
            &mut number,
            &mut heading,
            shows_equal,
        )));
        fold.blocks.extend(trailing);
    }
    flush(&mut fold, &mut entries);
    connect(&mut entries);
    entries
}

fn passage(atoms: Vec<Atom>, number: &mut usize, heading: &mut String, shows_equal: bool) -> Passage {
    let mut kind = BlockKind::Paragraph;
    let mut governing: Option<String> = None;
    let mut parts = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Equal(block) => {
                kind = block.kind;
                if shows_equal && !block.sentences.is_empty() {
                    parts.push(Part::Words(block.text()));
                }
            }
            Atom::Hunk(hunk) => {
                *number += 1;
                governing.get_or_insert_with(|| hunk.heading.clone());
                parts.push(Part::Hunk(Box::new(HunkView {
                    number: *number,
                    segments: hunk.segments(),
                    hunk,
                    previous: None,
                    next: None,
                })));
            }
            Atom::Away(_) => {}
        }
    }
    let governing = governing.unwrap_or_default();
    let shown = if governing == *heading {
        String::new()
    } else {
        words::clipped(&governing, 120)
    };
    *heading = governing;
    Passage {
        heading: shown,
        kind,
        parts,
    }
}

/// Gives each passage the names of those before and after it.
fn connect(entries: &mut [DiffEntry]) {
    let names: Vec<(usize, String)> = entries
        .iter()
        .filter_map(|entry| match entry {
            DiffEntry::Passage(passage) => Some(passage.hunks()),
            DiffEntry::Fold(_) | DiffEntry::Away(_) => None,
        })
        .flatten()
        .filter(|hunk| !hunk.is_ignored())
        .map(|hunk| (hunk.number, hunk.hunk.id.clone()))
        .collect();
    for entry in entries {
        let DiffEntry::Passage(passage) = entry else { continue };
        for part in &mut passage.parts {
            let Part::Hunk(hunk) = part else { continue };
            let before = names.partition_point(|(number, _)| *number < hunk.number);
            let after = names.partition_point(|(number, _)| *number <= hunk.number);
            hunk.previous = before
                .checked_sub(1)
                .and_then(|at| names.get(at))
                .map(|(_, id)| id.clone());
            hunk.next = names.get(after).map(|(_, id)| id.clone());
        }
    }
}

/// What changed, counted by kind: `1 passage added, 2 reworded`.
pub(super) fn counted(counts: Counts) -> String {
    let kinds = [
        (counts.added, "added"),
        (counts.removed, "removed"),
        (counts.modified, "reworded"),
        (counts.moved, "moved"),
        (counts.ignored, "ignored"),
    ];
    let mut parts = Vec::new();
    for (number, word) in kinds {
        if number > 0 {
            let noun = match (parts.is_empty(), number) {
                (true, 1) => " passage",
                (true, _) => " passages",
                (false, _) => "",
            };
            parts.push(format!("{}{noun} {word}", words::count(number)));
        }
    }
    if parts.is_empty() {
        "No passage differs".to_owned()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests;
