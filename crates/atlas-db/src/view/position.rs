//! Where platforms stand on one question.
//!
//! Invariant: a platform is counted once. Where several of its documents speak to the question, the one that says
//! something counts before one that is silent, then the more severe, then the surer; the shares' denominator is
//! every followed platform of which at least one document was read to its end. A platform with a passage that waits
//! for a person (the view `waiting_provision`) is not counted as silent.

use atlas_domain::{Confidence, Severity, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// The position of one platform on one question.
#[derive(Debug, Clone)]
pub struct Position {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of its category.
    pub category: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Slug of the document that counts.
    pub document_slug: String,
    /// Title of the document that counts.
    pub document_title: String,
    /// Like `CA-P-002596`.
    pub public_id: String,
    /// The position.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// How surely.
    pub confidence: Confidence,
    /// The plan, region or product to which the words limit themselves.
    pub scope: Option<String>,
    /// The quoted words; `None` for silence.
    pub excerpt: Option<String>,
    /// A second passage of the same document on the question; present where two disagree.
    pub second_excerpt: Option<String>,
    /// First byte of the quotation in the version's text.
    pub excerpt_start: Option<i32>,
    /// Number of the version.
    pub version: i32,
    /// When that version was captured.
    pub captured_at: OffsetDateTime,
    /// When the words last changed, or when they were first seen.
    pub changed_at: OffsetDateTime,
}

/// The position of every followed platform with a finding on a provision type, by name.
pub async fn positions(conn: &mut PgConnection, provision_type: &str) -> Result<Vec<Position>> {
    let rows = sqlx::query!(
        r#"SELECT best.*, v.number, v.captured_at,
               (SELECT s.excerpt FROM finding s WHERE s.version_id = best.version_id
                  AND s.provision_id = best.provision_id AND s.position > 0
                ORDER BY (s.stance = best.stance), s.position LIMIT 1) AS second_excerpt,
               coalesce(
                   (SELECT max(c.detected_at) FROM change_provision cp
                    JOIN change c ON c.id = cp.change_id AND c.kind <> 'technical_upgrade'
                    JOIN publication pub ON pub.change_id = c.id
                    WHERE cp.provision_id = best.provision_id),
                   (SELECT min(vv.captured_at) FROM finding ff JOIN version vv ON vv.id = ff.version_id
                    WHERE ff.provision_id = best.provision_id)
               ) AS "changed_at!"
           FROM (
               SELECT DISTINCT ON (p.id) p.slug AS platform_slug, p.name AS platform_name, p.category, p.is_sample,
                   d.slug AS document_slug, d.title AS document_title, pr.public_id, pr.id AS provision_id,
                   f.version_id, f.stance, f.severity, f.confidence, f.scope, f.excerpt, f.excerpt_start
               FROM provision pr
               JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               JOIN standing_version sv ON sv.document_id = d.id
               JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
               WHERE pr.provision_type = $1
                 AND NOT (f.stance = 'silent' AND EXISTS (SELECT FROM waiting_provision w
                          WHERE w.platform_id = p.id AND w.provision_type = pr.provision_type))
               ORDER BY p.id, (f.stance = 'silent'), array_position(ARRAY['high', 'medium', 'low'], f.severity),
                   f.score DESC, d.created_at, d.id
           ) best
           JOIN version v ON v.id = best.version_id
           ORDER BY lower(best.platform_name), best.platform_slug"#,
        provision_type,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Position {
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                category: row.category,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                public_id: row.public_id,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                confidence: word(&row.confidence)?,
                scope: row.scope,
                excerpt: row.excerpt,
                second_excerpt: row.second_excerpt,
                excerpt_start: row.excerpt_start,
                version: row.number,
                captured_at: row.captured_at,
                changed_at: row.changed_at,
            })
        })
        .collect()
}

/// How many platforms take one stance on one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanceCount {
    /// Slug of the type.
    pub provision_type: String,
    /// The stance.
    pub stance: Stance,
    /// Platforms that take it.
    pub platforms: i64,
}

