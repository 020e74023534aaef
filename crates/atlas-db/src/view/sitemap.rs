//! The pages that search engines may list, each with the instant at which its content last changed.
//!
//! Invariant: fictitious and retired records, documents without a text and provisions that are silent, unclear or
//! reviewed by nobody never appear (the view `indexable_page`).

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// One page of the sitemap.
#[derive(Debug, Clone)]
pub struct SitemapEntry {
    /// Slug of the platform.
    pub platform: String,
    /// Slug of the document; empty for a platform.
    pub document: String,
    /// Type of a provision, number of a version, public id of a change; empty otherwise.
    pub leaf: String,
    /// When its content last changed.
    pub modified_at: OffsetDateTime,
    /// When a change was detected: the day in its address.
    pub detected_at: Option<OffsetDateTime>,
}

/// The indexable pages of a kind (`platform`, `document`, `version`, `provision`, `change`) by address: at most `limit`
/// of them after the first `skipped`.
pub async fn sitemap_entries(
    conn: &mut PgConnection,
    kind: &str,
    limit: i64,
    skipped: i64,
) -> Result<Vec<SitemapEntry>> {
    Ok(sqlx::query_as!(
        SitemapEntry,
        r#"SELECT platform AS "platform!", document AS "document!", leaf AS "leaf!", modified_at AS "modified_at!",
               detected_at
           FROM indexable_page WHERE kind = $1
           ORDER BY platform, document, leaf
           LIMIT $2 OFFSET $3"#,
        kind,
        limit,
        skipped,
    )
    .fetch_all(conn)
    .await?)
}

/// The indexable pages of a kind, counted.
#[derive(Debug, Clone)]
pub struct SitemapPart {
    /// Kind of the pages.
    pub kind: String,
    /// How many there are.
    pub pages: i64,
    /// When the content of any of them last changed.
    pub modified_at: OffsetDateTime,
}

/// How many indexable pages of each kind there are; kinds without any are left out.
pub async fn sitemap_parts(conn: &mut PgConnection) -> Result<Vec<SitemapPart>> {
    Ok(sqlx::query_as!(
        SitemapPart,
        r#"SELECT kind AS "kind!", count(*) AS "pages!", max(modified_at) AS "modified_at!"
           FROM indexable_page GROUP BY kind ORDER BY kind"#,
    )
    .fetch_all(conn)
    .await?)
}

/// What pages that list records of others are listed for, and when the content of any of those last changed.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Slug of a provision type or of a category.
    pub slug: String,
    /// When.
    pub modified_at: OffsetDateTime,
}

/// The provision types that a real platform answers, whether or not a person reviewed the answer, and the categories of
/// platforms with a text, each with the capture of the latest text that it rests on.
pub async fn answered(conn: &mut PgConnection) -> Result<(Vec<Answered>, Vec<Answered>)> {
    let rows = sqlx::query!(
        r#"WITH held AS (
             SELECT p.category, sv.version_id, v.captured_at
             FROM standing_version sv
             JOIN version v ON v.id = sv.version_id
             JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
             JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL AND NOT p.is_sample
         )
         SELECT true AS "is_type!", pr.provision_type AS "slug!", max(h.captured_at) AS "modified_at!"
         FROM held h
         JOIN finding f ON f.version_id = h.version_id AND f.position = 0 AND f.stance <> 'silent'
             AND f.confidence <> 'unclear'
         JOIN provision pr ON pr.id = f.provision_id
         GROUP BY pr.provision_type
         UNION ALL
         SELECT false, category, max(captured_at) FROM held GROUP BY category
         ORDER BY 1, 2"#
    )
    .fetch_all(conn)
    .await?;
    let of = |is_type: bool| {
        let rows = rows.iter().filter(|row| row.is_type == is_type);
        rows.map(|row| Answered {
            slug: row.slug.clone(),
            modified_at: row.modified_at,
        })
        .collect()
    };
    Ok((of(true), of(false)))
}
