//! Which code runs which kind of job.
//!
//! Invariant: whatever a handler does, panic included, its run ends in one [`Outcome`], one log line, and a cleared
//! start mark; only the death of the process leaves the mark behind.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use atlas_domain::jobs::Job;
use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::{CRASH_LIMIT, Enqueue, Error, FailedRun, Outcome, enqueue, start};

type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type Handler<J> = Arc<dyn Fn(J) -> Running + Send + Sync>;

/// The handlers of a worker, one for each kind of job.
#[derive(Clone, Default)]
pub struct Handlers {
    pub(crate) definitions: Vec<JobDefinition>,
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.definitions.iter().map(JobDefinition::identifier))
            .finish()
    }
}

impl Handlers {
    /// No handlers.
    pub fn new() -> Self {
        Self::default()
    }
    /// Lets `run` handle jobs of kind `J`.
    #[must_use]
    pub fn on<J, F, R>(mut self, run: F) -> Self
    where
        J: Job,
        F: Fn(J) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send + 'static,
    {
        let handler: Handler<J> = Arc::new(move |job| Box::pin(run(job)));
        self.by_type.insert(TypeId::of::<J>(), Arc::new(handler));
        self.definitions.push(JobDefinition::of::<Adapter<J>>());
        self
    }
    fn get<J: Job>(&self) -> Option<Handler<J>> {
        self.by_type
            .get(&TypeId::of::<J>())?
            .downcast_ref::<Handler<J>>()
            .cloned()
    }
}

/// What the engine hands to every run.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<Inner>);

/// See [`Shared`].
pub(crate) struct Inner {
    pub(crate) pool: PgPool,
    pub(crate) handlers: Handlers,
    /// Runs that did not end well, for [`run_due`](crate::run_due).
    pub(crate) failures: Mutex<Vec<FailedRun>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.handlers.fmt(f)
    }
}

impl Shared {
    pub(crate) fn new(pool: PgPool, handlers: Handlers) -> Self {
        Self(Arc::new(Inner {
            pool,
            handlers,
            failures: Mutex::new(Vec::new()),
        }))
    }
    pub(crate) fn take_failures(&self) -> Vec<FailedRun> {
        std::mem::take(&mut *self.0.failures.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn failed(&self, kind: &str, reason: &str) {
        let failure = FailedRun {
            kind: kind.to_owned(),
            reason: reason.to_owned(),
        };
        self.0
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(failure);
    }
}

/// Carries one of our jobs through the engine.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "J: Job")]
struct Adapter<J>(J);

impl<J: Job> TaskHandler for Adapter<J> {
    const IDENTIFIER: &'static str = J::KIND;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(shared) = context.get_ext::<Shared>().cloned() else {
            return Err(Refused("the worker was started without handlers".to_owned()));
        };
        let result = run_one(&shared, self.0, *context.job().id()).await;
        result.map_err(Refused)
    }
}

/// The engine stores the `Debug` form of an error: this one is its words.
struct Refused(String);

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs one job to its outcome and tells the engine: `Ok` removes it, `Err` keeps it.
async fn run_one<J: Job>(shared: &Shared, job: J, id: i64) -> Result<(), String> {
    let began = Instant::now();
    let again = serde_json::to_value(&job);
    let outcome = match attempt(shared, job, id).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::retry(&error),
    };
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let word = outcome.as_str();
    match outcome {
        Outcome::Done => {
            tracing::info!(kind = J::KIND, id, outcome = word, ms, "job");
            Ok(())
        }
        Outcome::Cancel(reason) => {
            tracing::info!(kind = J::KIND, id, outcome = word, ms, reason, "job");
            Ok(())
        }
        Outcome::Snooze(delay) => {
            tracing::info!(
                kind = J::KIND,
                id,
                outcome = word,
                ms,
                delay_ms = delay.as_millis(),
                "job"
            );
            let again = again
                .and_then(serde_json::from_value::<J>)
                .map_err(|error| error.to_string())?;
            let mut connection = shared.0.pool.acquire().await.map_err(|error| error.to_string())?;
            enqueue(&mut connection, &again, Enqueue::after(delay))
                .await
                .map_err(|error| error.to_string())
        }
        Outcome::Retry(reason) => {
            tracing::warn!(kind = J::KIND, id, outcome = word, ms, reason, "job");
            shared.failed(J::KIND, &reason);
            Err(bounded(reason))
        }
        Outcome::Discard(reason) => {
            tracing::error!(kind = J::KIND, id, outcome = word, ms, reason, "job");
            shared.failed(J::KIND, &reason);
            if let Err(error) = exhaust(&shared.0.pool, id).await {
                tracing::error!(kind = J::KIND, id, error = %error, "a discarded job could not be put aside");
            }
            Err(bounded(reason))
        }
    }
}

/// Counts the start, runs the handler away from the engine's own task, and clears the count.
async fn attempt<J: Job>(shared: &Shared, job: J, id: i64) -> Result<Outcome, Error> {
    let Some(handler) = shared.0.handlers.get::<J>() else {
        return Ok(Outcome::Retry(format!("no handler for {}", J::KIND)));
    };
    if start::begin(&shared.0.pool, id, J::KIND).await? > CRASH_LIMIT {
        start::end(&shared.0.pool, id).await?;
        return Ok(Outcome::Discard(format!(
            "crash_loop: the process died {CRASH_LIMIT} times while this job ran"
        )));
    }
    let span = tracing::info_span!("job", kind = J::KIND, id);
    let run = AbortOnDropHandle::new(tokio::spawn(handler(job).instrument(span)));
    let outcome = match run.await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Outcome::Retry(format!("panicked: {}", words_of(&*error.into_panic()))),
        Err(error) => Outcome::Retry(error.to_string()),
    };
    start::end(&shared.0.pool, id).await?;
    Ok(outcome)
}

/// Uses up the attempts of a job, so that the engine keeps it and never runs it.
async fn exhaust(pool: &PgPool, id: i64) -> Result<(), Error> {
    sqlx::query("UPDATE graphile_worker._private_jobs SET max_attempts = greatest(attempts, 1) WHERE id = $1")
        .bind(id)
        .execute(pool)
        .await?;
    Ok(())
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without words")
}

/// At most 4 KB of a reason is kept in the queue.
fn bounded(mut reason: String) -> String {
    let mut end = reason.len().min(4096);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    reason
}
