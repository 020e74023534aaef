//! Jobs of the test's own, through every ending.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atlas_db::Role;
use atlas_domain::jobs::Job;
use atlas_jobs::{CRASH_LIMIT, Enqueue, Error, Handlers, Outcome, QueuedState, RunOptions, enqueue, queued, requeue};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::harness::Scratch;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Ring {
    bell: u32,
}

impl Job for Ring {
    const KIND: &'static str = "ring";
    fn key(&self) -> Option<String> {
        Some(format!("ring:{}", self.bell))
    }
    fn max_attempts(&self) -> i16 {
        2
    }
}

async fn put(pool: &PgPool, bell: u32, options: Enqueue) {
    let mut connection = pool.acquire().await.unwrap();
    enqueue(&mut connection, &Ring { bell }, options).await.unwrap();
}

async fn states(pool: &PgPool) -> Vec<(QueuedState, Option<String>)> {
    let mut connection = pool.acquire().await.unwrap();
    let jobs = queued(&mut connection, 100).await.unwrap();
    jobs.into_iter().map(|job| (job.state, job.last_error)).collect()
}

/// Handlers that answer every ring with what the function says, and count.
fn answering(answer: impl Fn(usize) -> Outcome + Send + Sync + 'static) -> (Handlers, Arc<AtomicUsize>) {
    let (count, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
    let counted = Arc::clone(&count);
    let handlers = Handlers::new().on::<Ring, _, _>(move |_| {
        let (count, answer) = (Arc::clone(&counted), Arc::clone(&answer));
        async move { answer(count.fetch_add(1, Ordering::SeqCst)) }
    });
    (handlers, count)
}

#[tokio::test]
async fn a_job_exists_if_and_only_if_its_transaction_commits() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|_| Outcome::Done);
    // The engine notes a kind when it first meets it; an open transaction that did so would be waited for.
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    enqueue(&mut transaction, &Ring { bell: 1 }, Enqueue::default())
        .await
        .unwrap();
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0, "seen before the commit");
    transaction.rollback().await.unwrap();
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0, "left by a rollback");
    put(&pool, 1, Enqueue::default()).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(states(&pool).await.is_empty());
}

#[tokio::test]
async fn two_of_one_key_are_one_job() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|_| Outcome::Done);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let pool = pool.clone();
        tasks.spawn(async move { put(&pool, 7, Enqueue::default()).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    put(&pool, 8, Enqueue::if_absent()).await;
    assert_eq!(states(&pool).await.len(), 2);
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_job_for_later_is_not_due() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|_| Outcome::Done);
    put(&pool, 1, Enqueue::after(Duration::from_hours(1))).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0);
    assert_eq!(states(&pool).await, [(QueuedState::Scheduled, None)]);
    // Enqueued again without a delay, it is due.
    put(&pool, 1, Enqueue::default()).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_snoozed_job_waits_without_using_an_attempt() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|_| Outcome::Snooze(Duration::from_hours(1)));
    put(&pool, 1, Enqueue::default()).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let mut connection = pool.acquire().await.unwrap();
    let jobs = queued(&mut connection, 10).await.unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].state, jobs[0].attempts), (QueuedState::Scheduled, 0));
    assert_eq!(jobs[0].payload, serde_json::json!({ "bell": 1 }));
}

#[tokio::test]
async fn a_cancelled_job_leaves_nothing() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, _) = answering(|_| Outcome::Cancel("not needed".to_owned()));
    put(&pool, 1, Enqueue::default()).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert!(states(&pool).await.is_empty());
}

#[tokio::test]
async fn a_failure_and_a_panic_surface_and_are_tried_again_later() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, _) = answering(|count| {
        assert!(count > 0, "the bell is cracked");
        Outcome::Retry("no rope".to_owned())
    });
    put(&pool, 1, Enqueue::default()).await;
    let Err(Error::Failed(failures)) = atlas_jobs::run_due(&pool, &handlers).await else {
        panic!("it must surface")
    };
    assert_eq!(failures[0].kind, "ring");
    assert!(
        failures[0].reason.starts_with("panicked: the bell is cracked"),
        "{}",
        failures[0].reason
    );
    let waiting = states(&pool).await;
    assert_eq!(waiting[0].0, QueuedState::Scheduled);
    assert!(waiting[0].1.as_deref().unwrap().starts_with("panicked"), "{waiting:?}");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM job_start")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, 0, "a panic is an end");
}

#[tokio::test]
async fn a_discarded_job_is_kept_and_can_be_requeued_by_hand() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|count| {
        if count == 0 {
            Outcome::Discard("never".to_owned())
        } else {
            Outcome::Done
        }
    });
    put(&pool, 1, Enqueue::default()).await;
    assert!(matches!(
        atlas_jobs::run_due(&pool, &handlers).await,
        Err(Error::Failed(_))
    ));
    assert_eq!(states(&pool).await, [(QueuedState::Failed, Some("never".to_owned()))]);
    // A sweep does not wake it, a person does.
    put(&pool, 1, Enqueue::if_absent()).await;
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let mut connection = pool.acquire().await.unwrap();
    let id = queued(&mut connection, 1).await.unwrap()[0].id;
    assert!(requeue(&mut connection, id).await.unwrap());
    atlas_jobs::run_due(&pool, &handlers).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
    assert!(states(&pool).await.is_empty());
}

