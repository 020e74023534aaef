//! A change told in sentences.
//!
//! Invariant: a sentence names the hunks it follows from; one without a hunk exists only in records of older versions.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// What a sentence of a summary tells.
    SummaryKind, "kind of summary line", {
        /// A position turned: a promise became leave, an opt-in an opt-out.
        Reversed = "reversed",
        /// Something came.
        Added = "added",
        /// Something went.
        Removed = "removed",
        /// Something is different: a period, a price, a party, the wording.
        Changed = "changed",
        /// Who is affected.
        Affected = "affected",
        /// From when it holds, and whether for what was before.
        When = "when",
        /// What a reader can do.
        Choice = "choice",
        /// How many passages are not told one by one.
        More = "more",
    }
}

/// One sentence of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct SummaryLine {
    /// What it tells.
    pub kind: SummaryKind,
    /// One plain sentence.
    pub text: String,
    /// Indices into the change's hunks, in order.
    pub hunks: Vec<usize>,
}

/// A line as any version of the program has written it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Line {
        kind: SummaryKind,
        text: String,
        hunks: Vec<usize>,
    },
    Tied {
        text: String,
        #[serde(default)]
        hunk: Option<usize>,
    },
    Bare(String),
}

impl From<Stored> for SummaryLine {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Line { kind, text, hunks } => Self { kind, text, hunks },
            Stored::Tied { text, hunk } => Self {
                kind: SummaryKind::Changed,
                text,
                hunks: hunk.into_iter().collect(),
            },
            Stored::Bare(text) => Self {
                kind: SummaryKind::Changed,
                text,
                hunks: Vec::new(),
            },
        }
    }
}
