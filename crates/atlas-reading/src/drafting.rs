//! Summaries that a language model drafts: what it is asked, and what of its answer is grounded in the quotations.
//!
//! Invariant: nothing that a model answers is believed. A claim stays only if its quotation stands in our text, letter for
//! letter but for blanks, and everything countable and every name in it stands in that quotation; offsets are ours.

mod ground;
mod request;

pub use ground::{Dropped, Grounded, GroundedDraft, Ungrounded, ground};
pub use request::{prompt_sha256, request};

use atlas_domain::Stance;

/// A quoted passage that is sent, with what our own reading says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The name under which the model speaks of it: `s1`, `s2` …
    pub id: String,
    /// Its words.
    pub text: String,
    /// First byte in the version's text.
    pub start: usize,
    /// Slug of the provision type.
    pub provision_type: String,
    /// The stance that we read.
    pub stance: Stance,
}

#[cfg(test)]
mod tests;