/// Platforms by type and stance, for all types or only one; silence that was recorded is included.
pub async fn stance_counts(conn: &mut PgConnection, provision_type: Option<&str>) -> Result<Vec<StanceCount>> {
    let rows = sqlx::query!(
        r#"SELECT best.provision_type, best.stance, count(*) AS "platforms!"
           FROM (
               SELECT DISTINCT ON (pr.provision_type, p.id) pr.provision_type, f.stance
               FROM document d
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               JOIN standing_version sv ON sv.document_id = d.id
               JOIN finding f ON f.version_id = sv.version_id AND f.position = 0
               JOIN provision pr ON pr.id = f.provision_id
               WHERE d.retired_at IS NULL AND ($1::text IS NULL OR pr.provision_type = $1)
                 AND NOT (f.stance = 'silent' AND EXISTS (SELECT FROM waiting_provision w
                          WHERE w.platform_id = p.id AND w.provision_type = pr.provision_type))
               ORDER BY pr.provision_type, p.id, (f.stance = 'silent'),
                   array_position(ARRAY['high', 'medium', 'low'], f.severity), f.score DESC, d.created_at, d.id
           ) best
           GROUP BY 1, 2 ORDER BY 1, 2"#,
        provision_type,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StanceCount {
                provision_type: row.provision_type,
                stance: word(&row.stance)?,
                platforms: row.platforms,
            })
        })
        .collect()
}

/// The denominator of every share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadPlatforms {
    /// Followed platforms with at least one document read to its end.
    pub platforms: i64,
    /// Of them fictitious ones.
    pub samples: i64,
    /// Documents read to their end.
    pub documents: i64,
    /// Documents whose last check failed.
    pub failing: i64,
}

/// Counts the platforms and documents that can take part in a share.
pub async fn read_platforms(conn: &mut PgConnection) -> Result<ReadPlatforms> {
    Ok(sqlx::query_as!(
        ReadPlatforms,
        r#"SELECT count(DISTINCT p.id) FILTER (WHERE sv.version_id IS NOT NULL) AS "platforms!",
               count(DISTINCT p.id) FILTER (WHERE sv.version_id IS NOT NULL AND p.is_sample) AS "samples!",
               count(sv.version_id) AS "documents!",
               count(*) FILTER (WHERE s.last_outcome NOT IN ('captured', 'not_modified')) AS "failing!"
           FROM document d
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           LEFT JOIN source s ON s.document_id = d.id
           LEFT JOIN standing_version sv ON sv.document_id = d.id
           WHERE d.retired_at IS NULL"#,
    )
    .fetch_one(conn)
    .await?)
}

/// A quotation that shows at first sight what the record is made of.
#[derive(Debug, Clone)]
pub struct Specimen {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Slug of the provision type.
    pub provision_type: String,
    /// The quoted words.
    pub excerpt: String,
    /// First byte of the quotation.
    pub excerpt_start: i32,
    /// One past its last byte.
    pub excerpt_end: i32,
    /// The bytes that stand at these offsets of the archived text.
    pub held: Option<Vec<u8>>,
    /// Number of the version.
    pub version: i32,
    /// SHA-256 of the version's text.
    pub text_sha256: Vec<u8>,
}

/// A standing, explicit quotation on a provision type, of a length that can be read at a glance: real platforms
/// before fictitious ones, the surest first.
pub async fn specimen(conn: &mut PgConnection, provision_type: &str) -> Result<Option<Specimen>> {
    Ok(sqlx::query_as!(
        Specimen,
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, pr.provision_type, f.excerpt AS "excerpt!",
               f.excerpt_start AS "excerpt_start!", f.excerpt_end AS "excerpt_end!",
               substring(convert_to(v.text, 'UTF8') FROM f.excerpt_start + 1 FOR f.excerpt_end - f.excerpt_start)
                   AS held,
               v.number AS version, v.text_sha256
           FROM provision pr
           JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN standing_version sv ON sv.document_id = d.id
           JOIN version v ON v.id = sv.version_id
           JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
           WHERE pr.provision_type = $1 AND f.confidence = 'explicit'
             AND length(f.excerpt) BETWEEN 50 AND 220
           ORDER BY p.is_sample, f.score DESC, length(f.excerpt), p.slug
           LIMIT 1"#,
        provision_type,
    )
    .fetch_optional(conn)
    .await?)
}
