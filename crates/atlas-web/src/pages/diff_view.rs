//! A comparison as it is shown: passages with their words before and after, unchanged text folded between them.
//!
//! Invariant: every passage of the comparison appears once, in the order of the new text; nothing is left out but
//! unchanged text that is too long to repeat, and then its place says how much it is and where to read it.

use atlas_domain::{Hunk, HunkKind, HunkSide, PolicyText};
use atlas_text::{DiffKind, words_diff};

use super::words;

/// How a comparison is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DiffLayout {
    /// One text with removed and added words in place.
    #[default]
    Inline,
    /// The two texts side by side.
    Split,
    /// Inline, without the unchanged text.
    Changes,
}

impl DiffLayout {
    /// The layout named in the address; anything unknown is inline.
    pub(super) fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("split") => Self::Split,
            Some("changes") => Self::Changes,
            _ => Self::Inline,
        }
    }
    /// Whether it is the one with a name.
    pub(super) fn is(self, name: &str) -> bool {
        self == Self::from_name(Some(name))
    }
}

/// Words of one kind inside a passage.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// `equal`, `removed` or `added`.
    pub kind: PieceKind,
    /// The words.
    pub text: String,
}

/// What happened to the words of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// In both texts.
    Equal,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
}

/// The pieces of two texts, removed words before the words that replace them.
pub(super) fn pieces(old: &str, new: &str) -> Vec<Piece> {
    words_diff(old, new)
        .into_iter()
        .map(|segment| Piece {
            kind: match segment.kind {
                DiffKind::Equal => PieceKind::Equal,
                DiffKind::Delete => PieceKind::Removed,
                DiffKind::Insert => PieceKind::Added,
            },
            text: segment.text,
        })
        .collect()
}

/// The pieces of a hunk; a side that is missing is empty.
pub(super) fn hunk_pieces(hunk: &Hunk) -> Vec<Piece> {
    let words = |side: &Option<HunkSide>| side.as_ref().map(|side| side.text.clone()).unwrap_or_default();
    let one = |kind, text| vec![Piece { kind, text }];
    match hunk.kind {
        HunkKind::Added => one(PieceKind::Added, words(&hunk.new)),
        HunkKind::Removed => one(PieceKind::Removed, words(&hunk.old)),
        HunkKind::Modified => pieces(&words(&hunk.old), &words(&hunk.new)),
        HunkKind::Moved | HunkKind::Ignored => one(
            PieceKind::Equal,
            hunk.new
                .as_ref()
                .or(hunk.old.as_ref())
                .map(|side| side.text.clone())
                .unwrap_or_default(),
        ),
    }
}

/// One passage, or a stretch of unchanged text.
#[derive(Debug, Clone)]
pub(super) enum DiffEntry {
    /// Unchanged paragraphs.
    Fold {
        /// How many, in words.
        summary: String,
        /// The paragraphs; empty where they are too long to repeat.
        paragraphs: Vec<String>,
    },
    /// A passage that differs.
    Passage(Passage),
}

/// A passage that differs.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    /// Its number, from 1: the anchor is `h<number>`.
    pub number: usize,
    /// What happened.
    pub kind: HunkKind,
    /// The heading above it; empty where it is that of the passage before.
    pub heading: String,
    /// The words of both texts.
    pub pieces: Vec<Piece>,
    /// The words of the old text, where no pieces tell them: a moved or ignored passage.
    pub old_words: String,
    /// Whether the old text has words here.
    pub has_old: bool,
    /// Whether the new text has words here.
    pub has_new: bool,
    /// Where a moved passage stood, in words; empty otherwise.
    pub came_from: String,
}

impl Passage {
    /// Whether a reader could rely on the difference.
    pub(super) fn is_ignored(&self) -> bool {
        self.kind == HunkKind::Ignored
    }
    /// Whether the same words stand elsewhere.
    pub(super) fn is_moved(&self) -> bool {
        self.kind == HunkKind::Moved
    }
}

/// A comparison, ready to be shown.
#[derive(Debug, Clone)]
pub(super) struct DiffView {
    /// Passages and folds, in order of the new text.
    pub entries: Vec<DiffEntry>,
    /// How it is laid out.
    pub layout: DiffLayout,
    /// What changed, counted: `2 passages added, 1 removed`.
    pub counts: String,
    /// Number of the new version.
    pub new_number: i32,
    /// What each side is, with its day.
    pub caption: String,
    /// Address of the new version.
    pub new_href: String,
}

/// Unchanged text longer than this is named, not repeated (bytes).
const LONGEST_FOLD: usize = 40_000;

