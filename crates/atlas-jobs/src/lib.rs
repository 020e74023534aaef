//! A thin typed layer over the queue engine.
//!
//! Invariant: it knows no job of ours. Work is enqueued in the transaction that makes it necessary, runs at least
//! once, and a job that keeps killing its process is put aside instead of looping; exactness lives in the rows that
//! a job writes, never in the queue.

mod enqueue;
mod error;
mod handlers;
mod outcome;
mod run;
mod schema;
mod start;
mod state;

pub use enqueue::{Enqueue, enqueue};
pub use error::{Error, FailedRun};
pub use handlers::Handlers;
pub use outcome::Outcome;
pub use run::{RunOptions, run, run_due};
pub use schema::migrate;
pub use start::{CRASH_LIMIT, forget_old_starts, forget_superseded};
pub use state::{QueuedJob, QueuedState, queued, requeue};
