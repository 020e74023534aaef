//! Sources: how documents are obtained, how their last attempt went, when the next is due.
//!
//! Invariant: an outcome is written only by the attempt that had it, and a success is never overwritten by silence.

use atlas_domain::{CaptureOutcome, DocumentId, Sha256, SourceId, SourceRevisionId, SourceRules};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{digest, json, word};
use crate::{Error, Result};

/// A source with what is known of its last attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The source.
    pub id: SourceId,
    /// The document it obtains.
    pub document_id: DocumentId,
    /// Seconds between two polls.
    pub poll_interval_seconds: i32,
    /// When it is next due; `None` if it is never polled.
    pub next_poll_at: Option<OffsetDateTime>,
    /// Stopped by hand.
    pub paused_at: Option<OffsetDateTime>,
    /// How the last attempt ended.
    pub last_outcome: Option<CaptureOutcome>,
    /// What it said.
    pub last_detail: Option<String>,
    /// Failed attempts in a row.
    pub failures: i32,
}

/// Makes the source of a document, or changes its interval; returns its id. `next_poll_at` is used only when it is
/// made: a reload of the catalogue does not poll everything at once.
pub async fn source_upsert(
    connection: &mut PgConnection,
    document: DocumentId,
    poll_interval_seconds: i32,
    next_poll_at: Option<OffsetDateTime>,
    at: OffsetDateTime,
) -> Result<SourceId> {
    let row = sqlx::query!(
        "INSERT INTO source (id, document_id, poll_interval_seconds, next_poll_at, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (document_id) DO UPDATE SET poll_interval_seconds = excluded.poll_interval_seconds,
             next_poll_at = coalesce(source.next_poll_at, excluded.next_poll_at)
         RETURNING id",
        SourceId::generate().uuid(),
        document.uuid(),
        poll_interval_seconds,
        next_poll_at,
        at,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.id.into())
}

/// The source with an id.
pub async fn source_by_id(connection: &mut PgConnection, id: SourceId) -> Result<Option<Source>> {
    let row = sqlx::query!(
        "SELECT document_id, poll_interval_seconds, next_poll_at, paused_at, last_outcome, last_detail, failures
         FROM source WHERE id = $1",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Source {
        id,
        document_id: row.document_id.into(),
        poll_interval_seconds: row.poll_interval_seconds,
        next_poll_at: row.next_poll_at,
        paused_at: row.paused_at,
        last_outcome: row.last_outcome.as_deref().map(word).transpose()?,
        last_detail: row.last_detail,
        failures: row.failures,
    }))
}

