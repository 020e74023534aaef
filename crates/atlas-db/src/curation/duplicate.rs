//! The same words in several places: whole texts, clauses, and several provisions on one span.
//!
//! Invariant: only standing versions that nobody retired are looked at. Of documents whose whole texts are the same, only
//! one takes part in the search for clauses: the others would repeat every one of them.

use atlas_domain::Stance;
use serde::Deserialize;
use sqlx::PgConnection;

use crate::Result;
use crate::error::json;

/// Groups that are read at most.
const READ: i64 = 2_000;

/// Places that hold the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateGroup {
    /// The words, of the first place.
    pub words: String,
    /// The places.
    pub places: Vec<DuplicatePlace>,
}

/// One place of a group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DuplicatePlace {
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Number of the version.
    pub version: i32,
    /// Slug and title of the provision type, and the stance, where the words are a quotation.
    pub provision: Option<DuplicateProvision>,
}

/// The provision that quotes the words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DuplicateProvision {
    /// Slug of the type.
    pub slug: String,
    /// Title of the type.
    pub title: String,
    /// The position taken.
    pub stance: Stance,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKind {
    /// Documents whose current texts have the same words.
    Texts,
    /// Quotations with the same words in documents whose texts differ.
    Clauses,
    /// Several provisions of one document that quote exactly the same place.
    Spans,
}

impl DuplicateKind {
    /// Every kind, in order of the page.
    pub const ALL: [Self; 3] = [Self::Texts, Self::Clauses, Self::Spans];
    /// The word of the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Clauses => "clauses",
            Self::Spans => "spans",
        }
    }
    /// Reads the word of the address.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The groups of a kind, the largest first. Clauses shorter than `least` characters are left out: short ones are
/// everywhere.
pub async fn duplicates(connection: &mut PgConnection, kind: DuplicateKind, least: i32) -> Result<Vec<DuplicateGroup>> {
    let rows = sqlx::query!(
        r#"WITH held AS MATERIALIZED (
               SELECT v.id, v.normal_sha256, v.number, d.slug, d.title, p.slug AS platform_slug,
                   p.name AS platform_name, left(v.text, 300) AS head,
                   row_number() OVER (PARTITION BY v.normal_sha256 ORDER BY p.name, d.title, d.id) AS twin
               FROM standing_version sv
               JOIN version v ON v.id = sv.version_id
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           ), place AS (
               SELECT encode(h.normal_sha256, 'hex') AS key, h.head AS words, h.id AS whose, h.platform_name, h.title,
                   0 AS place,
                   jsonb_build_object('platform_slug', h.platform_slug, 'platform_name', h.platform_name,
                       'document_slug', h.slug, 'document_title', h.title, 'version', h.number) AS told
               FROM held h WHERE $1::text = 'texts'
               UNION ALL
               SELECT CASE WHEN $1 = 'spans' THEN h.id || ' ' || f.excerpt_start || ' ' || f.excerpt_end
                           ELSE md5(lower(regexp_replace(f.excerpt, '[^[:alnum:]]+', ' ', 'g'))) END,
                   f.excerpt, CASE WHEN $1 = 'spans' THEN f.provision_id ELSE h.id END, h.platform_name, h.title,
                   t.position,
                   jsonb_build_object('platform_slug', h.platform_slug, 'platform_name', h.platform_name,
                       'document_slug', h.slug, 'document_title', h.title, 'version', h.number,
                       'provision', jsonb_build_object('slug', t.slug, 'title', t.title, 'stance', f.stance))
               FROM held h
               JOIN finding f ON f.version_id = h.id AND f.position >= 0 AND f.excerpt IS NOT NULL
               JOIN provision pr ON pr.id = f.provision_id
               JOIN provision_type t ON t.slug = pr.provision_type
               WHERE $1 = 'spans' OR ($1 = 'clauses' AND h.twin = 1 AND char_length(f.excerpt) >= $2)
           )
           SELECT (array_agg(words ORDER BY platform_name, title, place))[1] AS "words!",
               jsonb_agg(told ORDER BY platform_name, title, place) AS "places!"
           FROM place GROUP BY key HAVING count(DISTINCT whose) > 1
           ORDER BY count(DISTINCT whose) DESC, min(platform_name), key LIMIT $3"#,
        kind.as_str(),
        least,
        READ
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DuplicateGroup {
                words: row.words,
                places: json(row.places)?,
            })
        })
        .collect()
}
