//! The registry: what current documents say on every question, as rows that can be narrowed, sorted and paged through.
//!
//! Invariant: a page goes on after the record it names, whatever was added or changed meanwhile; the numbers beside a
//! choice count what is shown when that choice replaces the present one of the same kind. Silence is left out unless
//! it is asked for.

use atlas_domain::{Confidence, Severity, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// The order of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RegistryOrder {
    /// What changed last first, then what never changed.
    #[default]
    Changed,
    /// The gravest first.
    Severity,
    /// By platform.
    Platform,
    /// By question.
    Type,
}

impl RegistryOrder {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Changed, Self::Severity, Self::Platform, Self::Type];

    /// The word for it in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Severity => "severity",
            Self::Platform => "platform",
            Self::Type => "type",
        }
    }
}

/// Which provisions to list.
#[derive(Debug, Clone, Default)]
pub struct RegistryFilter {
    /// Slug of the provision type.
    pub provision_type: Option<String>,
    /// The position; none: every one but silence.
    pub stance: Option<Stance>,
    /// What is at stake.
    pub severity: Option<Severity>,
    /// Slug of the platform.
    pub platform: Option<String>,
    /// Slug of the platform's category.
    pub category: Option<String>,
    /// Slugs of the provision types that a regulation touches.
    pub regulated: Option<Vec<String>>,
    /// Words of the quotation, the type, the platform or the document.
    pub words: Option<String>,
    /// Public id of the last provision of the page before.
    pub after: Option<String>,
    /// The order.
    pub order: RegistryOrder,
}

/// One provision.
#[derive(Debug, Clone)]
pub struct RegistryRow {
    /// Like `CA-P-002596`.
    pub public_id: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of the platform's category.
    pub category: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// The plan to which the document belongs.
    pub plan: Option<String>,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Title of the provision type.
    pub type_title: String,
    /// The position.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// How surely.
    pub confidence: Confidence,
    /// The plan, region or product to which the words limit themselves.
    pub scope: Option<String>,
    /// The quotation; `None` for silence.
    pub excerpt: Option<String>,
    /// Number of the version.
    pub version: i32,
    /// When that version was captured.
    pub captured_at: OffsetDateTime,
    /// Capture of the first version in which it was looked for.
    pub since: OffsetDateTime,
    /// The latest published change that touched it.
    pub changed_at: Option<OffsetDateTime>,
    /// Provisions that pass the filter, on all pages.
    pub total: i64,
}

/// Provisions that pass the filter, at most `limit`, from the one after `filter.after` on. A record named there that
/// the filter no longer lists gives no row.
pub async fn registry_rows(conn: &mut PgConnection, filter: &RegistryFilter, limit: i64) -> Result<Vec<RegistryRow>> {
    let rows = sqlx::query!(
        r#"WITH moved AS MATERIALIZED (
               SELECT cp.provision_id, max(c.detected_at) AS changed_at
               FROM change_provision cp
               JOIN change c ON c.id = cp.change_id AND c.kind <> 'technical_upgrade'
               JOIN publication pub ON pub.change_id = c.id
               GROUP BY cp.provision_id
           ), listed AS MATERIALIZED (
               SELECT f.id AS finding_id, pr.id AS provision_id, pr.public_id, p.slug AS platform_slug,
                   p.name AS platform_name, p.category, p.is_sample, d.slug AS document_slug,
                   d.title AS document_title, d.plan, pr.provision_type, t.title AS type_title, moved.changed_at,
                   (CASE $8
                        WHEN 'severity' THEN array_position(ARRAY['high', 'medium', 'low'], f.severity)::text
                        WHEN 'platform' THEN ''
                        WHEN 'type' THEN lpad(t.position::text, 4, '0')
                        ELSE lpad((99999999999 - coalesce(floor(extract(epoch FROM moved.changed_at))::bigint, 0))::text,
                            11, '0')
                    END || chr(1) || lower(p.name) || chr(1) || p.slug || chr(1) || lpad(t.position::text, 4, '0')
                    || chr(1) || pr.public_id) COLLATE "C" AS place
               FROM standing_version sv
               JOIN finding f ON f.version_id = sv.version_id AND f.position = 0
               JOIN provision pr ON pr.id = f.provision_id
               JOIN provision_type t ON t.slug = pr.provision_type
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
               LEFT JOIN moved ON moved.provision_id = pr.id
               WHERE ($1::text IS NULL OR pr.provision_type = $1)
                 AND f.stance = coalesce($2, f.stance) AND (f.stance <> 'silent' OR $2 = 'silent')
                 AND ($3::text IS NULL OR f.severity = $3)
                 AND ($4::text IS NULL OR p.slug = $4)
                 AND ($5::text IS NULL OR p.category = $5)
                 AND ($6::text[] IS NULL OR pr.provision_type = ANY ($6))
                 AND ($7::text IS NULL
                      OR (p.search || d.search || t.search || f.search) @@ websearch_to_tsquery('english', $7))
           ), page AS (
               SELECT listed.*, (SELECT count(*) FROM listed) AS total
               FROM listed
               WHERE $9::text IS NULL OR place > (SELECT place FROM listed WHERE public_id = $9)
               ORDER BY place LIMIT $10
           )
           SELECT page.public_id, page.platform_slug, page.platform_name, page.category, page.is_sample,
               page.document_slug, page.document_title, page.plan, page.provision_type, page.type_title,
               page.changed_at AS "changed_at?", page.total AS "total!", f.stance, f.severity, f.confidence, f.scope,
               f.excerpt, v.number, v.captured_at,
               (SELECT min(fv.captured_at) FROM finding ff JOIN version fv ON fv.id = ff.version_id
                WHERE ff.provision_id = page.provision_id) AS "since!"
           FROM page
           JOIN finding f ON f.id = page.finding_id
           JOIN version v ON v.id = f.version_id
           ORDER BY page.place"#,
        filter.provision_type.as_deref(),
        filter.stance.map(Stance::as_str),
        filter.severity.map(Severity::as_str),
        filter.platform.as_deref(),
        filter.category.as_deref(),
        filter.regulated.as_deref(),
        filter.words.as_deref(),
        filter.order.as_str(),
        filter.after.as_deref(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RegistryRow {
                public_id: row.public_id,
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                category: row.category,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                plan: row.plan,
                provision_type: row.provision_type,
                type_title: row.type_title,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                confidence: word(&row.confidence)?,
                scope: row.scope,
                excerpt: row.excerpt,
                version: row.number,
                captured_at: row.captured_at,
                since: row.since,
                changed_at: row.changed_at,
                total: row.total,
            })
        })
        .collect()
}

