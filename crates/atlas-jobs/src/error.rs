//! Why the queue could not do what it was asked.
//!
//! Invariant: a failure of a job itself is never one of these, except in [`run_due`](crate::run_due), where a test
//! must not overlook it.

use std::fmt;

/// One job that did not end well while all due jobs were run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRun {
    /// The kind of the job.
    pub kind: String,
    /// What it said, with the chain of causes.
    pub reason: String,
}

impl fmt::Display for FailedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.reason)
    }
}

/// Why the queue could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or could not be reached.
    #[error("the queue's database could not answer")]
    Database(#[from] sqlx::Error),
    /// The engine's own tables could not be brought up to date.
    #[error("the queue's tables could not be brought up to date")]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine could not start or stopped by itself.
    #[error("the queue engine stopped")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A payload could not be written as JSON.
    #[error("a job's payload could not be written")]
    Payload(#[from] serde_json::Error),
    /// Jobs failed while all due jobs were run.
    #[error("{} of the due jobs failed: {}", .0.len(), .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Failed(Vec<FailedRun>),
}
