//! A private PostgreSQL server for an instance that was not given a `DATABASE_URL`.
//!
//! The server is a child process that listens on a Unix socket only, in a folder that nobody else can enter.
//! Invariant: whoever starts a server stops it, and whoever finds one running (an *adopter*) leaves it running.

mod binaries;
mod cluster;
mod process;

use std::{path::PathBuf, time::Duration};

pub use cluster::PrivatePostgres;

/// The oldest major version whose features the schema relies on.
pub const OLDEST_MAJOR: u32 = 15;

/// What kind of server is wanted.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Folder for the data, the socket and the log; made if missing.
    pub folder: PathBuf,
    /// `false` trades safety against power loss for speed: for throw-away databases only.
    pub durable: bool,
    /// Folder with `initdb` and `postgres` to use instead of looking for one.
    pub binaries: Option<PathBuf>,
    /// Connections that the server accepts at once.
    pub max_connections: u16,
}

/// Why no server could be had.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No usable binaries.
    #[error("{0}")]
    NotFound(String),
    /// Root was refused a folder that the server's user could enter.
    #[error(
        "running as root, so PostgreSQL runs as user id {uid}, which cannot enter {folder} (a parent folder is \
         private); set CONDUCTATLAS_DATA to a folder outside it, for example /var/lib/conductatlas"
    )]
    Unreachable {
        /// The user that the server would run as.
        uid: u32,
        /// The folder that it cannot enter.
        folder: PathBuf,
    },
    /// Root without an unprivileged user.
    #[error("running as root and neither a `postgres` nor a `nobody` user exists; PostgreSQL refuses to run as root")]
    NoUser,
    /// `initdb` failed.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// The server stopped while starting.
    #[error("postgres stopped while starting:\n{0}")]
    Exited(String),
    /// The server did not become ready.
    #[error("postgres was not ready after {} s; see {log}", .after.as_secs())]
    Slow {
        /// How long it was waited for.
        after: Duration,
        /// Its log.
        log: PathBuf,
    },
    /// A file or a process could not be handled.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// Names what was being done when an I/O error came up.
fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> PostgresError {
    let what = what.into();
    move |source| PostgresError::Io { what, source }
}
