//! Two captures have to agree before a change of high severity is made known.
//!
//! Invariant: what waits is decided in the transaction that writes the change, and what ends the wait in one that holds
//! the document's row, so a change becomes public once or not at all, and its alert is due from that moment.

use atlas_db::change::Change;
use atlas_db::confirmation::{
    ConfirmationBasis, change_provisional_insert, provisional_open, version_confirmation_exists,
    version_confirmation_insert,
};
use atlas_db::document::DocumentContext;
use atlas_db::source::source_next_poll_no_later;
use atlas_db::version::VersionHead;
use atlas_domain::jobs::PollSource;
use atlas_domain::{ChangeId, DocumentId, Materiality, Severity, VersionId, VersionKind};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::services::span;
use crate::{Enqueuer, Error, Services, Settings};

/// Texts that came one after the other, each seen once, while the earlier one stayed away: with so many the document
/// has certainly changed, although no two captures agree.
const PERSISTED_AFTER: i32 = 3;

/// How long a change has to wait for a second capture; `None` if it need not.
fn wait(settings: &Settings, document: &DocumentContext, version: &VersionHead, change: &Change) -> Option<Duration> {
    let weighs = change.severity == Severity::High || change.materiality == Materiality::Critical;
    let is_live = !version.historical && !version.imported;
    if change.kind != VersionKind::Update || !weighs || !is_live || settings.confirm_after.is_zero() {
        return None;
    }
    Some(span(if document.is_sample {
        settings.confirm_samples_after
    } else {
        settings.confirm_after
    }))
}

/// Lets a change that was just written wait, if it has to, and sees to it that its source is asked again. `before` is
/// the number of the version it was judged against.
pub(crate) async fn hold_back(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    document: &DocumentContext,
    version: &VersionHead,
    change: &Change,
    before: i32,
) -> Result<bool, Error> {
    let Some(wait) = wait(&services.settings, document, version, change) else {
        return Ok(false);
    };
    if version_confirmation_exists(connection, version.id).await? {
        return Ok(false);
    }
    let now = services.now();
    if version.number - before >= PERSISTED_AFTER {
        let basis = ConfirmationBasis::Persisted;
        version_confirmation_insert(connection, version.id, basis, version.captured_at, now).await?;
        return Ok(false);
    }
    let confirm_at = version.captured_at + wait;
    change_provisional_insert(connection, change.id, now.min(confirm_at), confirm_at).await?;
    if let Some(source_id) = document.source_id
        && (services.settings.poll || document.is_sample)
    {
        source_next_poll_no_later(connection, source_id, confirm_at).await?;
        queue
            .push_at(connection, &PollSource::of(source_id), confirm_at, now)
            .await?;
    }
    Ok(true)
}

/// A capture fetched anew shows the words of a version again: the change that waits for that, if it may be confirmed by
/// now. The caller holds the document's row and publishes the change as its last statement.
pub(crate) async fn agreed(
    connection: &mut PgConnection,
    services: &Services,
    document: DocumentId,
    version: VersionId,
    captured_at: OffsetDateTime,
) -> Result<Option<ChangeId>, Error> {
    let Some(open) = provisional_open(connection, document).await? else {
        return Ok(None);
    };
    if open.version_id != version || captured_at < open.confirm_at {
        return Ok(None);
    }
    let basis = ConfirmationBasis::SecondCapture;
    version_confirmation_insert(connection, version, basis, captured_at, services.now()).await?;
    Ok(Some(open.change_id))
}
