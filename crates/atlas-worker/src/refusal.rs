//! Captures that are not, or not yet, believed to be the document.
//!
//! Invariant: what is refused changes no history: it is told once in the chain of captures, and by the health of its
//! source until that changes.

use atlas_db::capture::{Capture, capture_last};
use atlas_db::source::{Source, SourceHealth, source_health_update};
use atlas_db::version::VersionHead;
use atlas_domain::jobs::RecordVersion;
use atlas_domain::{CaptureId, CaptureOutcome, Sha256};
use sqlx::PgConnection;

use crate::extraction::{Extracted, Refusal};
use crate::pauses::pause_after;
use crate::{Error, Services, chain};

/// A text of less than half the words is more often a broken page than a new policy: it is believed when the next
/// capture has exactly the same words. What was seen is kept in the detail of the source's health, so an outcome in
/// between starts the count anew.
pub(crate) fn shrank(source: &Source, current: &VersionHead, extracted: &Extracted) -> Option<String> {
    if !is_much_shorter(current, extracted) {
        return None;
    }
    let words = extracted.text.word_count();
    let before = current.word_count;
    let mark = format!("text {}", extracted.normal_sha256);
    let seen = source.last_outcome == Some(CaptureOutcome::WrongType)
        && source
            .last_detail
            .as_ref()
            .is_some_and(|detail| detail.ends_with(&mark));
    (!seen).then(|| format!("shrank from {before} to {words} words; held until seen again: {mark}"))
}

/// Whether a text has less than half the words of the current version.
pub(crate) fn is_much_shorter(current: &VersionHead, extracted: &Extracted) -> bool {
    let before = usize::try_from(current.word_count).unwrap_or_default();
    extracted.text.word_count().saturating_mul(2) < before
}

/// Tells of a text that is held.
pub(crate) async fn hold(
    connection: &mut PgConnection,
    services: &Services,
    source: &Source,
    job: &RecordVersion,
    detail: &str,
) -> Result<(), Error> {
    let Some(first) = job.locations.first() else {
        return Ok(());
    };
    let refusal = Refusal {
        position: first.position,
        url: first.url.clone(),
        snapshot: first.snapshot,
        outcome: CaptureOutcome::WrongType,
        detail: detail.to_owned(),
    };
    write_refusal(connection, services, Some(source), &refusal).await
}

/// A page that is not the document: told once in the chain, and by the source's health until that changes.
pub(crate) async fn write_refusal(
    connection: &mut PgConnection,
    services: &Services,
    source: Option<&Source>,
    refusal: &Refusal,
) -> Result<(), Error> {
    let Some(source) = source else { return Ok(()) };
    let now = services.now();
    let last = capture_last(connection, source.id, refusal.position).await?;
    if last != Some((refusal.outcome, Some(refusal.snapshot))) {
        let told = Capture {
            id: CaptureId::generate(),
            source_id: source.id,
            position: refusal.position,
            chain_number: 0,
            requested_url: refusal.url.clone(),
            final_url: refusal.url.clone(),
            redirects: Vec::new(),
            started_at: now,
            finished_at: now,
            outcome: refusal.outcome,
            detail: Some(refusal.detail.clone()),
            http_status: None,
            headers: std::collections::BTreeMap::new(),
            snapshot: Some(refusal.snapshot),
            imported: false,
            previous_hash: None,
            row_hash: Sha256([0; 32]),
        };
        chain::append(connection, told).await?;
    }
    let health = SourceHealth {
        checked_at: now,
        outcome: refusal.outcome,
        detail: Some(&refusal.detail),
        next_poll_at: Some(now + pause_after(source, source.failures)),
    };
    source_health_update(connection, source.id, health).await?;
    Ok(())
}
