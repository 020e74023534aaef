//! What persons made of findings, for those who learn from it.
//!
//! Invariant: a finding appears once, as its latest review left it; what was undone and silences do not appear.

use atlas_domain::Stance;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;
use crate::error::word;

/// A finding that a person reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedFinding {
    /// Slug of the provision type.
    pub provision_type: String,
    /// `approved`, `edited` or `rejected`.
    pub review: String,
    /// The position, as the person left it.
    pub stance: Stance,
    /// The quoted words, as the person left them.
    pub excerpt: String,
    /// When the review came to hold for this finding.
    pub reviewed_at: OffsetDateTime,
    /// The same words stand on record for another type too.
    pub read_otherwise: bool,
}

/// Every finding that a person reviewed, by type, words and time.
pub async fn reviewed_findings(connection: &mut PgConnection) -> Result<Vec<ReviewedFinding>> {
    let rows = sqlx::query!(
        r#"SELECT pr.provision_type, f.review AS "review!", f.stance, f.excerpt AS "excerpt!",
               (SELECT max(r.created_at) FROM review r WHERE r.finding_id = f.id) AS "reviewed_at!",
               EXISTS (SELECT FROM finding o
                       WHERE o.version_id = f.version_id AND o.provision_id <> f.provision_id AND o.position >= 0
                         AND o.excerpt_start < f.excerpt_end AND o.excerpt_end > f.excerpt_start)
                   AS "read_otherwise!"
           FROM finding f JOIN provision pr ON pr.id = f.provision_id
           WHERE f.review IS NOT NULL AND f.excerpt IS NOT NULL
           ORDER BY pr.provision_type, f.excerpt, "reviewed_at!", f.id"#
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ReviewedFinding {
                provision_type: row.provision_type,
                review: row.review,
                stance: word(&row.stance)?,
                excerpt: row.excerpt,
                reviewed_at: row.reviewed_at,
                read_otherwise: row.read_otherwise,
            })
        })
        .collect()
}
