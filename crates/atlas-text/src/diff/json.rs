//! A comparison as data: offsets for what is unchanged, words for what differs.
//!
//! Invariant: with the two texts at hand, the offsets and the segments reproduce both; names and kinds are the same as on
//! the page, so a passage found in one is found in the other.

use atlas_domain::{HunkSide, Span};
use serde_json::{Value, json};

use super::{Away, Diff, DiffHunk, EqualRun, Row};
use crate::words::DiffKind;

impl Diff {
    /// The rows as data.
    pub fn to_json(&self) -> Value {
        let counts = self.counts();
        json!({
            "counts": {
                "added": counts.added, "removed": counts.removed, "modified": counts.modified,
                "moved": counts.moved, "ignored": counts.ignored,
            },
            "rows": self.rows.iter().map(|row| match row {
                Row::Equal(run) => equal(run),
                Row::Hunk(hunk) => hunk.to_json(),
                Row::Away(away) => gone(away),
            }).collect::<Vec<_>>(),
        })
    }
}

fn equal(run: &EqualRun) -> Value {
    let spans = |of: fn(&super::EqualSentence) -> Span| {
        let mut sentences = run.blocks.iter().flat_map(|block| &block.sentences).map(of);
        let first = sentences.next().unwrap_or(Span { start: 0, end: 0 });
        let last = sentences.next_back().unwrap_or(first);
        json!({"start": first.start, "end": last.end})
    };
    json!({
        "type": "equal", "paragraphs": run.blocks.len(), "sentences": run.sentences(),
        "old": spans(|sentence| sentence.old), "new": spans(|sentence| sentence.new),
    })
}

fn gone(away: &Away) -> Value {
    json!({"type": "moved_away", "id": away.id, "old": side(Some(&away.old)), "heading_now": away.heading_now})
}

fn side(side: Option<&HunkSide>) -> Value {
    side.map_or(
        Value::Null,
        |side| json!({"start": side.start, "end": side.end, "heading": side.heading, "text": side.text}),
    )
}

impl DiffHunk {
    /// The passage as data.
    pub fn to_json(&self) -> Value {
        let sentences: Vec<Value> = self
            .sentences
            .iter()
            .map(|sentence| {
                sentence
                    .segments
                    .iter()
                    .map(|segment| json!({"kind": kind(segment.kind), "text": segment.text}))
                    .collect()
            })
            .collect();
        json!({
            "type": "hunk", "id": self.id, "kind": self.kind.as_str(), "heading": self.heading,
            "relocated": self.relocated, "reason": self.reason, "reason_words": self.reason.map(|_| self.reason_words),
            "link": self.targets.as_ref().map(|(old, new)| json!({"old": old, "new": new})),
            "old": side(self.old.as_ref()), "new": side(self.new.as_ref()), "sentences": sentences,
        })
    }
}

const fn kind(kind: DiffKind) -> &'static str {
    match kind {
        DiffKind::Equal => "equal",
        DiffKind::Delete => "delete",
        DiffKind::Insert => "insert",
    }
}
