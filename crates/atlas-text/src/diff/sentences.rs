//! The word segments of a passage, cut where a sentence ends on both sides at once.
//!
//! Invariant: the segments of the sentences, one after the other, are the segments of the passage; words that only
//! wandered into another sentence are not shown as gone and come back.

use std::collections::BTreeSet;

use super::DiffSentence;
use crate::{
    sentence,
    words::{DiffKind, DiffSegment},
};

/// Where sentences start in a passage, its two ends included.
fn starts(text: &str) -> BTreeSet<usize> {
    sentence::spans(text, 0)
        .into_iter()
        .map(|span| span.start)
        .chain([0, text.len()])
        .collect()
}

/// The segments by sentence.
pub(super) fn by_sentence(old: &str, new: &str, segments: &[DiffSegment]) -> Vec<DiffSentence> {
    let (old_starts, new_starts) = (starts(old), starts(new));
    let mut done: Vec<DiffSentence> = Vec::new();
    let mut open = DiffSentence::default();
    let (mut left, mut right) = (0, 0);
    for (index, segment) in segments.iter().enumerate() {
        let length = segment.text.len();
        let inner: Vec<usize> = match segment.kind {
            DiffKind::Equal => (old_starts.range(left + 1..left + length.max(1)))
                .map(|start| start - left)
                .filter(|at| new_starts.contains(&(right + at)))
                .collect(),
            DiffKind::Delete if new_starts.contains(&right) => (old_starts.range(left + 1..left + length.max(1)))
                .map(|start| start - left)
                .collect(),
            DiffKind::Insert if old_starts.contains(&left) => (new_starts.range(right + 1..right + length.max(1)))
                .map(|start| start - right)
                .collect(),
            DiffKind::Delete | DiffKind::Insert => Vec::new(),
        };
        let mut from = 0;
        for at in inner {
            push(&mut open, segment.kind, segment.text.get(from..at));
            done.push(std::mem::take(&mut open));
            from = at;
        }
        push(&mut open, segment.kind, segment.text.get(from..));
        if segment.kind != DiffKind::Insert {
            left += length;
        }
        if segment.kind != DiffKind::Delete {
            right += length;
        }
        // What was deleted and what replaces it stay together.
        let replaced = segment.kind == DiffKind::Delete
            && segments
                .get(index + 1)
                .is_some_and(|next| next.kind == DiffKind::Insert);
        if !replaced && old_starts.contains(&left) && new_starts.contains(&right) && !open.segments.is_empty() {
            done.push(std::mem::take(&mut open));
        }
    }
    if !open.segments.is_empty() {
        done.push(open);
    }
    done
}

fn push(open: &mut DiffSentence, kind: DiffKind, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        open.segments.push(DiffSegment {
            kind,
            text: text.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::by_sentence;
    use crate::words::{DiffKind, words_diff};

    fn show(old: &str, new: &str) -> Vec<String> {
        by_sentence(old, new, &words_diff(old, new))
            .iter()
            .map(|sentence| {
                sentence
                    .segments
                    .iter()
                    .map(|segment| match segment.kind {
                        DiffKind::Equal => segment.text.clone(),
                        DiffKind::Delete => format!("[-{}-]", segment.text),
                        DiffKind::Insert => format!("{{+{}+}}", segment.text),
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn a_passage_is_cut_where_both_sides_end_a_sentence() {
        assert_eq!(
            show("We will pay. You may go.", "We may pay. You must go."),
            ["We [-will-]{+may+} pay. ", "You [-may-]{+must+} go."]
        );
        assert_eq!(show("", "One. Two."), ["{+One. +}", "{+Two.+}"]);
        assert_eq!(show("One. Two.", ""), ["[-One. -]", "[-Two.-]"]);
        assert_eq!(show("Same.", "Same."), ["Same."]);
        assert_eq!(show("", ""), Vec::<String>::new());
    }

    #[test]
    fn a_sentence_cut_in_two_stays_one_row() {
        assert_eq!(
            show(
                "We keep logs and we delete them later.",
                "We keep logs. We delete them later."
            ),
            ["We keep logs[- and we-]{+. We+} delete them later."]
        );
    }

    #[test]
    fn words_replaced_whole_stay_side_by_side() {
        assert_eq!(show("Alpha beta.", "Gamma delta."), ["[-Alpha beta-]{+Gamma delta+}."]);
    }
}
