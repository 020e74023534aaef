//! What lies in the queue, for tests, the operator's page and `admin` verbs.
//!
//! Invariant: reading changes nothing; requeueing only makes a job runnable that was given up.

use sqlx::{PgConnection, Row};

use crate::Error;

/// Whether a job will still run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueuedState {
    /// It is due.
    Due,
    /// It is for later.
    Scheduled,
    /// It is being run.
    Running,
    /// Its attempts are used, or it was discarded.
    Failed,
}

/// One job in the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedJob {
    /// The engine's number.
    pub id: i64,
    /// The kind.
    pub kind: String,
    /// The payload as JSON.
    pub payload: serde_json::Value,
    /// Attempts made.
    pub attempts: i16,
    /// What the last failed attempt said.
    pub last_error: Option<String>,
    /// Whether it will still run.
    pub state: QueuedState,
}

/// The jobs in the queue, oldest first, at most `limit`.
///
/// # Errors
/// [`Error::Database`] if the database refuses.
pub async fn queued(connection: &mut PgConnection, limit: i64) -> Result<Vec<QueuedJob>, Error> {
    let rows = sqlx::query(
        "SELECT j.id, t.identifier, j.payload::jsonb AS payload, j.attempts, j.last_error,
                CASE WHEN j.locked_at IS NOT NULL THEN 'running'
                     WHEN j.attempts >= j.max_attempts THEN 'failed'
                     WHEN j.run_at > now() THEN 'scheduled'
                     ELSE 'due' END AS state
         FROM graphile_worker._private_jobs j
         JOIN graphile_worker._private_tasks t ON t.id = j.task_id
         ORDER BY j.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(QueuedJob {
                id: row.try_get("id")?,
                kind: row.try_get("identifier")?,
                payload: row.try_get("payload")?,
                attempts: row.try_get("attempts")?,
                last_error: row
                    .try_get::<Option<String>, _>("last_error")?
                    .map(|stored| words_of(&stored)),
                state: match row.try_get::<&str, _>("state")? {
                    "running" => QueuedState::Running,
                    "failed" => QueuedState::Failed,
                    "scheduled" => QueuedState::Scheduled,
                    _ => QueuedState::Due,
                },
            })
        })
        .collect()
}

/// The engine stores an error as `TaskError("…")`: the words inside.
fn words_of(stored: &str) -> String {
    let inner = stored
        .strip_prefix("TaskError(\"")
        .and_then(|rest| rest.strip_suffix("\")"));
    inner.map_or_else(
        || stored.to_owned(),
        |inner| inner.replace("\\\"", "\"").replace("\\n", "\n"),
    )
}

/// Makes a job that was given up runnable again at once; false if there is no such job.
///
/// # Errors
/// [`Error::Database`] if the database refuses.
pub async fn requeue(connection: &mut PgConnection, id: i64) -> Result<bool, Error> {
    sqlx::query("DELETE FROM job_start WHERE job_id = $1")
        .bind(id)
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query(
        "UPDATE graphile_worker._private_jobs
         SET attempts = 0, max_attempts = greatest(max_attempts, 3), run_at = now(), last_error = NULL
         WHERE id = $1 AND locked_at IS NULL",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
