//! A passage shortened around its changed words, for lists where it stands for a whole change.
//!
//! Invariant: changed words are kept until the room is used up; what is left out is marked by an ellipsis.

use crate::words::{DiffKind, DiffSegment};

/// Equal words kept on either side of a difference, in characters.
const CONTEXT: usize = 90;

/// The segments of a passage in at most about `room` characters.
pub fn excerpt(segments: Vec<DiffSegment>, room: usize) -> Vec<DiffSegment> {
    let last = segments.len().saturating_sub(1);
    let context = CONTEXT.min(room / 3);
    let mut left = room;
    let mut kept = Vec::with_capacity(segments.len());
    for (index, segment) in segments.into_iter().enumerate() {
        if left == 0 {
            break;
        }
        let mut text = segment.text;
        if segment.kind == DiffKind::Equal && last > 0 {
            text = around(&text, index > 0, index < last, context);
        }
        let length = text.chars().count();
        if length > left {
            text = clipped(&text, left.max(20));
            left = 0;
        } else {
            left -= length;
        }
        kept.push(DiffSegment {
            kind: segment.kind,
            text,
        });
    }
    kept
}

/// Unchanged words: those next to a difference.
fn around(text: &str, after: bool, before: bool, context: usize) -> String {
    let length = text.chars().count();
    let sides = usize::from(after) + usize::from(before);
    if length <= context * sides.max(1) {
        return text.to_owned();
    }
    let head: String = text.chars().take(context).collect();
    let tail: String = text.chars().skip(length.saturating_sub(context)).collect();
    let head = whole_words(&head, true);
    let tail = whole_words(&tail, false);
    match (after, before) {
        (true, true) => format!("{head} … {tail}"),
        (true, false) => format!("{head} …"),
        _ => format!("… {tail}"),
    }
}

/// Without the word that was cut at the end, or at the start.
fn whole_words(text: &str, at_end: bool) -> &str {
    let cut = if at_end {
        text.rsplit_once(' ').map(|(head, _)| head)
    } else {
        text.split_once(' ').map(|(_, tail)| tail)
    };
    cut.filter(|kept| kept.len() * 2 > text.len())
        .unwrap_or(text)
        .trim_matches('\n')
}

/// At most `room` characters, ended by an ellipsis after a whole word.
fn clipped(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let head: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", whole_words(&head, true).trim_end())
}

#[cfg(test)]
mod tests {
    use atlas_domain::{Hunk, HunkKind, HunkSide};

    use super::excerpt;
    use crate::diff::Diff;

    fn side(text: String) -> HunkSide {
        HunkSide {
            start: 0,
            end: text.len(),
            text,
            heading: String::new(),
        }
    }

    #[test]
    fn a_long_passage_keeps_its_differences() {
        let (head, tail) = ("lorem ".repeat(100), " ipsum".repeat(100));
        let hunk = Hunk {
            kind: HunkKind::Modified,
            old: Some(side(format!("{head}ninety days{tail}"))),
            new: Some(side(format!("{head}thirty days{tail}"))),
            reason: None,
        };
        let passages = Diff::passages(&[hunk]);
        let shown: String = excerpt(passages[0].segments(), 420)
            .iter()
            .map(|segment| segment.text.as_str())
            .collect();
        assert!(shown.contains("ninetythirty days"), "{shown}");
        assert!(shown.starts_with("… ") && shown.ends_with(" …"), "{shown}");
        assert!(shown.chars().count() < 300, "{shown}");
    }

    #[test]
    fn new_words_alone_are_clipped_at_a_word() {
        let hunk = Hunk {
            kind: HunkKind::Added,
            old: None,
            new: Some(side("word ".repeat(100))),
            reason: None,
        };
        let shown = excerpt(Diff::passages(&[hunk])[0].segments(), 60);
        assert_eq!(shown.len(), 1);
        assert!(shown[0].text.ends_with("word…"), "{}", shown[0].text);
    }
}
