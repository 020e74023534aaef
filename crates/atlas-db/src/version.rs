//! Versions: what a document said, and for how long that was seen to stand.
//!
//! Invariant: a version is never changed; that it still stands is told by its run of unchanged checks.

use atlas_domain::{DocumentId, PolicyText, Sha256, SourceRevisionId, VersionId, VersionKind};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{digest, json, word};
use crate::{Error, Result};

/// A version without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHead {
    /// The version.
    pub id: VersionId,
    /// Its document.
    pub document_id: DocumentId,
    /// Place in the document's history, from 1.
    pub number: i32,
    /// What it is to its history.
    pub kind: VersionKind,
    /// When the bytes were received.
    pub captured_at: OffsetDateTime,
    /// Hash of the words alone.
    pub normal_sha256: Sha256,
    /// Number of words.
    pub word_count: i32,
    /// The rules it was extracted with.
    pub source_revision_id: Option<SourceRevisionId>,
    /// Recorded before our time or by others.
    pub historical: bool,
    /// The extractor that made the text.
    pub extract_version: i32,
    /// Not fetched by us.
    pub imported: bool,
}

/// The columns of [`VersionHead`], as they come.
struct HeadRow {
    id: uuid::Uuid,
    document_id: uuid::Uuid,
    number: i32,
    kind: String,
    captured_at: OffsetDateTime,
    normal_sha256: Vec<u8>,
    word_count: i32,
    source_revision_id: Option<uuid::Uuid>,
    historical: bool,
    extract_version: i32,
    imported: bool,
}

impl HeadRow {
    fn read(self) -> Result<VersionHead> {
        Ok(VersionHead {
            id: self.id.into(),
            document_id: self.document_id.into(),
            number: self.number,
            kind: word(&self.kind)?,
            captured_at: self.captured_at,
            normal_sha256: digest(&self.normal_sha256)?,
            word_count: self.word_count,
            source_revision_id: self.source_revision_id.map(Into::into),
            historical: self.historical,
            extract_version: self.extract_version,
            imported: self.imported,
        })
    }
}

/// The latest version of a document.
pub async fn version_current(connection: &mut PgConnection, document: DocumentId) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version WHERE document_id = $1 ORDER BY number DESC LIMIT 1",
        document.uuid(),
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// The version of a document that was captured at exactly this instant.
pub async fn version_captured_at(
    connection: &mut PgConnection,
    document: DocumentId,
    captured_at: OffsetDateTime,
) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version WHERE document_id = $1 AND captured_at = $2",
        document.uuid(),
        captured_at,
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// The version of a document that stood at an instant.
pub async fn version_standing_at(
    connection: &mut PgConnection,
    document: DocumentId,
    at: OffsetDateTime,
) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version WHERE document_id = $1 AND captured_at <= $2 ORDER BY captured_at DESC LIMIT 1",
        document.uuid(),
        at,
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// A version whose words came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownWords {
    /// The version.
    pub version: VersionHead,
    /// Whether it is, or was, part of the public record: one that was only seen once is not.
    pub is_believed: bool,
}

/// The earliest version of a document with exactly these words, or whose bytes give them today; a believed one if
/// there is one.
pub async fn version_by_words(
    connection: &mut PgConnection,
    document: DocumentId,
    normal_sha256: Sha256,
) -> Result<Option<KnownWords>> {
    let row = sqlx::query!(
        r#"SELECT v.id, NOT EXISTS (
                   SELECT FROM change c JOIN change_provisional p ON p.change_id = c.id
                   WHERE c.new_version_id = v.id
                     AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)) AS "is_believed!"
           FROM version v
           WHERE v.id IN (
               SELECT s.id FROM version s WHERE s.document_id = $1 AND s.normal_sha256 = $2
               UNION ALL
               SELECT r.version_id FROM reextraction r JOIN version s ON s.id = r.version_id
               WHERE s.document_id = $1 AND r.normal_sha256 = $2)
           ORDER BY 2 DESC, v.number LIMIT 1"#,
        document.uuid(),
        normal_sha256.as_bytes().as_slice(),
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let version = version_head(connection, row.id.into()).await?;
    Ok(version.map(|version| KnownWords {
        version,
        is_believed: row.is_believed,
    }))
}

/// The last version of a document before a number that is not merely seen once: what a newer text is judged against.
pub async fn version_believed_before(
    connection: &mut PgConnection,
    document: DocumentId,
    number: i32,
) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version v WHERE document_id = $1 AND number < $2
           AND NOT EXISTS (
               SELECT FROM change c JOIN change_provisional p ON p.change_id = c.id
               WHERE c.new_version_id = v.id AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id))
         ORDER BY number DESC LIMIT 1",
        document.uuid(),
        number,
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// The version with an id.
pub async fn version_head(connection: &mut PgConnection, id: VersionId) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version WHERE id = $1",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// The version before this one in its document's history.
pub async fn version_before(
    connection: &mut PgConnection,
    document: DocumentId,
    number: i32,
) -> Result<Option<VersionHead>> {
    sqlx::query_as!(
        HeadRow,
        "SELECT id, document_id, number, kind, captured_at, normal_sha256, word_count, source_revision_id, historical,
             extract_version, imported
         FROM version WHERE document_id = $1 AND number = $2 - 1",
        document.uuid(),
        number,
    )
    .fetch_optional(connection)
    .await?
    .map(HeadRow::read)
    .transpose()
}

