//! A second look, through the browser, at pages whose plain capture was refused.
//!
//! Invariant: one refusal asks for one look at most, and a look never asks for another; without a browser nobody asks.

use atlas_db::curator_note::curator_note_upsert;
use atlas_db::source::{Source, source_revision_at};
use atlas_domain::jobs::{PollSource, RecordVersion};
use atlas_domain::{CaptureOutcome, FetchMode, Location};
use sqlx::PgConnection;

use crate::{Enqueuer, Error, Services};

/// The kind of the note that proposes to fetch a document through the browser.
const NOTE: &str = "needs_browser";

/// What the health of a source says after a look that succeeded.
pub(crate) const SEEN_IN_BROWSER: &str = "read through the browser, after the plain page was refused";

/// Asks for a look at a page that was refused, if a browser may show what the plain page does not.
pub(crate) async fn ask_after(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    source: Option<&Source>,
    job: &RecordVersion,
    outcome: CaptureOutcome,
) -> Result<(), Error> {
    match (source, outcome) {
        (Some(source), CaptureOutcome::Empty | CaptureOutcome::Challenge) => {
            ask(connection, services, queue, source, job).await
        }
        _ => Ok(()),
    }
}

/// Asks for a look at pages with far fewer words than before.
pub(crate) async fn ask(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    source: &Source,
    job: &RecordVersion,
) -> Result<(), Error> {
    // What was imported or rendered already is not looked at again.
    let is_first = job
        .locations
        .iter()
        .all(|location| location.requested_url.is_some() && !location.second_look);
    if !is_first || !services.fetcher.has_browser() {
        return Ok(());
    }
    let revision = source_revision_at(connection, source.id, job.captured_at).await?;
    let is_plain = |location: &Location| location.fetch == FetchMode::Plain;
    if !revision.is_some_and(|revision| revision.rules.locations.iter().any(is_plain)) {
        return Ok(());
    }
    let look = PollSource {
        source_id: source.id,
        second_look: true,
    };
    queue.push(connection, &look).await
}

/// The detail of a success: `None` unless it took a second look.
pub(crate) fn detail(job: &RecordVersion) -> Option<&'static str> {
    took_it(job).then_some(SEEN_IN_BROWSER)
}

fn took_it(job: &RecordVersion) -> bool {
    job.locations.iter().any(|location| location.second_look)
}

/// Proposes to the curators what would spare the next poll its first look.
pub(crate) async fn propose(connection: &mut PgConnection, job: &RecordVersion) -> Result<(), Error> {
    if !took_it(job) {
        return Ok(());
    }
    let addresses: Vec<&str> = job
        .locations
        .iter()
        .filter(|location| location.second_look)
        .filter_map(|location| location.requested_url.as_deref())
        .collect();
    let text = format!(
        "The plain page was refused, and the browser shows the document: set fetch = \"browser\" for {}.",
        addresses.join(", ")
    );
    curator_note_upsert(connection, NOTE, job.document_id, &text, job.captured_at).await?;
    Ok(())
}
