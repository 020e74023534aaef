//! Fetches every location of a source, once.
//!
//! Invariant: bytes that equal those of the last accepted text cost one hash and one row; an attempt is recorded as
//! what it was, or not at all; nothing becomes a version here, and nothing half fetched goes on to become one. While a
//! change waits for a second capture, pages are asked for anew.

use atlas_db::capture::{Capture, capture_last, snapshot_insert};
use atlas_db::confirmation::{Provisional, provisional_open};
use atlas_db::document::{document_locale, document_lock};
use atlas_db::source::{
    LocationState, Source, SourceHealth, location_states, source_by_id, source_health_update, source_lock,
    source_next_poll_no_later, source_next_poll_update, source_revision_at,
};
use atlas_db::variant::variants;
use atlas_db::version::{version_believed_before, version_current};
use atlas_domain::jobs::{CapturedLocation, PollSource, RecordVersion};
use atlas_domain::{CaptureId, CaptureOutcome, FetchMode, Location, Selector, Sha256, SourceId};
use atlas_fetch::{FetchRequest, Fetched};
use atlas_jobs::Outcome;
use sha2::Digest as _;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::failpoint::failpoint;
use crate::jobs::publish_change::publish;
use crate::pauses::{LONGEST_PAUSE, next_poll, pause_after};
use crate::services::span;
use crate::variants::{seen_again, settled};
use crate::{Enqueuer, Error, Services, chain, confirmation};

/// One location, asked.
struct Attempt {
    position: i32,
    /// Rendered although the rules say plainly.
    second_look: bool,
    requested_url: String,
    fetched: Fetched,
    started_at: OffsetDateTime,
    finished_at: OffsetDateTime,
    /// The bytes that now stand at the location, if the attempt tells.
    snapshot: Option<Sha256>,
    /// Whether they equal those of the last accepted text.
    unchanged: bool,
}

/// How a source is looked at.
struct Look {
    /// The language of the document.
    language: String,
    /// Through the browser, whatever the rules say.
    second: bool,
    /// Without asking whether the page changed, because a change waits for a second capture.
    anew: bool,
}

/// Polls a source.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: PollSource) -> Result<Outcome, Error> {
    // Read.
    let (source, locations, states, open, look) = {
        let mut connection = services.pool.acquire().await?;
        let Some(source) = source_by_id(&mut connection, job.source_id).await? else {
            return Ok(Outcome::Cancel("the source is gone".to_owned()));
        };
        if source.paused_at.is_some() {
            return Ok(Outcome::Cancel("the source is paused".to_owned()));
        }
        let Some(revision) = source_revision_at(&mut connection, source.id, services.now()).await? else {
            return Ok(Outcome::Cancel("the source has no rules".to_owned()));
        };
        let states = location_states(&mut connection, source.id).await?;
        let open = provisional_open(&mut connection, source.document_id).await?;
        let language = document_locale(&mut connection, source.document_id).await?;
        let look = Look {
            language: language.unwrap_or_else(|| "en".to_owned()),
            second: job.second_look,
            anew: open.is_some(),
        };
        (source, revision.rules.locations, states, open, look)
    };

    // Work.
    let mut attempts = Vec::with_capacity(locations.len());
    for (location, position) in locations.iter().zip(0..) {
        let attempt = fetch(services, location, position, &states, &look).await;
        let failed = !attempt.fetched.outcome.is_success();
        attempts.push(attempt);
        if failed {
            // A text needs every page: the rest is left in peace until the next poll.
            break;
        }
    }
    failpoint("poll.fetched");
    let mut stored = Vec::new();
    for attempt in attempts
        .iter()
        .filter(|attempt| !attempt.unchanged && attempt.fetched.outcome == CaptureOutcome::Captured)
    {
        stored.push(services.archive.put(&attempt.fetched.body).await?);
    }
    failpoint("poll.archived");

    // Write.
    let now = services.now();
    let mut transaction = services.pool.begin().await?;
    // The document's row before the source's, as everywhere.
    document_lock(&mut transaction, source.document_id).await?;
    if !source_lock(&mut transaction, source.id).await? {
        return Ok(Outcome::Cancel("the source is gone".to_owned()));
    }
    for (attempt, stored) in attempts
        .iter()
        .filter(|attempt| !attempt.unchanged && attempt.fetched.outcome == CaptureOutcome::Captured)
        .zip(stored)
    {
        snapshot_insert(
            &mut transaction,
            stored.sha256,
            stored.byte_count,
            stored.stored_byte_count,
            attempt.fetched.content_type.as_deref(),
            now,
        )
        .await?;
    }
    for attempt in &attempts {
        record_attempt(&mut transaction, source.id, attempt).await?;
    }
    let failure = attempts.iter().find(|attempt| !attempt.fetched.outcome.is_success());
    if let (Some(_), true) = (failure, look.second) {
        // A second look that fails says nothing against the first: what refused the plain capture stands.
    } else if let Some(failed) = failure {
        write_failure(&mut transaction, &source, failed, now).await?;
    } else {
        let fetched = Fetch {
            source: &source,
            attempts: &attempts,
            open,
            now,
        };
        let unchanged = attempts.iter().all(|attempt| attempt.unchanged);
        if !unchanged || !write_unchanged(&mut transaction, services, queue, &fetched).await? {
            hand_on(&mut transaction, queue, &fetched).await?;
        }
        ask_again(&mut transaction, queue, &fetched).await?;
    }
    failpoint("poll.before_commit");
    transaction.commit().await?;
    failpoint("poll.committed");
    Ok(Outcome::Done)
}

