//! Moving an organization to another plan.
//!
//! Invariant: nothing is deleted. The platforms followed first stay watched up to the new limit, the others pause;
//! an upgrade wakes them in the same order. Doing it twice changes nothing the second time.

use atlas_domain::{OrganizationId, Plan};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::organization_lock;
use crate::Result;

/// What a move to another plan did to the watches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanChange {
    /// Watches that fell silent.
    pub paused: u64,
    /// Watches that speak again.
    pub woken: u64,
}

/// Puts an organization on a plan; `None` if there is no such organization. Needs the right to update the plan, which
/// the web's role does not have: called by the owner or the worker.
pub async fn organization_set_plan(
    connection: &mut PgConnection,
    organization: OrganizationId,
    plan: Plan,
    now: OffsetDateTime,
) -> Result<Option<PlanChange>> {
    if organization_lock(connection, organization).await?.is_none() {
        return Ok(None);
    }
    sqlx::query!(
        "UPDATE organization SET plan = $2 WHERE id = $1",
        organization.uuid(),
        plan.as_str()
    )
    .execute(&mut *connection)
    .await?;
    // Two people of one organization who follow the same platform follow one platform.
    let changed = sqlx::query!(
        r#"WITH ranked AS (
               SELECT platform_id, row_number() OVER (ORDER BY min(created_at), platform_id) AS place
               FROM watch WHERE org_id = $1 GROUP BY platform_id
           ), changed AS (
               UPDATE watch SET paused_at = CASE WHEN ranked.place <= $2 THEN NULL ELSE $3::timestamptz END
               FROM ranked
               WHERE watch.org_id = $1 AND watch.platform_id = ranked.platform_id
                 AND (ranked.place <= $2) = (watch.paused_at IS NOT NULL)
               RETURNING watch.paused_at
           )
           SELECT count(*) FILTER (WHERE paused_at IS NOT NULL) AS "paused!",
                  count(*) FILTER (WHERE paused_at IS NULL) AS "woken!"
           FROM changed"#,
        organization.uuid(),
        i64::from(plan.limits().platforms),
        now,
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(PlanChange {
        paused: u64::try_from(changed.paused)?,
        woken: u64::try_from(changed.woken)?,
    }))
}
