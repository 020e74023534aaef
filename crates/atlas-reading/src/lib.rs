//! Policy text to findings: which passages speak on which provision type, and what position they take.
//!
//! Invariant: a [`Reading`](atlas_domain::Reading) quotes the text exactly (`quote == text[start..end]`), and its
//! stance is one that the taxonomy allows for its type. Silence is better than a wrong finding: a passage that no
//! rule reads with confidence yields nothing.

mod clause;
mod cues;
mod detector;
pub mod drafting;
pub mod json;
mod merge;
pub mod model;
mod passage;
mod polarity;
mod proposition;
pub mod qualifiers;
mod rules;
mod stance;
mod trained;
mod types;

pub use detector::{Detector, RULE_VERSION, RuleDetector};
pub use merge::{ProvisionReading, merge};
pub use trained::{DetectorError, REVIEW, SURE, TrainedDetector, certain, is_certain};
