//! One passage: its name, its words by sentence, the reason why it is ignored.
//!
//! Invariant: the name is made from the words of both sides and of nothing else, so a link to a passage holds when
//! other passages come or go; equal passages are told apart by their order.

use std::collections::HashMap;

use atlas_domain::{Hunk, HunkKind, HunkSide, IgnoredReason};
use sha2::{Digest as _, Sha256};

use super::{DiffHunk, reason::told, sentences::by_sentence};
use crate::words::{DiffKind, DiffSegment, words_diff};

/// Bytes of the hash that make a name.
const NAME_BYTES: usize = 5;

/// The names of some passages, in their order.
pub fn hunk_ids(hunks: &[Hunk]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    hunks.iter().map(|hunk| next_id(hunk, &mut seen)).collect()
}

/// The name of a passage that comes after those seen.
pub(super) fn next_id(hunk: &Hunk, seen: &mut HashMap<String, usize>) -> String {
    let mut hasher = Sha256::new();
    for side in [&hunk.old, &hunk.new] {
        let words = side.as_ref().map_or("", |side| side.text.as_str());
        hasher.update(words.as_bytes());
        hasher.update([0, u8::from(side.is_some())]);
    }
    let mut id = "h-".to_owned();
    for byte in hasher.finalize().iter().take(NAME_BYTES) {
        for nibble in [byte >> 4, byte & 15] {
            id.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    let count = seen.entry(id.clone()).or_default();
    *count += 1;
    if *count > 1 {
        id.push('-');
        id.push_str(&count.to_string());
    }
    id
}

impl DiffHunk {
    /// The passage by itself, as a comparison found it.
    pub fn new(id: String, hunk: &Hunk) -> Self {
        let words = |side: &Option<HunkSide>| side.as_ref().map(|side| side.text.clone());
        let (old, new) = (words(&hunk.old), words(&hunk.new));
        let segments = words_diff(old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
        Self {
            id,
            kind: hunk.kind,
            heading: hunk
                .new
                .as_ref()
                .or(hunk.old.as_ref())
                .map_or_else(String::new, |side| side.heading.clone()),
            reason: hunk.reason,
            reason_words: "",
            sentences: by_sentence(
                old.as_deref().unwrap_or_default(),
                new.as_deref().unwrap_or_default(),
                &segments,
            ),
            relocated: hunk.kind == HunkKind::Moved && hunk.old.is_some() && hunk.new.is_some(),
            targets: None,
            old_block: None,
            new_block: None,
            old: hunk.old.clone(),
            new: hunk.new.clone(),
        }
        .with_targets(hunk.reason, None)
    }

    /// The passage with the addresses of a link that leads elsewhere.
    pub(super) fn with_targets(mut self, known: Option<IgnoredReason>, targets: Option<(String, String)>) -> Self {
        if self.kind == HunkKind::Ignored {
            let old = self.old.as_ref().map(|side| side.text.as_str());
            let new = self.new.as_ref().map(|side| side.text.as_str());
            let (reason, words) = told(known, old, new, targets.as_ref());
            self.reason = Some(reason);
            self.reason_words = words;
        }
        self.targets = targets;
        self
    }

    /// The words of both sides, neighbours of one kind joined.
    pub fn segments(&self) -> Vec<DiffSegment> {
        let mut joined: Vec<DiffSegment> = Vec::new();
        for segment in self.sentences.iter().flat_map(|sentence| &sentence.segments) {
            match joined.last_mut() {
                Some(last) if last.kind == segment.kind => last.text.push_str(&segment.text),
                _ => joined.push(segment.clone()),
            }
        }
        joined
    }

    /// Whether a reader could rely on the difference.
    pub fn counts(&self) -> bool {
        matches!(self.kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified)
    }

    /// Whether both sides have the same words, so that the difference lies elsewhere: a link, a place, a structure.
    pub fn same_words(&self) -> bool {
        self.sentences
            .iter()
            .flat_map(|sentence| &sentence.segments)
            .all(|segment| segment.kind == DiffKind::Equal)
    }

    /// What happened, as a heading says it.
    pub fn title(&self) -> &'static str {
        match self.kind {
            HunkKind::Added => "Added",
            HunkKind::Removed => "Removed",
            HunkKind::Modified if self.same_words() => "Link changed",
            HunkKind::Modified if self.relocated => "Moved and reworded",
            HunkKind::Modified => "Reworded",
            HunkKind::Moved => "Moved",
            HunkKind::Ignored => "Ignored",
        }
    }
}
