//! What can go wrong with the samples and with their site.

use std::path::PathBuf;

/// A fault in the samples or in the state of their site.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file under `demo/` breaks a rule.
    #[error("demo/{path}: {fault}")]
    Sample {
        /// The file, relative to `demo/`.
        path: String,
        /// The rule it breaks, in words.
        fault: String,
    },
    /// There is no such sample document.
    #[error("there is no sample document {platform}/{document}")]
    UnknownDocument {
        /// Slug that was asked for.
        platform: String,
        /// Slug that was asked for.
        document: String,
    },
    /// The state file, or the lock beside it, cannot be read or written.
    #[error("cannot use the state file {}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The state file holds something else than a state.
    #[error("the state file {} does not hold a state of the sample site", path.display())]
    StateFormat {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}
