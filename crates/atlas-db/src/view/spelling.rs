//! Words that nothing on record holds, with the nearest word that something does; platforms with a similar slug.
//!
//! Invariant: a word is replaced only if no record holds it, so a correction never hides a result.

use sqlx::PgConnection;

use crate::Result;

/// A word that stands nowhere on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misspelling {
    /// The word as asked, in lower case.
    pub word: String,
    /// The nearest word of a name or a title.
    pub instead: String,
}

/// Those of the words (lower case) that no name, title, current quotation or headline holds, and to which a word of a
/// name or title is near (similarity of trigrams at least 0.4).
pub async fn search_misspellings(conn: &mut PgConnection, words: &[String]) -> Result<Vec<Misspelling>> {
    Ok(sqlx::query_as!(
        Misspelling,
        r#"WITH vocabulary AS MATERIALIZED (
               SELECT DISTINCT lower(w.word) AS word
               FROM (
                   SELECT name AS named FROM platform WHERE retired_at IS NULL
                   UNION ALL SELECT operator FROM platform WHERE retired_at IS NULL
                   UNION ALL SELECT title FROM document WHERE retired_at IS NULL
                   UNION ALL SELECT title FROM provision_type
               ) titles CROSS JOIN LATERAL regexp_split_to_table(titles.named, '[^[:alnum:]]+') AS w (word)
               WHERE length(w.word) BETWEEN 3 AND 40
           )
           SELECT asked.word AS "word!", near.word AS "instead!"
           FROM unnest($1::text[]) WITH ORDINALITY AS asked (word, place)
           CROSS JOIN LATERAL plainto_tsquery('english', asked.word) AS lexeme
           CROSS JOIN LATERAL (
               SELECT v.word FROM vocabulary v
               WHERE similarity(v.word, asked.word) >= 0.4
               ORDER BY similarity(v.word, asked.word) DESC, v.word LIMIT 1
           ) near
           WHERE numnode(lexeme) > 0
             AND NOT EXISTS (SELECT FROM vocabulary v WHERE v.word = asked.word)
             AND NOT EXISTS (SELECT FROM platform p WHERE p.search @@ lexeme AND p.retired_at IS NULL)
             AND NOT EXISTS (SELECT FROM document d WHERE d.search @@ lexeme AND d.retired_at IS NULL)
             AND NOT EXISTS (SELECT FROM provision_type t WHERE t.search @@ lexeme)
             AND NOT EXISTS (SELECT FROM finding f
                             WHERE f.search @@ lexeme AND f.position = 0 AND f.excerpt IS NOT NULL)
             AND NOT EXISTS (SELECT FROM change c WHERE c.search @@ lexeme)
           ORDER BY asked.place"#,
        words,
    )
    .fetch_all(conn)
    .await?)
}

/// A platform whose slug or name is near to what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearPlatform {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
}

/// Platforms whose slug or name is near to `slug`, nearest first, at most `limit`.
pub async fn near_platforms(conn: &mut PgConnection, slug: &str, limit: i64) -> Result<Vec<NearPlatform>> {
    Ok(sqlx::query_as!(
        NearPlatform,
        "SELECT slug, name, is_sample FROM platform
         WHERE retired_at IS NULL AND greatest(similarity(slug, $1), similarity(name, $1)) >= 0.3
         ORDER BY greatest(similarity(slug, $1), similarity(name, $1)) DESC, slug LIMIT $2",
        slug,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
