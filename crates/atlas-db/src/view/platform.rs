//! One platform: who it is, what it says today, and how its documents are doing.

use atlas_domain::{CaptureOutcome, Confidence, PlatformId, Severity, Stance};
use serde::Deserialize;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    Result,
    error::{json, word},
};

/// A platform.
#[derive(Debug, Clone)]
pub struct PlatformRecord {
    /// Row id.
    pub id: PlatformId,
    /// Like `CA-E-000041`.
    pub public_id: String,
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The company or body behind it.
    pub operator: Option<String>,
    /// Slug of the category.
    pub category: String,
    /// Absolute address of its home page.
    pub website: Option<String>,
    /// What it is.
    pub description: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// No longer followed since.
    pub retired_at: Option<OffsetDateTime>,
}

/// The platform with a slug.
pub async fn platform_by_slug(conn: &mut PgConnection, slug: &str) -> Result<Option<PlatformRecord>> {
    Ok(sqlx::query_as!(
        PlatformRecord,
        "SELECT id, public_id, slug, name, operator, category, website, description, is_sample, retired_at
         FROM platform WHERE slug = $1",
        slug,
    )
    .fetch_optional(conn)
    .await?)
}

/// The present slug of the platform that once had `former`.
pub async fn platform_slug_by_former(conn: &mut PgConnection, former: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT p.slug FROM former_platform_slug f JOIN platform p ON p.id = f.platform_id WHERE f.slug = $1",
        former,
    )
    .fetch_optional(conn)
    .await?)
}

/// How a document is doing.
#[derive(Debug, Clone)]
pub struct DocumentState {
    /// Like `CA-D-000214`.
    pub public_id: String,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Document type.
    pub document_type: String,
    /// The plan whose customers it binds, if it is not for all.
    pub plan: Option<String>,
    /// No longer followed since.
    pub retired_at: Option<OffsetDateTime>,
    /// Number of the latest version; `None` if no text is held.
    pub version: Option<i32>,
    /// When that version was captured.
    pub captured_at: Option<OffsetDateTime>,
    /// Checks that found that version unchanged.
    pub checks: i64,
    /// How the last check ended; `None` if there was none.
    pub outcome: Option<CaptureOutcome>,
    /// When it was last checked.
    pub last_checked_at: Option<OffsetDateTime>,
}

/// The documents of a platform, those still followed first.
pub async fn documents_of_platform(conn: &mut PgConnection, platform: PlatformId) -> Result<Vec<DocumentState>> {
    let rows = sqlx::query!(
        r#"SELECT d.public_id, d.slug, d.title, d.document_type, d.plan, d.retired_at,
               held.number AS "number?", held.captured_at AS "captured_at?", held.checks AS "checks?",
               s.last_outcome AS "last_outcome?", s.last_checked_at AS "last_checked_at?"
           FROM document d
           LEFT JOIN source s ON s.document_id = d.id
           LEFT JOIN LATERAL (
               SELECT v.number, v.captured_at, coalesce(u.checks, 0) AS checks
               FROM version v LEFT JOIN unchanged_run u ON u.version_id = v.id
               WHERE v.document_id = d.id ORDER BY v.number DESC LIMIT 1
           ) held ON true
           WHERE d.platform_id = $1
           ORDER BY (d.retired_at IS NOT NULL), d.created_at, d.id"#,
        platform.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DocumentState {
                public_id: row.public_id,
                slug: row.slug,
                title: row.title,
                document_type: row.document_type,
                plan: row.plan,
                retired_at: row.retired_at,
                version: row.number,
                captured_at: row.captured_at,
                checks: row.checks.unwrap_or_default(),
                outcome: row.last_outcome.as_deref().map(word).transpose()?,
                last_checked_at: row.last_checked_at,
            })
        })
        .collect()
}

/// What a document says today on one provision type.
#[derive(Debug, Clone)]
pub struct StandingProvision {
    /// Like `CA-P-002596`.
    pub public_id: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Slug of the type.
    pub provision_type: String,
    /// Title of the type.
    pub type_title: String,
    /// The question of the type.
    pub question: String,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// How surely.
    pub confidence: Confidence,
    /// The plan, region or product to which the words limit themselves; for silence, what was searched.
    pub scope: Option<String>,
    /// The quoted words; `None` for silence.
    pub excerpt: Option<String>,
    /// Stances and scopes of the other passages of the document on the type, in the order of the text.
    pub others: Vec<OtherPassage>,
    /// When its words last changed, or when they were first seen.
    pub changed_at: OffsetDateTime,
}

/// A passage beside the one that stands for the provision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OtherPassage {
    /// The position it takes.
    pub stance: Stance,
    /// The plan, region or product to which it limits itself.
    pub scope: Option<String>,
}

/// What the documents of a platform (or only the one with a slug) say today, most severe first, silence last.
pub async fn standing_provisions(
    conn: &mut PgConnection,
    platform: PlatformId,
    document: Option<&str>,
) -> Result<Vec<StandingProvision>> {
    let rows = sqlx::query!(
        r#"SELECT pr.public_id, d.slug AS document_slug, d.title AS document_title, pr.provision_type,
               t.title AS type_title, t.question, f.stance, f.severity, f.confidence, f.scope, f.excerpt,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('stance', s.stance, 'scope', s.scope) ORDER BY s.position),
                    '[]')
                FROM finding s WHERE s.version_id = f.version_id AND s.provision_id = f.provision_id
                  AND s.position > 0) AS "others!",
               coalesce(
                   (SELECT max(c.detected_at) FROM change_provision cp
                    JOIN change c ON c.id = cp.change_id AND c.kind <> 'technical_upgrade'
                    JOIN publication pub ON pub.change_id = c.id
                    WHERE cp.provision_id = pr.id),
                   (SELECT min(v.captured_at) FROM finding ff JOIN version v ON v.id = ff.version_id
                    WHERE ff.provision_id = pr.id)
               ) AS "changed_at!"
           FROM document d
           JOIN standing_version sv ON sv.document_id = d.id
           JOIN finding f ON f.version_id = sv.version_id AND f.position = 0
           JOIN provision pr ON pr.id = f.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           WHERE d.platform_id = $1 AND ($2::text IS NULL OR d.slug = $2)
             AND (d.retired_at IS NULL OR $2 IS NOT NULL)
           ORDER BY (f.stance = 'silent'), array_position(ARRAY['high', 'medium', 'low'], f.severity), t.position,
               d.created_at, d.id"#,
        platform.uuid(),
        document,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StandingProvision {
                public_id: row.public_id,
                document_slug: row.document_slug,
                document_title: row.document_title,
                provision_type: row.provision_type,
                type_title: row.type_title,
                question: row.question,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                confidence: word(&row.confidence)?,
                scope: row.scope,
                excerpt: row.excerpt,
                others: json(row.others)?,
                changed_at: row.changed_at,
            })
        })
        .collect()
}
