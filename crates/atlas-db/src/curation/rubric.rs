//! What another severity would touch: the current provisions that take one stance on one type.
//!
//! Invariant: nothing is written here; what a person set stays what it is under any rubric and is counted apart.

use atlas_domain::Stance;
use sqlx::PgConnection;

use crate::Result;

/// Current provisions with one stance on one type, by the severity that they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RubricReach {
    /// Platforms.
    pub platforms: i64,
    /// Documents.
    pub documents: i64,
    /// Provisions of high severity that follow the rubric.
    pub high: i64,
    /// Of medium severity.
    pub medium: i64,
    /// Of low severity.
    pub low: i64,
    /// Provisions that a person edited: they keep their severity.
    pub edited: i64,
}

/// Counts them.
pub async fn rubric_reach(connection: &mut PgConnection, provision_type: &str, stance: Stance) -> Result<RubricReach> {
    Ok(sqlx::query_as!(
        RubricReach,
        r#"SELECT count(DISTINCT p.id) AS "platforms!", count(DISTINCT d.id) AS "documents!",
               count(*) FILTER (WHERE f.review IS DISTINCT FROM 'edited' AND f.severity = 'high') AS "high!",
               count(*) FILTER (WHERE f.review IS DISTINCT FROM 'edited' AND f.severity = 'medium') AS "medium!",
               count(*) FILTER (WHERE f.review IS DISTINCT FROM 'edited' AND f.severity = 'low') AS "low!",
               count(*) FILTER (WHERE f.review = 'edited') AS "edited!"
           FROM standing_version sv
           JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN finding f ON f.version_id = sv.version_id AND f.position = 0 AND f.stance = $2
           JOIN provision pr ON pr.id = f.provision_id AND pr.provision_type = $1"#,
        provision_type,
        stance.as_str(),
    )
    .fetch_one(connection)
    .await?)
}
