//! The worker as a service, and all due jobs at once for tests.
//!
//! Invariant: every kind of job has one handler here; an error of a job becomes a retry with its whole chain of causes.
//! Polls run on an engine of their own: sites that do not answer keep no other job waiting.

use std::sync::Arc;
use std::time::Duration;

use atlas_domain::jobs::{
    Deliver, DraftSummary, PollSource, PublishChange, RaiseAlerts, ReadAgain, ReadVersion, RecordVersion, Tick,
    WriteDigests,
};
use atlas_jobs::{Handlers, Outcome, RunOptions};
use tokio_util::sync::CancellationToken;

use crate::{Enqueuer, Error, Services, jobs};

/// How often due polls are enqueued and leftovers looked for.
const TICK_EVERY: Duration = Duration::from_secs(30);
/// How often it is looked whose Monday morning has come.
const DIGESTS_EVERY: Duration = Duration::from_mins(10);

fn outcome(result: Result<Outcome, Error>) -> Outcome {
    result.unwrap_or_else(|error| Outcome::retry(&error))
}

macro_rules! handler {
    ($services:ident, $run:path) => {{
        let services = Arc::clone($services);
        move |job| {
            let services = Arc::clone(&services);
            async move { outcome($run(&services, &Enqueuer::Queue, job).await) }
        }
    }};
    ($services:ident, alone $run:path) => {{
        let services = Arc::clone($services);
        move |job| {
            let services = Arc::clone(&services);
            async move { outcome($run(&services, job).await) }
        }
    }};
}

/// The handlers of all jobs.
pub fn handlers(services: &Arc<Services>) -> Handlers {
    polls(other_jobs(Handlers::new(), services), services)
}

/// Adds the handler of polls, which wait for strangers.
fn polls(handlers: Handlers, services: &Arc<Services>) -> Handlers {
    handlers.on::<PollSource, _, _>(handler!(services, jobs::poll_source::run))
}

/// Adds the handlers of everything but polls.
fn other_jobs(handlers: Handlers, services: &Arc<Services>) -> Handlers {
    let recording = Arc::clone(services);
    handlers
        .on::<RecordVersion, _, _>(move |job| {
            let services = Arc::clone(&recording);
            async move {
                let recorded = jobs::record_version::run(&services, &Enqueuer::Queue, job).await;
                outcome(recorded.map(|recorded| recorded.outcome()))
            }
        })
        .on::<ReadVersion, _, _>(handler!(services, jobs::read_version::run))
        .on::<ReadAgain, _, _>(handler!(services, alone jobs::read_again::run))
        .on::<PublishChange, _, _>(handler!(services, jobs::publish_change::run))
        .on::<RaiseAlerts, _, _>(handler!(services, jobs::raise_alerts::run))
        .on::<Deliver, _, _>(handler!(services, alone jobs::deliver::run))
        .on::<DraftSummary, _, _>(handler!(services, alone jobs::draft_summary::run))
        .on::<Tick, _, _>(handler!(services, alone jobs::tick::run))
        .on::<WriteDigests, _, _>(handler!(services, alone jobs::write_digests::run))
}

/// Runs all jobs until `shutdown` fires, then lets running ones end (see [`RunOptions::grace`]): polls
/// [`Settings::polls_at_once`](crate::Settings::polls_at_once) at once, the others as `options` say.
///
/// # Errors
/// [`Error::Queue`] if the queue cannot be started, or an error of the database.
pub async fn run(services: Arc<Services>, options: RunOptions, shutdown: CancellationToken) -> Result<(), Error> {
    jobs::read_again::start(&services).await?;
    let mut polling = options.clone();
    polling.concurrency = services.settings.polls_at_once;
    let options = options.every(TICK_EVERY, Tick {}).every(DIGESTS_EVERY, WriteDigests {});
    let pool = &services.pool;
    let (polls, others) = (
        polls(Handlers::new(), &services),
        other_jobs(Handlers::new(), &services),
    );
    // If one of them cannot start, the other one is not left running alone.
    tokio::try_join!(
        atlas_jobs::run(pool.clone(), polls, polling, shutdown.clone()),
        atlas_jobs::run(pool.clone(), others, options, shutdown.clone()),
    )?;
    Ok(())
}

/// Runs all due jobs, and those they make due, one after the other until none is left. For tests; nothing is scheduled.
///
/// # Errors
/// [`Error::Queue`] with every job that failed, and why.
pub async fn run_due(services: &Arc<Services>) -> Result<(), Error> {
    atlas_jobs::run_due(&services.pool, &handlers(services)).await?;
    Ok(())
}
