//! Where chosen platforms stand on chosen questions, plan by plan; and what the platforms of a category say.
//!
//! Invariant: within one plan of a platform the document counts that [`super::position`] would count; a document that
//! belongs to no plan stands for all of them. A platform without a row was not read on that question.

use atlas_domain::{Severity, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::position::{ReadPlatforms, StanceCount};
use crate::{Result, error::word};

/// A platform that can be chosen.
#[derive(Debug, Clone)]
pub struct ComparablePlatform {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Slug of the category.
    pub category: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Documents read to their end.
    pub read: i64,
}

/// Every followed platform, by name.
pub async fn comparable_platforms(conn: &mut PgConnection) -> Result<Vec<ComparablePlatform>> {
    Ok(sqlx::query_as!(
        ComparablePlatform,
        r#"SELECT p.slug, p.name, p.category, p.is_sample, count(sv.version_id) AS "read!"
           FROM platform p
           LEFT JOIN document d ON d.platform_id = p.id AND d.retired_at IS NULL
           LEFT JOIN standing_version sv ON sv.document_id = d.id
           WHERE p.retired_at IS NULL
           GROUP BY p.id ORDER BY lower(p.name), p.slug"#,
    )
    .fetch_all(conn)
    .await?)
}

/// What one plan of one platform says on one question.
#[derive(Debug, Clone)]
pub struct ChosenPosition {
    /// Slug of the platform.
    pub platform_slug: String,
    /// The plan to which the document belongs; `None`: it belongs to no plan of its own.
    pub plan: Option<String>,
    /// Slug of the provision type.
    pub provision_type: String,
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
    /// The plan, region or product to which the words limit themselves.
    pub scope: Option<String>,
    /// The quoted words; `None` for silence.
    pub excerpt: Option<String>,
    /// A second passage of the same document on the question; present where two disagree.
    pub second_excerpt: Option<String>,
    /// Number of the version.
    pub version: i32,
    /// When that version was captured.
    pub captured_at: OffsetDateTime,
}

/// The positions of chosen platforms on chosen questions, by platform, plan and question.
pub async fn chosen_positions(
    conn: &mut PgConnection,
    provision_types: &[String],
    platforms: &[String],
) -> Result<Vec<ChosenPosition>> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (p.slug, d.plan, pr.provision_type)
               p.slug AS platform_slug, d.plan, pr.provision_type, d.slug AS document_slug,
               d.title AS document_title, pr.public_id, f.stance, f.severity, f.scope, f.excerpt,
               (SELECT s.excerpt FROM finding s WHERE s.version_id = f.version_id
                  AND s.provision_id = f.provision_id AND s.position > 0
                ORDER BY (s.stance = f.stance), s.position LIMIT 1) AS second_excerpt,
               v.number, v.captured_at
           FROM platform p
           JOIN document d ON d.platform_id = p.id AND d.retired_at IS NULL
           JOIN standing_version sv ON sv.document_id = d.id
           JOIN version v ON v.id = sv.version_id
           JOIN provision pr ON pr.document_id = d.id AND pr.provision_type = ANY ($1)
           JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
           WHERE p.retired_at IS NULL AND p.slug = ANY ($2)
             AND NOT (f.stance = 'silent' AND EXISTS (SELECT FROM waiting_provision w
                      WHERE w.platform_id = p.id AND w.provision_type = pr.provision_type))
           ORDER BY p.slug, d.plan NULLS FIRST, pr.provision_type, (f.stance = 'silent'),
               array_position(ARRAY['high', 'medium', 'low'], f.severity), f.score DESC, d.created_at, d.id"#,
        provision_types,
        platforms,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ChosenPosition {
                platform_slug: row.platform_slug,
                plan: row.plan,
                provision_type: row.provision_type,
                document_slug: row.document_slug,
                document_title: row.document_title,
                public_id: row.public_id,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                scope: row.scope,
                excerpt: row.excerpt,
                second_excerpt: row.second_excerpt,
                version: row.number,
                captured_at: row.captured_at,
            })
        })
        .collect()
}

/// How many platforms of a category take which stance on some questions; each platform is counted once a question.
pub async fn category_stances(
    conn: &mut PgConnection,
    category: &str,
    provision_types: &[String],
) -> Result<Vec<StanceCount>> {
    let rows = sqlx::query!(
        r#"SELECT best.provision_type, best.stance, count(*) AS "platforms!"
           FROM (
               SELECT DISTINCT ON (pr.provision_type, p.id) pr.provision_type, f.stance
               FROM platform p
               JOIN document d ON d.platform_id = p.id AND d.retired_at IS NULL
               JOIN standing_version sv ON sv.document_id = d.id
               JOIN provision pr ON pr.document_id = d.id AND pr.provision_type = ANY ($2)
               JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
               WHERE p.retired_at IS NULL AND p.category = $1
                 AND NOT (f.stance = 'silent' AND EXISTS (SELECT FROM waiting_provision w
                          WHERE w.platform_id = p.id AND w.provision_type = pr.provision_type))
               ORDER BY pr.provision_type, p.id, (f.stance = 'silent'),
                   array_position(ARRAY['high', 'medium', 'low'], f.severity), f.score DESC, d.created_at, d.id
           ) best
           GROUP BY 1, 2 ORDER BY 1, 2"#,
        category,
        provision_types,
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

/// [`super::position::read_platforms`] within one category.
pub async fn category_read(conn: &mut PgConnection, category: &str) -> Result<ReadPlatforms> {
    Ok(sqlx::query_as!(
        ReadPlatforms,
        r#"SELECT count(DISTINCT p.id) FILTER (WHERE sv.version_id IS NOT NULL) AS "platforms!",
               count(DISTINCT p.id) FILTER (WHERE sv.version_id IS NOT NULL AND p.is_sample) AS "samples!",
               count(sv.version_id) AS "documents!",
               count(*) FILTER (WHERE s.last_outcome NOT IN ('captured', 'not_modified')) AS "failing!"
           FROM document d
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL AND p.category = $1
           LEFT JOIN source s ON s.document_id = d.id
           LEFT JOIN standing_version sv ON sv.document_id = d.id
           WHERE d.retired_at IS NULL"#,
        category,
    )
    .fetch_one(conn)
    .await?)
}
