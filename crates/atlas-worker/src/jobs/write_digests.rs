//! Writes the weekly digests whose Monday morning has come.
//!
//! Invariant: one digest for each person and ISO week; its window begins where the last one ended, so a skipped, late or
//! zone-shifted week neither loses nor repeats a change. A digest that has nothing to say is written and not mailed.

use atlas_db::digest::{
    DigestCandidate, NewDigest, digest_candidates, digest_changes, digest_delivery_insert, digest_insert,
};
use atlas_db::publication::{publication_last, publication_last_before};
use atlas_domain::jobs::{Deliver, WriteDigests};
use atlas_domain::{AccountId, DeliveryId, DigestId};
use atlas_jobs::{Enqueue, Outcome, enqueue};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::week::{Week, week_of};
use crate::{Error, Services, message_id};

/// People looked at in one go.
const BATCH: i64 = 500;

/// What was done for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestWritten {
    /// Written, and a mail is on its way.
    Mailed,
    /// Written; there was nothing to say.
    Empty,
    /// There was one for this week.
    Already,
    /// The person gets none: unconfirmed, unsubscribed, suspended, or following nothing.
    NotEntitled,
}

/// Writes every digest that is due.
pub(crate) async fn run(services: &Services, _job: WriteDigests) -> Result<Outcome, Error> {
    let now = services.now();
    let mut after = None;
    loop {
        let candidates = {
            let mut connection = services.pool.acquire().await?;
            digest_candidates(&mut connection, after, None, BATCH).await?
        };
        for candidate in &candidates {
            let Some(week) = week_of(candidate.account_id, &candidate.time_zone, now) else {
                continue;
            };
            if is_due(candidate, week, now) {
                write(services, candidate, week, now).await?;
            }
        }
        after = candidates.last().map(|candidate| candidate.account_id);
        if i64::try_from(candidates.len())? < BATCH {
            return Ok(Outcome::Done);
        }
    }
}

/// Writes one person's digest now, whatever the day; the next regular one continues from it.
///
/// # Errors
/// [`Error::Db`] or [`Error::Database`] if the database refuses.
pub async fn write_digest_now(services: &Services, account: AccountId) -> Result<DigestWritten, Error> {
    let now = services.now();
    let candidate = {
        let mut connection = services.pool.acquire().await?;
        digest_candidates(&mut connection, None, Some(account), 1).await?.pop()
    };
    let Some(candidate) = candidate else {
        return Ok(DigestWritten::NotEntitled);
    };
    let Some(week) = week_of(account, &candidate.time_zone, now) else {
        return Ok(DigestWritten::NotEntitled);
    };
    write(services, &candidate, week, now).await
}

/// Due, not written, and followed since before it was due: who starts on a Tuesday waits for Monday.
fn is_due(candidate: &DigestCandidate, week: Week, now: OffsetDateTime) -> bool {
    now >= week.due_at
        && candidate.watching_since <= week.due_at
        && candidate.last_week < Some((week.year, week.number))
}

async fn write(
    services: &Services,
    candidate: &DigestCandidate,
    week: Week,
    now: OffsetDateTime,
) -> Result<DigestWritten, Error> {
    let mut transaction = services.pool.begin().await?;
    let digest = NewDigest {
        id: DigestId::generate(),
        organization_id: candidate.organization_id,
        recipient_id: candidate.account_id,
        iso_year: week.year,
        iso_week: week.number,
        from_seq: window_start(&mut transaction, candidate).await?,
        cut_seq: publication_last(&mut transaction).await?,
    };
    let digest = NewDigest {
        cut_seq: digest.cut_seq.max(digest.from_seq),
        ..digest
    };
    if !digest_insert(&mut transaction, digest, now).await? {
        return Ok(DigestWritten::Already);
    }
    let news = digest_changes(
        &mut transaction,
        digest.recipient_id,
        digest.from_seq,
        digest.cut_seq,
        1,
    )
    .await?;
    if news.is_empty() {
        transaction.commit().await?;
        return Ok(DigestWritten::Empty);
    }
    let delivery = DeliveryId::generate();
    let message_id = message_id(delivery, &services.settings.mail_domain);
    digest_delivery_insert(&mut transaction, &digest, delivery, &message_id, now).await?;
    enqueue(&mut transaction, &Deliver {}, Enqueue::default()).await?;
    transaction.commit().await?;
    Ok(DigestWritten::Mailed)
}

/// Where the last window ended; for a first digest, what was public before the person followed anything.
async fn window_start(connection: &mut PgConnection, candidate: &DigestCandidate) -> Result<i64, Error> {
    match candidate.last_cut {
        Some(cut) => Ok(cut),
        None => Ok(publication_last_before(connection, candidate.watching_since).await?),
    }
}
