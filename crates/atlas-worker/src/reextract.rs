//! Stored bytes through today's extractor and rules.
//!
//! Invariant: nobody is told, and nothing looks like a publisher's change: a difference in the latest version becomes a
//! `technical_upgrade`, one in an older version is noted and changes no history. One row for each version done is what
//! an interrupted run goes on from.

use std::sync::Arc;

use atlas_db::confirmation::provisional_open;
use atlas_db::document::{document_context, document_lock};
use atlas_db::reextraction::{
    ReextractionCandidate, ReextractionOutcome, reextraction_candidates, reextraction_exists, reextraction_insert,
};
use atlas_db::source::{SourceRevision, source_revision_at};
use atlas_db::version::{VersionHead, version_current, version_head};
use atlas_domain::CaptureOutcome;
use atlas_text::EXTRACT_VERSION;
use sqlx::PgConnection;

use crate::extraction::extract;
use crate::upgrade::{Upgrade, is_up_to_date, pages_of, settle};
use crate::{Enqueuer, Error, Services};

/// What is read again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// Slug of the only platform.
    pub platform: Option<&'a str>,
    /// Slug of the only document.
    pub document: Option<&'a str>,
    /// Every version, not only the latest of each document.
    pub history: bool,
    /// Nothing is written.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Versions looked at.
    pub versions: usize,
    /// Made by today's extractor and rules, or read again before.
    pub up_to_date: usize,
    /// Read again: the same words.
    pub same: usize,
    /// Latest versions that read differently: a technical upgrade each.
    pub upgraded: usize,
    /// Older versions that read differently.
    pub differing: usize,
    /// Versions whose bytes no longer pass as the document.
    pub refused: usize,
    /// Versions whose bytes are not held.
    pub without_bytes: usize,
    /// Latest versions that wait for a second capture, and those that changed meanwhile: for the next run.
    pub postponed: usize,
    /// One line for each version that reads differently or not at all.
    pub notes: Vec<String>,
}

/// Reads stored bytes again. `progress` is told how many are done, of how many, and which was the last.
///
/// # Errors
/// Any [`Error`] of the archive or the database; what was done before stays done, and a repetition goes on behind it.
pub async fn reextract(
    services: &Services,
    choice: Choice<'_>,
    progress: &mut (dyn FnMut(usize, usize, &str) + Send),
) -> Result<Report, Error> {
    let candidates = {
        let mut connection = services.pool.acquire().await?;
        reextraction_candidates(&mut connection, choice.platform, choice.document, choice.history).await?
    };
    let mut report = Report {
        versions: candidates.len(),
        ..Report::default()
    };
    for (index, candidate) in candidates.iter().enumerate() {
        one(services, candidate, choice.dry_run, &mut report).await?;
        progress(index + 1, candidates.len(), &candidate.name);
    }
    Ok(report)
}

/// A version with the rules that hold for it today: the latest with the rules of today, others with those of their day.
pub(crate) async fn situation(
    connection: &mut PgConnection,
    services: &Services,
    candidate: &ReextractionCandidate,
) -> Result<Option<(VersionHead, Option<SourceRevision>)>, Error> {
    let Some(version) = version_head(connection, candidate.version_id).await? else {
        return Ok(None);
    };
    let context = document_context(connection, candidate.document_id).await?;
    let at = if candidate.is_current {
        services.now()
    } else {
        version.captured_at
    };
    let revision = match context.and_then(|context| context.source_id) {
        Some(source) => source_revision_at(connection, source, at).await?,
        None => None,
    };
    Ok(Some((version, revision)))
}

async fn one(
    services: &Services,
    candidate: &ReextractionCandidate,
    dry_run: bool,
    report: &mut Report,
) -> Result<(), Error> {
    let (version, revision, pages) = {
        let mut connection = services.pool.acquire().await?;
        let Some((version, revision)) = situation(&mut connection, services, candidate).await? else {
            return Ok(());
        };
        let rules = revision.as_ref().map(|revision| revision.id);
        if is_up_to_date(&version, revision.as_ref())
            || reextraction_exists(&mut connection, version.id, EXTRACT_VERSION, rules).await?
        {
            report.up_to_date += 1;
            return Ok(());
        }
        let pages = pages_of(&mut connection, version.id).await?;
        (version, revision, pages)
    };
    let rules = revision.as_ref().map(|revision| Arc::new(revision.rules.clone()));
    let name = format!("{} version {}", candidate.name, candidate.number);
    let upgrade = if pages.is_empty() {
        None
    } else {
        Some(match extract(services, pages, rules).await? {
            // This machine's lack says nothing of the bytes: a run on a machine that has the program reads them.
            Err(refusal) if refusal.outcome == CaptureOutcome::ToolMissing => {
                report.notes.push(format!("{name}: {}", refusal.detail));
                report.postponed += 1;
                return Ok(());
            }
            Err(refusal) => {
                report
                    .notes
                    .push(format!("{name}: {}: {}", refusal.outcome, refusal.detail));
                Upgrade::Refused(refusal.detail)
            }
            Ok(again) if again.normal_sha256 == version.normal_sha256 => Upgrade::Same,
            Ok(again) => {
                let words = again.text.word_count();
                report
                    .notes
                    .push(format!("{name}: {} words become {words}", version.word_count));
                Upgrade::First(Box::new(again))
            }
        })
    };
    let slot = match &upgrade {
        None => &mut report.without_bytes,
        Some(Upgrade::First(_)) if candidate.is_current => &mut report.upgraded,
        Some(Upgrade::First(_)) => &mut report.differing,
        Some(Upgrade::Refused(_)) => &mut report.refused,
        Some(_) => &mut report.same,
    };
    if dry_run || write(services, candidate, &version, revision.as_ref(), upgrade).await? {
        *slot += 1;
    } else {
        report.postponed += 1;
    }
    Ok(())
}

/// Writes the result; `false` if it has to wait.
async fn write(
    services: &Services,
    candidate: &ReextractionCandidate,
    version: &VersionHead,
    revision: Option<&SourceRevision>,
    upgrade: Option<Upgrade>,
) -> Result<bool, Error> {
    let rules = revision.map(|revision| revision.id);
    let now = services.now();
    let queue = Enqueuer::inline();
    let mut transaction = services.pool.begin().await?;
    document_lock(&mut transaction, version.document_id).await?;
    match upgrade {
        None => {
            let outcome = ReextractionOutcome::NoBytes;
            reextraction_insert(&mut transaction, version.id, EXTRACT_VERSION, rules, &outcome, now).await?;
        }
        Some(Upgrade::First(again)) if !candidate.is_current => {
            let outcome = ReextractionOutcome::Different(again.normal_sha256);
            reextraction_insert(&mut transaction, version.id, EXTRACT_VERSION, rules, &outcome, now).await?;
        }
        Some(upgrade) => {
            if candidate.is_current {
                let current = version_current(&mut transaction, version.document_id).await?;
                let open = provisional_open(&mut transaction, version.document_id).await?;
                let waits = open.is_some_and(|open| open.version_id == version.id);
                let is_current = current.is_some_and(|current| current.id == version.id);
                if waits || !is_current || version.captured_at >= now {
                    return Ok(false);
                }
            }
            settle(&mut transaction, services, &queue, version, rules, &upgrade, now).await?;
        }
    }
    transaction.commit().await?;
    queue.drain(services).await?;
    Ok(true)
}
