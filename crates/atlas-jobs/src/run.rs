//! Running jobs: as a service until told to stop, or all that are due, once.
//!
//! Invariant: a lost database connection pauses the service, it does not end it; after the shutdown token fires, no
//! job is started, those that run have [`RunOptions::grace`] to end, and the rest go back to the queue.

use std::time::Duration;

use atlas_domain::jobs::Job;
use graphile_worker::{Worker, WorkerOptions, WorkerRecoveryConfig};
use sqlx::{PgConnection, PgPool, Row};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::handlers::Shared;
use crate::{Enqueue, Error, Handlers, enqueue};

/// How a worker runs.
#[derive(Clone)]
pub struct RunOptions {
    /// Jobs run side by side.
    pub concurrency: usize,
    /// How often the queue is looked at without being woken.
    pub poll_interval: Duration,
    /// How long running jobs may take to end after the shutdown token fired.
    pub grace: Duration,
    schedule: Vec<Scheduled>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            poll_interval: Duration::from_secs(1),
            grace: Duration::from_secs(25),
            schedule: Vec::new(),
        }
    }
}

impl std::fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunOptions")
            .field("concurrency", &self.concurrency)
            .field("poll_interval", &self.poll_interval)
            .field("grace", &self.grace)
            .field("schedule", &self.schedule.len())
            .finish()
    }
}

type EnqueueOne = std::sync::Arc<
    dyn for<'c> Fn(&'c mut PgConnection) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'c>>
        + Send
        + Sync,
>;

#[derive(Clone)]
struct Scheduled {
    kind: &'static str,
    every: Duration,
    enqueue: EnqueueOne,
}

impl RunOptions {
    /// Enqueues `job` at the start and then `every` so often. The job must have a key: that keeps several workers
    /// from piling up copies.
    #[must_use]
    pub fn every<J: Job + Clone>(mut self, every: Duration, job: J) -> Self {
        let job = std::sync::Arc::new(job);
        self.schedule.push(Scheduled {
            kind: J::KIND,
            every,
            enqueue: std::sync::Arc::new(move |connection| {
                let job = std::sync::Arc::clone(&job);
                Box::pin(async move { enqueue(connection, &*job, Enqueue::default()).await })
            }),
        });
        self
    }
}

/// Runs jobs until `shutdown` fires. `pool` must work as the worker's role.
///
/// # Errors
/// [`Error::Engine`] if the engine cannot start at all; later failures are logged and the engine is started again.
pub async fn run(
    pool: PgPool,
    handlers: Handlers,
    options: RunOptions,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let mut clocks = JoinSet::new();
    for entry in &options.schedule {
        clocks.spawn(keep_time(pool.clone(), entry.clone(), shutdown.clone()));
    }
    let shared = Shared::new(pool, handlers);
    let mut pause = Duration::from_secs(1);
    let mut worker = engine(&shared, &options, &shutdown).await?;
    loop {
        let ended = worker.run().await;
        if shutdown.is_cancelled() {
            break;
        }
        if let Err(error) = &ended {
            tracing::error!(error = %error, pause_ms = pause.as_millis(), "the queue engine stopped and is started again");
        }
        worker = loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
            match engine(&shared, &options, &shutdown).await {
                Ok(worker) => break worker,
                Err(error) => tracing::error!(error = %error, "the queue engine could not be started"),
            }
            pause = (pause * 2).min(Duration::from_secs(30));
        };
        pause = Duration::from_secs(1);
    }
    clocks.shutdown().await;
    Ok(())
}

async fn engine(shared: &Shared, options: &RunOptions, shutdown: &CancellationToken) -> Result<Worker, Error> {
    let stop = shutdown.clone();
    base(shared)
        .concurrency(options.concurrency.max(1))
        .poll_interval(options.poll_interval)
        .use_notification_delivery(true)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .enabled(true)
                .heartbeat_interval(Duration::from_secs(2))
                .sweep_interval(Duration::from_secs(3))
                .sweep_threshold(Duration::from_secs(8))
                .recovery_delay(Duration::from_secs(1)),
        )
        .listen_os_shutdown_signals(false)
        .shutdown_signal(async move { stop.cancelled().await })
        .shutdown_grace_period(options.grace)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .init()
        .await
        .map_err(|error| Error::Engine(Box::new(error)))
}

fn base(shared: &Shared) -> WorkerOptions {
    WorkerOptions::default()
        .pg_pool(shared.0.pool.clone())
        .schema("graphile_worker")
        .define_jobs(shared.0.handlers.definitions.clone())
        .add_extension(shared.clone())
}

/// Enqueues one scheduled job again and again. A missed instant is not made up for.
async fn keep_time(pool: PgPool, entry: Scheduled, shutdown: CancellationToken) {
    let mut interval = tokio::time::interval(entry.every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = interval.tick() => {}
        }
        let enqueued = async {
            let mut connection = pool.acquire().await?;
            (entry.enqueue)(&mut connection).await
        };
        if let Err(error) = enqueued.await {
            tracing::warn!(kind = entry.kind, error = %error, "a scheduled job could not be enqueued");
        }
    }
}

/// Runs all due jobs one after the other, and those that they make due, until none is left.
/// For tests and for `--once` verbs.
///
/// # Errors
/// [`Error::Failed`] with every job that ended in retry or discard, and why.
pub async fn run_due(pool: &PgPool, handlers: &Handlers) -> Result<(), Error> {
    let shared = Shared::new(pool.clone(), handlers.clone());
    let worker = base(&shared)
        .concurrency(1)
        .listen_os_shutdown_signals(false)
        .init()
        .await
        .map_err(|error| Error::Engine(Box::new(error)))?;
    let kinds: Vec<String> = handlers
        .definitions
        .iter()
        .map(|definition| definition.identifier().to_owned())
        .collect();
    loop {
        worker
            .run_once()
            .await
            .map_err(|error| Error::Engine(Box::new(error)))?;
        let failures = shared.take_failures();
        if !failures.is_empty() {
            return Err(Error::Failed(failures));
        }
        // A kind without a handler waits for a worker that has one: it must not keep this loop alive.
        let due: i64 = sqlx::query(
            "SELECT count(*) AS due FROM graphile_worker._private_jobs j
             JOIN graphile_worker._private_tasks t ON t.id = j.task_id
             WHERE j.is_available AND j.run_at <= now() AND t.identifier = ANY($1)",
        )
        .bind(&kinds)
        .fetch_one(pool)
        .await?
        .try_get("due")?;
        if due == 0 {
            return Ok(());
        }
    }
}
