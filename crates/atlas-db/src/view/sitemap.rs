//! The pages that search engines may list, each with the instant at which its content last changed.
//!
//! Invariant: fictitious and retired records, documents without a text and provisions that are silent or unclear
//! never appear.

use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// One page of the sitemap.
#[derive(Debug, Clone)]
pub struct SitemapEntry {
    /// `platform`, `document`, `version`, `provision` or `change`.
    pub kind: String,
    /// Slug of the platform.
    pub platform: String,
    /// Slug of the document; empty for a platform.
    pub document: String,
    /// Type of a provision, number of a version, public id of a change; empty otherwise.
    pub leaf: String,
    /// When its content last changed.
    pub modified_at: OffsetDateTime,
}

/// Every indexable record, most general first; at most `limit`.
pub async fn sitemap_entries(conn: &mut PgConnection, limit: i64) -> Result<Vec<SitemapEntry>> {
    Ok(sqlx::query_as!(
        SitemapEntry,
        r#"WITH held AS (
               SELECT p.slug AS platform, d.slug AS document, d.id AS document_id, sv.version_id, v.number, v.captured_at
               FROM standing_version sv
               JOIN version v ON v.id = sv.version_id
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL AND NOT p.is_sample
           )
           SELECT kind AS "kind!", platform AS "platform!", document AS "document!", leaf AS "leaf!",
               modified_at AS "modified_at!"
           FROM (
               SELECT 1 AS place, 'platform' AS kind, platform, '' AS document, '' AS leaf,
                   max(captured_at) AS modified_at
               FROM held GROUP BY platform
               UNION ALL
               SELECT 2, 'document', platform, document, '', captured_at FROM held
               UNION ALL
               SELECT 3, 'provision', h.platform, h.document, pr.provision_type,
                   coalesce((SELECT max(c.detected_at) FROM change_provision cp JOIN change c ON c.id = cp.change_id AND c.kind <> 'technical_upgrade'
                             JOIN publication pub ON pub.change_id = c.id WHERE cp.provision_id = pr.id),
                            (SELECT min(v.captured_at) FROM finding ff JOIN version v ON v.id = ff.version_id
                             WHERE ff.provision_id = pr.id))
               FROM held h
               JOIN finding f ON f.version_id = h.version_id AND f.position = 0
                   AND f.stance <> 'silent' AND f.confidence <> 'unclear'
               JOIN provision pr ON pr.id = f.provision_id
               UNION ALL
               SELECT 4, 'change', h.platform, h.document, c.public_id, c.detected_at
               FROM held h
               JOIN change c ON c.document_id = h.document_id AND c.materiality <> 'cosmetic' AND c.kind = 'update'
               JOIN publication pub ON pub.change_id = c.id
               UNION ALL
               SELECT 5, 'version', platform, document, number::text, captured_at FROM held
           ) pages
           ORDER BY place, platform, document, leaf
           LIMIT $1"#,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
