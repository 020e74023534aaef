//! Extracts the text of a complete capture and records it if no reader has seen it before.
//!
//! Invariant: a version exists only if every page was captured and passed the content gate; a version recorded twice
//! at one instant is one version; what is not accepted changes nothing but the source's health.

use std::sync::Arc;

use atlas_db::capture::snapshot_content_type;
use atlas_db::document::{DocumentContext, document_context, document_lock};
use atlas_db::source::{
    LocationState, Source, SourceHealth, SourceRevision, location_state_upsert, source_by_id, source_health_update,
    source_lock, source_revision_at,
};
use atlas_db::version::{
    NewVersion, VersionHead, unchanged_run_upsert, version_by_words, version_captured_at, version_current,
    version_insert, version_snapshot_insert, version_snapshots,
};
use atlas_domain::jobs::{ReadVersion, RecordVersion};
use atlas_domain::{CaptureOutcome, Sha256, SourceRules, VersionId, VersionKind};
use atlas_jobs::Outcome;
use sqlx::PgConnection;

use crate::extraction::{Extracted, Page, extract};
use crate::failpoint::failpoint;
use crate::refusal::{hold, shrank, write_refusal};
use crate::{Enqueuer, Error, Services, second_look};

/// What became of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// A new version.
    Version {
        /// Its id.
        id: VersionId,
        /// Its place in the history.
        number: i32,
        /// What it is to its history.
        kind: VersionKind,
    },
    /// The words of the current version: counted as a check.
    Unchanged,
    /// It was recorded before; its follow-up was enqueued again.
    Again,
    /// A page is not the document.
    Refused {
        /// What it is instead.
        outcome: CaptureOutcome,
        /// By what it was recognised.
        detail: String,
    },
    /// Much shorter than the current version: waits for a second capture that says the same.
    Held,
    /// Older than the current version: history is written in the order of time.
    TooOld,
    /// The document no longer exists.
    Gone,
}

impl Recorded {
    /// The outcome for the queue. A refusal is a finished piece of work: the source's health tells of it.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Version { .. } | Self::Unchanged | Self::Again => Outcome::Done,
            Self::Refused { outcome, detail } => Outcome::Cancel(format!("{outcome}: {detail}")),
            Self::Held => Outcome::Cancel("shrank: held until a second capture says the same".to_owned()),
            Self::TooOld => Outcome::Cancel("captured before the current version".to_owned()),
            Self::Gone => Outcome::Cancel("the document is gone".to_owned()),
        }
    }
}

/// What is read before the work.
struct Situation {
    document: DocumentContext,
    revision: Option<SourceRevision>,
    pages: Vec<Page>,
    current: Option<VersionHead>,
    /// The pages of the current version, if its rules are not those of this capture.
    current_pages: Vec<Page>,
}

/// Records a capture.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: RecordVersion) -> Result<Recorded, Error> {
    let Some(situation) = read(services, &job).await? else {
        return Ok(Recorded::Gone);
    };
    let rules = situation
        .revision
        .as_ref()
        .map(|revision| Arc::new(revision.rules.clone()));
    let extracted = extract(services, situation.pages.clone(), rules.clone()).await?;
    let upgraded = match &extracted {
        Ok(extracted) => is_technical_upgrade(services, &situation, extracted, rules).await?,
        Err(_) => false,
    };
    failpoint("record.extracted");

    let mut transaction = services.pool.begin().await?;
    if !document_lock(&mut transaction, job.document_id).await? {
        return Ok(Recorded::Gone);
    }
    // Bytes that we fetched ourselves speak for the health of their source.
    let fetched = job.locations.iter().any(|location| location.requested_url.is_some());
    let source = match situation.document.source_id {
        Some(id) if fetched && source_lock(&mut transaction, id).await? => source_by_id(&mut transaction, id).await?,
        _ => None,
    };
    let recorded = match extracted {
        Err(refusal) => {
            write_refusal(&mut transaction, services, source.as_ref(), &refusal).await?;
            let outcome = refusal.outcome;
            second_look::ask_after(&mut transaction, services, queue, source.as_ref(), &job, outcome).await?;
            Recorded::Refused {
                outcome: refusal.outcome,
                detail: refusal.detail,
            }
        }
        Ok(extracted) => {
            let accepted = Accepted {
                job: &job,
                situation: &situation,
                extracted: &extracted,
                upgraded,
            };
            write_text(&mut transaction, services, queue, source.as_ref(), accepted).await?
        }
    };
    failpoint("record.before_commit");
    transaction.commit().await?;
    failpoint("record.committed");
    Ok(recorded)
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
    for location in &job.locations {
        pages.push(
            page(
                &mut connection,
                location.position,
                location.snapshot,
                location.url.clone(),
            )
            .await?,
        );
    }
    let current = version_current(&mut connection, job.document_id).await?;
    let mut current_pages = Vec::new();
    if let Some(current) = &current
        && current.source_revision_id.is_some()
        && current.source_revision_id != revision.as_ref().map(|revision| revision.id)
    {
        for (position, snapshot, url) in version_snapshots(&mut connection, current.id).await? {
            current_pages.push(page(&mut connection, position, snapshot, url).await?);
        }
    }
    Ok(Some(Situation {
        document,
        revision,
        pages,
        current,
        current_pages,
    }))
}

