//! Sends the mails that are due.
//!
//! Invariant: a mail is sent only by whoever holds its lease, after everything that forbids it was asked in the
//! statement that gave the lease; what happened to it is written under the same fence. The mail itself is composed from
//! rows that never change, so a second copy equals the first.

use atlas_db::delivery::{
    ClaimedDelivery, DeliveryKind, Sent, TokenPurpose, deliveries_claim, deliveries_renew, delivery_ambiguous_attempts,
    delivery_finish, email_token_upsert, suppression_insert,
};
use atlas_db::watch::plans_with;
use atlas_domain::Feature;
use atlas_domain::jobs::Deliver;
use atlas_jobs::Outcome;
use atlas_mail::SendError;
use atlas_mail::links::{single_use_token, token_hash};
use futures::future::join_all;
use time::{Duration, OffsetDateTime};

use crate::failpoint::failpoint;
use crate::mail::{Composed, compose};
use crate::services::span;
use crate::{Error, RelayClass, Services};

/// After this long without acceptance a mail is put aside.
const GIVE_UP_AFTER: Duration = Duration::hours(72);
/// Pauses after temporary refusals; then hourly.
const PAUSES: [Duration; 5] = [
    Duration::minutes(1),
    Duration::minutes(5),
    Duration::minutes(15),
    Duration::minutes(30),
    Duration::HOUR,
];

/// Sends until nothing is due.
pub(crate) async fn run(services: &Services, _job: Deliver) -> Result<Outcome, Error> {
    let plans = plans_with(Feature::SameDayAlerts);
    loop {
        let claimed = claim(services, &plans).await?;
        let Some(claimed) = claimed else {
            return Ok(Outcome::Done);
        };
        let held: Vec<_> = claimed
            .iter()
            .map(|delivery| (delivery.id, delivery.lease_seq))
            .collect();
        let sending = join_all(claimed.into_iter().map(|delivery| deliver_one(services, delivery)));
        let mut renewal = tokio::time::interval(services.settings.send_lease / 3);
        renewal.tick().await;
        tokio::pin!(sending);
        let ended = loop {
            tokio::select! {
                ended = &mut sending => break ended,
                _ = renewal.tick() => {
                    let mut connection = services.pool.acquire().await?;
                    deliveries_renew(&mut connection, &held, services.now() + span(services.settings.send_lease)).await?;
                }
            }
        };
        ended.into_iter().collect::<Result<Vec<()>, Error>>()?;
    }
}

/// Takes the next mails; `None` if nothing was due. The links of account mails begin to work here.
async fn claim(services: &Services, plans: &[String]) -> Result<Option<Vec<ClaimedDelivery>>, Error> {
    let now = services.now();
    let limit = i64::try_from(services.settings.send_concurrency.max(1))?;
    let mut transaction = services.pool.begin().await?;
    let claim = deliveries_claim(
        &mut transaction,
        now,
        now + span(services.settings.send_lease),
        limit,
        plans,
    )
    .await?;
    for delivery in &claim.sending {
        let Some((purpose, works_for)) = link_of(services, delivery.kind) else {
            continue;
        };
        let token = single_use_token(&services.settings.secret, &delivery.id);
        let expires_at = now + works_for;
        email_token_upsert(
            &mut transaction,
            token_hash(&token),
            delivery.recipient_id,
            purpose,
            expires_at,
            now,
        )
        .await?;
    }
    failpoint("deliver.before_claim");
    transaction.commit().await?;
    failpoint("deliver.claimed");
    Ok((!claim.sending.is_empty() || claim.refused > 0).then_some(claim.sending))
}

/// What the link of an account mail is for, and how long it works.
pub(crate) fn link_of(services: &Services, kind: DeliveryKind) -> Option<(TokenPurpose, Duration)> {
    match kind {
        DeliveryKind::ConfirmEmail => Some((TokenPurpose::ConfirmEmail, span(services.settings.confirm_link_for))),
        DeliveryKind::ResetPassword => Some((TokenPurpose::ResetPassword, span(services.settings.reset_link_for))),
        _ => None,
    }
}

/// Composes, sends and books one mail.
async fn deliver_one(services: &Services, delivery: ClaimedDelivery) -> Result<(), Error> {
    let composed = {
        let mut connection = services.pool.acquire().await?;
        compose(&mut connection, services, &delivery).await
    };
    let mail = match composed {
        Ok(Composed::Mail(mail)) => mail,
        Ok(Composed::Pointless { reason }) => return book(services, &delivery, Sent::Cancelled { reason }).await,
        Err(Error::Mail(error)) => {
            let error = error.to_string();
            let parked = Sent::Parked {
                reason: "unwritable",
                error: &error,
                ambiguous: false,
            };
            return book(services, &delivery, parked).await;
        }
        Err(error) => return Err(error),
    };
    failpoint("deliver.before_send");
    let sent = tokio::time::timeout(services.settings.send_timeout, services.transport.send(&mail)).await;
    failpoint("deliver.sent");
    let sent = sent.unwrap_or_else(|_| {
        Err(SendError::Ambiguous {
            detail: "no end within the time allowed".to_owned(),
        })
    });
    let now = services.now();
    match sent {
        Ok(()) => book(services, &delivery, Sent::Accepted).await,
        Err(SendError::Transient { detail }) => {
            let detail = bounded(&detail);
            if now - delivery.created_at >= GIVE_UP_AFTER {
                return book(
                    services,
                    &delivery,
                    Sent::Parked {
                        reason: "expired",
                        error: detail,
                        ambiguous: false,
                    },
                )
                .await;
            }
            let deferred = Sent::Deferred {
                due_at: now + pause(delivery.attempt),
                error: detail,
            };
            book(services, &delivery, deferred).await
        }
        Err(SendError::Permanent { detail }) => {
            book(
                services,
                &delivery,
                Sent::Bounced {
                    error: bounded(&detail),
                },
            )
            .await?;
            if is_hard_bounce(&detail) {
                let mut connection = services.pool.acquire().await?;
                suppression_insert(&mut connection, delivery.recipient_id, now).await?;
            }
            Ok(())
        }
        Err(SendError::Ambiguous { detail }) => ambiguous(services, &delivery, bounded(&detail), now).await,
    }
}