/// The text of a version.
pub async fn version_text(connection: &mut PgConnection, id: VersionId) -> Result<Option<PolicyText>> {
    let row = sqlx::query!("SELECT text, blocks, links FROM version WHERE id = $1", id.uuid())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(PolicyText {
            text: row.text,
            blocks: json(row.blocks)?,
            links: json(row.links)?,
        })
    })
    .transpose()
}

/// A version to be.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Its id.
    pub id: VersionId,
    /// Its document.
    pub document_id: DocumentId,
    /// Place in the history.
    pub number: i32,
    /// What it is to its history.
    pub kind: VersionKind,
    /// When the bytes were received.
    pub captured_at: OffsetDateTime,
    /// The text.
    pub text: &'a PolicyText,
    /// Hash of the exact text.
    pub text_sha256: Sha256,
    /// Hash of the words alone.
    pub normal_sha256: Sha256,
    /// The rules it was extracted with.
    pub source_revision_id: Option<SourceRevisionId>,
    /// The earlier version that a reverted one equals.
    pub equals_version_id: Option<VersionId>,
    /// Recorded before our time or by others.
    pub historical: bool,
    /// The extractor that made the text.
    pub extract_version: i32,
    /// Not fetched by us.
    pub imported: bool,
    /// When the row is written.
    pub created_at: OffsetDateTime,
}

/// Adds a version. The caller holds the document's row.
pub async fn version_insert(connection: &mut PgConnection, version: NewVersion<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO version (id, document_id, number, kind, captured_at, text, blocks, links, text_sha256,
             normal_sha256, word_count, source_revision_id, equals_version_id, historical, created_at, extract_version,
             imported)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        version.id.uuid(),
        version.document_id.uuid(),
        version.number,
        version.kind.as_str(),
        version.captured_at,
        version.text.text,
        serde_json::to_value(&version.text.blocks).map_err(Error::Json)?,
        serde_json::to_value(&version.text.links).map_err(Error::Json)?,
        version.text_sha256.as_bytes().as_slice(),
        version.normal_sha256.as_bytes().as_slice(),
        i32::try_from(version.text.word_count())?,
        version.source_revision_id.map(SourceRevisionId::uuid),
        version.equals_version_id.map(VersionId::uuid),
        version.historical,
        version.created_at,
        version.extract_version,
        version.imported,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Names the bytes of one page of a version.
pub async fn version_snapshot_insert(
    connection: &mut PgConnection,
    version: VersionId,
    position: i32,
    snapshot: Sha256,
    url: &str,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO version_snapshot (version_id, position, snapshot_sha256, url) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        version.uuid(),
        position,
        snapshot.as_bytes().as_slice(),
        url,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The pages of a version, in order: position, bytes, address.
pub async fn version_snapshots(
    connection: &mut PgConnection,
    version: VersionId,
) -> Result<Vec<(i32, Sha256, String)>> {
    let rows = sqlx::query!(
        "SELECT position, snapshot_sha256, url FROM version_snapshot WHERE version_id = $1 ORDER BY position",
        version.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.position, digest(&row.snapshot_sha256)?, row.url)))
        .collect()
}

/// Counts one check that found the version standing. A check at an instant already counted counts once.
pub async fn unchanged_run_upsert(
    connection: &mut PgConnection,
    version: VersionId,
    seen_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO unchanged_run (version_id, first_seen_at, last_seen_at, checks) VALUES ($1, $2, $2, 1)
         ON CONFLICT (version_id) DO UPDATE SET last_seen_at = $2, checks = unchanged_run.checks + 1
         WHERE unchanged_run.last_seen_at < $2",
        version.uuid(),
        seen_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Versions made in `[since, before)` that no reading was written for, oldest first, with their historical mark.
pub async fn versions_unread(
    connection: &mut PgConnection,
    since: OffsetDateTime,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<(VersionId, bool)>> {
    let rows = sqlx::query!(
        "SELECT v.id, v.historical FROM version v
         WHERE v.created_at >= $1 AND v.created_at < $2
           AND NOT EXISTS (SELECT FROM version_reading r WHERE r.version_id = v.id)
         ORDER BY v.created_at, v.id LIMIT $3",
        since,
        before,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.historical)).collect())
}

/// The last check that found the version standing, if there was one.
pub async fn unchanged_run_last(connection: &mut PgConnection, version: VersionId) -> Result<Option<OffsetDateTime>> {
    let row = sqlx::query!(
        "SELECT last_seen_at FROM unchanged_run WHERE version_id = $1",
        version.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.last_seen_at))
}
