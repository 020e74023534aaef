//! Rows of `watch` as their owner sees and changes them.
//!
//! Invariant: [`watch_add`] counts and inserts under the lock on the organization's row, so the plan's limit holds
//! however many requests come at once.

use atlas_domain::{AccountId, OrganizationId, Plan, PlatformId, WatchId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::organization_lock;
use crate::Result;

/// A platform that somebody wants to watch.
#[derive(Debug, Clone)]
pub struct PlatformForWatch {
    /// The id.
    pub id: PlatformId,
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
}

/// A platform to choose from.
#[derive(Debug, Clone)]
pub struct PlatformChoice {
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
    /// Fictitious.
    pub is_sample: bool,
    /// Documents followed.
    pub documents: i64,
    /// `true` watched, `false` paused; `None` neither.
    pub watching: Option<bool>,
}

/// A watch with what its owner wants to know of the platform.
#[derive(Debug, Clone)]
pub struct WatchRow {
    /// The watch.
    pub id: WatchId,
    /// The platform's slug.
    pub slug: String,
    /// The platform's name.
    pub name: String,
    /// Fictitious.
    pub is_sample: bool,
    /// When it fell silent because of the plan.
    pub paused_at: Option<OffsetDateTime>,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// Sources of the platform's documents.
    pub sources: i64,
    /// Sources whose last attempt failed.
    pub failing: i64,
    /// Last attempt at any of them.
    pub last_checked_at: Option<OffsetDateTime>,
    /// Latest change that is news.
    pub last_change_at: Option<OffsetDateTime>,
}

/// What came of an attempt to watch a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchAdded {
    /// It is watched now.
    Added,
    /// It was paused and speaks again.
    Woken,
    /// It was watched already.
    Already,
    /// The plan is full.
    LimitReached(Plan),
}

/// The platform with a slug that can be watched.
pub async fn platform_for_watch(connection: &mut PgConnection, slug: &str) -> Result<Option<PlatformForWatch>> {
    let platform = sqlx::query_as!(
        PlatformForWatch,
        "SELECT id, slug, name FROM platform WHERE slug = $1 AND retired_at IS NULL",
        slug
    )
    .fetch_optional(connection)
    .await?;
    Ok(platform)
}

/// Platforms whose name or operator holds the words, by name; all of them for no words. At most `limit`.
pub async fn platforms_to_watch(
    connection: &mut PgConnection,
    account: AccountId,
    words: &str,
    limit: i64,
) -> Result<Vec<PlatformChoice>> {
    let pattern = format!(
        "%{}%",
        words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
    );
    let platforms = sqlx::query_as!(
        PlatformChoice,
        r#"SELECT platform.slug, platform.name, platform.is_sample,
                  (SELECT count(*) FROM document WHERE document.platform_id = platform.id
                   AND document.retired_at IS NULL) AS "documents!",
                  (SELECT watch.paused_at IS NULL FROM watch WHERE watch.platform_id = platform.id
                   AND watch.account_id = $1) AS watching
           FROM platform
           WHERE platform.retired_at IS NULL AND (platform.name ILIKE $2 OR platform.operator ILIKE $2)
           ORDER BY lower(platform.name), platform.slug LIMIT $3"#,
        account.uuid(),
        pattern,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(platforms)
}

/// Watches a platform, if the plan has room. The caller's transaction must be the tenant's.
pub async fn watch_add(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    platform: PlatformId,
    now: OffsetDateTime,
) -> Result<WatchAdded> {
    let Some(plan) = organization_lock(connection, organization).await? else {
        return Ok(WatchAdded::LimitReached(Plan::Free));
    };
    let held = sqlx::query!(
        r#"SELECT (SELECT count(DISTINCT platform_id) FROM watch WHERE org_id = $1 AND paused_at IS NULL) AS "active!",
                  EXISTS (SELECT FROM watch WHERE org_id = $1 AND platform_id = $3 AND paused_at IS NULL)
                      AS "counted!",
                  (SELECT paused_at IS NULL FROM watch WHERE org_id = $1 AND account_id = $2 AND platform_id = $3)
                      AS own"#,
        organization.uuid(),
        account.uuid(),
        platform.uuid(),
    )
    .fetch_one(&mut *connection)
    .await?;
    if held.own == Some(true) {
        return Ok(WatchAdded::Already);
    }
    // A platform that a colleague watches is counted already.
    if !held.counted && held.active >= i64::from(plan.limits().platforms) {
        return Ok(WatchAdded::LimitReached(plan));
    }
    sqlx::query!(
        "INSERT INTO watch (id, org_id, account_id, platform_id, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (org_id, account_id, platform_id) DO UPDATE SET paused_at = NULL",
        WatchId::generate().uuid(),
        organization.uuid(),
        account.uuid(),
        platform.uuid(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(if held.own.is_some() {
        WatchAdded::Woken
    } else {
        WatchAdded::Added
    })
}

/// Stops watching a platform; `false` if it was not watched. Its alerts stay.
pub async fn watch_delete(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    platform: PlatformId,
) -> Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM watch WHERE org_id = $1 AND account_id = $2 AND platform_id = $3",
        organization.uuid(),
        account.uuid(),
        platform.uuid()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether somebody watches a platform: `Some(true)` watched, `Some(false)` paused.
pub async fn watch_of_platform(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    platform: PlatformId,
) -> Result<Option<bool>> {
    let active = sqlx::query_scalar!(
        r#"SELECT paused_at IS NULL AS "active!" FROM watch
           WHERE org_id = $1 AND account_id = $2 AND platform_id = $3"#,
        organization.uuid(),
        account.uuid(),
        platform.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(active)
}

/// Platforms that count against the organization's limit.
pub async fn watch_count_active(connection: &mut PgConnection, organization: OrganizationId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(DISTINCT platform_id) AS "count!" FROM watch WHERE org_id = $1 AND paused_at IS NULL"#,
        organization.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Somebody's watches: the active ones first, then oldest first.
pub async fn watches_of_account(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Vec<WatchRow>> {
    let rows = sqlx::query_as!(
        WatchRow,
        r#"SELECT watch.id, platform.slug, platform.name, platform.is_sample, watch.paused_at, watch.created_at,
                  coalesce(health.sources, 0) AS "sources!", coalesce(health.failing, 0) AS "failing!",
                  health.last_checked_at,
                  (SELECT max(change.detected_at) FROM change JOIN document ON document.id = change.document_id
                   JOIN publication ON publication.change_id = change.id
                   WHERE document.platform_id = platform.id AND change.kind = 'update'
                     AND change.materiality <> 'cosmetic') AS last_change_at
           FROM watch JOIN platform ON platform.id = watch.platform_id
           LEFT JOIN LATERAL (
               SELECT count(*) AS sources,
                      count(*) FILTER (WHERE source.last_outcome NOT IN ('captured', 'not_modified')) AS failing,
                      max(source.last_checked_at) AS last_checked_at
               FROM document JOIN source ON source.document_id = document.id
               WHERE document.platform_id = platform.id AND document.retired_at IS NULL
           ) AS health ON true
           WHERE watch.org_id = $1 AND watch.account_id = $2
           ORDER BY watch.paused_at IS NOT NULL, watch.created_at, watch.id"#,
        organization.uuid(),
        account.uuid()
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
