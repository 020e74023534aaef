//! Captures of the past, or made by others, through the same jobs as live ones, at once and in order.
//!
//! Invariant: a replayed capture is stored, chained (marked as imported), recorded, read and published by the code that
//! does it for live ones; repeating a replay adds nothing. Nobody is told of the past unless that is asked for.

use atlas_db::capture::{Capture, snapshot_insert};
use atlas_db::document::document_context;
use atlas_db::source::source_lock;
use atlas_db::variant::variants;
use atlas_db::version::{unchanged_run_last, version_captured_at, version_current, version_standing_at};
use atlas_domain::jobs::{CapturedLocation, RecordVersion};
use atlas_domain::{CaptureId, CaptureOutcome, DocumentId, Sha256, VersionKind};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Enqueuer, Error, Recorded, Services, chain, jobs, micros};

/// One page of a replayed capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayPage {
    /// Position in the source's rules, from 0.
    pub position: i32,
    /// The address it came from.
    pub url: String,
    /// Its content type; `None` lets the bytes tell.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A complete capture of a document at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayCapture {
    /// When it was made.
    pub captured_at: OffsetDateTime,
    /// Its pages, in order.
    pub pages: Vec<ReplayPage>,
}

/// What became of replayed captures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayCounts {
    /// Captures looked at.
    pub captures: usize,
    /// First versions.
    pub first_records: usize,
    /// Versions in which the publisher changed the text.
    pub updates: usize,
    /// Versions that equal an earlier one.
    pub reverted: usize,
    /// Versions that only our rules changed.
    pub technical_upgrades: usize,
    /// Captures with the words of the version before.
    pub unchanged: usize,
    /// Captures that show one of several texts between which a document goes to and fro.
    pub variants: usize,
    /// Captures that were there already.
    pub again: usize,
    /// Captures that are not the document.
    pub refused: usize,
    /// Captures older than what is there.
    pub too_old: usize,
}

impl ReplayCounts {
    /// Versions made.
    pub const fn versions(&self) -> usize {
        self.first_records + self.updates + self.reverted + self.technical_upgrades
    }
    /// Counts one more.
    pub fn add(&mut self, recorded: &Recorded) {
        self.captures += 1;
        let slot = match recorded {
            Recorded::Version { kind, .. } => match kind {
                VersionKind::FirstRecord => &mut self.first_records,
                VersionKind::Update => &mut self.updates,
                VersionKind::Reverted => &mut self.reverted,
                VersionKind::TechnicalUpgrade => &mut self.technical_upgrades,
            },
            Recorded::Unchanged => &mut self.unchanged,
            Recorded::Variant => &mut self.variants,
            Recorded::Again => &mut self.again,
            Recorded::Refused { .. } | Recorded::Held | Recorded::Gone => &mut self.refused,
            Recorded::TooOld => &mut self.too_old,
        };
        *slot += 1;
    }
    /// Adds the counts of another replay.
    pub const fn merge(&mut self, other: &Self) {
        self.captures += other.captures;
        self.first_records += other.first_records;
        self.updates += other.updates;
        self.reverted += other.reverted;
        self.technical_upgrades += other.technical_upgrades;
        self.unchanged += other.unchanged;
        self.variants += other.variants;
        self.again += other.again;
        self.refused += other.refused;
        self.too_old += other.too_old;
    }
}

/// Passes captures of one document through record, read and publish, in the order of time. `historical`: nobody is told;
/// otherwise alerts are raised as for live changes.
///
/// # Errors
/// Any [`Error`] of a step; what was done before stays done, and a repetition continues.
pub async fn replay(
    services: &Services,
    document: DocumentId,
    mut captures: Vec<ReplayCapture>,
    historical: bool,
) -> Result<ReplayCounts, Error> {
    captures.sort_by_key(|capture| capture.captured_at);
    let mut counts = ReplayCounts::default();
    let last = captures.len();
    for (capture, number) in captures.into_iter().zip(1..) {
        let is_last = historical && number == last;
        counts.add(&replay_capture(services, document, capture, historical, is_last).await?);
    }
    Ok(counts)
}