/// Asks one location, with the validators of the last accepted text if the address is still the same and the look is
/// not one that asks anew.
async fn fetch(
    services: &Services,
    location: &Location,
    position: i32,
    states: &[LocationState],
    look: &Look,
) -> Attempt {
    let state = states
        .iter()
        .find(|state| state.position == position && state.url == location.url);
    let started_at = services.now();
    let mut fetched = services
        .fetcher
        .get(&FetchRequest {
            etag: state.and_then(|state| state.etag.clone()).filter(|_| !look.anew),
            last_modified: state
                .and_then(|state| state.last_modified.clone())
                .filter(|_| !look.anew),
            mode: if look.second {
                FetchMode::Browser
            } else {
                location.fetch
            },
            language: look.language.clone(),
            content: content_of(location),
            ..FetchRequest::new(&location.url)
        })
        .await;
    let held = state.map(|state| state.snapshot);
    let snapshot = match fetched.outcome {
        CaptureOutcome::Captured => Some(Sha256(sha2::Sha256::digest(&fetched.body).into())),
        CaptureOutcome::NotModified => {
            // The validators that were confirmed stay the ones to ask with.
            fetched.etag = fetched
                .etag
                .take()
                .or_else(|| state.and_then(|state| state.etag.clone()));
            fetched.last_modified = fetched
                .last_modified
                .take()
                .or_else(|| state.and_then(|state| state.last_modified.clone()));
            held
        }
        _ => None,
    };
    Attempt {
        position,
        second_look: look.second && location.fetch == FetchMode::Plain && fetched.mode == FetchMode::Browser,
        requested_url: location.url.clone(),
        unchanged: snapshot.is_some() && snapshot == held,
        snapshot,
        fetched,
        started_at,
        finished_at: services.now(),
    }
}

/// The selectors by which a browser knows that the content has come.
fn content_of(location: &Location) -> Vec<String> {
    let css = |selector: &Selector| match selector {
        Selector::Css(css) => Some(css.clone()),
        Selector::Range { .. } => None,
    };
    location.rules.select.iter().filter_map(css).collect()
}

/// Adds the attempt to the chain if it tells something that the row before it at this location does not.
async fn record_attempt(connection: &mut PgConnection, source: SourceId, attempt: &Attempt) -> Result<(), Error> {
    let outcome = attempt.fetched.outcome;
    let told = match capture_last(connection, source, attempt.position).await? {
        // The same bytes again, whatever the content gate said of them.
        Some((_, Some(bytes))) if outcome.is_success() => attempt.snapshot == Some(bytes),
        Some((last, _)) if !outcome.is_success() => last == outcome,
        _ => false,
    };
    if told {
        return Ok(());
    }
    let fetched = &attempt.fetched;
    chain::append(
        connection,
        Capture {
            id: CaptureId::generate(),
            source_id: source,
            position: attempt.position,
            chain_number: 0,
            requested_url: attempt.requested_url.clone(),
            final_url: fetched.final_url.clone(),
            redirects: fetched.redirects.clone(),
            started_at: attempt.started_at,
            finished_at: attempt.finished_at,
            outcome,
            detail: fetched.detail.clone(),
            http_status: fetched.status.map(i32::from),
            headers: fetched.headers.clone(),
            snapshot: attempt.snapshot,
            imported: false,
            previous_hash: None,
            row_hash: Sha256([0; 32]),
        },
    )
    .await
}

