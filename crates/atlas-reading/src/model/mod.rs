//! The trained reader of sentences: hashed n-grams, a linear model for each label, calibrated scores.
//!
//! Invariant: training is a function of its rows, its recipe and its seed. The number of threads changes nothing, so
//! the same command writes the same file, byte for byte.

mod concepts;
mod corpus;
mod features;
mod format;
mod head;
mod labels;
mod linear;
mod metrics;
mod numbers;
mod platt;
mod provisions;
mod rows;
mod signals;
mod training;
mod words;

pub use corpus::{PROPOSITION_STANCES, ProvisionRow, SentenceSet, provision_rows};
pub use features::FeatureSpec;
pub use format::{FORMAT_VERSION, ModelError, ModelFile};
pub use head::{Choice, Head};
pub use linear::Loss;
pub use metrics::{F1, Outcome, Scoreboard};
pub use provisions::{Classification, ProvisionModel, ProvisionRecipe, train_provisions};
pub use rows::{Columns, LabelledRow, LabelledRows, RowError, sha256_hex};
pub use training::{Example, Recipe, train};
