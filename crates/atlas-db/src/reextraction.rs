//! Stored bytes read again with another extractor or other rules.
//!
//! Invariant: one row for each (version, extractor, rules), written once the result is settled, so that an interrupted
//! run goes on behind the last of them.

use atlas_domain::{DocumentId, ReextractionId, Sha256, SourceRevisionId, VersionId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// What came of reading a version's bytes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReextractionOutcome {
    /// The same words.
    Same(Sha256),
    /// Other words.
    Different(Sha256),
    /// The bytes no longer pass as the document, and why.
    Refused(String),
    /// The bytes of this version are not held.
    NoBytes,
}

impl ReextractionOutcome {
    /// The fixed word, as stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Same(_) => "same",
            Self::Different(_) => "different",
            Self::Refused(_) => "refused",
            Self::NoBytes => "no_bytes",
        }
    }
}

/// Records what came of reading a version's bytes again; nothing happens if that is recorded.
pub async fn reextraction_insert(
    connection: &mut PgConnection,
    version: VersionId,
    extract_version: i32,
    revision: Option<SourceRevisionId>,
    outcome: &ReextractionOutcome,
    at: OffsetDateTime,
) -> Result<()> {
    let (hash, detail) = match outcome {
        ReextractionOutcome::Same(hash) | ReextractionOutcome::Different(hash) => (Some(*hash), None),
        ReextractionOutcome::Refused(detail) => (None, Some(detail.as_str())),
        ReextractionOutcome::NoBytes => (None, None),
    };
    sqlx::query!(
        "INSERT INTO reextraction (id, version_id, extract_version, source_revision_id, outcome, normal_sha256, detail,
             done_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        ReextractionId::generate().uuid(),
        version.uuid(),
        extract_version,
        revision.map(SourceRevisionId::uuid),
        outcome.as_str(),
        hash.as_ref().map(|hash| hash.as_bytes().as_slice()),
        detail,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether it is recorded what comes of reading a version's bytes with this extractor and these rules.
pub async fn reextraction_exists(
    connection: &mut PgConnection,
    version: VersionId,
    extract_version: i32,
    revision: Option<SourceRevisionId>,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM reextraction WHERE version_id = $1 AND extract_version = $2
               AND source_revision_id IS NOT DISTINCT FROM $3) AS "exists!""#,
        version.uuid(),
        extract_version,
        revision.map(SourceRevisionId::uuid),
    )
    .fetch_one(connection)
    .await?;
    Ok(row.exists)
}

/// A version whose bytes may be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReextractionCandidate {
    /// Its document.
    pub document_id: DocumentId,
    /// The version.
    pub version_id: VersionId,
    /// Its number within the document.
    pub number: i32,
    /// Whether it is the latest of its document.
    pub is_current: bool,
    /// `platform/document`, for people.
    pub name: String,
}

/// The versions whose bytes may be read again, by document and number: the latest of each document, or all with
/// `history`. `platform` and `document` are slugs that narrow the choice.
pub async fn reextraction_candidates(
    connection: &mut PgConnection,
    platform: Option<&str>,
    document: Option<&str>,
    history: bool,
) -> Result<Vec<ReextractionCandidate>> {
    Ok(sqlx::query_as!(
        ReextractionCandidate,
        r#"SELECT v.document_id, v.id AS version_id, v.number, v.number = latest.number AS "is_current!",
               p.slug || '/' || d.slug AS "name!"
           FROM document d JOIN platform p ON p.id = d.platform_id
           CROSS JOIN LATERAL (SELECT max(number) AS number FROM version WHERE document_id = d.id) latest
           JOIN version v ON v.document_id = d.id AND (v.number = latest.number OR $3)
           WHERE ($1::text IS NULL OR p.slug = $1) AND ($2::text IS NULL OR d.slug = $2)
           ORDER BY p.slug, d.slug, v.number"#,
        platform,
        document,
        history,
    )
    .fetch_all(connection)
    .await?)
}
