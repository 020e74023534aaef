//! Where what stands on record disagrees: documents of one platform with each other, and passages of one document.
//!
//! Invariant: only findings that readers see, of standing versions that nobody retired, are compared; whom a stance
//! favours is told by the caller, who has the catalogue.

use atlas_domain::{Favours, FindingId, Severity, Stance};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::Result;
use crate::error::json;

/// Pairs or findings that are read at most.
const READ: i64 = 2_000;

/// Whom one stance of one type favours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaning<'a> {
    /// Slug of the type.
    pub provision_type: &'a str,
    /// The stance.
    pub stance: Stance,
    /// Whom it favours.
    pub favours: Favours,
}

/// What one document says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DocumentSays {
    /// The finding.
    pub finding: FindingId,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// The plan for which the document is.
    pub plan: Option<String>,
    /// The place for which the document is.
    pub jurisdiction: Option<String>,
    /// Number of the version.
    pub version: i32,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// To what the words limit themselves.
    pub scope: Option<String>,
    /// The quoted words.
    pub excerpt: String,
}

/// Two current documents of one platform that lean to different sides on one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Title of the provision type.
    pub type_title: String,
    /// Whether both speak for the same plan and place, and neither passage limits itself: nothing on record explains it.
    pub is_plain: bool,
    /// The document whose stance favours the user.
    pub for_user: DocumentSays,
    /// The document whose stance favours the provider.
    pub for_provider: DocumentSays,
}

/// The pairs that disagree: those that nothing on record explains first, then by platform and question.
pub async fn disagreements(connection: &mut PgConnection, leanings: &[Leaning<'_>]) -> Result<Vec<Disagreement>> {
    let types: Vec<String> = leanings.iter().map(|one| one.provision_type.to_owned()).collect();
    let stances: Vec<String> = leanings.iter().map(|one| one.stance.as_str().to_owned()).collect();
    let favours: Vec<String> = leanings.iter().map(|one| one.favours.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"WITH leaning AS (
               SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS told (provision_type, stance, favours)
           ), says AS MATERIALIZED (
               SELECT p.id AS platform_id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample,
                   t.slug AS provision_type, t.title AS type_title, t.position AS place, d.plan, d.jurisdiction,
                   d.title, f.scope, leaning.favours,
                   jsonb_build_object('finding', f.id, 'document_slug', d.slug, 'document_title', d.title,
                       'plan', d.plan, 'jurisdiction', d.jurisdiction, 'version', v.number, 'stance', f.stance,
                       'severity', f.severity, 'scope', f.scope, 'excerpt', f.excerpt) AS told
               FROM standing_version sv
               JOIN version v ON v.id = sv.version_id
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               JOIN finding f ON f.version_id = v.id AND f.position = 0 AND f.excerpt IS NOT NULL
               JOIN provision pr ON pr.id = f.provision_id
               JOIN provision_type t ON t.slug = pr.provision_type
               JOIN leaning ON leaning.provision_type = t.slug AND leaning.stance = f.stance
           )
           SELECT u.platform_slug, u.platform_name, u.is_sample, u.provision_type, u.type_title,
               (u.plan IS NOT DISTINCT FROM o.plan AND u.jurisdiction IS NOT DISTINCT FROM o.jurisdiction
                AND u.scope IS NULL AND o.scope IS NULL) AS "is_plain!",
               u.told AS "for_user!", o.told AS "for_provider!"
           FROM says u
           JOIN says o ON o.platform_id = u.platform_id AND o.provision_type = u.provision_type
           WHERE u.favours = 'user' AND o.favours = 'provider'
           ORDER BY 6 DESC, u.platform_name, u.place, u.title, o.title, u.told->>'finding', o.told->>'finding'
           LIMIT $4"#,
        &types,
        &stances,
        &favours,
        READ
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Disagreement {
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                provision_type: row.provision_type,
                type_title: row.type_title,
                is_plain: row.is_plain,
                for_user: json(row.for_user)?,
                for_provider: json(row.for_provider)?,
            })
        })
        .collect()
}

/// One passage of several that disagree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PassageSays {
    /// The position it takes.
    pub stance: Stance,
    /// To what it limits itself.
    pub scope: Option<String>,
    /// The quoted words.
    pub excerpt: String,
}

/// A finding whose passages disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictingFinding {
    /// The finding.
    pub finding: FindingId,
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
    /// Number of the version.
    pub version: i32,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Title of the provision type.
    pub type_title: String,
    /// The words that stand for the provision.
    pub excerpt: String,
    /// What the latest review says; `None` while nobody looked.
    pub review: Option<String>,
    /// The other passages of the version on the question, in order.
    pub passages: Vec<PassageSays>,
}

/// The findings of standing versions that are marked as conflicting: those that nobody looked at first.
pub async fn conflicting_findings(connection: &mut PgConnection) -> Result<Vec<ConflictingFinding>> {
    let rows = sqlx::query!(
        r#"SELECT f.id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, v.number, t.slug AS provision_type, t.title AS type_title,
               f.excerpt AS "excerpt!", f.review,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('stance', s.stance, 'scope', s.scope,
                    'excerpt', s.excerpt) ORDER BY s.position), '[]')
                FROM finding s WHERE s.version_id = f.version_id AND s.provision_id = f.provision_id
                  AND s.position > 0 AND s.excerpt IS NOT NULL) AS "passages!"
           FROM standing_version sv
           JOIN version v ON v.id = sv.version_id
           JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN finding f ON f.version_id = v.id AND f.position = 0 AND f.stance = 'conflicting'
           JOIN provision pr ON pr.id = f.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           ORDER BY (f.review IS NOT NULL), p.name, t.position, d.title, f.id
           LIMIT $1"#,
        READ
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ConflictingFinding {
                finding: row.id.into(),
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                version: row.number,
                provision_type: row.provision_type,
                type_title: row.type_title,
                excerpt: row.excerpt,
                review: row.review,
                passages: json(row.passages)?,
            })
        })
        .collect()
}