/// A failure keeps the last version and is tried again later.
async fn write_failure(
    connection: &mut PgConnection,
    source: &Source,
    failed: &Attempt,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let mut pause = pause_after(source, source.failures);
    if let Some(wish) = failed.fetched.retry_after {
        pause = pause.max(span(wish).min(LONGEST_PAUSE));
    }
    let health = SourceHealth {
        checked_at: now,
        outcome: failed.fetched.outcome,
        detail: failed.fetched.detail.as_deref(),
        next_poll_at: Some(now + pause),
    };
    source_health_update(connection, source.id, health).await?;
    Ok(())
}

/// A complete capture.
struct Fetch<'a> {
    source: &'a Source,
    attempts: &'a [Attempt],
    /// The change that waited for a second capture when this one began.
    open: Option<Provisional>,
    now: OffsetDateTime,
}

impl Fetch<'_> {
    /// Whether no page was asked whether it changed: only such a capture speaks for a text that was seen once.
    fn is_anew(&self) -> bool {
        let captured = |attempt: &Attempt| attempt.fetched.outcome == CaptureOutcome::Captured;
        self.open.is_some() && self.attempts.iter().all(captured)
    }
}

/// Nothing new: one more check that found standing what was seen last. It may be what a change waits for. `false`
/// without a word written if what was seen has by now to become a version.
async fn write_unchanged(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    fetch: &Fetch<'_>,
) -> Result<bool, Error> {
    let (source, now) = (fetch.source, fetch.now);
    let mut confirmed = None;
    if let Some(current) = version_current(connection, source.document_id).await? {
        let members = variants(connection, source.document_id).await?;
        if !members.is_empty() {
            let believed = version_believed_before(connection, source.document_id, i32::MAX).await?;
            let words = believed.map_or(current.normal_sha256, |believed| believed.normal_sha256);
            if settled(&services.settings, &members, words, now).is_some() {
                return Ok(false);
            }
        }
        let seen = seen_again(connection, &current, &members, now).await?;
        if seen == current.normal_sha256 && fetch.is_anew() {
            confirmed = confirmation::agreed(connection, services, source.document_id, current.id, now).await?;
        }
    }
    let health = SourceHealth {
        checked_at: now,
        outcome: CaptureOutcome::NotModified,
        detail: None,
        next_poll_at: Some(next_poll(source, now)),
    };
    source_health_update(connection, source.id, health).await?;
    if let Some(change) = confirmed {
        publish(connection, services, queue, change, false).await?;
        failpoint("confirm.agreed");
    }
    Ok(true)
}

/// A capture that came too early to confirm what waits must not push the one that may far off.
async fn ask_again(connection: &mut PgConnection, queue: &Enqueuer, fetch: &Fetch<'_>) -> Result<(), Error> {
    if let Some(open) = fetch.open.filter(|open| open.confirm_at > fetch.now) {
        let source_id = fetch.source.id;
        source_next_poll_no_later(connection, source_id, open.confirm_at).await?;
        queue
            .push_at(connection, &PollSource::of(source_id), open.confirm_at, fetch.now)
            .await?;
    }
    Ok(())
}

/// New bytes everywhere they had to come from: the text is recorded by the next job, which also writes the health.
async fn hand_on(connection: &mut PgConnection, queue: &Enqueuer, fetch: &Fetch<'_>) -> Result<(), Error> {
    let locations = fetch
        .attempts
        .iter()
        .filter_map(|attempt| {
            Some(CapturedLocation {
                position: attempt.position,
                url: attempt.fetched.final_url.clone(),
                snapshot: attempt.snapshot?,
                requested_url: Some(attempt.requested_url.clone()),
                etag: attempt.fetched.etag.clone(),
                last_modified: attempt.fetched.last_modified.clone(),
                second_look: attempt.second_look,
            })
        })
        .collect();
    let job = RecordVersion {
        ends_history: false,
        document_id: fetch.source.document_id,
        captured_at: fetch.now,
        locations,
        historical: false,
        fetched_anew: fetch.is_anew(),
    };
    queue.push(connection, &job).await?;
    source_next_poll_update(connection, fetch.source.id, next_poll(fetch.source, fetch.now)).await?;
    Ok(())
}
