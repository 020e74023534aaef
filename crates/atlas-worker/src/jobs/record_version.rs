//! Extracts the text of a complete capture and records it if no reader has seen it before.
//!
//! Invariant: a version exists only if every page was captured and passed the content gate; a version recorded twice
//! at one instant is one version; what is not accepted changes nothing but the source's health.

use std::sync::Arc;

use atlas_db::confirmation::{ConfirmationBasis, changes_withdraw, provisional_open, version_confirmation_insert};
use atlas_db::document::{DocumentContext, document_context, document_lock};
use atlas_db::source::{
    LocationState, Source, SourceHealth, SourceRevision, location_state_upsert, source_by_id, source_health_update,
    source_lock, source_revision_at,
};
use atlas_db::variant::variant_seen;
use atlas_db::version::{
    NewVersion, VersionHead, unchanged_run_upsert, version_believed_before, version_by_words, version_captured_at,
    version_current, version_insert, version_snapshot_insert,
};
use atlas_domain::jobs::{ReadVersion, RecordVersion};
use atlas_domain::{CaptureOutcome, ChangeId, VersionId, VersionKind};
use atlas_text::EXTRACT_VERSION;
use sqlx::PgConnection;
use time::Duration;

use crate::extraction::{Extracted, Page, Refusal, extract};
use crate::failpoint::failpoint;
use crate::jobs::publish_change::{overtaken_by, publish};
use crate::refusal::{hold, is_much_shorter, shrank, write_refusal};
use crate::upgrade::{Upgrade, explain, outdated_pages, page, settle};
use crate::variants::{Came, Place, place};
use crate::{Enqueuer, Error, Recorded, Services, confirmation, second_look};

/// What is read before the work.
struct Situation {
    document: DocumentContext,
    revision: Option<SourceRevision>,
    pages: Vec<Page>,
    current: Option<VersionHead>,
    /// The pages of the current version, if another extractor or other rules made it.
    current_pages: Vec<Page>,
}

/// What is written of a capture, and the change that it confirms.
type Written = (Recorded, Option<ChangeId>);

/// Records a capture.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: RecordVersion) -> Result<Recorded, Error> {
    loop {
        let Some(situation) = read(services, &job).await? else {
            return Ok(Recorded::Gone);
        };
        let rules = situation
            .revision
            .as_ref()
            .map(|revision| Arc::new(revision.rules.clone()));
        let extracted = extract(services, situation.pages.clone(), rules.clone()).await?;
        let (current, old) = (situation.current.as_ref(), situation.current_pages.as_slice());
        let upgrade = match &extracted {
            Ok(extracted) => explain(services, current, old, situation.pages.len(), extracted, rules).await?,
            Err(_) => Upgrade::None,
        };
        failpoint("record.extracted");
        // Somebody else may have written in between: then everything is looked at again.
        if let Some(recorded) = write(services, queue, &job, &situation, extracted, upgrade).await? {
            return Ok(recorded);
        }
    }
}

async fn read(services: &Services, job: &RecordVersion) -> Result<Option<Situation>, Error> {
    let mut connection = services.pool.acquire().await?;
    let Some(document) = document_context(&mut connection, job.document_id).await? else {
        return Ok(None);
    };
    let revision = match document.source_id {
        Some(source) => source_revision_at(&mut connection, source, job.captured_at).await?,
        None => None,
    };
    let mut pages = Vec::with_capacity(job.locations.len());
    for at in &job.locations {
        pages.push(page(&mut connection, at.position, at.snapshot, at.url.clone()).await?);
    }
    let current = version_current(&mut connection, job.document_id).await?;
    let current_pages = outdated_pages(&mut connection, current.as_ref(), revision.as_ref()).await?;
    Ok(Some(Situation {
        document,
        revision,
        pages,
        current,
        current_pages,
    }))
}

