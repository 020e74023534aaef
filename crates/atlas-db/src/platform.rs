//! Platforms and the slugs they once had.
//!
//! Invariant: a slug that was ever published leads to the platform it was published for.

use atlas_domain::PlatformId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// A platform as the catalogue, the demonstration set or an import describes it.
#[derive(Debug, Clone, Copy)]
pub struct PlatformFields<'a> {
    /// Unique slug.
    pub slug: &'a str,
    /// Name as the operator writes it.
    pub name: &'a str,
    /// Who runs it.
    pub operator: Option<&'a str>,
    /// Slug of its category.
    pub category: &'a str,
    /// Address of its home page.
    pub website: Option<&'a str>,
    /// One or two plain sentences.
    pub description: &'a str,
    /// Fictitious.
    pub is_sample: bool,
}

/// Makes the platform with this slug, or brings it up to date; returns its id.
pub async fn platform_upsert(
    connection: &mut PgConnection,
    fields: PlatformFields<'_>,
    at: OffsetDateTime,
) -> Result<PlatformId> {
    let row = sqlx::query!(
        "INSERT INTO platform (id, slug, name, operator, category, website, description, is_sample, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name, operator = excluded.operator,
             category = excluded.category, website = excluded.website, description = excluded.description
         RETURNING id",
        PlatformId::generate().uuid(),
        fields.slug,
        fields.name,
        fields.operator,
        fields.category,
        fields.website,
        fields.description,
        fields.is_sample,
        at,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.id.into())
}

/// The platform with a slug it has now.
pub async fn platform_by_slug(connection: &mut PgConnection, slug: &str) -> Result<Option<PlatformId>> {
    let row = sqlx::query!("SELECT id FROM platform WHERE slug = $1", slug)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Remembers that a platform once had this slug. A slug in use by another platform is left alone.
pub async fn former_platform_slug_upsert(
    connection: &mut PgConnection,
    slug: &str,
    platform: PlatformId,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO former_platform_slug (slug, platform_id)
         SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM platform WHERE slug = $1)
         ON CONFLICT (slug) DO NOTHING",
        slug,
        platform.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the record holds sample platforms.
pub async fn platform_samples_exist(connection: &mut PgConnection) -> Result<bool> {
    let row = sqlx::query!(r#"SELECT EXISTS (SELECT FROM platform WHERE is_sample) AS "there!""#)
        .fetch_one(connection)
        .await?;
    Ok(row.there)
}
