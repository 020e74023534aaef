//! Gives a change its place in the public record, and decides whether it is news.
//!
//! Invariant: only an update above cosmetic that happened in our own time is made known to people; the note that it
//! has to be appears in the transaction that publishes. A change that waits for a second capture is not published.

use atlas_db::change::{ChangeHead, change_head};
use atlas_db::confirmation::{WithdrawalReason, changes_withdraw, provisional_state};
use atlas_db::document::document_lock;
use atlas_db::publication::{fanout_insert, publication_insert};
use atlas_db::version::version_current;
use atlas_domain::jobs::{PublishChange, RaiseAlerts};
use atlas_domain::{ChangeId, Materiality, VersionKind};
use atlas_jobs::Outcome;
use sqlx::PgConnection;

use crate::failpoint::failpoint;
use crate::{Enqueuer, Error, Services};

/// Publishes a change.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: PublishChange) -> Result<Outcome, Error> {
    let mut transaction = services.pool.begin().await?;
    let Some(change) = change_head(&mut transaction, job.change_id).await? else {
        return Ok(Outcome::Cancel("the change is gone".to_owned()));
    };
    document_lock(&mut transaction, change.document_id).await?;
    let state = provisional_state(&mut transaction, job.change_id).await?;
    let waits = change.published_at.is_none() && state.provisional && !state.confirmed;
    if waits {
        if !state.withdrawn {
            withdraw_if_overtaken(&mut transaction, services, &change).await?;
        }
    } else {
        publish(&mut transaction, services, queue, job.change_id, job.historical).await?;
    }
    failpoint("publish.before_commit");
    transaction.commit().await?;
    failpoint("publish.committed");
    Ok(Outcome::Done)
}

/// Another text came before anything could confirm this one.
async fn withdraw_if_overtaken(
    connection: &mut PgConnection,
    services: &Services,
    change: &ChangeHead,
) -> Result<(), Error> {
    let Some(current) = version_current(connection, change.document_id).await? else {
        return Ok(());
    };
    if current.id == change.new_version_id {
        return Ok(());
    }
    let reason = overtaken_by(current.kind);
    let document = change.document_id;
    changes_withdraw(
        connection,
        document,
        Some(current.id),
        reason,
        current.captured_at,
        services.now(),
    )
    .await?;
    Ok(())
}

/// Why a change is withdrawn when a version of a kind follows.
pub(crate) const fn overtaken_by(kind: VersionKind) -> WithdrawalReason {
    match kind {
        VersionKind::Reverted => WithdrawalReason::Reverted,
        _ => WithdrawalReason::Superseded,
    }
}

/// Publishes a change in the caller's transaction, as its last statements before commit.
pub(crate) async fn publish(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    change_id: ChangeId,
    historical: bool,
) -> Result<(), Error> {
    let Some(change) = change_head(connection, change_id).await? else {
        return Ok(());
    };
    let historical = historical || change.historical;
    let is_news = change.kind == VersionKind::Update && change.materiality > Materiality::Cosmetic && !historical;
    if is_news {
        // Also when it was published before: an interrupted run is repeated from here.
        fanout_insert(connection, change_id, services.now()).await?;
        queue.push(connection, &RaiseAlerts { change_id }).await?;
    }
    if change.published_at.is_none() {
        let published_at = if historical { change.detected_at } else { services.now() };
        publication_insert(connection, change_id, published_at, historical).await?;
    }
    Ok(())
}
