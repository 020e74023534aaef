//! Fetches every location of a source, once.
//!
//! Invariant: bytes that equal those of the last accepted text cost one hash and one row; an attempt is recorded as
//! what it was, or not at all; nothing becomes a version here, and nothing half fetched goes on to become one.

use atlas_db::capture::{Capture, capture_last, snapshot_insert};
use atlas_db::document::document_locale;
use atlas_db::source::{
    LocationState, Source, SourceHealth, location_states, source_by_id, source_health_update, source_lock,
    source_revision_at,
};
use atlas_db::version::{unchanged_run_upsert, version_current};
use atlas_domain::jobs::{CapturedLocation, PollSource, RecordVersion};
use atlas_domain::{CaptureId, CaptureOutcome, FetchMode, Location, Selector, Sha256, SourceId};
use atlas_fetch::{FetchRequest, Fetched};
use atlas_jobs::Outcome;
use sha2::Digest as _;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::failpoint::failpoint;
use crate::services::span;
use crate::{Enqueuer, Error, Services, chain, spread};

/// The longest pause after failures, and the longest that a server's wish is heeded.
const LONGEST_PAUSE: Duration = Duration::days(1);
/// The pause after a first failure.
const FIRST_PAUSE: Duration = Duration::minutes(15);

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
}

/// Polls a source.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: PollSource) -> Result<Outcome, Error> {
    // Read.
    let (source, locations, states, look) = {
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
        let language = document_locale(&mut connection, source.document_id).await?;
        let look = Look {
            language: language.unwrap_or_else(|| "en".to_owned()),
            second: job.second_look,
        };
        (source, revision.rules.locations, states, look)
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
    } else if attempts.iter().all(|attempt| attempt.unchanged) {
        write_unchanged(&mut transaction, &source, now).await?;
    } else {
        hand_on(&mut transaction, queue, &source, &attempts, now).await?;
    }
    failpoint("poll.before_commit");
    transaction.commit().await?;
    failpoint("poll.committed");
    Ok(Outcome::Done)
}

/// Asks one location, with the validators of the last accepted text if the address is still the same.
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
            etag: state.and_then(|state| state.etag.clone()),
            last_modified: state.and_then(|state| state.last_modified.clone()),
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

/// Nothing new: one more check that found the version standing.
async fn write_unchanged(connection: &mut PgConnection, source: &Source, now: OffsetDateTime) -> Result<(), Error> {
    if let Some(version) = version_current(connection, source.document_id).await? {
        unchanged_run_upsert(connection, version.id, now).await?;
    }
    let health = SourceHealth {
        checked_at: now,
        outcome: CaptureOutcome::NotModified,
        detail: None,
        next_poll_at: Some(next_poll(source, now)),
    };
    source_health_update(connection, source.id, health).await?;
    Ok(())
}

/// New bytes everywhere they had to come from: the text is recorded by the next job, which also writes the health.
async fn hand_on(
    connection: &mut PgConnection,
    queue: &Enqueuer,
    source: &Source,
    attempts: &[Attempt],
    now: OffsetDateTime,
) -> Result<(), Error> {
    let locations = attempts
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
        document_id: source.document_id,
        captured_at: now,
        locations,
        historical: false,
    };
    queue.push(connection, &job).await?;
    atlas_db::source::source_next_poll_update(connection, source.id, next_poll(source, now)).await?;
    Ok(())
}

/// When a source is due after a success: its interval, up to a twentieth more, spread so that sources loaded at once
/// do not stay in step.
pub(crate) fn next_poll(source: &Source, now: OffsetDateTime) -> OffsetDateTime {
    let interval = i64::from(source.poll_interval_seconds);
    let day = now.date().to_julian_day();
    let extra = spread(
        &[source.id.uuid().as_bytes().as_slice(), &day.to_le_bytes()],
        interval / 20 + 1,
    );
    now + Duration::seconds(interval + extra)
}

/// The pause after the failure that follows `failures` others: doubling, never beyond a day, spread by a fifth.
pub(crate) fn pause_after(source: &Source, failures: i32) -> Duration {
    let first = Duration::seconds(i64::from(source.poll_interval_seconds)).min(FIRST_PAUSE);
    let doublings = u32::try_from(failures.clamp(0, 12)).unwrap_or_default();
    let pause = first.saturating_mul(2_i32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    let room = pause.whole_seconds() / 5 + 1;
    let extra = spread(&[source.id.uuid().as_bytes().as_slice(), &failures.to_le_bytes()], room);
    (pause + Duration::seconds(extra)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use atlas_domain::{DocumentId, SourceId};
    use time::Duration;
    use time::macros::datetime;

    use super::{Source, next_poll, pause_after};

    fn source(poll_interval_seconds: i32) -> Source {
        Source {
            id: SourceId::generate(),
            document_id: DocumentId::generate(),
            poll_interval_seconds,
            next_poll_at: None,
            paused_at: None,
            last_outcome: None,
            last_detail: None,
            failures: 0,
        }
    }

    #[test]
    fn pauses_grow_with_failures_and_never_pass_a_day() {
        let source = source(4 * 3600);
        let mut last = Duration::ZERO;
        for failures in 0..40 {
            let pause = pause_after(&source, failures);
            assert!(
                pause >= last.min(Duration::hours(20)),
                "after {failures}: {pause} < {last}"
            );
            assert!(pause <= Duration::days(1));
            last = pause;
        }
        assert!(pause_after(&source, 0) < Duration::minutes(19));
    }

    #[test]
    fn a_source_is_due_again_after_its_interval_and_a_little() {
        let now = datetime!(2026-11-23 08:00 UTC);
        for interval in [60, 3600, 86_400] {
            let source = source(interval);
            let wait = next_poll(&source, now) - now;
            assert!(wait >= Duration::seconds(i64::from(interval)));
            assert!(wait <= Duration::seconds(i64::from(interval + interval / 20 + 1)));
            assert_eq!(
                next_poll(&source, now),
                next_poll(&source, now),
                "not a matter of chance"
            );
        }
    }
}
