//! From a public id or a hash to the record it names, with what a citation states of it.
//!
//! Invariant: a record that no page shows is not cited; the hash is that of the version's text.

use atlas_domain::Sha256;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::digest};

/// A record as citations name it.
#[derive(Debug, Clone)]
pub struct CitedRecord {
    /// Public id.
    pub public_id: String,
    /// Name of the platform.
    pub platform: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Title of the document.
    pub document: String,
    /// Slug of the document.
    pub document_slug: String,
    /// What within the document: title of a provision type or headline of a change; empty for the text itself.
    pub subject: String,
    /// Number of the version it rests on.
    pub version: i32,
    /// When that version was captured.
    pub captured_at: OffsetDateTime,
    /// Hash of that version's text.
    pub text_sha256: Sha256,
}

/// The record with a public id (`CA-D-…`, `CA-V-…`, `CA-P-…` or `CA-C-…`, upper case), with the version it rests on.
pub async fn cited_record(conn: &mut PgConnection, public_id: &str) -> Result<Option<CitedRecord>> {
    let row = sqlx::query!(
        r#"SELECT found.subject AS "subject!", v.number, v.captured_at, v.text_sha256,
               p.name AS platform, p.slug AS platform_slug, d.title AS document, d.slug AS document_slug
           FROM (
               (SELECT '' AS subject, id AS version_id FROM version WHERE public_id = $1)
               UNION ALL
               (SELECT '', v.id FROM document d JOIN version v ON v.document_id = d.id
                WHERE d.public_id = $1 ORDER BY v.number DESC LIMIT 1)
               UNION ALL
               (SELECT t.title, f.version_id
                FROM provision pr
                JOIN provision_type t ON t.slug = pr.provision_type
                JOIN finding f ON f.provision_id = pr.id AND f.position = 0
                JOIN version v ON v.id = f.version_id
                LEFT JOIN standing_version sv ON sv.version_id = v.id
                WHERE pr.public_id = $1
                ORDER BY (sv.version_id IS NULL), v.number DESC LIMIT 1)
               UNION ALL
               (SELECT c.headline, c.new_version_id FROM change c
                WHERE c.public_id = $1 AND (EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
                    OR EXISTS (SELECT FROM change_provisional b WHERE b.change_id = c.id)))
           ) found
           JOIN version v ON v.id = found.version_id
           JOIN document d ON d.id = v.document_id
           JOIN platform p ON p.id = d.platform_id"#,
        public_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(CitedRecord {
            public_id: public_id.to_owned(),
            platform: row.platform,
            platform_slug: row.platform_slug,
            document: row.document,
            document_slug: row.document_slug,
            subject: row.subject,
            version: row.number,
            captured_at: row.captured_at,
            text_sha256: digest(&row.text_sha256)?,
        })
    })
    .transpose()
}

/// A version that a hash belongs to.
#[derive(Debug, Clone)]
pub struct HashedVersion {
    /// Like `CA-V-011873`.
    pub public_id: String,
    /// Name of the platform.
    pub platform: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Title of the document.
    pub document: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Number of the version.
    pub number: i32,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// The hash is that of the text; else that of a raw page it was read from.
    pub is_text: bool,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
}

/// The versions whose text, or one of whose raw pages, has a hash; the oldest first, at most `limit`.
pub async fn versions_by_hash(conn: &mut PgConnection, hash: Sha256, limit: i64) -> Result<Vec<HashedVersion>> {
    let bytes = hash.0.as_slice();
    Ok(sqlx::query_as!(
        HashedVersion,
        r#"SELECT v.public_id, p.name AS platform, p.slug AS platform_slug, d.title AS document,
               d.slug AS document_slug, v.number, v.captured_at, v.text_sha256 = $1 AS "is_text!", p.is_sample
           FROM (
               SELECT id FROM version WHERE text_sha256 = $1
               UNION
               SELECT version_id FROM version_snapshot WHERE snapshot_sha256 = $1
           ) found
           JOIN version v ON v.id = found.id
           JOIN document d ON d.id = v.document_id
           JOIN platform p ON p.id = d.platform_id
           ORDER BY v.captured_at, v.public_id
           LIMIT $2"#,
        bytes,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// A text in which words may stand.
#[derive(Debug, Clone)]
pub struct FoundText {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Name of the platform.
    pub platform: String,
    /// Title of the document.
    pub document: String,
    /// Number of the version.
    pub number: i32,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// Number of the version that stands today.
    pub standing: i32,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Hash of the text.
    pub text_sha256: Vec<u8>,
    /// The text.
    pub text: String,
    /// Its blocks, as stored.
    pub blocks: serde_json::Value,
}

/// The standing versions of followed documents that hold each of the `parts`, letter for letter; at most `limit`.
pub async fn standing_texts(conn: &mut PgConnection, parts: &[String], limit: i64) -> Result<Vec<FoundText>> {
    Ok(sqlx::query_as!(
        FoundText,
        r#"SELECT p.slug AS platform_slug, d.slug AS document_slug, p.name AS platform, d.title AS document, v.number,
               v.captured_at, v.number AS standing, p.is_sample, v.text_sha256, v.text, v.blocks
           FROM standing_version sv
           JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN version v ON v.id = sv.version_id
           WHERE NOT EXISTS (SELECT FROM unnest($1::text[]) AS w (word) WHERE strpos(v.text, w.word) = 0)
           ORDER BY p.name, d.title, v.id
           LIMIT $2"#,
        parts,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Versions of followed documents, those that stand today first and then the newest, that hold each of the `words`: at least
/// one, as the SQL function `telling_words` cuts them. At most `limit`.
pub async fn texts_with_words(conn: &mut PgConnection, words: &[String], limit: i64) -> Result<Vec<FoundText>> {
    Ok(sqlx::query_as!(
        FoundText,
        r#"SELECT p.slug AS platform_slug, d.slug AS document_slug, p.name AS platform, d.title AS document, v.number,
               v.captured_at, s.number AS standing, p.is_sample, v.text_sha256, v.text, v.blocks
           FROM version v
           JOIN document d ON d.id = v.document_id AND d.retired_at IS NULL
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN standing_version sv ON sv.document_id = d.id
           JOIN version s ON s.id = sv.version_id
           WHERE telling_words(v.text) @> $1 OR telling_words(v.text) @> ARRAY['*']
           ORDER BY (v.id = s.id) DESC, v.captured_at DESC, v.id
           LIMIT $2"#,
        words,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
