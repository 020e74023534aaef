//! The list of platforms, with counts.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::contains_pattern;
use crate::Result;

/// A platform as the list shows it.
#[derive(Debug, Clone)]
pub struct PlatformCard {
    /// Slug.
    pub slug: String,
    /// Name; with the slug the key of the list.
    pub name: String,
    /// Slug of the category.
    pub category: String,
    /// The company or body behind it.
    pub operator: Option<String>,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Documents that are followed.
    pub documents: i64,
    /// Of them with a text on record.
    pub held: i64,
    /// Of them failing at the last check.
    pub failing: i64,
    /// Provisions found (not silent) of high severity.
    pub high: i64,
    /// Provisions found (not silent) of any severity.
    pub provisions: i64,
    /// Published changes since the instant asked for.
    pub changes: i64,
    /// The latest published change.
    pub last_change_at: Option<OffsetDateTime>,
    /// Platforms that pass the filter, on all pages.
    pub total: i64,
}

/// Which platforms to list.
#[derive(Debug, Clone, Default)]
pub struct PlatformFilter {
    /// Slug of the category.
    pub category: Option<String>,
    /// Words in the name, the operator or the slug; a name that is spelt nearly so is found as well.
    pub words: Option<String>,
    /// Slug of the last platform of the page before.
    pub after: Option<String>,
}

/// Platforms by name, at most `limit`; `since` starts the span in which changes are counted.
pub async fn platform_cards(
    conn: &mut PgConnection,
    filter: &PlatformFilter,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<PlatformCard>> {
    let pattern = filter.words.as_deref().map(contains_pattern);
    Ok(sqlx::query_as!(
        PlatformCard,
        r#"WITH chosen AS (
               SELECT p.id, p.slug, p.name, p.category, p.operator, p.is_sample, count(*) OVER () AS total
               FROM platform p
               WHERE p.retired_at IS NULL
                 AND ($1::text IS NULL OR p.category = $1)
                 AND ($2::text IS NULL OR p.name ILIKE $2 OR p.operator ILIKE $2 OR p.slug ILIKE $2
                      OR p.name % $3::text)
           ), page AS (
               SELECT * FROM chosen p
               WHERE $4::text IS NULL
                  OR (lower(p.name), p.slug) > (SELECT lower(a.name), a.slug FROM platform a WHERE a.slug = $4)
               ORDER BY lower(p.name), p.slug
               LIMIT $6
           )
           SELECT page.slug, page.name, page.category, page.operator, page.is_sample,
               docs.documents AS "documents!", docs.held AS "held!", docs.failing AS "failing!",
               found.high AS "high!", found.provisions AS "provisions!",
               changed.changes AS "changes!", changed.last_change_at, page.total AS "total!"
           FROM page
           CROSS JOIN LATERAL (
               SELECT count(*) AS documents,
                   count(*) FILTER (WHERE EXISTS (SELECT FROM version v WHERE v.document_id = d.id)) AS held,
                   count(*) FILTER (WHERE s.last_outcome NOT IN ('captured', 'not_modified')) AS failing
               FROM document d LEFT JOIN source s ON s.document_id = d.id
               WHERE d.platform_id = page.id AND d.retired_at IS NULL
           ) docs
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE f.severity = 'high') AS high, count(*) AS provisions
               FROM document d
               JOIN standing_version sv ON sv.document_id = d.id
               JOIN finding f ON f.version_id = sv.version_id AND f.position = 0 AND f.stance <> 'silent'
               WHERE d.platform_id = page.id AND d.retired_at IS NULL
           ) found
           CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE c.detected_at >= $5) AS changes, max(c.detected_at) AS last_change_at
               FROM document d
               JOIN change c ON c.document_id = d.id AND c.kind = 'update'
               JOIN publication pub ON pub.change_id = c.id
               WHERE d.platform_id = page.id
           ) changed
           ORDER BY lower(page.name), page.slug"#,
        filter.category.as_deref(),
        pattern,
        filter.words.as_deref(),
        filter.after.as_deref(),
        since,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// How many followed platforms each category has; categories without one are left out.
pub async fn platforms_by_category(conn: &mut PgConnection) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT category, count(*) AS "platforms!" FROM platform
           WHERE retired_at IS NULL GROUP BY category ORDER BY category"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.category, row.platforms)).collect())
}
