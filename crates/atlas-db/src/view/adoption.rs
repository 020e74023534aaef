//! How many platforms answer a question: of those that were asked, by category, and month by month.
//!
//! Invariant: a platform is asked where a document of it was read and its answer, or its silence, is on record; only
//! documents in English are counted, and every count comes with its denominator.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Platforms that were asked one question, in all or in one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Slug of the category; `None` for all.
    pub category: Option<String>,
    /// Platforms with a current document in English in which the answer was looked for.
    pub platforms: i64,
    /// Of them those with a passage.
    pub speaking: i64,
    /// Of them fictitious ones.
    pub samples: i64,
    /// The types of these documents, the most frequent first.
    pub document_types: Vec<String>,
}

/// The platforms that were asked a question: all of them first, then by category, the largest first. Empty if none was.
pub async fn asked(conn: &mut PgConnection, provision_type: &str) -> Result<Vec<Asked>> {
    Ok(sqlx::query_as!(
        Asked,
        r#"WITH found AS (
               SELECT p.id, p.category, p.is_sample, d.document_type, f.stance
               FROM provision pr
               JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL AND d.locale LIKE 'en%'
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               JOIN standing_version sv ON sv.document_id = d.id
               JOIN finding f ON f.version_id = sv.version_id AND f.provision_id = pr.id AND f.position = 0
               WHERE pr.provision_type = $1
                 AND NOT (f.stance = 'silent' AND EXISTS (SELECT FROM waiting_provision w
                          WHERE w.platform_id = p.id AND w.provision_type = pr.provision_type))
           ), kinds AS (
               SELECT array_agg(document_type ORDER BY documents DESC, document_type) AS names
               FROM (SELECT document_type, count(*) AS documents FROM found GROUP BY 1) counted
           )
           SELECT category AS "category?", count(DISTINCT id) AS "platforms!",
               count(DISTINCT id) FILTER (WHERE stance <> 'silent') AS "speaking!",
               count(DISTINCT id) FILTER (WHERE is_sample) AS "samples!",
               (SELECT coalesce(names, '{}') FROM kinds) AS "document_types!"
           FROM found
           GROUP BY GROUPING SETS ((), (category))
           HAVING count(*) > 0
           ORDER BY grouping(category) DESC, 2 DESC, category"#,
        provision_type,
    )
    .fetch_all(conn)
    .await?)
}

/// Adoption at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adoption {
    /// The instant.
    pub at: OffsetDateTime,
    /// Followed platforms in whose document of that day the answer was looked for: what was read before we asked is
    /// left out, or our beginning would look like theirs.
    pub platforms: i64,
    /// Of them those with a passage in the version of that day.
    pub speaking: i64,
}

/// Adoption of a question at some instants, in their order. The version that counts is the latest that had been captured.
pub async fn adoption(conn: &mut PgConnection, provision_type: &str, at: &[OffsetDateTime]) -> Result<Vec<Adoption>> {
    Ok(sqlx::query_as!(
        Adoption,
        r#"SELECT at AS "at!", count(*) FILTER (WHERE speaks OR NOT waits) AS "platforms!",
               count(*) FILTER (WHERE speaks) AS "speaking!"
           FROM (
           SELECT moment.at, bool_or(f.position = 0 AND f.stance <> 'silent') AS speaks, bool_or(f.position < 0) AS waits
           FROM unnest($2::timestamptz[]) AS moment (at)
           JOIN provision pr ON pr.provision_type = $1
           JOIN document d ON d.id = pr.document_id AND d.retired_at IS NULL AND d.locale LIKE 'en%'
           JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           JOIN LATERAL (
               SELECT v.id FROM version v JOIN version_reading r ON r.version_id = v.id
               WHERE v.document_id = d.id AND v.captured_at <= moment.at
               ORDER BY v.number DESC LIMIT 1
           ) held ON true
           JOIN finding f ON f.version_id = held.id AND f.provision_id = pr.id
               AND (f.position = 0 OR (f.position < 0 AND f.review IS NULL AND f.superseded_at IS NULL
                                       AND f.stance <> 'silent'))
           GROUP BY moment.at, p.id
           ) counted
           GROUP BY at ORDER BY at"#,
        provision_type,
        at,
    )
    .fetch_all(conn)
    .await?)
}
