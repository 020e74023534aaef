//! Documents of platforms.
//!
//! Invariant: whoever adds a version, or decides on one, holds the document's row.

use atlas_domain::{DocumentId, PlatformId, SourceId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// A document as the catalogue, the demonstration set or an import describes it.
#[derive(Debug, Clone, Copy)]
pub struct DocumentFields<'a> {
    /// Slug, unique within the platform.
    pub slug: &'a str,
    /// Open Terms Archive's name of the terms type.
    pub document_type: &'a str,
    /// Title as the publisher writes it.
    pub title: &'a str,
    /// Language, BCP 47.
    pub locale: &'a str,
    /// Where it applies, if it says so.
    pub jurisdiction: Option<&'a str>,
    /// The plan it applies to, if it says so.
    pub plan: Option<&'a str>,
}

/// Makes the document with this slug, or brings it up to date; returns its id.
pub async fn document_upsert(
    connection: &mut PgConnection,
    platform: PlatformId,
    fields: DocumentFields<'_>,
    at: OffsetDateTime,
) -> Result<DocumentId> {
    let row = sqlx::query!(
        "INSERT INTO document (id, platform_id, slug, document_type, title, locale, jurisdiction, plan, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (platform_id, slug) DO UPDATE SET document_type = excluded.document_type,
             title = excluded.title, locale = excluded.locale, jurisdiction = excluded.jurisdiction,
             plan = excluded.plan
         RETURNING id",
        DocumentId::generate().uuid(),
        platform.uuid(),
        fields.slug,
        fields.document_type,
        fields.title,
        fields.locale,
        fields.jurisdiction,
        fields.plan,
        at,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.id.into())
}

/// A document with the names around it, as mails and headlines need them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentContext {
    /// The document.
    pub document_id: DocumentId,
    /// Its platform.
    pub platform_id: PlatformId,
    /// Slug within the platform.
    pub document_slug: String,
    /// Title.
    pub document_title: String,
    /// Terms type.
    pub document_type: String,
    /// The platform's slug.
    pub platform_slug: String,
    /// The platform's name.
    pub platform_name: String,
    /// Fictitious.
    pub is_sample: bool,
    /// How it is obtained; `None` for a document that was only imported.
    pub source_id: Option<SourceId>,
}

/// The document with an id.
pub async fn document_context(connection: &mut PgConnection, id: DocumentId) -> Result<Option<DocumentContext>> {
    let row = sqlx::query!(
        r#"SELECT d.platform_id, d.slug, d.title, d.document_type, p.slug AS platform_slug, p.name, p.is_sample,
                  s.id AS "source_id?"
           FROM document d JOIN platform p ON p.id = d.platform_id LEFT JOIN source s ON s.document_id = d.id
           WHERE d.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| DocumentContext {
        document_id: id,
        platform_id: row.platform_id.into(),
        document_slug: row.slug,
        document_title: row.title,
        document_type: row.document_type,
        platform_slug: row.platform_slug,
        platform_name: row.name,
        is_sample: row.is_sample,
        source_id: row.source_id.map(Into::into),
    }))
}

/// The language of a document, as a language tag; `None` if there is no such document.
pub async fn document_locale(connection: &mut PgConnection, id: DocumentId) -> Result<Option<String>> {
    Ok(
        sqlx::query_scalar!("SELECT locale FROM document WHERE id = $1", id.uuid())
            .fetch_optional(connection)
            .await?,
    )
}

/// The document with these slugs.
pub async fn document_by_slugs(
    connection: &mut PgConnection,
    platform: &str,
    document: &str,
) -> Result<Option<DocumentId>> {
    let row = sqlx::query!(
        "SELECT d.id FROM document d JOIN platform p ON p.id = d.platform_id WHERE p.slug = $1 AND d.slug = $2",
        platform,
        document,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Holds the document's row until the transaction ends; false if there is no such document.
pub async fn document_lock(connection: &mut PgConnection, id: DocumentId) -> Result<bool> {
    let row = sqlx::query!("SELECT id FROM document WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Notes that the catalogue keeps a document. One that had left the catalogue is followed again; one that was retired
/// otherwise stays so.
pub async fn document_catalogued(connection: &mut PgConnection, id: DocumentId) -> Result<()> {
    sqlx::query!(
        "UPDATE document SET in_catalogue = true, retired_at = NULL WHERE id = $1 AND NOT in_catalogue",
        id.uuid(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Retires the documents of a platform that the catalogue kept and keeps no longer: they are not polled any more, and
/// what is held of them stays. `kept` are the slugs that it keeps. Returns how many left.
pub async fn documents_leave_catalogue(
    connection: &mut PgConnection,
    platform: PlatformId,
    kept: &[String],
    at: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE document SET in_catalogue = false, retired_at = coalesce(retired_at, $3)
         WHERE platform_id = $1 AND in_catalogue AND slug <> ALL ($2)",
        platform.uuid(),
        kept,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Retires a document of a platform, or all of them, at an instant, or takes that back (`None`); returns how many that
/// touched.
pub async fn documents_retire(
    connection: &mut PgConnection,
    platform_slug: &str,
    document_slug: Option<&str>,
    at: Option<OffsetDateTime>,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE document d SET retired_at = $3 FROM platform p
         WHERE p.id = d.platform_id AND p.slug = $1 AND ($2::text IS NULL OR d.slug = $2)
           AND (d.retired_at IS NULL) <> ($3::timestamptz IS NULL)",
        platform_slug,
        document_slug,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
