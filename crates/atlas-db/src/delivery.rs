//! Deliveries: one mail on its way, with its state, lease and fence.
//!
//! Invariant: what happens to a delivery that is being sent is written only by whoever holds its present lease: every
//! such write names `lease_seq` and finds the state `sending`, or changes nothing.

use std::fmt;

use atlas_domain::{AccountId, AlertId, DeliveryId, DigestId, OrganizationId, Plan, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;
use crate::error::word;

/// What is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryKind {
    /// One change, the same day.
    Alert(AlertId),
    /// The weekly summary.
    Digest(DigestId),
    /// Confirm this address.
    ConfirmEmail,
    /// Choose a new password.
    ResetPassword,
    /// Somebody tried to sign up with an address that has an account.
    AlreadyRegistered,
    /// The password of the account is another one now.
    PasswordChanged,
}

/// A delivery that the caller is to send now.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// The fence: named by every later write.
    pub lease_seq: i64,
    /// What is delivered.
    pub kind: DeliveryKind,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The tenant's plan.
    pub plan: Plan,
    /// The person.
    pub recipient_id: AccountId,
    /// The person's address.
    pub email: String,
    /// The person's name; may be empty.
    pub display_name: String,
    /// IANA name of the person's time zone.
    pub time_zone: String,
    /// The mail's Message-ID.
    pub message_id: String,
    /// Attempts, this one included.
    pub attempt: i32,
    /// When the delivery was made: the mail's Date.
    pub created_at: OffsetDateTime,
}

impl fmt::Debug for ClaimedDelivery {
    /// Leaves out the address and the name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimedDelivery")
            .field("id", &self.id)
            .field("lease_seq", &self.lease_seq)
            .field("kind", &self.kind)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Deliveries to send now.
    pub sending: Vec<ClaimedDelivery>,
    /// Deliveries that were due and must not be sent any more: they are finished.
    pub refused: usize,
}

/// Takes up to `limit` due deliveries, account mail first. In the same statement each is judged: suspended or
/// suppressed address, unconfirmed address, unsubscribed list, plan without alerts, watch gone or paused: such a
/// delivery ends here as `cancelled` (or `suppressed`) with the reason; the rest are `sending` until `lease_until`.
pub async fn deliveries_claim(
    connection: &mut PgConnection,
    now: OffsetDateTime,
    lease_until: OffsetDateTime,
    limit: i64,
    alert_plans: &[String],
) -> Result<Claim> {
    let rows = sqlx::query!(
        r#"WITH due AS MATERIALIZED (
               SELECT id FROM delivery WHERE state = 'queued' AND due_at <= $1
               ORDER BY tier, due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
           ), judged AS (
               SELECT d.id, a.email, a.display_name, a.time_zone, o.plan, CASE
                   WHEN a.suspended_at IS NOT NULL THEN 'suspended'
                   WHEN EXISTS (SELECT FROM suppression s
                       WHERE s.address_sha256 = sha256(convert_to(a.email, 'UTF8'))) THEN 'suppressed'
                   WHEN d.kind = 'confirm_email' AND a.email_confirmed_at IS NOT NULL THEN 'already_confirmed'
                   WHEN d.kind NOT IN ('alert', 'digest') THEN NULL
                   WHEN a.email_confirmed_at IS NULL THEN 'unconfirmed'
                   WHEN EXISTS (SELECT FROM unsubscription u WHERE u.account_id = a.id
                       AND u.list = CASE d.kind WHEN 'alert' THEN 'alerts' ELSE 'digest' END) THEN 'unsubscribed'
                   WHEN NOT EXISTS (SELECT FROM membership m
                       WHERE m.org_id = d.org_id AND m.account_id = a.id) THEN 'not_a_member'
                   WHEN d.kind = 'digest' THEN NULL
                   WHEN NOT o.plan = ANY($4) THEN 'plan'
                   WHEN w.id IS NULL THEN 'watch_removed'
                   WHEN w.paused_at IS NOT NULL THEN 'watch_paused'
               END AS refusal
               FROM due JOIN delivery d ON d.id = due.id JOIN account a ON a.id = d.recipient_id
               JOIN organization o ON o.id = d.org_id LEFT JOIN alert l ON l.id = d.alert_id
               LEFT JOIN watch w ON w.id = l.watch_id
           )
           UPDATE delivery d SET
               state = CASE WHEN j.refusal IS NULL THEN 'sending' WHEN j.refusal = 'suppressed' THEN 'suppressed'
                   ELSE 'cancelled' END,
               lease_until = CASE WHEN j.refusal IS NULL THEN $2::timestamptz END,
               lease_seq = d.lease_seq + 1,
               attempt = d.attempt + CASE WHEN j.refusal IS NULL THEN 1 ELSE 0 END,
               finished_reason = j.refusal
           FROM judged j WHERE d.id = j.id
           RETURNING d.id, d.lease_seq, d.kind, d.org_id, d.recipient_id, d.alert_id, d.digest_id, d.message_id,
               d.attempt, d.created_at, d.tier, j.email, j.display_name, j.time_zone, j.plan, j.refusal"#,
        now,
        lease_until,
        limit,
        alert_plans,
    )
    .fetch_all(connection)
    .await?;
    let mut claim = Claim {
        sending: Vec::new(),
        refused: 0,
    };
    let mut ordered = Vec::new();
    for row in rows {
        if row.refusal.is_some() {
            claim.refused += 1;
            continue;
        }
        let kind = match (row.kind.as_str(), row.alert_id, row.digest_id) {
            ("alert", Some(alert), _) => DeliveryKind::Alert(alert.into()),
            ("digest", _, Some(digest)) => DeliveryKind::Digest(digest.into()),
            ("confirm_email", ..) => DeliveryKind::ConfirmEmail,
            ("reset_password", ..) => DeliveryKind::ResetPassword,
            ("password_changed", ..) => DeliveryKind::PasswordChanged,
            _ => DeliveryKind::AlreadyRegistered,
        };
        let delivery = ClaimedDelivery {
            id: row.id.into(),
            lease_seq: row.lease_seq,
            kind,
            organization_id: row.org_id.into(),
            plan: word(&row.plan)?,
            recipient_id: row.recipient_id.into(),
            email: row.email,
            display_name: row.display_name,
            time_zone: row.time_zone,
            message_id: row.message_id,
            attempt: row.attempt,
            created_at: row.created_at,
        };
        ordered.push((row.tier, delivery));
    }
    ordered.sort_by_key(|(tier, delivery)| (*tier, delivery.created_at, delivery.id));
    claim.sending = ordered.into_iter().map(|(_, delivery)| delivery).collect();
    Ok(claim)
}