/// Writes what became of the capture; `None` if the document got another version since it was read.
async fn write(
    services: &Services,
    queue: &Enqueuer,
    job: &RecordVersion,
    situation: &Situation,
    extracted: Result<Extracted, Refusal>,
    upgrade: Upgrade,
) -> Result<Option<Recorded>, Error> {
    let mut transaction = services.pool.begin().await?;
    if !document_lock(&mut transaction, job.document_id).await? {
        return Ok(Some(Recorded::Gone));
    }
    let current = version_current(&mut transaction, job.document_id).await?;
    if current.as_ref().map(|current| current.id) != situation.current.as_ref().map(|current| current.id) {
        return Ok(None);
    }
    // Bytes that we fetched ourselves speak for the health of their source.
    let source = match situation.document.source_id {
        Some(id) if is_fetched(job) && source_lock(&mut transaction, id).await? => {
            source_by_id(&mut transaction, id).await?
        }
        _ => None,
    };
    let (recorded, confirmed) = match extracted {
        Err(refusal) => {
            write_refusal(&mut transaction, services, source.as_ref(), &refusal).await?;
            let (outcome, detail) = (refusal.outcome, refusal.detail);
            second_look::ask_after(&mut transaction, services, queue, source.as_ref(), job, outcome).await?;
            (Recorded::Refused { outcome, detail }, None)
        }
        Ok(extracted) => {
            let accepted = Accepted {
                job,
                situation,
                source: source.as_ref(),
                extracted: &extracted,
                upgrade: &upgrade,
            };
            write_text(&mut transaction, services, queue, accepted).await?
        }
    };
    if let Some(change) = confirmed {
        publish(&mut transaction, services, queue, change, false).await?;
        failpoint("confirm.recorded");
    }
    failpoint("record.before_commit");
    transaction.commit().await?;
    failpoint("record.committed");
    Ok(Some(recorded))
}

fn is_fetched(job: &RecordVersion) -> bool {
    job.locations.iter().any(|location| location.requested_url.is_some())
}

/// A text that passed the gate, on its way into history.
#[derive(Clone, Copy)]
struct Accepted<'a> {
    job: &'a RecordVersion,
    situation: &'a Situation,
    source: Option<&'a Source>,
    extracted: &'a Extracted,
    upgrade: &'a Upgrade,
}

async fn write_text(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    accepted: Accepted<'_>,
) -> Result<Written, Error> {
    let Accepted { job, situation, .. } = accepted;
    if let Some(there) = version_captured_at(connection, job.document_id, job.captured_at).await? {
        let read = ReadVersion {
            version_id: there.id,
            historical: there.historical,
        };
        queue.push(connection, &read).await?;
        return Ok((Recorded::Again, None));
    }
    let Some(current) = &situation.current else {
        return new_version(
            connection,
            services,
            queue,
            accepted,
            None,
            VersionKind::FirstRecord,
            None,
        )
        .await;
    };
    if current.captured_at > job.captured_at {
        return Ok((Recorded::TooOld, None));
    }
    // The moment before this capture: what we changed comes before what the publisher changed.
    let just_before = job.captured_at - Duration::microseconds(1);
    let rules = situation.revision.as_ref().map(|revision| revision.id);
    let upgraded = if just_before > current.captured_at {
        settle(
            connection,
            services,
            queue,
            current,
            rules,
            accepted.upgrade,
            just_before,
        )
        .await?
    } else {
        None
    };
    let current = upgraded.as_ref().unwrap_or(current);
    write_beside(connection, services, queue, accepted, current).await
}

/// Writes a text that comes after another one.
async fn write_beside(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    accepted: Accepted<'_>,
    current: &VersionHead,
) -> Result<Written, Error> {
    let Accepted { job, extracted, .. } = accepted;
    let words = extracted.normal_sha256;
    let believed = version_believed_before(connection, job.document_id, i32::MAX).await?;
    let is_alone = matches!(accepted.upgrade, Upgrade::Alone);
    // What waits for a second capture is not replaced by a better reading of the same bytes.
    let is_open_still = is_alone
        && provisional_open(connection, job.document_id)
            .await?
            .is_some_and(|open| open.version_id == current.id);
    let is_believed = believed.as_ref().is_some_and(|believed| believed.id == current.id);
    if (words == current.normal_sha256 && is_believed) || is_open_still {
        return check(connection, services, accepted, current).await;
    }
    let known = version_by_words(connection, job.document_id, words).await?;
    if known.is_none()
        && let Some(source) = accepted.source
        && let Some(detail) = shrank(source, current, extracted)
    {
        hold(connection, services, source, job, &detail).await?;
        second_look::ask(connection, services, queue, source, job).await?;
        return Ok((Recorded::Held, None));
    }
    let mut basis = (known.is_none() && is_much_shorter(current, extracted)).then_some(ConfirmationBasis::HeldBefore);
    if known.is_some() {
        let came = Came {
            document: job.document_id,
            words,
            current,
            believed: believed.map_or(current.normal_sha256, |believed| believed.normal_sha256),
            at: job.captured_at,
        };
        match place(connection, services, came).await? {
            Place::Version if words == current.normal_sha256 => {
                return check(connection, services, accepted, current).await;
            }
            Place::Version => {}
            Place::Settled => basis = Some(ConfirmationBasis::HeldBefore),
            // Nothing comes after it that could settle what stands: the last text of a history does.
            Place::Sighting if job.ends_history && words != current.normal_sha256 => {}
            Place::Sighting => {
                write_success(connection, accepted.source, job).await?;
                return Ok((Recorded::Variant, None));
            }
        }
    }
    let equal = known.filter(|known| known.is_believed).map(|known| known.version.id);
    let kind = match equal {
        Some(_) => VersionKind::Reverted,
        None if is_alone => VersionKind::TechnicalUpgrade,
        None => VersionKind::Update,
    };
    let written = new_version(connection, services, queue, accepted, Some(current), kind, equal).await?;
    if let (Recorded::Version { id, .. }, Some(basis)) = (&written.0, basis.filter(|_| is_fetched(job))) {
        version_confirmation_insert(connection, *id, basis, job.captured_at, services.now()).await?;
    }
    Ok(written)
}

