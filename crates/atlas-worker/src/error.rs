//! The one error of this crate.
//!
//! Invariant: an error here means that the work was not done and may be tried again; what can never succeed is an
//! [`Outcome`](atlas_jobs::Outcome), not an error.

/// Why a piece of work was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A query failed.
    #[error("a query failed")]
    Db(#[from] atlas_db::Error),
    /// A connection or a transaction failed.
    #[error("the database could not be used")]
    Database(#[from] sqlx::Error),
    /// The queue failed.
    #[error("the queue failed")]
    Queue(#[from] atlas_jobs::Error),
    /// Snapshots could not be stored or read.
    #[error("the archive failed")]
    Archive(#[from] atlas_archive::ArchiveError),
    /// Work on another thread ended without a result.
    #[error("a computation ended without a result")]
    Computation(#[from] tokio::task::JoinError),
    /// Something could not be written as JSON.
    #[error("something could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// A mail could not be composed.
    #[error("a mail could not be composed")]
    Mail(#[from] atlas_mail::MailError),
    /// A number does not fit.
    #[error("a number is out of range")]
    Range(#[from] std::num::TryFromIntError),
    /// A row that another row refers to is gone.
    #[error("{what} no longer exists")]
    Missing {
        /// What was looked for.
        what: &'static str,
    },
    /// A file or folder to import could not be read.
    #[error("{path} could not be read")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file to import does not have the expected form.
    #[error("{path}: {reason}")]
    Form {
        /// Which.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}