/// The passages of a comparison between folds of unchanged text; without the new text there are no folds.
pub(super) fn entries(hunks: &[Hunk], new: Option<&PolicyText>, layout: DiffLayout) -> Vec<DiffEntry> {
    let folded = new.filter(|_| layout != DiffLayout::Changes);
    let mut entries = Vec::with_capacity(hunks.len() * 2 + 1);
    let mut cursor = 0;
    let mut heading = String::new();
    for (index, hunk) in hunks.iter().enumerate() {
        if let (Some(text), Some(side)) = (folded, hunk.new.as_ref()) {
            entries.extend(fold(text, cursor, side.start));
            cursor = cursor.max(side.end);
        }
        let governing = hunk
            .new
            .as_ref()
            .or(hunk.old.as_ref())
            .map_or("", |side| side.heading.as_str());
        let came_from = match (hunk.kind, &hunk.old) {
            (HunkKind::Moved, Some(old)) if old.heading.is_empty() => "from another place".to_owned(),
            (HunkKind::Moved, Some(old)) => format!("from “{}”", words::clipped(&old.heading, 80)),
            _ => String::new(),
        };
        entries.push(DiffEntry::Passage(Passage {
            number: index + 1,
            kind: hunk.kind,
            heading: if governing == heading {
                String::new()
            } else {
                words::clipped(governing, 120)
            },
            pieces: hunk_pieces(hunk),
            old_words: match (hunk.kind, &hunk.old) {
                (HunkKind::Moved | HunkKind::Ignored, Some(old)) => old.text.clone(),
                _ => String::new(),
            },
            has_old: hunk.old.is_some(),
            has_new: hunk.new.is_some(),
            came_from,
        }));
        governing.clone_into(&mut heading);
    }
    if let Some(text) = folded {
        entries.extend(fold(text, cursor, text.text.len()));
    }
    entries
}

/// The whole blocks between two offsets of the new text.
fn fold(text: &PolicyText, from: usize, to: usize) -> Option<DiffEntry> {
    let first = text.blocks.partition_point(|block| block.start < from);
    let blocks = text.blocks.get(first..)?;
    let between = blocks.partition_point(|block| block.end <= to);
    let blocks = blocks.get(..between).filter(|blocks| !blocks.is_empty())?;
    let size: usize = blocks.iter().map(|block| block.end - block.start).sum();
    let paragraphs = if size > LONGEST_FOLD {
        Vec::new()
    } else {
        blocks.iter().map(|block| text.block_text(block).to_owned()).collect()
    };
    Some(DiffEntry::Fold {
        summary: words::counted(blocks.len(), "unchanged paragraph", "unchanged paragraphs"),
        paragraphs,
    })
}

/// What changed, counted by kind: `1 passage added, 2 reworded`.
pub(super) fn counts(hunks: &[Hunk]) -> String {
    let kinds = [
        (HunkKind::Added, "added"),
        (HunkKind::Removed, "removed"),
        (HunkKind::Modified, "reworded"),
        (HunkKind::Moved, "moved"),
        (HunkKind::Ignored, "ignored"),
    ];
    let mut parts = Vec::new();
    for (kind, word) in kinds {
        let number = hunks.iter().filter(|hunk| hunk.kind == kind).count();
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
mod tests {
    use atlas_domain::{Block, BlockKind, Hunk, HunkKind, HunkSide, PolicyText};

    use super::{DiffEntry, DiffLayout, counts, entries};

    fn text(paragraphs: &[&str]) -> PolicyText {
        let mut policy = PolicyText::default();
        for (index, words) in paragraphs.iter().enumerate() {
            if index > 0 {
                policy.text.push_str("\n\n");
            }
            let start = policy.text.len();
            policy.text.push_str(words);
            policy.blocks.push(Block {
                kind: BlockKind::Paragraph,
                level: 0,
                start,
                end: policy.text.len(),
                heading: None,
                stem: None,
                anchor: format!("p{index}"),
                sentences: Vec::new(),
            });
        }
        policy
    }

    fn added(words: &str, start: usize) -> Hunk {
        Hunk {
            kind: HunkKind::Added,
            old: None,
            new: Some(HunkSide {
                text: words.to_owned(),
                start,
                end: start + words.len(),
                heading: "Rules".to_owned(),
            }),
            reason: None,
        }
    }

    #[test]
    fn unchanged_paragraphs_are_folded_around_the_passages() {
        let new = text(&["One.", "Two.", "Three.", "Four."]);
        let start = new.text.find("Three").unwrap();
        let hunks = [added("Three.", start)];
        let shapes: Vec<String> = entries(&hunks, Some(&new), DiffLayout::Inline)
            .into_iter()
            .map(|entry| match entry {
                DiffEntry::Fold { summary, paragraphs } => format!("{summary}: {}", paragraphs.join(" ")),
                DiffEntry::Passage(passage) => format!("{} {}", passage.number, passage.heading),
            })
            .collect();
        assert_eq!(
            shapes,
            [
                "2 unchanged paragraphs: One. Two.",
                "1 Rules",
                "1 unchanged paragraph: Four."
            ]
        );
        assert_eq!(entries(&hunks, Some(&new), DiffLayout::Changes).len(), 1);
    }

    #[test]
    fn passages_are_counted_by_kind() {
        assert_eq!(counts(&[]), "No passage differs");
        assert_eq!(counts(&[added("x", 0), added("y", 3)]), "2 passages added");
    }

    #[test]
    fn an_ignored_passage_keeps_the_words_of_each_side() {
        let side = |text: &str| {
            Some(HunkSide {
                text: text.to_owned(),
                start: 0,
                end: text.len(),
                heading: String::new(),
            })
        };
        let hunk = Hunk {
            kind: HunkKind::Ignored,
            old: side("Updated 1 May"),
            new: side("Updated 2 June"),
            reason: None,
        };
        let Some(DiffEntry::Passage(passage)) = entries(&[hunk], None, DiffLayout::Split).pop() else {
            panic!("no passage");
        };
        assert_eq!(
            (passage.old_words.as_str(), passage.pieces[0].text.as_str()),
            ("Updated 1 May", "Updated 2 June")
        );
    }

    #[test]
    fn offsets_beyond_the_text_are_harmless() {
        let new = text(&["One."]);
        assert_eq!(entries(&[added("x", 900)], Some(&new), DiffLayout::Inline).len(), 2);
    }
}
