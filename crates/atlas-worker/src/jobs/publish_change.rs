//! Gives a change its place in the public record, and decides whether it is news.
//!
//! Invariant: only an update above cosmetic that happened in our own time is made known to people; the note that it
//! has to be appears in the transaction that publishes.

use atlas_db::change::change_head;
use atlas_db::publication::{fanout_insert, publication_insert};
use atlas_domain::jobs::{PublishChange, RaiseAlerts};
use atlas_domain::{Materiality, VersionKind};
use atlas_jobs::Outcome;

use crate::failpoint::failpoint;
use crate::{Enqueuer, Error, Services};

/// Publishes a change.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: PublishChange) -> Result<Outcome, Error> {
    let mut transaction = services.pool.begin().await?;
    let Some(change) = change_head(&mut transaction, job.change_id).await? else {
        return Ok(Outcome::Cancel("the change is gone".to_owned()));
    };
    let historical = job.historical || change.historical;
    let is_news = change.kind == VersionKind::Update && change.materiality > Materiality::Cosmetic && !historical;
    if is_news {
        // Also when it was published before: an interrupted run is repeated from here.
        fanout_insert(&mut transaction, job.change_id, services.now()).await?;
        queue
            .push(
                &mut transaction,
                &RaiseAlerts {
                    change_id: job.change_id,
                },
            )
            .await?;
    }
    if change.published_at.is_none() {
        let published_at = if historical { change.detected_at } else { services.now() };
        publication_insert(&mut transaction, job.change_id, published_at, historical).await?;
    }
    failpoint("publish.before_commit");
    transaction.commit().await?;
    failpoint("publish.committed");
    Ok(Outcome::Done)
}
