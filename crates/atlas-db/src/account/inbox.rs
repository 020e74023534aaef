//! Changes on the platforms somebody watches, with whether the alert on them was read.

use atlas_domain::{AccountId, AlertId, Direction, Hunk, Materiality, OrganizationId, Severity};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    Result,
    error::{json, word},
};

/// One change as the inbox shows it.
#[derive(Debug, Clone)]
pub struct InboxItem {
    /// The alert that told of it; `None` where the plan has the weekly digest only.
    pub alert_id: Option<AlertId>,
    /// When the alert was read.
    pub read_at: Option<OffsetDateTime>,
    /// Public id of the change.
    pub public_id: String,
    /// The statement in one sentence.
    pub headline: String,
    /// How much is at stake.
    pub severity: Severity,
    /// Whom it favours.
    pub direction: Direction,
    /// How much it matters.
    pub materiality: Materiality,
    /// The passages.
    pub hunks: Vec<Hunk>,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
    /// The platform's slug.
    pub platform_slug: String,
    /// The platform's name.
    pub platform_name: String,
    /// Fictitious.
    pub is_sample: bool,
    /// The document's slug.
    pub document_slug: String,
    /// The document's title.
    pub document_title: String,
}

/// Changes since an instant that were alerted to the account, or that reach the threshold of one of its active
/// watches; latest first, at most `limit`.
pub async fn inbox_of_account(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    since: Option<OffsetDateTime>,
    unread_only: bool,
    limit: i64,
) -> Result<Vec<InboxItem>> {
    let rows = sqlx::query!(
        r#"SELECT alert.id AS "alert_id?", alert.read_at AS "read_at?", change.public_id, change.headline,
                  change.severity, change.direction, change.materiality, change.hunks, change.detected_at,
                  platform.slug AS platform_slug, platform.name AS platform_name, platform.is_sample,
                  document.slug AS document_slug, document.title AS document_title
           FROM publication
           JOIN change ON change.id = publication.change_id
           JOIN document ON document.id = change.document_id
           JOIN platform ON platform.id = document.platform_id
           LEFT JOIN alert ON alert.change_id = change.id AND alert.recipient_id = $2 AND alert.org_id = $1
           WHERE change.kind = 'update' AND change.materiality <> 'cosmetic'
             AND ($3::timestamptz IS NULL OR change.detected_at > $3)
             AND (alert.id IS NOT NULL OR EXISTS (
                 SELECT FROM watch
                 WHERE watch.org_id = $1 AND watch.account_id = $2 AND watch.platform_id = platform.id
                   AND watch.paused_at IS NULL
                   AND array_position(ARRAY['cosmetic', 'editorial', 'minor', 'material', 'critical'],
                                      change.materiality)
                    >= array_position(ARRAY['cosmetic', 'editorial', 'minor', 'material', 'critical'],
                                      watch.threshold)))
             AND (NOT $4::bool OR (alert.id IS NOT NULL AND alert.read_at IS NULL))
           ORDER BY change.detected_at DESC, publication.publish_seq DESC LIMIT $5"#,
        organization.uuid(),
        account.uuid(),
        since,
        unread_only,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(InboxItem {
                alert_id: row.alert_id.map(AlertId),
                read_at: row.read_at,
                public_id: row.public_id,
                headline: row.headline,
                severity: word(&row.severity)?,
                direction: word(&row.direction)?,
                materiality: word(&row.materiality)?,
                hunks: json(row.hunks)?,
                detected_at: row.detected_at,
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
            })
        })
        .collect()
}

/// Alerts of an account that it has not read.
pub async fn inbox_unread_count(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM alert WHERE org_id = $1 AND recipient_id = $2 AND read_at IS NULL"#,
        organization.uuid(),
        account.uuid()
    )
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Notes that an alert was read; `false` if the account has no such alert.
pub async fn alert_mark_read(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    alert: AlertId,
    now: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE alert SET read_at = coalesce(read_at, $4) WHERE org_id = $1 AND recipient_id = $2 AND id = $3",
        organization.uuid(),
        account.uuid(),
        alert.uuid(),
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that every alert of an account was read.
pub async fn alerts_mark_all_read(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE alert SET read_at = $3 WHERE org_id = $1 AND recipient_id = $2 AND read_at IS NULL",
        organization.uuid(),
        account.uuid(),
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
