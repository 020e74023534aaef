//! Enqueues what is due, wakes what was left lying, and clears away what has run out.
//!
//! Invariant: whatever was interrupted between two steps of a document's way is found here by the row it left; a sweep
//! never hurries a job that waits after a failure and never wakes one that was given up.

use atlas_db::account::{email_tokens_forget, sessions_forget, throttle_forget};
use atlas_db::change::changes_unpublished;
use atlas_db::confirmation::provisional_left_lying;
use atlas_db::delivery::{deliveries_reclaim, delivery_is_due};
use atlas_db::draft::drafts_give_up;
use atlas_db::publication::fanouts_open;
use atlas_db::source::sources_claim_due;
use atlas_db::version::versions_unread;
use atlas_domain::jobs::{Deliver, PollSource, PublishChange, RaiseAlerts, ReadVersion, Tick};
use atlas_jobs::{Enqueue, Outcome, enqueue, forget_old_starts, forget_superseded};
use time::Duration;

use crate::jobs::deliver::ambiguity_limits;
use crate::{Error, Services};

/// Sources taken in one transaction.
const POLL_BATCH: i64 = 200;
/// Until when a poll that was taken and lost is due again.
const POLL_LEASE: Duration = Duration::minutes(30);
/// Rows older than this that are not where they should be were left lying.
const LEFT_LYING: Duration = Duration::minutes(1);
/// What lay longer was given up and is looked after by a person.
const LOOKED_BACK: Duration = Duration::days(30);
/// A draft that waits longer than all its attempts take was given up.
const DRAFT_WAITS: Duration = Duration::hours(2);
/// Rows looked at by one sweep.
const SWEEP: i64 = 200;

/// Does one round.
pub(crate) async fn run(services: &Services, _job: Tick) -> Result<Outcome, Error> {
    let now = services.now();
    loop {
        let mut transaction = services.pool.begin().await?;
        let samples_only = !services.settings.poll;
        let due = sources_claim_due(&mut transaction, now, now + POLL_LEASE, POLL_BATCH, samples_only).await?;
        for source_id in &due {
            enqueue(&mut transaction, &PollSource::of(*source_id), Enqueue::default()).await?;
        }
        transaction.commit().await?;
        if i64::try_from(due.len())? < POLL_BATCH {
            break;
        }
    }

    let mut transaction = services.pool.begin().await?;
    let (news, account) = ambiguity_limits(services.settings.relay);
    let reclaimed = deliveries_reclaim(&mut transaction, now, news, account).await?;
    if reclaimed.requeued + reclaimed.parked > 0 {
        tracing::warn!(
            requeued = reclaimed.requeued,
            parked = reclaimed.parked,
            "mails whose sender vanished"
        );
    }
    if delivery_is_due(&mut transaction, now).await? {
        enqueue(&mut transaction, &Deliver {}, Enqueue::default()).await?;
    }
    transaction.commit().await?;

    let (since, before) = (now - LOOKED_BACK, now - LEFT_LYING);
    let mut transaction = services.pool.begin().await?;
    for (version_id, historical) in versions_unread(&mut transaction, since, before, SWEEP).await? {
        enqueue(
            &mut transaction,
            &ReadVersion { version_id, historical },
            Enqueue::if_absent(),
        )
        .await?;
    }
    super::read_again::sweep(services, &mut transaction).await?;
    for (change_id, historical) in changes_unpublished(&mut transaction, since, before, SWEEP).await? {
        enqueue(
            &mut transaction,
            &PublishChange { change_id, historical },
            Enqueue::if_absent(),
        )
        .await?;
    }
    for change_id in provisional_left_lying(&mut transaction, since, before, SWEEP).await? {
        let job = PublishChange {
            change_id,
            historical: false,
        };
        enqueue(&mut transaction, &job, Enqueue::if_absent()).await?;
    }
    for change_id in fanouts_open(&mut transaction, before, SWEEP).await? {
        enqueue(&mut transaction, &RaiseAlerts { change_id }, Enqueue::if_absent()).await?;
    }
    drafts_give_up(&mut transaction, now - DRAFT_WAITS, now).await?;
    throttle_forget(&mut transaction, now).await?;
    email_tokens_forget(&mut transaction, now).await?;
    sessions_forget(&mut transaction, now).await?;
    forget_old_starts(&mut transaction).await?;
    forget_superseded(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Outcome::Done)
}
