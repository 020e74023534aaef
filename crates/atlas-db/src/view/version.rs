//! One version: its text with structure, where its bytes came from, and what was found in it.

use atlas_domain::{CaptureOutcome, DocumentId, PolicyText, Severity, Sha256, Stance, VersionId, VersionKind};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    Result,
    error::{digest, json, word},
};

/// A version with its text.
#[derive(Debug, Clone)]
pub struct VersionRecord {
    /// Row id.
    pub id: VersionId,
    /// Like `CA-V-011873`.
    pub public_id: String,
    /// Number within the document.
    pub number: i32,
    /// What it is to its history.
    pub kind: VersionKind,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// The text with its blocks and links.
    pub text: PolicyText,
    /// Hash of the text as recorded.
    pub text_sha256: Sha256,
    /// Words of the text.
    pub word_count: i32,
    /// Taken over from an archive, or from before our time.
    pub historical: bool,
    /// Checks that found it unchanged.
    pub checks: i64,
    /// The first check that found it unchanged.
    pub first_seen_at: Option<OffsetDateTime>,
    /// The last check that found it unchanged.
    pub last_seen_at: Option<OffsetDateTime>,
}

/// Versions of a document by number, in ascending order; numbers that do not exist are left out.
pub async fn versions_by_number(
    conn: &mut PgConnection,
    document: DocumentId,
    numbers: &[i32],
) -> Result<Vec<VersionRecord>> {
    let rows = sqlx::query!(
        r#"SELECT v.id, v.public_id, v.number, v.kind, v.captured_at, v.text, v.blocks, v.links, v.text_sha256,
               v.word_count, v.historical, coalesce(u.checks, 0) AS "checks!",
               u.first_seen_at AS "first_seen_at?", u.last_seen_at AS "last_seen_at?"
           FROM version v
           LEFT JOIN unchanged_run u ON u.version_id = v.id
           WHERE v.document_id = $1 AND v.number = ANY ($2)
           ORDER BY v.number"#,
        document.uuid(),
        numbers,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(VersionRecord {
                id: row.id.into(),
                public_id: row.public_id,
                number: row.number,
                kind: word(&row.kind)?,
                captured_at: row.captured_at,
                text: PolicyText {
                    text: row.text,
                    blocks: json(row.blocks)?,
                    links: json(row.links)?,
                },
                text_sha256: digest(&row.text_sha256)?,
                word_count: row.word_count,
                historical: row.historical,
                checks: row.checks,
                first_seen_at: row.first_seen_at,
                last_seen_at: row.last_seen_at,
            })
        })
        .collect()
}

/// Where the bytes of one page of a version came from.
#[derive(Debug, Clone)]
pub struct VersionOrigin {
    /// Position of the page in the source's rules, from 0.
    pub position: i32,
    /// The address, as recorded with the version.
    pub url: String,
    /// Hash of the bytes.
    pub snapshot: Sha256,
    /// Size of the bytes.
    pub byte_count: i64,
    /// Content type, if the server stated one.
    pub content_type: Option<String>,
    /// The capture that brought them; `None` where the bytes came with an import that has no captures.
    pub capture: Option<CaptureFacts>,
}

/// Facts of one capture.
#[derive(Debug, Clone)]
pub struct CaptureFacts {
    /// The address that was asked for.
    pub requested_url: String,
    /// The address that answered.
    pub final_url: String,
    /// Addresses passed on the way.
    pub redirects: Vec<String>,
    /// How it ended.
    pub outcome: CaptureOutcome,
    /// Status of the answer.
    pub http_status: Option<i32>,
    /// When the bytes had been received.
    pub finished_at: OffsetDateTime,
    /// Taken over from another archive.
    pub imported: bool,
    /// Place in the source's chain, from 1.
    pub chain_number: i32,
    /// Hash of the capture's row, which covers the row before it.
    pub row_hash: Sha256,
}

/// The pages of a version, in order.
pub async fn version_origins(conn: &mut PgConnection, version: VersionId) -> Result<Vec<VersionOrigin>> {
    let rows = sqlx::query!(
        r#"SELECT vs.position, vs.url, vs.snapshot_sha256, sn.byte_count, sn.content_type,
               k.requested_url AS "requested_url?", k.final_url AS "final_url?", k.redirects AS "redirects?",
               k.outcome AS "outcome?", k.http_status AS "http_status?", k.finished_at AS "finished_at?",
               k.imported AS "imported?", k.chain_number AS "chain_number?", k.row_hash AS "row_hash?"
           FROM version_snapshot vs
           JOIN version v ON v.id = vs.version_id
           JOIN snapshot sn ON sn.sha256 = vs.snapshot_sha256
           LEFT JOIN source s ON s.document_id = v.document_id
           LEFT JOIN LATERAL (
               SELECT * FROM capture c
               WHERE c.source_id = s.id AND c.snapshot_sha256 = vs.snapshot_sha256 AND c.finished_at <= v.captured_at
               ORDER BY c.chain_number DESC LIMIT 1
           ) k ON true
           WHERE vs.version_id = $1
           ORDER BY vs.position"#,
        version.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let capture = match (row.outcome, row.finished_at, row.chain_number, row.row_hash) {
                (Some(outcome), Some(finished_at), Some(chain_number), Some(row_hash)) => Some(CaptureFacts {
                    requested_url: row.requested_url.unwrap_or_default(),
                    final_url: row.final_url.unwrap_or_default(),
                    redirects: row.redirects.map(json).transpose()?.unwrap_or_default(),
                    outcome: word(&outcome)?,
                    http_status: row.http_status,
                    finished_at,
                    imported: row.imported.unwrap_or_default(),
                    chain_number,
                    row_hash: digest(&row_hash)?,
                }),
                _ => None,
            };
            Ok(VersionOrigin {
                position: row.position,
                url: row.url,
                snapshot: digest(&row.snapshot_sha256)?,
                byte_count: row.byte_count,
                content_type: row.content_type,
                capture,
            })
        })
        .collect()
}

/// A passage of a version that stands for a provision.
#[derive(Debug, Clone)]
pub struct VersionFinding {
    /// Slug of the type.
    pub provision_type: String,
    /// Title of the type.
    pub type_title: String,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// First byte of the quotation.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// The quoted passages of a version, in order of the text.
pub async fn version_findings(conn: &mut PgConnection, version: VersionId) -> Result<Vec<VersionFinding>> {
    let rows = sqlx::query!(
        r#"SELECT pr.provision_type, t.title AS type_title, f.stance, f.severity,
               f.excerpt_start AS "excerpt_start!", f.excerpt_end AS "excerpt_end!"
           FROM finding f
           JOIN provision pr ON pr.id = f.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           WHERE f.version_id = $1 AND f.position >= 0 AND f.excerpt IS NOT NULL
           ORDER BY f.excerpt_start, f.excerpt_end"#,
        version.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(VersionFinding {
                provision_type: row.provision_type,
                type_title: row.type_title,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                start: usize::try_from(row.excerpt_start)?,
                end: usize::try_from(row.excerpt_end)?,
            })
        })
        .collect()
}
