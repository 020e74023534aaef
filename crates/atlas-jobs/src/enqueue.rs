//! Enqueueing, in the transaction that makes the work necessary.
//!
//! Invariant: no function here takes a pool, so a job exists if and only if the caller's transaction commits.

use std::time::Duration;

use atlas_domain::jobs::Job;
use sqlx::PgConnection;

use crate::Error;

/// How a job is enqueued, apart from what its type says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enqueue {
    /// Run no earlier than this long after now.
    pub delay: Duration,
    /// Do nothing if a job of the same key is there in whatever state, given up included: for sweeps, which must
    /// neither hurry a job that waits after a failure nor wake one that was given up.
    pub if_absent: bool,
}

impl Enqueue {
    /// Run no earlier than `delay` after now.
    pub const fn after(delay: Duration) -> Self {
        Self {
            delay,
            if_absent: false,
        }
    }
    /// Only if no job of the same key is there.
    pub const fn if_absent() -> Self {
        Self {
            delay: Duration::ZERO,
            if_absent: true,
        }
    }
}

/// Enqueues a job in the caller's transaction.
///
/// If a job of the same key waits, it is replaced (and its failures are forgotten); if one of the same key is
/// running, it is left to finish and a second one is enqueued, because the running one may have read before the
/// caller wrote.
///
/// # Errors
/// [`Error::Payload`] if the payload cannot be written, [`Error::Database`] if the database refuses.
pub async fn enqueue<J: Job>(connection: &mut PgConnection, job: &J, options: Enqueue) -> Result<(), Error> {
    let payload = serde_json::to_value(job)?;
    sqlx::query("SELECT public.enqueue_job($1, $2::jsonb::json, $3, $4, $5, $6, $7, $8)")
        .bind(J::KIND)
        .bind(payload)
        .bind(job.queue())
        .bind(i64::try_from(options.delay.as_millis()).unwrap_or(i64::MAX))
        .bind(i32::from(job.max_attempts()))
        .bind(job.key())
        .bind(i32::from(job.priority()))
        .bind(options.if_absent)
        .execute(connection)
        .await?;
    Ok(())
}