/// How an attempt to send ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent<'a> {
    /// The relay took it.
    Accepted,
    /// Not now: try again at the instant.
    Deferred {
        /// When.
        due_at: OffsetDateTime,
        /// What the relay said.
        error: &'a str,
    },
    /// Nobody knows whether the relay took it: try once more at the instant.
    Ambiguous {
        /// When.
        due_at: OffsetDateTime,
        /// What happened.
        error: &'a str,
    },
    /// The relay refuses it for good.
    Bounced {
        /// What the relay said.
        error: &'a str,
    },
    /// Given up, for a person to look at.
    Parked {
        /// Why, one word.
        reason: &'a str,
        /// What happened last.
        error: &'a str,
        /// Whether nobody knows if the relay took it.
        ambiguous: bool,
    },
    /// It has become pointless, for example because what it speaks of is gone.
    Cancelled {
        /// Why, one word.
        reason: &'a str,
    },
}

/// Writes how an attempt ended; false if the lease was lost meanwhile, and then nothing is written.
pub async fn delivery_finish(
    connection: &mut PgConnection,
    id: DeliveryId,
    lease_seq: i64,
    sent: Sent<'_>,
    now: OffsetDateTime,
) -> Result<bool> {
    let (state, due_at, reason, error, ambiguous) = match sent {
        Sent::Accepted => ("accepted", None, None, None, false),
        Sent::Deferred { due_at, error } => ("queued", Some(due_at), None, Some(error), false),
        Sent::Ambiguous { due_at, error } => ("queued", Some(due_at), None, Some(error), true),
        Sent::Bounced { error } => ("bounced", None, Some("refused_by_relay"), Some(error), false),
        Sent::Parked {
            reason,
            error,
            ambiguous,
        } => ("parked", None, Some(reason), Some(error), ambiguous),
        Sent::Cancelled { reason } => ("cancelled", None, Some(reason), None, false),
    };
    let done = sqlx::query!(
        "UPDATE delivery SET state = $3, lease_until = NULL, due_at = coalesce($4, due_at),
             accepted_at = CASE WHEN $3 = 'accepted' THEN $8::timestamptz END,
             finished_reason = $5, last_error = coalesce($6, last_error),
             ambiguous_attempts = ambiguous_attempts + CASE WHEN $7 THEN 1 ELSE 0 END
         WHERE id = $1 AND lease_seq = $2 AND state = 'sending'",
        id.uuid(),
        lease_seq,
        state,
        due_at,
        reason,
        error,
        ambiguous,
        now,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Attempts of which nobody knows the end, so far.
pub async fn delivery_ambiguous_attempts(connection: &mut PgConnection, id: DeliveryId) -> Result<i32> {
    let row = sqlx::query!("SELECT ambiguous_attempts FROM delivery WHERE id = $1", id.uuid())
        .fetch_one(connection)
        .await?;
    Ok(row.ambiguous_attempts)
}

/// What became of deliveries whose sender vanished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reclaimed {
    /// To be sent once more.
    pub requeued: u64,
    /// Given up, for a person to look at.
    pub parked: u64,
}

/// Takes deliveries out of the hands of senders whose lease ended before `now`. Each counts one ambiguous attempt; who
/// has had `limit_news` of them (alerts, digests) or `limit_account` (account mail) is parked, the rest wait again.
pub async fn deliveries_reclaim(
    connection: &mut PgConnection,
    now: OffsetDateTime,
    limit_news: i32,
    limit_account: i32,
) -> Result<Reclaimed> {
    let rows = sqlx::query!(
        "WITH lost AS MATERIALIZED (
             SELECT id, ambiguous_attempts >= CASE WHEN tier = 0 THEN $3::int ELSE $2::int END AS spent
             FROM delivery WHERE state = 'sending' AND lease_until < $1
             ORDER BY lease_until LIMIT 1000 FOR UPDATE SKIP LOCKED)
         UPDATE delivery d SET state = CASE WHEN lost.spent THEN 'parked' ELSE 'queued' END, lease_until = NULL,
             due_at = $1, ambiguous_attempts = d.ambiguous_attempts + 1,
             finished_reason = CASE WHEN lost.spent THEN 'ambiguous' END,
             last_error = 'the sender vanished while it was sending'
         FROM lost WHERE d.id = lost.id RETURNING d.state",
        now,
        limit_news,
        limit_account,
    )
    .fetch_all(connection)
    .await?;
    let mut reclaimed = Reclaimed::default();
    for row in rows {
        if row.state == "parked" {
            reclaimed.parked += 1;
        } else {
            reclaimed.requeued += 1;
        }
    }
    Ok(reclaimed)
}

