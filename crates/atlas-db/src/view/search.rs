//! Search over platforms, documents, published changes and the words of standing texts.

use atlas_domain::{Direction, Severity};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::contains_pattern;
use crate::{Result, error::word};

/// A platform that was found.
#[derive(Debug, Clone)]
pub struct PlatformHit {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
}

/// Platforms whose name holds or nearly equals the words, best first.
pub async fn search_platforms(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Vec<PlatformHit>> {
    Ok(sqlx::query_as!(
        PlatformHit,
        "SELECT slug, name, description, is_sample FROM platform
         WHERE retired_at IS NULL
           AND (name ILIKE $1 OR slug ILIKE $1 OR operator ILIKE $1 OR name % $2 OR $2 <% name
                OR position(lower(name) IN lower($2)) > 0)
         ORDER BY (lower(name) = lower($2)) DESC, (name ILIKE $1) DESC, similarity(name, $2) DESC, name LIMIT $3",
        contains_pattern(words),
        words,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A document that was found.
#[derive(Debug, Clone)]
pub struct DocumentHit {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub slug: String,
    /// Title of the document.
    pub title: String,
    /// Number of the latest version, if a text is held.
    pub version: Option<i32>,
}

/// Documents whose title, or platform and title, hold the words, best first.
pub async fn search_documents(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Vec<DocumentHit>> {
    Ok(sqlx::query_as!(
        DocumentHit,
        "SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug, d.title,
             (SELECT max(v.number) FROM version v WHERE v.document_id = d.id) AS version
         FROM document d JOIN platform p ON p.id = d.platform_id
         WHERE d.retired_at IS NULL AND p.retired_at IS NULL
           AND (p.name || ' ' || d.title ILIKE $1 OR d.document_type ILIKE $1
                OR similarity(p.name || ' ' || d.title, $2) > 0.45)
         ORDER BY similarity(p.name || ' ' || d.title, $2) DESC, p.name, d.title LIMIT $3",
        contains_pattern(words),
        words,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A published change that was found.
#[derive(Debug, Clone)]
pub struct ChangeHit {
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
    /// Like `CA-C-004117`.
    pub public_id: String,
    /// What happened.
    pub headline: String,
    /// What is at stake.
    pub severity: Severity,
    /// Whom it favours.
    pub direction: Direction,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
}

/// Published changes whose headline, platform or document match the words, newest first.
pub async fn search_changes(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Vec<ChangeHit>> {
    let rows = sqlx::query!(
        "SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
             d.title AS document_title, c.public_id, c.headline, c.severity, c.direction, c.detected_at
         FROM change c JOIN publication pub ON pub.change_id = c.id
         JOIN document d ON d.id = c.document_id JOIN platform p ON p.id = d.platform_id
         WHERE c.kind = 'update'
           AND to_tsvector('english', p.name || ' ' || d.title || ' ' || c.headline || ' '
                   || array_to_string(c.labels, ' ')) @@ websearch_to_tsquery('english', $1)
         ORDER BY c.detected_at DESC, c.id DESC LIMIT $2",
        words,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ChangeHit {
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                public_id: row.public_id,
                headline: row.headline,
                severity: word(&row.severity)?,
                direction: word(&row.direction)?,
                detected_at: row.detected_at,
            })
        })
        .collect()
}

/// A standing text that holds the words.
#[derive(Debug, Clone)]
pub struct TextHit {
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
    /// The words with up to 80 characters on either side.
    pub around: String,
}

/// Standing texts that hold exactly these words, upper and lower case alike; at most `limit`.
pub async fn search_texts(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Vec<TextHit>> {
    Ok(sqlx::query_as!(
        TextHit,
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, v.number AS version,
               substring(v.text FROM greatest(1, position(lower($1) IN lower(v.text)) - 80)
                         FOR length($1) + 160) AS "around!"
           FROM standing_version sv
           JOIN version v ON v.id = sv.version_id
           JOIN document d ON d.id = v.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           WHERE position(lower($1) IN lower(v.text)) > 0
           ORDER BY p.name, d.title LIMIT $2"#,
        words,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
