//! Snapshots and the chained record of attempts.
//!
//! Invariant: rows here are only ever added, each naming the hash of the one before it in its source's chain.

use std::collections::BTreeMap;

use atlas_domain::{CaptureId, CaptureOutcome, Sha256, SourceId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{digest, json, word};
use crate::{Error, Result};

/// Records that bytes are held in the archive; nothing happens if they already are.
pub async fn snapshot_insert(
    connection: &mut PgConnection,
    sha256: Sha256,
    byte_count: u64,
    stored_byte_count: u64,
    content_type: Option<&str>,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO snapshot (sha256, byte_count, stored_byte_count, content_type, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sha256) DO NOTHING",
        sha256.as_bytes().as_slice(),
        i64::try_from(byte_count)?,
        i64::try_from(stored_byte_count)?,
        content_type,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The content type that came with a snapshot when it was first seen.
pub async fn snapshot_content_type(connection: &mut PgConnection, sha256: Sha256) -> Result<Option<String>> {
    let row = sqlx::query!(
        "SELECT content_type FROM snapshot WHERE sha256 = $1",
        sha256.as_bytes().as_slice()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.and_then(|row| row.content_type))
}

/// One attempt that told something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The attempt.
    pub id: CaptureId,
    /// Whose attempt.
    pub source_id: SourceId,
    /// Position of the location in the rules, from 0.
    pub position: i32,
    /// Place in the chain, from 1.
    pub chain_number: i32,
    /// The address that was asked.
    pub requested_url: String,
    /// The address that answered.
    pub final_url: String,
    /// The addresses in between.
    pub redirects: Vec<String>,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it ended.
    pub finished_at: OffsetDateTime,
    /// How it ended.
    pub outcome: CaptureOutcome,
    /// What it said.
    pub detail: Option<String>,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<i32>,
    /// Response headers, lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The bytes, if there were any.
    pub snapshot: Option<Sha256>,
    /// Taken over from another archive.
    pub imported: bool,
    /// The hash of the row before it; `None` for the first.
    pub previous_hash: Option<Sha256>,
    /// The hash of this row.
    pub row_hash: Sha256,
}

/// Place and hash of the last row of a source's chain.
pub async fn capture_chain_tail(connection: &mut PgConnection, source: SourceId) -> Result<Option<(i32, Sha256)>> {
    let row = sqlx::query!(
        "SELECT chain_number, row_hash FROM capture WHERE source_id = $1 ORDER BY chain_number DESC LIMIT 1",
        source.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.chain_number, digest(&row.row_hash)?)))
        .transpose()
}

/// Adds a row to a chain.
pub async fn capture_insert(connection: &mut PgConnection, capture: &Capture) -> Result<()> {
    sqlx::query!(
        "INSERT INTO capture (id, source_id, position, chain_number, requested_url, final_url, redirects, started_at,
             finished_at, outcome, detail, http_status, headers, snapshot_sha256, imported, previous_hash, row_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        capture.id.uuid(),
        capture.source_id.uuid(),
        capture.position,
        capture.chain_number,
        capture.requested_url,
        capture.final_url,
        serde_json::to_value(&capture.redirects).map_err(Error::Json)?,
        capture.started_at,
        capture.finished_at,
        capture.outcome.as_str(),
        capture.detail,
        capture.http_status,
        serde_json::to_value(&capture.headers).map_err(Error::Json)?,
        capture.snapshot.as_ref().map(|hash| hash.as_bytes().as_slice()),
        capture.imported,
        capture.previous_hash.as_ref().map(|hash| hash.as_bytes().as_slice()),
        capture.row_hash.as_bytes().as_slice(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A stretch of a source's chain, in order, after `after`.
pub async fn capture_chain(
    connection: &mut PgConnection,
    source: SourceId,
    after: i32,
    limit: i64,
) -> Result<Vec<Capture>> {
    let rows = sqlx::query!(
        "SELECT id, position, chain_number, requested_url, final_url, redirects, started_at, finished_at, outcome,
             detail, http_status, headers, snapshot_sha256, imported, previous_hash, row_hash
         FROM capture WHERE source_id = $1 AND chain_number > $2 ORDER BY chain_number LIMIT $3",
        source.uuid(),
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Capture {
                id: row.id.into(),
                source_id: source,
                position: row.position,
                chain_number: row.chain_number,
                requested_url: row.requested_url,
                final_url: row.final_url,
                redirects: json(row.redirects)?,
                started_at: row.started_at,
                finished_at: row.finished_at,
                outcome: word(&row.outcome)?,
                detail: row.detail,
                http_status: row.http_status,
                headers: json(row.headers)?,
                snapshot: row.snapshot_sha256.as_deref().map(digest).transpose()?,
                imported: row.imported,
                previous_hash: row.previous_hash.as_deref().map(digest).transpose()?,
                row_hash: digest(&row.row_hash)?,
            })
        })
        .collect()
}

/// How the last recorded attempt at a location ended, and with which bytes.
pub async fn capture_last(
    connection: &mut PgConnection,
    source: SourceId,
    position: i32,
) -> Result<Option<(CaptureOutcome, Option<Sha256>)>> {
    let row = sqlx::query!(
        "SELECT outcome, snapshot_sha256 FROM capture WHERE source_id = $1 AND position = $2
         ORDER BY chain_number DESC LIMIT 1",
        source.uuid(),
        position,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok((
            word(&row.outcome)?,
            row.snapshot_sha256.as_deref().map(digest).transpose()?,
        ))
    })
    .transpose()
}