/// Whether a delivery is due at an instant.
pub async fn delivery_is_due(connection: &mut PgConnection, now: OffsetDateTime) -> Result<bool> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM delivery WHERE state = 'queued' AND due_at <= $1) AS "due!""#,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(row.due)
}

/// What an account mail's single-use link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Confirm an address.
    ConfirmEmail,
    /// Choose a new password.
    ResetPassword,
}

/// Makes the single-use link of a mail valid until an instant; a retry of the mail extends it, unless it was used.
pub async fn email_token_upsert(
    connection: &mut PgConnection,
    token_hash: Sha256,
    account: AccountId,
    purpose: TokenPurpose,
    expires_at: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO email_token (token_hash, account_id, purpose, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at
         WHERE email_token.used_at IS NULL",
        token_hash.as_bytes().as_slice(),
        account.uuid(),
        match purpose {
            TokenPurpose::ConfirmEmail => "confirm_email",
            TokenPurpose::ResetPassword => "reset_password",
        },
        expires_at,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Never again writes to the address of an account, because it does not exist.
pub async fn suppression_insert(connection: &mut PgConnection, account: AccountId, at: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "INSERT INTO suppression (address_sha256, reason, created_at)
         SELECT sha256(convert_to(email, 'UTF8')), 'hard_bounce', $2 FROM account WHERE id = $1
         ON CONFLICT (address_sha256) DO NOTHING",
        account.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Renews the leases of deliveries that are being sent; returns how many are still in the caller's hands.
pub async fn deliveries_renew(
    connection: &mut PgConnection,
    held: &[(DeliveryId, i64)],
    lease_until: OffsetDateTime,
) -> Result<u64> {
    let ids: Vec<uuid::Uuid> = held.iter().map(|(id, _)| id.uuid()).collect();
    let fences: Vec<i64> = held.iter().map(|(_, lease_seq)| *lease_seq).collect();
    let done = sqlx::query!(
        "UPDATE delivery d SET lease_until = $3
         FROM unnest($1::uuid[], $2::bigint[]) AS h (id, lease_seq)
         WHERE d.id = h.id AND d.lease_seq = h.lease_seq AND d.state = 'sending'",
        &ids,
        &fences,
        lease_until,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