/// The words of the current version once more.
async fn check(
    connection: &mut PgConnection,
    services: &Services,
    accepted: Accepted<'_>,
    current: &VersionHead,
) -> Result<Written, Error> {
    let job = accepted.job;
    unchanged_run_upsert(connection, current.id, job.captured_at).await?;
    variant_seen(connection, job.document_id, current.normal_sha256, job.captured_at).await?;
    write_success(connection, accepted.source, job).await?;
    let confirmed = if job.fetched_anew {
        confirmation::agreed(connection, services, job.document_id, current.id, job.captured_at).await?
    } else {
        None
    };
    Ok((Recorded::Unchanged, confirmed))
}

/// Adds a version, and withdraws what waited for a capture that agrees.
async fn new_version(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    accepted: Accepted<'_>,
    current: Option<&VersionHead>,
    kind: VersionKind,
    equals_version_id: Option<VersionId>,
) -> Result<Written, Error> {
    let Accepted {
        job,
        situation,
        extracted,
        ..
    } = accepted;
    let id = VersionId::generate();
    let number = current.map_or(1, |current| current.number.saturating_add(1));
    let now = services.now();
    let version = NewVersion {
        id,
        document_id: job.document_id,
        number,
        kind,
        captured_at: job.captured_at,
        text: &extracted.text,
        text_sha256: extracted.text_sha256,
        normal_sha256: extracted.normal_sha256,
        source_revision_id: situation.revision.as_ref().map(|revision| revision.id),
        equals_version_id,
        historical: job.historical,
        extract_version: EXTRACT_VERSION,
        imported: !is_fetched(job),
        created_at: now,
    };
    version_insert(connection, version).await?;
    for location in &job.locations {
        version_snapshot_insert(connection, id, location.position, location.snapshot, &location.url).await?;
    }
    if current.is_some() {
        let (document, reason) = (job.document_id, overtaken_by(kind));
        changes_withdraw(connection, document, Some(id), reason, job.captured_at, now).await?;
    }
    write_success(connection, accepted.source, job).await?;
    let read = ReadVersion {
        version_id: id,
        historical: job.historical,
    };
    queue.push(connection, &read).await?;
    Ok((Recorded::Version { id, number, kind }, None))
}

/// The health of a source whose text was accepted, and what its locations are asked with next time.
async fn write_success(
    connection: &mut PgConnection,
    source: Option<&Source>,
    job: &RecordVersion,
) -> Result<(), Error> {
    let Some(source) = source else { return Ok(()) };
    for location in &job.locations {
        let Some(url) = location.requested_url.clone() else {
            continue;
        };
        let state = LocationState {
            position: location.position,
            url,
            etag: location.etag.clone(),
            last_modified: location.last_modified.clone(),
            snapshot: location.snapshot,
            final_url: location.url.clone(),
            captured_at: job.captured_at,
        };
        location_state_upsert(connection, source.id, &state).await?;
    }
    let health = SourceHealth {
        checked_at: job.captured_at,
        outcome: CaptureOutcome::Captured,
        detail: second_look::detail(job),
        next_poll_at: None,
    };
    source_health_update(connection, source.id, health).await?;
    second_look::propose(connection, job).await
}