async fn page(connection: &mut PgConnection, position: i32, snapshot: Sha256, url: String) -> Result<Page, Error> {
    let content_type = snapshot_content_type(connection, snapshot).await?;
    Ok(Page {
        position,
        url,
        snapshot,
        content_type,
    })
}

/// Whether the rules alone explain the difference: the old bytes, read with the new rules, give the new words.
async fn is_technical_upgrade(
    services: &Services,
    situation: &Situation,
    extracted: &Extracted,
    rules: Option<Arc<SourceRules>>,
) -> Result<bool, Error> {
    let Some(current) = &situation.current else {
        return Ok(false);
    };
    if situation.current_pages.is_empty() || current.normal_sha256 == extracted.normal_sha256 {
        return Ok(false);
    }
    let again = extract(services, situation.current_pages.clone(), rules).await?;
    Ok(again.is_ok_and(|again| again.normal_sha256 == extracted.normal_sha256))
}

/// A text that passed the gate, on its way into history.
#[derive(Clone, Copy)]
struct Accepted<'a> {
    job: &'a RecordVersion,
    situation: &'a Situation,
    extracted: &'a Extracted,
    upgraded: bool,
}

async fn write_text(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    source: Option<&Source>,
    Accepted {
        job,
        situation,
        extracted,
        upgraded,
    }: Accepted<'_>,
) -> Result<Recorded, Error> {
    if let Some(there) = version_captured_at(connection, job.document_id, job.captured_at).await? {
        queue
            .push(
                connection,
                &ReadVersion {
                    version_id: there.id,
                    historical: there.historical,
                },
            )
            .await?;
        return Ok(Recorded::Again);
    }
    let current = version_current(connection, job.document_id).await?;
    if let Some(current) = &current {
        if current.captured_at > job.captured_at {
            return Ok(Recorded::TooOld);
        }
        if current.normal_sha256 == extracted.normal_sha256 {
            unchanged_run_upsert(connection, current.id, job.captured_at).await?;
            write_success(connection, source, job).await?;
            return Ok(Recorded::Unchanged);
        }
    }
    let equal = version_by_words(connection, job.document_id, extracted.normal_sha256).await?;
    if equal.is_none()
        && let (Some(source), Some(current)) = (source, &current)
        && let Some(detail) = shrank(source, current, extracted)
    {
        hold(connection, services, source, job, &detail).await?;
        second_look::ask(connection, services, queue, source, job).await?;
        return Ok(Recorded::Held);
    }
    let kind = match (&current, &equal) {
        (None, _) => VersionKind::FirstRecord,
        (Some(_), Some(_)) => VersionKind::Reverted,
        (Some(_), None) if upgraded => VersionKind::TechnicalUpgrade,
        (Some(_), None) => VersionKind::Update,
    };
    let id = VersionId::generate();
    let number = current.as_ref().map_or(1, |current| current.number.saturating_add(1));
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
        equals_version_id: equal.filter(|_| kind == VersionKind::Reverted).map(|equal| equal.id),
        historical: job.historical,
        created_at: services.now(),
    };
    version_insert(connection, version).await?;
    for location in &job.locations {
        version_snapshot_insert(connection, id, location.position, location.snapshot, &location.url).await?;
    }
    write_success(connection, source, job).await?;
    queue
        .push(
            connection,
            &ReadVersion {
                version_id: id,
                historical: job.historical,
            },
        )
        .await?;
    Ok(Recorded::Version { id, number, kind })
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