/// Passes one capture through; see [`replay`]. `is_last`: the last of its history, so that its text stands even where the
/// document goes to and fro.
///
/// # Errors
/// Any [`Error`] of a step.
pub async fn replay_capture(
    services: &Services,
    document: DocumentId,
    capture: ReplayCapture,
    historical: bool,
    is_last: bool,
) -> Result<Recorded, Error> {
    let captured_at = micros(capture.captured_at);
    let known = {
        let mut connection = services.pool.acquire().await?;
        known(&mut connection, document, captured_at, is_last).await?
    };
    if let Some(recorded) = known {
        return Ok(recorded);
    }
    let locations = store(services, document, captured_at, capture.pages).await?;
    let job = RecordVersion {
        document_id: document,
        captured_at,
        locations,
        historical,
        fetched_anew: false,
        ends_history: is_last,
    };
    let queue = Enqueuer::inline();
    let recorded = jobs::record_version::run(services, &queue, job).await?;
    queue.drain(services).await?;
    Ok(recorded)
}

/// What is told of a capture without looking at its bytes: older than history, or counted already.
async fn known(
    connection: &mut PgConnection,
    document: DocumentId,
    captured_at: OffsetDateTime,
    is_last: bool,
) -> Result<Option<Recorded>, Error> {
    let Some(current) = version_current(connection, document).await? else {
        return Ok(None);
    };
    let Some(standing) = version_standing_at(connection, document, captured_at).await? else {
        return Ok(Some(Recorded::TooOld));
    };
    let is_current = standing.id == current.id;
    if standing.captured_at == captured_at {
        // The last one was perhaps interrupted before it was read: go through it again.
        return Ok((!is_current).then_some(Recorded::Again));
    }
    let last = unchanged_run_last(connection, standing.id).await?;
    if last.is_some_and(|last| captured_at <= last) {
        return Ok(Some(Recorded::Again));
    }
    let seen = variants(connection, document).await?;
    if let Some(last) = seen
        .first()
        .filter(|last| is_current && captured_at <= last.last_seen_at)
    {
        // The sighting with which a history ends becomes a version: perhaps that was not reached yet.
        let is_open = is_last && captured_at == last.last_seen_at && last.normal_sha256 != current.normal_sha256;
        return Ok((!is_open).then_some(Recorded::Again));
    }
    Ok((!is_current).then_some(Recorded::TooOld))
}

/// Archives the pages and adds them to the source's chain.
async fn store(
    services: &Services,
    document: DocumentId,
    captured_at: OffsetDateTime,
    pages: Vec<ReplayPage>,
) -> Result<Vec<CapturedLocation>, Error> {
    let mut held = Vec::with_capacity(pages.len());
    for page in pages {
        let stored = services.archive.put(&page.bytes).await?;
        held.push((page, stored));
    }
    let mut transaction = services.pool.begin().await?;
    let context = document_context(&mut transaction, document)
        .await?
        .ok_or(Error::Missing { what: "the document" })?;
    let source = match context.source_id {
        Some(source) if source_lock(&mut transaction, source).await? => Some(source),
        _ => None,
    };
    let done = version_captured_at(&mut transaction, document, captured_at)
        .await?
        .is_some();
    let mut locations = Vec::with_capacity(held.len());
    for (page, stored) in held {
        let content_type = page.content_type.as_deref();
        let (bytes, stored_bytes) = (stored.byte_count, stored.stored_byte_count);
        snapshot_insert(
            &mut transaction,
            stored.sha256,
            bytes,
            stored_bytes,
            content_type,
            services.now(),
        )
        .await?;
        if let Some(source_id) = source.filter(|_| !done) {
            let told = Capture {
                id: CaptureId::generate(),
                source_id,
                position: page.position,
                chain_number: 0,
                requested_url: page.url.clone(),
                final_url: page.url.clone(),
                redirects: Vec::new(),
                started_at: captured_at,
                finished_at: captured_at,
                outcome: CaptureOutcome::Captured,
                detail: None,
                http_status: None,
                headers: std::collections::BTreeMap::new(),
                snapshot: Some(stored.sha256),
                imported: true,
                previous_hash: None,
                row_hash: Sha256([0; 32]),
            };
            chain::append(&mut transaction, told).await?;
        }
        locations.push(CapturedLocation {
            position: page.position,
            url: page.url,
            snapshot: stored.sha256,
            requested_url: None,
            etag: None,
            last_modified: None,
            second_look: false,
        });
    }
    transaction.commit().await?;
    Ok(locations)
}
