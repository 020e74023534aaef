//! How far the record reaches, and what is missing from it and why.

use atlas_domain::CaptureOutcome;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// The way of the documents that are followed, as counts. Retired platforms and documents are not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Platforms that are followed.
    pub platforms: i64,
    /// Of them fictitious ones.
    pub sample_platforms: i64,
    /// Documents with a configured source.
    pub configured: i64,
    /// Documents that were received at least once.
    pub fetched: i64,
    /// Documents of which a text passed the content gate.
    pub verified: i64,
    /// Documents that were read to their end, with findings.
    pub published: i64,
    /// Documents whose last check failed.
    pub failing: i64,
    /// Documents that were never checked yet.
    pub unchecked: i64,
    /// Platforms with at least one published document: the denominator of every share.
    pub published_platforms: i64,
    /// Versions held.
    pub versions: i64,
    /// Changes published.
    pub changes: i64,
    /// The latest check of any document.
    pub last_checked_at: Option<OffsetDateTime>,
}

/// The counts of today.
pub async fn coverage(conn: &mut PgConnection) -> Result<Coverage> {
    Ok(sqlx::query_as!(
        Coverage,
        r#"SELECT count(DISTINCT p.id) AS "platforms!",
               count(DISTINCT p.id) FILTER (WHERE p.is_sample) AS "sample_platforms!",
               count(s.id) AS "configured!",
               count(*) FILTER (WHERE s.last_success_at IS NOT NULL OR held.number IS NOT NULL) AS "fetched!",
               count(*) FILTER (WHERE held.number IS NOT NULL) AS "verified!",
               count(*) FILTER (WHERE sv.version_id IS NOT NULL) AS "published!",
               count(*) FILTER (WHERE s.last_outcome NOT IN ('captured', 'not_modified')) AS "failing!",
               count(*) FILTER (WHERE s.id IS NOT NULL AND s.last_checked_at IS NULL) AS "unchecked!",
               count(DISTINCT p.id) FILTER (WHERE sv.version_id IS NOT NULL) AS "published_platforms!",
               coalesce(sum(held.number), 0)::bigint AS "versions!",
               (SELECT count(*) FROM publication b JOIN change c ON c.id = b.change_id WHERE c.kind = 'update') AS "changes!",
               max(s.last_checked_at) AS last_checked_at
           FROM document d
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN source s ON s.document_id = d.id
           LEFT JOIN standing_version sv ON sv.document_id = d.id
           LEFT JOIN LATERAL (
               SELECT v.number FROM version v WHERE v.document_id = d.id ORDER BY v.number DESC LIMIT 1
           ) held ON true
           WHERE d.retired_at IS NULL AND p.retired_at IS NULL"#,
    )
    .fetch_one(conn)
    .await?)
}

/// A document that could not be checked, with the reason.
#[derive(Debug, Clone)]
pub struct FailingSource {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// How the last check ended.
    pub outcome: CaptureOutcome,
    /// What was seen, a few words.
    pub detail: Option<String>,
    /// When it was last checked.
    pub last_checked_at: Option<OffsetDateTime>,
    /// When it last went well.
    pub last_success_at: Option<OffsetDateTime>,
    /// Failures in a row.
    pub failures: i32,
    /// Number of the version that still stands, if one is held.
    pub version: Option<i32>,
}

/// Every document whose last check failed, by outcome, platform and title; at most `limit`.
pub async fn failing_sources(conn: &mut PgConnection, limit: i64) -> Result<Vec<FailingSource>> {
    let rows = sqlx::query!(
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, s.last_outcome AS "last_outcome!", s.last_detail, s.last_checked_at,
               s.last_success_at, s.failures,
               (SELECT max(v.number) FROM version v WHERE v.document_id = d.id) AS version
           FROM source s
           JOIN document d ON d.id = s.document_id
           JOIN platform p ON p.id = d.platform_id
           WHERE s.last_outcome NOT IN ('captured', 'not_modified')
             AND d.retired_at IS NULL AND p.retired_at IS NULL
           ORDER BY s.last_outcome, p.name, d.title
           LIMIT $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FailingSource {
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                outcome: word(&row.last_outcome)?,
                detail: row.last_detail,
                last_checked_at: row.last_checked_at,
                last_success_at: row.last_success_at,
                failures: row.failures,
                version: row.version,
            })
        })
        .collect()
}

/// How far one kind of document reaches, in platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindCoverage {
    /// The document type.
    pub document_type: String,
    /// Followed platforms with such a document in English configured.
    pub platforms: i64,
    /// Of them those with a current one on record.
    pub current: i64,
    /// Of those the fictitious ones.
    pub samples: i64,
    /// Without one on record, because every check failed.
    pub failing: i64,
    /// Without one on record, and not checked yet.
    pub unchecked: i64,
}

/// Platforms by kind of document, the most frequent kind first; only documents in English are counted.
pub async fn coverage_by_kind(conn: &mut PgConnection) -> Result<Vec<KindCoverage>> {
    Ok(sqlx::query_as!(
        KindCoverage,
        r#"SELECT document_type, count(*) AS "platforms!", count(*) FILTER (WHERE held) AS "current!",
               count(*) FILTER (WHERE held AND is_sample) AS "samples!",
               count(*) FILTER (WHERE NOT held AND failed) AS "failing!",
               count(*) FILTER (WHERE NOT held AND NOT failed) AS "unchecked!"
           FROM (
               SELECT d.document_type, p.id, p.is_sample, bool_or(sv.version_id IS NOT NULL) AS held,
                   bool_or(coalesce(s.last_outcome NOT IN ('captured', 'not_modified'), false)) AS failed
               FROM document d
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               LEFT JOIN source s ON s.document_id = d.id
               LEFT JOIN standing_version sv ON sv.document_id = d.id
               WHERE d.retired_at IS NULL AND d.locale LIKE 'en%'
               GROUP BY 1, 2, 3
           ) platform_kind
           GROUP BY 1 ORDER BY 2 DESC, 1"#,
    )
    .fetch_all(conn)
    .await?)
}
