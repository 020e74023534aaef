//! What documents say today on the questions that a law touches.
//!
//! Invariant: silence is never listed; a row is the standing finding of one document on one question.

use atlas_domain::{Severity, Stance};
use sqlx::PgConnection;

use crate::{Result, error::word};

/// A passage on a question.
#[derive(Debug, Clone)]
pub struct TouchingProvision {
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
    /// The position.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
}

/// Passages with how many there are in all.
#[derive(Debug, Clone, Default)]
pub struct Touching {
    /// The first of them.
    pub provisions: Vec<TouchingProvision>,
    /// All of them.
    pub total: i64,
    /// Platforms of all of them.
    pub platforms: i64,
}

/// The passages of standing versions on some provision types, real platforms before fictitious ones, most severe
/// first; at most `limit`.
pub async fn touching_provisions(conn: &mut PgConnection, types: &[String], limit: i64) -> Result<Touching> {
    let rows = sqlx::query!(
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, pr.provision_type, f.stance, f.severity, count(*) OVER () AS "total!",
               (SELECT count(DISTINCT dd.platform_id) FROM finding ff JOIN provision pp ON pp.id = ff.provision_id
                JOIN document dd ON dd.id = pp.document_id AND dd.retired_at IS NULL
                JOIN platform ppl ON ppl.id = dd.platform_id AND ppl.retired_at IS NULL
                JOIN standing_version ss ON ss.document_id = dd.id AND ss.version_id = ff.version_id
                WHERE pp.provision_type = ANY ($1) AND ff.position = 0 AND ff.stance <> 'silent') AS "platforms!"
           FROM provision pr
           JOIN provision_type t ON t.slug = pr.provision_type
           JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN standing_version sv ON sv.document_id = d.id
           JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
           WHERE pr.provision_type = ANY ($1) AND f.stance <> 'silent'
           ORDER BY p.is_sample, array_position(ARRAY['high', 'medium', 'low'], f.severity), lower(p.name), t.position, d.id
           LIMIT $2"#,
        types,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let mut touching = Touching {
        total: rows.first().map_or(0, |row| row.total),
        platforms: rows.first().map_or(0, |row| row.platforms),
        provisions: Vec::with_capacity(rows.len()),
    };
    for row in rows {
        touching.provisions.push(TouchingProvision {
            platform_slug: row.platform_slug,
            platform_name: row.platform_name,
            is_sample: row.is_sample,
            document_slug: row.document_slug,
            document_title: row.document_title,
            provision_type: row.provision_type,
            stance: word(&row.stance)?,
            severity: word(&row.severity)?,
        });
    }
    Ok(touching)
}
