//! Search over platforms, documents, provisions, published changes and the words of standing texts.
//!
//! Invariant: the words asked for reach PostgreSQL as a parameter of `websearch_to_tsquery`, which takes any text.
//! Every list says how many records match in all; only those shown are excerpted.

use atlas_domain::{Direction, Severity, Stance};
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

/// Records that match, best first, and how many match in all.
#[derive(Debug, Clone)]
pub struct Hits<T> {
    /// The best ones.
    pub list: Vec<T>,
    /// All that match.
    pub total: i64,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            total: 0,
        }
    }
}

/// Platforms whose name or description holds the words, or whose name nearly equals them or stands among them.
pub async fn search_platforms(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Hits<PlatformHit>> {
    let rows = sqlx::query!(
        r#"SELECT slug, name, description, is_sample, count(*) OVER () AS "total!"
           FROM platform, websearch_to_tsquery('english', $2) AS asked
           WHERE retired_at IS NULL
             AND (search @@ asked OR name ILIKE $1 OR slug ILIKE $1 OR operator ILIKE $1 OR name % $2 OR $2 <% name
                  OR to_tsvector('simple', $2) @@ phraseto_tsquery('simple', name))
           ORDER BY (lower(name) = lower($2)) DESC, (name ILIKE $1) DESC,
               to_tsvector('simple', $2) @@ phraseto_tsquery('simple', name) DESC, similarity(name, $2) DESC,
               ts_rank(search, asked) DESC, name
           LIMIT $3"#,
        contains_pattern(words),
        words,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(Hits {
        total: rows.first().map_or(0, |row| row.total),
        list: rows
            .into_iter()
            .map(|row| PlatformHit {
                slug: row.slug,
                name: row.name,
                description: row.description,
                is_sample: row.is_sample,
            })
            .collect(),
    })
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

/// Documents that hold the words in their platform's name, their title or their type, or nearly so; best first.
pub async fn search_documents(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Hits<DocumentHit>> {
    let rows = sqlx::query!(
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug, d.title,
               (SELECT max(v.number) FROM version v WHERE v.document_id = d.id) AS version,
               count(*) OVER () AS "total!"
           FROM document d JOIN platform p ON p.id = d.platform_id, websearch_to_tsquery('english', $2) AS asked
           WHERE d.retired_at IS NULL AND p.retired_at IS NULL
             AND ((p.search || d.search) @@ asked OR p.name || ' ' || d.title ILIKE $1
                  OR similarity(p.name || ' ' || d.title, $2) > 0.45)
           ORDER BY similarity(p.name || ' ' || d.title, $2) DESC, ts_rank(p.search || d.search, asked) DESC,
               p.name, d.title
           LIMIT $3"#,
        contains_pattern(words),
        words,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(Hits {
        total: rows.first().map_or(0, |row| row.total),
        list: rows
            .into_iter()
            .map(|row| DocumentHit {
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                slug: row.slug,
                title: row.title,
                version: row.version,
            })
            .collect(),
    })
}

/// A provision that was found.
#[derive(Debug, Clone)]
pub struct ProvisionHit {
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
    /// Slug of the provision type.
    pub provision_type: String,
    /// Title of the provision type.
    pub type_title: String,
    /// The position.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// The telling part of the quotation; what was asked for stands between [`HIT_START`] and [`HIT_END`].
    pub excerpt: String,
}

/// Stands before a matching word of an excerpt.
pub const HIT_START: char = '\u{2}';
/// Stands after a matching word of an excerpt.
pub const HIT_END: char = '\u{3}';

/// What current documents say: provisions whose type, quotation, document or platform hold the words, and those whose
/// statement does (`statements`: `type|stance`). Best first.
pub async fn search_provisions(
    conn: &mut PgConnection,
    words: &str,
    statements: &[String],
    limit: i64,
) -> Result<Hits<ProvisionHit>> {
    let options = format!("StartSel=\"{HIT_START}\", StopSel=\"{HIT_END}\", MaxWords=48, MinWords=24, ShortWord=0");
    let rows = sqlx::query!(
        r#"WITH standing AS MATERIALIZED (SELECT document_id, version_id FROM standing_version)
           SELECT best.platform_slug, best.platform_name, best.is_sample, best.document_slug, best.document_title,
               best.provision_type, best.type_title, best.stance, best.severity, best.total AS "total!",
               ts_headline('english', best.excerpt, best.asked, $4) AS "excerpt!"
           FROM (
               SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
                   d.title AS document_title, pr.provision_type, t.title AS type_title, f.stance, f.severity,
                   f.excerpt, asked.asked, count(*) OVER () AS total, pr.public_id,
                   ts_rank(p.search || d.search || t.search || f.search, asked.asked) AS rank
               FROM standing sv
               JOIN finding f ON f.version_id = sv.version_id AND f.position = 0 AND f.excerpt IS NOT NULL
               JOIN provision pr ON pr.id = f.provision_id
               JOIN provision_type t ON t.slug = pr.provision_type
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL,
               websearch_to_tsquery('english', $1) AS asked
               WHERE (p.search || d.search || t.search || f.search) @@ asked.asked
                  OR pr.provision_type || '|' || f.stance = ANY ($2)
               ORDER BY rank DESC, array_position(ARRAY['high', 'medium', 'low'], f.severity), pr.public_id
               LIMIT $3
           ) best
           ORDER BY best.rank DESC, array_position(ARRAY['high', 'medium', 'low'], best.severity), best.public_id"#,
        words,
        statements,
        limit,
        options,
    )
    .fetch_all(conn)
    .await?;
    Ok(Hits {
        total: rows.first().map_or(0, |row| row.total),
        list: rows
            .into_iter()
            .map(|row| {
                Ok(ProvisionHit {
                    platform_slug: row.platform_slug,
                    platform_name: row.platform_name,
                    is_sample: row.is_sample,
                    document_slug: row.document_slug,
                    document_title: row.document_title,
                    provision_type: row.provision_type,
                    type_title: row.type_title,
                    stance: word(&row.stance)?,
                    severity: word(&row.severity)?,
                    excerpt: row.excerpt,
                })
            })
            .collect::<Result<_>>()?,
    })
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

/// Published changes whose headline, labels, platform or document hold the words, newest first.
pub async fn search_changes(conn: &mut PgConnection, words: &str, limit: i64) -> Result<Hits<ChangeHit>> {
    let rows = sqlx::query!(
        r#"SELECT p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, c.public_id, c.headline, c.severity, c.direction, c.detected_at,
               count(*) OVER () AS "total!"
           FROM change c JOIN publication pub ON pub.change_id = c.id
           JOIN document d ON d.id = c.document_id JOIN platform p ON p.id = d.platform_id,
           websearch_to_tsquery('english', $1) AS asked
           WHERE c.kind = 'update' AND c.materiality <> 'cosmetic'
             AND ((c.search || p.search || d.search) @@ asked OR replace(lower($1), ' ', '-') = ANY (c.labels))
           ORDER BY c.detected_at DESC, c.id DESC LIMIT $2"#,
        words,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(Hits {
        total: rows.first().map_or(0, |row| row.total),
        list: rows
            .into_iter()
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
            .collect::<Result<_>>()?,
    })
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