#[tokio::test]
async fn a_job_that_keeps_killing_its_process_is_put_aside() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (handlers, count) = answering(|_| Outcome::Done);
    put(&pool, 1, Enqueue::default()).await;
    // What three dead workers left behind.
    let id: i64 = sqlx::query_scalar("SELECT id FROM graphile_worker._private_jobs")
        .fetch_one(&pool)
        .await
        .unwrap();
    sqlx::query("INSERT INTO job_start VALUES ($1, 'ring', $2, now())")
        .bind(id)
        .bind(CRASH_LIMIT)
        .execute(&pool)
        .await
        .unwrap();
    let Err(Error::Failed(failures)) = atlas_jobs::run_due(&pool, &handlers).await else {
        panic!("it must surface")
    };
    assert!(failures[0].reason.starts_with("crash_loop"), "{}", failures[0].reason);
    assert_eq!(count.load(Ordering::SeqCst), 0, "it was started a fourth time");
    assert_eq!(states(&pool).await[0].0, QueuedState::Failed);
}

#[tokio::test]
async fn a_delay_counts_from_where_the_job_is_enqueued_and_not_from_the_start_of_its_transaction() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let mut transaction = pool.begin().await.unwrap();
    // By the second statement the transaction is older than that.
    sqlx::query("SELECT pg_sleep(0.05)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let hour = Enqueue::after(Duration::from_hours(1));
    let before: String = sqlx::query_scalar("SELECT clock_timestamp()::text")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    enqueue(&mut transaction, &Ring { bell: 1 }, hour).await.unwrap();
    transaction.commit().await.unwrap();
    let early: bool =
        sqlx::query_scalar("SELECT run_at < $1::timestamptz + interval '1 hour' FROM graphile_worker._private_jobs")
            .bind(before)
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(!early, "it would run before its time");
}

#[tokio::test]
async fn the_web_can_enqueue_and_nothing_else() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::App).await;
    put(&pool, 3, Enqueue::default()).await;
    for statement in [
        "SELECT 1 FROM graphile_worker._private_jobs",
        "DELETE FROM graphile_worker._private_jobs",
        "SELECT graphile_worker.add_job('ring')",
        "INSERT INTO job_start VALUES (1, 'ring', 1, now())",
        "SELECT pg_catalog.pg_sleep(0) FROM graphile_worker._private_tasks",
    ] {
        assert!(sqlx::query(statement).execute(&pool).await.is_err(), "{statement}");
    }
    assert_eq!(
        states(&scratch.pool(Role::Worker).await).await,
        [(QueuedState::Due, None)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_worker_is_woken_keeps_time_and_stops_when_told() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (rung, mut bells) = mpsc::unbounded_channel();
    let handlers = Handlers::new().on::<Ring, _, _>(move |job: Ring| {
        let rung = rung.clone();
        async move {
            let _ = rung.send(job.bell);
            Outcome::Done
        }
    });
    let shutdown = CancellationToken::new();
    let mut options = RunOptions::default();
    options.poll_interval = Duration::from_mins(1);
    let options = options.every(Duration::from_hours(1), Ring { bell: 99 });
    let worker = tokio::spawn(atlas_jobs::run(pool.clone(), handlers, options, shutdown.clone()));
    assert_eq!(bells.recv().await, Some(99), "what is scheduled runs at the start");
    // Polling is an hour away in effect: only the notification can bring this one.
    put(&pool, 1, Enqueue::default()).await;
    let woken = tokio::time::timeout(Duration::from_secs(10), bells.recv()).await;
    assert_eq!(woken.expect("not woken"), Some(1));
    let asked = Instant::now();
    shutdown.cancel();
    worker.await.unwrap().unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "took {:?} to stop",
        asked.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_runs_while_the_worker_stops_is_allowed_to_end() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker).await;
    let (begun, mut begins) = mpsc::unbounded_channel();
    let gate = Arc::new(tokio::sync::Notify::new());
    let opened = Arc::clone(&gate);
    let handlers = Handlers::new().on::<Ring, _, _>(move |_| {
        let (begun, gate) = (begun.clone(), Arc::clone(&gate));
        async move {
            let _ = begun.send(());
            gate.notified().await;
            Outcome::Done
        }
    });
    put(&pool, 1, Enqueue::default()).await;
    let shutdown = CancellationToken::new();
    let worker = tokio::spawn(atlas_jobs::run(
        pool.clone(),
        handlers,
        RunOptions::default(),
        shutdown.clone(),
    ));
    begins.recv().await.unwrap();
    shutdown.cancel();
    opened.notify_one();
    worker.await.unwrap().unwrap();
    assert!(states(&pool).await.is_empty(), "it was not allowed to end");
}
