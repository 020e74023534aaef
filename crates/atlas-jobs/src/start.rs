//! Counting starts that were not followed by an end.
//!
//! Invariant: the engine does not count a recovered job as an attempt, so a job that kills its process would run for
//! ever; here it may start [`CRASH_LIMIT`] times without an end. The instants are the database's own: they order
//! starts and decide nothing else.

use sqlx::{PgConnection, PgPool};

use crate::Error;

/// Starts without an end after which a job is given up.
pub const CRASH_LIMIT: i32 = 3;

/// Notes a start and returns how many there were without an end, this one included.
pub(crate) async fn begin(pool: &PgPool, job: i64, kind: &str) -> Result<i32, Error> {
    let row = sqlx::query!(
        "INSERT INTO job_start (job_id, kind, starts, last_started_at) VALUES ($1, $2, 1, clock_timestamp())
         ON CONFLICT (job_id) DO UPDATE SET starts = job_start.starts + 1, last_started_at = clock_timestamp()
         RETURNING starts",
        job,
        kind,
    )
    .fetch_one(pool)
    .await?;
    Ok(row.starts)
}

/// Notes an end.
pub(crate) async fn end(pool: &PgPool, job: i64) -> Result<(), Error> {
    sqlx::query!("DELETE FROM job_start WHERE job_id = $1", job)
        .execute(pool)
        .await?;
    Ok(())
}

/// Forgets starts of jobs that no longer exist (their process died after the effect); returns how many.
///
/// # Errors
/// [`Error::Database`] if the database refuses.
pub async fn forget_old_starts(connection: &mut PgConnection) -> Result<u64, Error> {
    let gone = sqlx::query(
        "DELETE FROM job_start s WHERE s.last_started_at < clock_timestamp() - interval '1 day'
         AND NOT EXISTS (SELECT FROM graphile_worker._private_jobs j WHERE j.id = s.job_id)",
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected())
}

/// Forgets jobs that died with their process after another of the same key had taken their place: the engine keeps them
/// as if they had been given up, and nothing is left to do for them. Returns how many.
///
/// The engine takes the key and the attempts from a running job when one of its key is added, and recovery marks it
/// with these words; a job that used its attempts up has words of its own.
///
/// # Errors
/// [`Error::Database`] if the database refuses.
pub async fn forget_superseded(connection: &mut PgConnection) -> Result<u64, Error> {
    let gone = sqlx::query(
        "DELETE FROM graphile_worker._private_jobs WHERE key IS NULL AND locked_at IS NULL
         AND attempts >= max_attempts AND last_error = 'Job recovered after worker interruption'",
    )
    .execute(connection)
    .await?;
    Ok(gone.rows_affected())
}
