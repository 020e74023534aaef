//! What the picture of a record says: its title, where it belongs and its day.
//!
//! Invariant: a record that no page shows has no picture either.

use atlas_domain::{Direction, Severity, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// A platform, for its picture.
#[derive(Debug, Clone)]
pub struct PlatformShare {
    /// Name.
    pub name: String,
    /// Slug of the category.
    pub category: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Documents of which a version is held.
    pub held: i64,
    /// When the latest version of any of them was captured.
    pub captured_at: Option<OffsetDateTime>,
}

/// The platform at a slug.
pub async fn platform_share(conn: &mut PgConnection, slug: &str) -> Result<Option<PlatformShare>> {
    Ok(sqlx::query_as!(
        PlatformShare,
        r#"SELECT p.name, p.category, p.is_sample,
               (SELECT count(*) FROM document d WHERE d.platform_id = p.id AND d.retired_at IS NULL
                  AND EXISTS (SELECT FROM version v WHERE v.document_id = d.id)) AS "held!",
               (SELECT max(v.captured_at) FROM version v JOIN document d ON d.id = v.document_id
                WHERE d.platform_id = p.id AND d.retired_at IS NULL) AS captured_at
           FROM platform p WHERE p.slug = $1"#,
        slug,
    )
    .fetch_optional(conn)
    .await?)
}

/// A document or one of its versions, for its picture.
#[derive(Debug, Clone)]
pub struct DocumentShare {
    /// Name of the platform.
    pub platform: String,
    /// Title of the document.
    pub title: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Number of the version; the latest one for a document, `None` where nothing is held.
    pub version: Option<i32>,
    /// When that version was captured.
    pub captured_at: Option<OffsetDateTime>,
}

/// The document with a public id (`CA-D-…`), or the version with one (`CA-V-…`).
pub async fn document_share(conn: &mut PgConnection, public_id: &str) -> Result<Option<DocumentShare>> {
    Ok(sqlx::query_as!(
        DocumentShare,
        r#"SELECT p.name AS "platform!", d.title AS "title!", p.is_sample AS "is_sample!",
               v.number AS "version?", v.captured_at AS "captured_at?"
           FROM document d
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN LATERAL (
               SELECT number, captured_at FROM version WHERE document_id = d.id ORDER BY number DESC LIMIT 1
           ) v ON true
           WHERE d.public_id = $1
           UNION ALL
           SELECT p.name, d.title, p.is_sample, v.number, v.captured_at
           FROM version v
           JOIN document d ON d.id = v.document_id
           JOIN platform p ON p.id = d.platform_id
           WHERE v.public_id = $1"#,
        public_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// A provision, for its picture.
#[derive(Debug, Clone)]
pub struct ProvisionShare {
    /// Title of its type.
    pub title: String,
    /// Name of the platform.
    pub platform: String,
    /// Title of the document.
    pub document: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// Number of the version on which it rests.
    pub version: i32,
    /// When that version was captured.
    pub captured_at: OffsetDateTime,
}

/// The provision with a public id, as its latest finding tells it.
pub async fn provision_share(conn: &mut PgConnection, public_id: &str) -> Result<Option<ProvisionShare>> {
    let row = sqlx::query!(
        r#"SELECT t.title, p.name AS platform, d.title AS document, p.is_sample, f.stance, f.severity, v.number,
               v.captured_at
           FROM provision pr
           JOIN provision_type t ON t.slug = pr.provision_type
           JOIN document d ON d.id = pr.document_id
           JOIN platform p ON p.id = d.platform_id
           JOIN finding f ON f.provision_id = pr.id AND f.position = 0
           JOIN version v ON v.id = f.version_id
           LEFT JOIN standing_version sv ON sv.version_id = v.id
           WHERE pr.public_id = $1
           ORDER BY (sv.version_id IS NULL), v.number DESC
           LIMIT 1"#,
        public_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(ProvisionShare {
            title: row.title,
            platform: row.platform,
            document: row.document,
            is_sample: row.is_sample,
            stance: word(&row.stance)?,
            severity: word(&row.severity)?,
            version: row.number,
            captured_at: row.captured_at,
        })
    })
    .transpose()
}

/// A change, for its picture.
#[derive(Debug, Clone)]
pub struct ChangeShare {
    /// Headline.
    pub headline: String,
    /// Name of the platform.
    pub platform: String,
    /// Title of the document.
    pub document: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// What is at stake.
    pub severity: Severity,
    /// For whom it got better or worse.
    pub direction: Direction,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
}

/// The change with a public id, if pages show it.
pub async fn change_share(conn: &mut PgConnection, public_id: &str) -> Result<Option<ChangeShare>> {
    let row = sqlx::query!(
        "SELECT c.headline, p.name AS platform, d.title AS document, p.is_sample, c.severity, c.direction, c.detected_at
         FROM change c
         JOIN document d ON d.id = c.document_id JOIN platform p ON p.id = d.platform_id
         WHERE c.public_id = $1 AND (EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
             OR EXISTS (SELECT FROM change_provisional b WHERE b.change_id = c.id))",
        public_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(ChangeShare {
            headline: row.headline,
            platform: row.platform,
            document: row.document,
            is_sample: row.is_sample,
            severity: word(&row.severity)?,
            direction: word(&row.direction)?,
            detected_at: row.detected_at,
        })
    })
    .transpose()
}
