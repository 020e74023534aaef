//! Why no text could be had from some bytes.
//!
//! Invariant: every failure names the capture outcome under which a source's health is shown.

use atlas_domain::CaptureOutcome;

/// Why no policy text could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No words at all, or a shell that only scripts would fill.
    #[error("no words were found: {detail}")]
    Empty {
        /// What was looked at.
        detail: String,
    },
    /// A rule of the source selects nothing.
    #[error("the selector `{selector}` matches nothing on this page")]
    SelectorMatchesNothing {
        /// The selector, as written in the source.
        selector: String,
    },
    /// A rule of the source can't be read as a CSS selector.
    #[error("`{selector}` is not a CSS selector")]
    InvalidSelector {
        /// The selector, as written in the source.
        selector: String,
    },
    /// More bytes, elements or nesting than we read.
    #[error("the page is too large: {detail}")]
    TooLarge {
        /// Which bound was passed.
        detail: String,
    },
    /// The bytes are not HTML, Markdown or plain text.
    #[error("the bytes are not a readable page: {detail}")]
    NotText {
        /// What they look like.
        detail: String,
    },
    /// A page, but not a policy.
    #[error("the page is not a policy ({}): {detail}", .outcome.label())]
    NotPolicy {
        /// What it is instead.
        outcome: CaptureOutcome,
        /// The words or marks by which it was recognised.
        detail: String,
    },
}

impl TextError {
    /// The outcome under which the capture is recorded.
    pub const fn outcome(&self) -> CaptureOutcome {
        match self {
            Self::Empty { .. } | Self::SelectorMatchesNothing { .. } | Self::InvalidSelector { .. } => {
                CaptureOutcome::Empty
            }
            Self::TooLarge { .. } => CaptureOutcome::TooLarge,
            Self::NotText { .. } => CaptureOutcome::WrongType,
            Self::NotPolicy { outcome, .. } => *outcome,
        }
    }
    /// Whether a page was read and found not to be a policy (as opposed to bytes or rules that can't be read).
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::NotPolicy { .. } | Self::Empty { .. })
    }
}