/// The source of a document.
pub async fn source_of_document(connection: &mut PgConnection, document: DocumentId) -> Result<Option<SourceId>> {
    let row = sqlx::query!("SELECT id FROM source WHERE document_id = $1", document.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Holds the source's row until the transaction ends: its capture chain is extended by one at a time.
pub async fn source_lock(connection: &mut PgConnection, id: SourceId) -> Result<bool> {
    let row = sqlx::query!("SELECT id FROM source WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// What an attempt leaves on its source.
#[derive(Debug, Clone, Copy)]
pub struct SourceHealth<'a> {
    /// When it ended.
    pub checked_at: OffsetDateTime,
    /// How it ended.
    pub outcome: CaptureOutcome,
    /// What it said, for the curator.
    pub detail: Option<&'a str>,
    /// When the next attempt is due; `None` leaves the present plan.
    pub next_poll_at: Option<OffsetDateTime>,
}

/// Writes the health of a source after an attempt; a success clears the failures, a failure counts one more.
pub async fn source_health_update(connection: &mut PgConnection, id: SourceId, health: SourceHealth<'_>) -> Result<()> {
    sqlx::query!(
        "UPDATE source SET last_checked_at = $2, last_outcome = $3, last_detail = $4,
             last_success_at = CASE WHEN $5 THEN $2 ELSE last_success_at END,
             failures = CASE WHEN $5 THEN 0 ELSE failures + 1 END,
             next_poll_at = coalesce($6, next_poll_at)
         WHERE id = $1",
        id.uuid(),
        health.checked_at,
        health.outcome.as_str(),
        health.detail,
        health.outcome.is_success(),
        health.next_poll_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes up to `limit` sources that are due at `now`, and moves each to `lease_until` in the same statement: if the
/// poll is lost, the source is due again then. What is retired is never due; `samples_only` leaves the sources of real platforms alone.
pub async fn sources_claim_due(
    connection: &mut PgConnection,
    now: OffsetDateTime,
    lease_until: OffsetDateTime,
    limit: i64,
    samples_only: bool,
) -> Result<Vec<SourceId>> {
    let rows = sqlx::query!(
        "WITH due AS MATERIALIZED (
             SELECT s.id FROM source s
             WHERE s.paused_at IS NULL AND s.next_poll_at <= $1
                 AND EXISTS (SELECT FROM document d JOIN platform p ON p.id = d.platform_id
                     WHERE d.id = s.document_id AND d.retired_at IS NULL AND p.retired_at IS NULL
                       AND (NOT $4 OR p.is_sample))
             ORDER BY s.next_poll_at LIMIT $3 FOR UPDATE SKIP LOCKED)
         UPDATE source SET next_poll_at = $2 FROM due WHERE source.id = due.id RETURNING source.id",
        now,
        lease_until,
        limit,
        samples_only,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// Makes every source of a platform, or of one of its documents, due at `at`; returns how many.
pub async fn sources_make_due(
    connection: &mut PgConnection,
    platform_slug: &str,
    document_slug: Option<&str>,
    at: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE source SET next_poll_at = $3 FROM document d JOIN platform p ON p.id = d.platform_id
         WHERE source.document_id = d.id AND p.slug = $1 AND ($2::text IS NULL OR d.slug = $2)",
        platform_slug,
        document_slug,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The rules of a source during one span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRevision {
    /// The revision.
    pub id: SourceRevisionId,
    /// The rules.
    pub rules: SourceRules,
    /// First instant they hold for.
    pub valid_from: OffsetDateTime,
}

/// The rules that held at an instant; for an instant before the first revision, the first one.
pub async fn source_revision_at(
    connection: &mut PgConnection,
    source: SourceId,
    at: OffsetDateTime,
) -> Result<Option<SourceRevision>> {
    let row = sqlx::query!(
        "SELECT id, rules, valid_from FROM source_revision WHERE source_id = $1
         ORDER BY valid_from <= $2 DESC,
             CASE WHEN valid_from <= $2 THEN $2 - valid_from ELSE valid_from - $2 END
         LIMIT 1",
        source.uuid(),
        at,
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(SourceRevision {
        id: row.id.into(),
        rules: json(row.rules)?,
        valid_from: row.valid_from,
    }))
}

/// Adds rules that hold from an instant on. If there are rules of exactly that instant, they are replaced.
pub async fn source_revision_insert(
    connection: &mut PgConnection,
    source: SourceId,
    rules: &SourceRules,
    valid_from: OffsetDateTime,
) -> Result<SourceRevisionId> {
    let row = sqlx::query!(
        "INSERT INTO source_revision (id, source_id, rules, valid_from) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source_id, valid_from) DO UPDATE SET rules = excluded.rules RETURNING id",
        SourceRevisionId::generate().uuid(),
        source.uuid(),
        serde_json::to_value(rules).map_err(Error::Json)?,
        valid_from,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.id.into())
}

/// The bytes and validators last seen at one location.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationState {
    /// Position of the location in the rules, from 0.
    pub position: i32,
    /// The address of the rules.
    pub url: String,
    /// The server's entity tag.
    pub etag: Option<String>,
    /// The server's date of change.
    pub last_modified: Option<String>,
    /// The bytes.
    pub snapshot: Sha256,
    /// The address after redirects.
    pub final_url: String,
    /// When the bytes were received.
    pub captured_at: OffsetDateTime,
}

/// What was last seen at the locations of a source, in order.
pub async fn location_states(connection: &mut PgConnection, source: SourceId) -> Result<Vec<LocationState>> {
    let rows = sqlx::query!(
        "SELECT position, url, etag, last_modified, snapshot_sha256, final_url, captured_at
         FROM location_state WHERE source_id = $1 ORDER BY position",
        source.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LocationState {
                position: row.position,
                url: row.url,
                etag: row.etag,
                last_modified: row.last_modified,
                snapshot: digest(&row.snapshot_sha256)?,
                final_url: row.final_url,
                captured_at: row.captured_at,
            })
        })
        .collect()
}

/// Remembers what was seen at a location.
pub async fn location_state_upsert(
    connection: &mut PgConnection,
    source: SourceId,
    state: &LocationState,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO location_state (source_id, position, url, etag, last_modified, snapshot_sha256, final_url,
             captured_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (source_id, position) DO UPDATE SET url = excluded.url, etag = excluded.etag,
             last_modified = excluded.last_modified, snapshot_sha256 = excluded.snapshot_sha256,
             final_url = excluded.final_url, captured_at = excluded.captured_at",
        source.uuid(),
        state.position,
        state.url,
        state.etag,
        state.last_modified,
        state.snapshot.as_bytes().as_slice(),
        state.final_url,
        state.captured_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves the next attempt to an instant.
pub async fn source_next_poll_update(
    connection: &mut PgConnection,
    source: SourceId,
    next_poll_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE source SET next_poll_at = $2 WHERE id = $1",
        source.uuid(),
        next_poll_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Pauses the sources of the sample platforms from an instant on, or wakes them up (`None`); returns how many changed.
pub async fn source_samples_pause(connection: &mut PgConnection, paused_at: Option<OffsetDateTime>) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE source SET paused_at = $1 FROM document d JOIN platform p ON p.id = d.platform_id
         WHERE source.document_id = d.id AND p.is_sample AND (source.paused_at IS NULL) <> ($1::timestamptz IS NULL)",
        paused_at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Brings the next attempt forward to an instant, if it is later or there is none.
pub async fn source_next_poll_no_later(
    connection: &mut PgConnection,
    source: SourceId,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE source SET next_poll_at = least(coalesce(next_poll_at, $2), $2) WHERE id = $1",
        source.uuid(),
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}
