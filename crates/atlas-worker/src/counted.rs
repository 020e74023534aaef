//! How many words a comparison added and took away. Invariant: a word that merely moved with its passage counts in
//! neither.

use atlas_domain::{Hunk, HunkKind};

/// Words that came and words that went.
pub(crate) fn words_moved(hunks: &[Hunk]) -> (i32, i32) {
    let count = |text: &str| text.split_whitespace().count();
    let (mut added, mut removed) = (0, 0);
    for hunk in hunks {
        match (hunk.kind, &hunk.old, &hunk.new) {
            (HunkKind::Modified, Some(old), Some(new)) => {
                for segment in atlas_text::words_diff(&old.text, &new.text) {
                    match segment.kind {
                        atlas_text::DiffKind::Insert => added += count(&segment.text),
                        atlas_text::DiffKind::Delete => removed += count(&segment.text),
                        atlas_text::DiffKind::Equal => {}
                    }
                }
            }
            (HunkKind::Added, _, Some(new)) => added += count(&new.text),
            (HunkKind::Removed, Some(old), _) => removed += count(&old.text),
            _ => {}
        }
    }
    (
        i32::try_from(added).unwrap_or(i32::MAX),
        i32::try_from(removed).unwrap_or(i32::MAX),
    )
}
