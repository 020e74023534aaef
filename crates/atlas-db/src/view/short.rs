//! From a public id to the place it stands for: what the short addresses redirect to.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Where a provision lives.
#[derive(Debug, Clone)]
pub struct ProvisionPlace {
    /// Slug of the platform.
    pub platform: String,
    /// Slug of the document.
    pub document: String,
    /// Slug of the type.
    pub provision_type: String,
}

/// Where the provision with a public id (`CA-P-…`, upper case) lives.
pub async fn provision_place(conn: &mut PgConnection, public_id: &str) -> Result<Option<ProvisionPlace>> {
    Ok(sqlx::query_as!(
        ProvisionPlace,
        "SELECT p.slug AS platform, d.slug AS document, pr.provision_type
         FROM provision pr JOIN document d ON d.id = pr.document_id JOIN platform p ON p.id = d.platform_id
         WHERE pr.public_id = $1",
        public_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Where a version lives.
#[derive(Debug, Clone)]
pub struct VersionPlace {
    /// Slug of the platform.
    pub platform: String,
    /// Slug of the document.
    pub document: String,
    /// Number of the version.
    pub number: i32,
}

/// Where the version with a public id (`CA-V-…`, upper case) lives.
pub async fn version_place(conn: &mut PgConnection, public_id: &str) -> Result<Option<VersionPlace>> {
    Ok(sqlx::query_as!(
        VersionPlace,
        "SELECT p.slug AS platform, d.slug AS document, v.number
         FROM version v JOIN document d ON d.id = v.document_id JOIN platform p ON p.id = d.platform_id
         WHERE v.public_id = $1",
        public_id,
    )
    .fetch_optional(conn)
    .await?)
}

/// Where a change lives.
#[derive(Debug, Clone)]
pub struct ChangePlace {
    /// Slug of the platform.
    pub platform: String,
    /// Slug of the document.
    pub document: String,
    /// Public id of the change.
    pub public_id: String,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
}

/// Where the change with a public id (`CA-C-…`, upper case) lives, if pages show it.
pub async fn change_place(conn: &mut PgConnection, public_id: &str) -> Result<Option<ChangePlace>> {
    Ok(sqlx::query_as!(
        ChangePlace,
        "SELECT p.slug AS platform, d.slug AS document, c.public_id, c.detected_at
         FROM change c
         JOIN document d ON d.id = c.document_id JOIN platform p ON p.id = d.platform_id
         WHERE c.public_id = $1 AND (EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
             OR EXISTS (SELECT FROM change_provisional b WHERE b.change_id = c.id))",
        public_id,
    )
    .fetch_optional(conn)
    .await?)
}
