//! What became of a capture.
//!
//! Invariant: a capture ends in exactly one of these; a refusal is a finished piece of work, not a failure of ours.

use atlas_domain::{CaptureOutcome, VersionId, VersionKind};
use atlas_jobs::Outcome;

/// What became of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// A new version.
    Version {
        /// Its id.
        id: VersionId,
        /// Its place in the history.
        number: i32,
        /// What it is to its history.
        kind: VersionKind,
    },
    /// The words of the current version: counted as a check.
    Unchanged,
    /// One of the texts between which the document goes to and fro: counted as a sighting of that one.
    Variant,
    /// It was recorded before; its follow-up was enqueued again.
    Again,
    /// A page is not the document.
    Refused {
        /// What it is instead.
        outcome: CaptureOutcome,
        /// By what it was recognised.
        detail: String,
    },
    /// Much shorter than the current version: waits for a second capture that says the same.
    Held,
    /// Older than the current version: history is written in the order of time.
    TooOld,
    /// The document no longer exists.
    Gone,
}

impl Recorded {
    /// The outcome for the queue. A refusal is a finished piece of work: the source's health tells of it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Version { .. } | Self::Unchanged | Self::Variant | Self::Again => Outcome::Done,
            Self::Refused { outcome, detail } => Outcome::Cancel(format!("{outcome}: {detail}")),
            Self::Held => Outcome::Cancel("shrank: held until a second capture says the same".to_owned()),
            Self::TooOld => Outcome::Cancel("captured before the current version".to_owned()),
            Self::Gone => Outcome::Cancel("the document is gone".to_owned()),
        }
    }
}
