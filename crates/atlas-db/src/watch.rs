//! Watches as the fan-out reads them.
//!
//! Invariant: an audience is fixed by the instant of publication: who follows later is not alerted.

use atlas_domain::{AccountId, OrganizationId, Plan, PlatformId, WatchId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// A watcher of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// The watch.
    pub watch_id: WatchId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The person.
    pub account_id: AccountId,
    /// IANA name of the person's time zone.
    pub time_zone: String,
    /// Whether this watch is alerted the same day: plan, threshold and age allow it.
    pub alerted: bool,
}

/// Whom a change concerns.
#[derive(Debug, Clone, Copy)]
pub struct Audience<'a> {
    /// The platform.
    pub platform: PlatformId,
    /// When the change became public.
    pub published_at: OffsetDateTime,
    /// The thresholds that the change reaches.
    pub thresholds: &'a [String],
    /// The plans with same-day alerts.
    pub plans: &'a [String],
}

/// The plans that have a feature, as stored words.
pub fn plans_with(feature: atlas_domain::Feature) -> Vec<String> {
    Plan::ALL
        .iter()
        .filter(|plan| plan.has(feature))
        .map(|plan| plan.as_str().to_owned())
        .collect()
}

/// The next watches of a platform after a cursor, by id; those that are not alerted are returned too, so that the
/// cursor can pass them.
pub async fn watches_by_platform(
    connection: &mut PgConnection,
    audience: Audience<'_>,
    after: Option<WatchId>,
    limit: i64,
) -> Result<Vec<Watcher>> {
    let rows = sqlx::query!(
        r#"SELECT w.id, w.org_id, w.account_id, a.time_zone,
                  (w.created_at <= $3 AND w.threshold = ANY($4) AND o.plan = ANY($5)) AS "alerted!"
           FROM watch w JOIN organization o ON o.id = w.org_id JOIN account a ON a.id = w.account_id
           WHERE w.platform_id = $1 AND w.paused_at IS NULL AND w.id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid)
           ORDER BY w.id LIMIT $6"#,
        audience.platform.uuid(),
        after.map(WatchId::uuid),
        audience.published_at,
        audience.thresholds,
        audience.plans,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Watcher {
            watch_id: row.id.into(),
            organization_id: row.org_id.into(),
            account_id: row.account_id.into(),
            time_zone: row.time_zone,
            alerted: row.alerted,
        })
        .collect())
}
