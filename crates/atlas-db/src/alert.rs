//! Alerts: one change made known to one watcher.
//!
//! Invariant: at most one for each (change, recipient) and one delivery for each (alert, channel), by unique keys; an
//! alert and its delivery appear in the same transaction.

use atlas_domain::{AccountId, AlertId, ChangeId, DeliveryId, OrganizationId, WatchId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Result;

/// An alert to be, with its mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    /// The alert.
    pub id: AlertId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Who is told.
    pub recipient_id: AccountId,
    /// Why: the watch.
    pub watch_id: WatchId,
    /// When the mail has to be accepted by the relay.
    pub send_by: OffsetDateTime,
    /// The mail.
    pub delivery_id: DeliveryId,
    /// The mail's Message-ID.
    pub message_id: String,
}

/// Adds alerts and their mails; who was told of the change already is left out. Returns how many are new.
pub async fn alerts_insert(
    connection: &mut PgConnection,
    change: ChangeId,
    alerts: &[NewAlert],
    at: OffsetDateTime,
) -> Result<u64> {
    let ids: Vec<Uuid> = alerts.iter().map(|alert| alert.id.uuid()).collect();
    let organizations: Vec<Uuid> = alerts.iter().map(|alert| alert.organization_id.uuid()).collect();
    let recipients: Vec<Uuid> = alerts.iter().map(|alert| alert.recipient_id.uuid()).collect();
    let watches: Vec<Uuid> = alerts.iter().map(|alert| alert.watch_id.uuid()).collect();
    let send_by: Vec<OffsetDateTime> = alerts.iter().map(|alert| alert.send_by).collect();
    let deliveries: Vec<Uuid> = alerts.iter().map(|alert| alert.delivery_id.uuid()).collect();
    let message_ids: Vec<String> = alerts.iter().map(|alert| alert.message_id.clone()).collect();
    let done = sqlx::query!(
        "INSERT INTO alert (id, org_id, change_id, recipient_id, watch_id, created_at, send_by)
         SELECT u.id, u.org_id, $1, u.recipient_id, u.watch_id, $2, u.send_by
         FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[])
             AS u (id, org_id, recipient_id, watch_id, send_by)
         ON CONFLICT (change_id, recipient_id) DO NOTHING",
        change.uuid(),
        at,
        &ids,
        &organizations,
        &recipients,
        &watches,
        &send_by,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "INSERT INTO delivery (id, org_id, recipient_id, kind, alert_id, message_id, tier, due_at, send_by, created_at)
         SELECT u.id, a.org_id, a.recipient_id, 'alert', a.id, u.message_id, 1, $1, a.send_by, $1
         FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS u (alert_id, id, message_id)
         JOIN alert a ON a.id = u.alert_id
         ON CONFLICT (alert_id, channel) DO NOTHING",
        at,
        &ids,
        &deliveries,
        &message_ids,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The change that an alert makes known.
pub async fn alert_change(connection: &mut PgConnection, alert: AlertId) -> Result<Option<ChangeId>> {
    let row = sqlx::query!("SELECT change_id FROM alert WHERE id = $1", alert.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.change_id.into()))
}
