//! Rows of `throttle`: the generic cell rate algorithm, one instant for each bucket.
//!
//! Invariant: taking is one statement, so that parallel requests cannot take more than there is. A bucket's name
//! holds hashes, never an address.

use std::time::Duration;

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// How often something may be done: `burst` times at once, and then once in each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Times at once.
    pub burst: u32,
    /// Time until one more is allowed.
    pub interval: Duration,
}

/// Takes one from a bucket: `None` if it was allowed, else the time until it would be.
pub async fn throttle_take(
    connection: &mut PgConnection,
    bucket: &str,
    rate: Rate,
    now: OffsetDateTime,
) -> Result<Option<Duration>> {
    let latest = now + rate.interval * rate.burst;
    let taken = sqlx::query_scalar!(
        "INSERT INTO throttle AS held (bucket, arrival_at) VALUES ($1, $2::timestamptz + make_interval(secs => $3))
         ON CONFLICT (bucket) DO UPDATE
         SET arrival_at = greatest(held.arrival_at, $2) + make_interval(secs => $3)
         WHERE greatest(held.arrival_at, $2) + make_interval(secs => $3) <= $4
         RETURNING arrival_at",
        bucket,
        now,
        rate.interval.as_secs_f64(),
        latest,
    )
    .fetch_optional(&mut *connection)
    .await?;
    if taken.is_some() {
        return Ok(None);
    }
    let arrival = sqlx::query_scalar!("SELECT arrival_at FROM throttle WHERE bucket = $1", bucket)
        .fetch_optional(connection)
        .await?;
    let wait = arrival.map_or(time::Duration::ZERO, |arrival| arrival + rate.interval - latest);
    Ok(Some(
        Duration::try_from(wait).unwrap_or_default().max(Duration::from_secs(1)),
    ))
}

/// Empties a bucket, for example after a log-in that succeeded.
pub async fn throttle_release(connection: &mut PgConnection, bucket: &str) -> Result<()> {
    sqlx::query!("DELETE FROM throttle WHERE bucket = $1", bucket)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes buckets that are as good as new.
pub async fn throttle_forget(connection: &mut PgConnection, now: OffsetDateTime) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM throttle WHERE arrival_at < $1", now)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
