//! Weekly digests.
//!
//! Invariant: the windows `(from_seq, cut_seq]` of one recipient follow each other without gap or overlap, whatever
//! weeks were skipped or zones changed.

use atlas_domain::{AccountId, DeliveryId, DigestId, OrganizationId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;
use crate::change::ChangeNotice;
use crate::error::word;

/// Somebody who may be due a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestCandidate {
    /// The person.
    pub account_id: AccountId,
    /// The tenant in whose name it is sent: the one of the oldest watch.
    pub organization_id: OrganizationId,
    /// IANA name of the person's time zone.
    pub time_zone: String,
    /// When the person's oldest watch was made.
    pub watching_since: OffsetDateTime,
    /// ISO year and week of the last digest.
    pub last_week: Option<(i32, i32)>,
    /// Where the last digest's window ended.
    pub last_cut: Option<i64>,
}

/// Confirmed people with a live watch who want digests, by id after a cursor.
pub async fn digest_candidates(
    connection: &mut PgConnection,
    after: Option<AccountId>,
    only: Option<AccountId>,
    limit: i64,
) -> Result<Vec<DigestCandidate>> {
    let rows = sqlx::query!(
        r#"SELECT a.id, a.time_zone, w.org_id, w.created_at AS watching_since, g.iso_year AS "iso_year?",
                  g.iso_week AS "iso_week?", g.cut_seq AS "cut_seq?"
           FROM account a
           JOIN LATERAL (SELECT org_id, created_at FROM watch WHERE watch.account_id = a.id AND paused_at IS NULL
               ORDER BY created_at, id LIMIT 1) w ON true
           LEFT JOIN LATERAL (SELECT iso_year, iso_week, cut_seq FROM digest WHERE recipient_id = a.id
               ORDER BY cut_seq DESC, iso_year DESC, iso_week DESC LIMIT 1) g ON true
           WHERE a.id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid) AND ($2::uuid IS NULL OR a.id = $2)
             AND a.email_confirmed_at IS NOT NULL AND a.suspended_at IS NULL
             AND NOT EXISTS (SELECT FROM unsubscription u WHERE u.account_id = a.id AND u.list = 'digest')
           ORDER BY a.id LIMIT $3"#,
        after.map(AccountId::uuid),
        only.map(AccountId::uuid),
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DigestCandidate {
            account_id: row.id.into(),
            organization_id: row.org_id.into(),
            time_zone: row.time_zone,
            watching_since: row.watching_since,
            last_week: row.iso_year.zip(row.iso_week),
            last_cut: row.cut_seq,
        })
        .collect())
}

/// A digest to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewDigest {
    /// The digest.
    pub id: DigestId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The person.
    pub recipient_id: AccountId,
    /// ISO year in the person's zone.
    pub iso_year: i32,
    /// ISO week in the person's zone.
    pub iso_week: i32,
    /// The window's start, exclusive.
    pub from_seq: i64,
    /// The window's end, inclusive.
    pub cut_seq: i64,
}

/// Adds a digest; false if the person has one for this week.
pub async fn digest_insert(connection: &mut PgConnection, digest: NewDigest, at: OffsetDateTime) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO digest (id, org_id, recipient_id, iso_year, iso_week, from_seq, cut_seq, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (recipient_id, iso_year, iso_week) DO NOTHING",
        digest.id.uuid(),
        digest.organization_id.uuid(),
        digest.recipient_id.uuid(),
        digest.iso_year,
        digest.iso_week,
        digest.from_seq,
        digest.cut_seq,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds the mail of a digest.
pub async fn digest_delivery_insert(
    connection: &mut PgConnection,
    digest: &NewDigest,
    delivery: DeliveryId,
    message_id: &str,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO delivery (id, org_id, recipient_id, kind, digest_id, message_id, tier, due_at, created_at)
         VALUES ($1, $2, $3, 'digest', $4, $5, 2, $6, $6) ON CONFLICT (digest_id, channel) DO NOTHING",
        delivery.uuid(),
        digest.organization_id.uuid(),
        digest.recipient_id.uuid(),
        digest.id.uuid(),
        message_id,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The digest with an id.
pub async fn digest_by_id(connection: &mut PgConnection, id: DigestId) -> Result<Option<NewDigest>> {
    let row = sqlx::query!(
        "SELECT org_id, recipient_id, iso_year, iso_week, from_seq, cut_seq FROM digest WHERE id = $1",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| NewDigest {
        id,
        organization_id: row.org_id.into(),
        recipient_id: row.recipient_id.into(),
        iso_year: row.iso_year,
        iso_week: row.iso_week,
        from_seq: row.from_seq,
        cut_seq: row.cut_seq,
    }))
}

/// The news of a window for one person: updates above cosmetic on platforms the person followed when they were
/// published, in the order of publication.
pub async fn digest_changes(
    connection: &mut PgConnection,
    recipient: AccountId,
    from_seq: i64,
    cut_seq: i64,
    limit: i64,
) -> Result<Vec<ChangeNotice>> {
    let rows = sqlx::query!(
        "SELECT c.id, c.public_id, p.slug AS platform_slug, p.name, p.is_sample, d.slug, d.title, c.materiality,
             c.direction, c.severity, c.headline, c.detected_at, c.effective_date, b.publish_seq
         FROM publication b JOIN change c ON c.id = b.change_id JOIN document d ON d.id = c.document_id
         JOIN platform p ON p.id = d.platform_id
         WHERE b.publish_seq > $2 AND b.publish_seq <= $3 AND NOT b.historical AND c.kind = 'update'
           AND c.materiality <> 'cosmetic'
           AND EXISTS (SELECT FROM watch w WHERE w.account_id = $1 AND w.platform_id = p.id AND w.paused_at IS NULL
               AND w.created_at <= b.published_at)
         ORDER BY b.publish_seq LIMIT $4",
        recipient.uuid(),
        from_seq,
        cut_seq,
        limit,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ChangeNotice {
                id: row.id.into(),
                public_id: row.public_id,
                platform_slug: row.platform_slug,
                platform_name: row.name,
                is_sample: row.is_sample,
                document_slug: row.slug,
                document_title: row.title,
                materiality: word(&row.materiality)?,
                direction: word(&row.direction)?,
                severity: word(&row.severity)?,
                headline: row.headline,
                detected_at: row.detected_at,
                effective_date: row.effective_date,
                publish_seq: row.publish_seq,
            })
        })
        .collect()
}

/// Platforms that a person follows now.
pub async fn watched_platforms(connection: &mut PgConnection, account: AccountId) -> Result<i64> {
    let row = sqlx::query!(
        r#"SELECT count(DISTINCT platform_id) AS "count!" FROM watch WHERE account_id = $1 AND paused_at IS NULL"#,
        account.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(row.count)
}
