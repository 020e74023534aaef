//! The order in which changes became public, and how far each was made known.
//!
//! Invariant: a higher number is never visible before a lower one, because the number is given under one lock as the
//! last statement of its transaction.

use atlas_domain::{ChangeId, PlatformId, WatchId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Gives a change its place in the public order; false if it has one. Call it as the last statement before commit.
pub async fn publication_insert(
    connection: &mut PgConnection,
    change: ChangeId,
    published_at: OffsetDateTime,
    historical: bool,
) -> Result<bool> {
    sqlx::query!("SELECT pg_advisory_xact_lock(7204119)::text AS locked")
        .fetch_one(&mut *connection)
        .await?;
    let done = sqlx::query!(
        "INSERT INTO publication (change_id, publish_seq, published_at, historical)
         SELECT $1, coalesce(max(publish_seq), 0) + 1, $2, $3 FROM publication
         ON CONFLICT (change_id) DO NOTHING",
        change.uuid(),
        published_at,
        historical,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The highest number given so far; 0 before the first.
pub async fn publication_last(connection: &mut PgConnection) -> Result<i64> {
    let row = sqlx::query!(r#"SELECT coalesce(max(publish_seq), 0) AS "last!" FROM publication"#)
        .fetch_one(connection)
        .await?;
    Ok(row.last)
}

/// The highest number given before an instant; 0 before the first.
pub async fn publication_last_before(connection: &mut PgConnection, instant: OffsetDateTime) -> Result<i64> {
    let row = sqlx::query!(
        r#"SELECT coalesce(max(publish_seq), 0) AS "last!" FROM publication WHERE published_at < $1"#,
        instant,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.last)
}

/// How far a change was made known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fanout {
    /// The last watch that was looked at.
    pub cursor: Option<WatchId>,
    /// When all were.
    pub finished_at: Option<OffsetDateTime>,
    /// When the change became public: later watches are not alerted.
    pub published_at: OffsetDateTime,
    /// The platform whose watches are looked at.
    pub platform_id: PlatformId,
}

/// Notes that a change has to be made known; nothing happens if that is noted.
pub async fn fanout_insert(connection: &mut PgConnection, change: ChangeId, at: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "INSERT INTO fanout (change_id, created_at) VALUES ($1, $2) ON CONFLICT (change_id) DO NOTHING",
        change.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How far a change was made known, held until the transaction ends; `None` if it is not to be made known.
pub async fn fanout_lock(connection: &mut PgConnection, change: ChangeId) -> Result<Option<Fanout>> {
    let row = sqlx::query!(
        "SELECT f.cursor_watch_id, f.finished_at, p.published_at, d.platform_id
         FROM fanout f JOIN publication p ON p.change_id = f.change_id JOIN change c ON c.id = f.change_id
         JOIN document d ON d.id = c.document_id
         WHERE f.change_id = $1 FOR UPDATE OF f",
        change.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Fanout {
        cursor: row.cursor_watch_id.map(Into::into),
        finished_at: row.finished_at,
        published_at: row.published_at,
        platform_id: row.platform_id.into(),
    }))
}

/// Moves the cursor on, and marks the end if that was reached.
pub async fn fanout_update(
    connection: &mut PgConnection,
    change: ChangeId,
    cursor: Option<WatchId>,
    finished_at: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE fanout SET cursor_watch_id = coalesce($2, cursor_watch_id), finished_at = $3 WHERE change_id = $1",
        change.uuid(),
        cursor.map(WatchId::uuid),
        finished_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes that were not made known to all, oldest first.
pub async fn fanouts_open(connection: &mut PgConnection, before: OffsetDateTime, limit: i64) -> Result<Vec<ChangeId>> {
    let rows = sqlx::query!(
        "SELECT change_id FROM fanout WHERE finished_at IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2",
        before,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.change_id.into()).collect())
}