/// One choice of one kind, and how many provisions it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// `type`, `stance`, `severity`, `platform` or `category`; `all` has the single values `provisions`, `silent`,
    /// `documents` and `platforms`, which no filter narrows.
    pub facet: String,
    /// The choice, as it stands in an address.
    pub value: String,
    /// The name of a platform; else the value.
    pub label: String,
    /// Provisions.
    pub provisions: i64,
}

/// Counts for every choice; `filter.after` and `filter.order` play no part.
pub async fn registry_facets(conn: &mut PgConnection, filter: &RegistryFilter) -> Result<Vec<FacetCount>> {
    Ok(sqlx::query_as!(
        FacetCount,
        r#"WITH base AS MATERIALIZED (
               SELECT pr.provision_type, f.stance, f.severity, p.slug AS platform, p.name, p.category, d.id AS document,
                   ($1::text IS NULL OR pr.provision_type = $1) AS of_type,
                   (f.stance = coalesce($2, f.stance) AND (f.stance <> 'silent' OR $2 = 'silent')) AS of_stance,
                   ($3::text IS NULL OR f.severity = $3) AS of_severity,
                   ($4::text IS NULL OR p.slug = $4) AS of_platform,
                   ($5::text IS NULL OR p.category = $5) AS of_category,
                   (($6::text[] IS NULL OR pr.provision_type = ANY ($6))
                    AND ($7::text IS NULL OR (p.search || d.search || t.search || f.search)
                         @@ websearch_to_tsquery('english', $7))) AS of_rest
               FROM standing_version sv
               JOIN finding f ON f.version_id = sv.version_id AND f.position = 0
               JOIN provision pr ON pr.id = f.provision_id
               JOIN provision_type t ON t.slug = pr.provision_type
               JOIN document d ON d.id = sv.document_id AND d.retired_at IS NULL
               JOIN platform p ON p.id = d.platform_id AND p.retired_at IS NULL
           )
           SELECT counted.facet AS "facet!", counted.value AS "value!", counted.label AS "label!",
               counted.provisions AS "provisions!"
           FROM (
               SELECT 'type' AS facet, provision_type AS value, provision_type AS label, count(*) AS provisions FROM base
               WHERE of_stance AND of_severity AND of_platform AND of_category AND of_rest GROUP BY provision_type
               UNION ALL
               SELECT 'stance', stance, stance, count(*) FROM base
               WHERE of_type AND of_severity AND of_platform AND of_category AND of_rest GROUP BY stance
               UNION ALL
               SELECT 'severity', severity, severity, count(*) FROM base
               WHERE of_type AND of_stance AND of_platform AND of_category AND of_rest GROUP BY severity
               UNION ALL
               SELECT 'platform', platform, name, count(*) FROM base
               WHERE of_type AND of_stance AND of_severity AND of_category AND of_rest GROUP BY platform, name
               UNION ALL
               SELECT 'category', category, category, count(*) FROM base
               WHERE of_type AND of_stance AND of_severity AND of_platform AND of_rest GROUP BY category
               UNION ALL SELECT 'all', 'provisions', '', count(*) FROM base WHERE stance <> 'silent'
               UNION ALL SELECT 'all', 'silent', '', count(*) FROM base WHERE stance = 'silent'
               UNION ALL SELECT 'all', 'documents', '', count(DISTINCT document) FROM base
               UNION ALL SELECT 'all', 'platforms', '', count(DISTINCT platform) FROM base
           ) counted
           ORDER BY counted.facet, lower(counted.label), counted.value"#,
        filter.provision_type.as_deref(),
        filter.stance.map(Stance::as_str),
        filter.severity.map(Severity::as_str),
        filter.platform.as_deref(),
        filter.category.as_deref(),
        filter.regulated.as_deref(),
        filter.words.as_deref(),
    )
    .fetch_all(conn)
    .await?)
}