/// Nobody knows whether the relay took it: what follows depends on the relay.
async fn ambiguous(
    services: &Services,
    delivery: &ClaimedDelivery,
    detail: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let attempts = {
        let mut connection = services.pool.acquire().await?;
        delivery_ambiguous_attempts(&mut connection, delivery.id).await?
    };
    let (news, account) = ambiguity_limits(services.settings.relay);
    let limit = if matches!(delivery.kind, DeliveryKind::Alert(_) | DeliveryKind::Digest(_)) {
        news
    } else {
        account
    };
    let sent = if attempts >= limit {
        Sent::Parked {
            reason: "ambiguous",
            error: detail,
            ambiguous: true,
        }
    } else {
        Sent::Ambiguous {
            due_at: now + pause(delivery.attempt),
            error: detail,
        }
    };
    book(services, delivery, sent).await
}

/// How often a mail may be sent again although the relay may have it: alerts and digests, account mail.
pub(crate) const fn ambiguity_limits(relay: RelayClass) -> (i32, i32) {
    match relay {
        RelayClass::Blind => (1, 3),
        RelayClass::Idempotent => (20, 20),
    }
}

/// Writes what happened, unless the lease was lost meanwhile.
async fn book(services: &Services, delivery: &ClaimedDelivery, sent: Sent<'_>) -> Result<(), Error> {
    let mut connection = services.pool.acquire().await?;
    let booked = delivery_finish(&mut connection, delivery.id, delivery.lease_seq, sent, services.now()).await?;
    failpoint("deliver.finished");
    if booked {
        let outcome = match sent {
            Sent::Accepted => "accepted",
            Sent::Deferred { .. } => "deferred",
            Sent::Ambiguous { .. } => "ambiguous",
            Sent::Bounced { .. } => "bounced",
            Sent::Parked { .. } => "parked",
            Sent::Cancelled { .. } => "cancelled",
        };
        tracing::info!(delivery = %delivery.id, attempt = delivery.attempt, outcome, "mail");
    } else {
        tracing::warn!(delivery = %delivery.id, attempt = delivery.attempt, "lease_lost: another sender has this mail");
    }
    Ok(())
}

/// The pause after a temporary refusal.
fn pause(attempt: i32) -> Duration {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or_default();
    PAUSES.get(index).copied().unwrap_or(Duration::HOUR)
}

/// Whether a refusal says that the address does not exist; a refusal by policy (5.7.x) does not.
fn is_hard_bounce(detail: &str) -> bool {
    let says = |code: &str| {
        detail
            .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .any(|word| word == code)
    };
    let enhanced = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]
        .iter()
        .any(|code| says(code));
    let other = detail
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .any(|word| word.starts_with("5.") && word.len() >= 5);
    let bare = detail.contains("RCPT") && !other && ["550", "551", "553"].iter().any(|code| says(code));
    enhanced || bare
}

/// At most 1,000 characters of what a relay said.
fn bounded(detail: &str) -> &str {
    match detail.char_indices().nth(1000) {
        Some((end, _)) => detail.get(..end).unwrap_or_default(),
        None => detail,
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::{is_hard_bounce, pause};

    #[test]
    fn pauses_follow_the_schedule_and_then_stay_at_an_hour() {
        let minutes: Vec<i64> = (1..=7).map(|attempt| pause(attempt).whole_minutes()).collect();
        assert_eq!(minutes, [1, 5, 15, 30, 60, 60, 60]);
        assert_eq!(pause(400), Duration::HOUR);
    }

    #[test]
    fn an_unknown_address_is_a_hard_bounce_and_a_policy_is_not() {
        assert!(is_hard_bounce("RCPT TO: 550 5.1.1 no such user"));
        assert!(is_hard_bounce("RCPT TO: 550 no such user here"));
        assert!(is_hard_bounce("after the final dot: 554 5.2.1 mailbox disabled"));
        assert!(!is_hard_bounce(
            "after the final dot: 550 5.7.1 message refused by policy"
        ));
        assert!(!is_hard_bounce("RCPT TO: 550 5.7.515 access denied"));
        assert!(!is_hard_bounce("MAIL FROM: 550 sender refused"));
        assert!(!is_hard_bounce(
            "the Subject field of the mail holds something that a header can't hold"
        ));
    }
}
