//! `kill -9` of the worker, anywhere: still exactly one mail.

use std::{collections::BTreeSet, time::Duration};

use atlas_domain::{Clock as _, Plan, SystemClock};
use atlas_integration::{Document, Policy, TRAINING_AFTER, TestApp, Worker, until};
use atlas_worker::FAILPOINTS;
use futures::{StreamExt as _, stream};

const READER: &str = "maryam@example.org";
/// A lost mail is taken up again when its lease of 30 s has ended, at the tick after that.
const PATIENCE: Duration = Duration::from_mins(3);
/// Instances at once: most of their time is waiting, but each holds a dozen connections.
const AT_ONCE: usize = 4;

/// An instance that holds a first version, has one watcher, and whose site has just changed in a way that matters.
async fn about_to_alert() -> (TestApp, Document) {
    about_to_alert_after(Duration::ZERO).await
}

/// What a page of the kill test says after its change where that has to be of high severity.
const GRAVE: &str = "We may use the content you provide to train our models.";

fn grave_page() -> String {
    Policy::OptOut.html().replace(TRAINING_AFTER, GRAVE)
}

/// The same, where a change of high severity waits so long for a second capture.
async fn about_to_alert_after(confirm_after: Duration) -> (TestApp, Document) {
    let mut app = TestApp::start_at(SystemClock.now() - time::Duration::hours(2)).await;
    app.services_mut().settings.confirm_after = confirm_after;
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    let mut browser = app.member(READER).await;
    app.set_plan(READER, Plan::Watcher).await;
    app.watch(&mut browser, "service-1").await;
    app.relay.clear();
    app.site.set(&document.site_path, &Policy::OptOut.html());
    let mut connection = app.services.pool.acquire().await.unwrap();
    let due = SystemClock.now() - time::Duration::seconds(1);
    atlas_db::source::source_next_poll_update(&mut connection, document.source, due)
        .await
        .unwrap();
    drop(connection);
    (app, document)
}

/// Lets a sound worker finish what a killed one left, and judges what the relay took.
async fn finish(app: &TestApp, relay_class: &str, what: &str, copies_allowed: usize, told: &str) {
    let worker = Worker::start(app, relay_class, None);
    let at_rest = "SELECT (
        (SELECT count(*) FROM delivery WHERE kind = 'alert' AND state = 'accepted') = 1
        AND NOT EXISTS (SELECT FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t
            ON t.id = j.task_id WHERE t.identifier NOT IN ('tick', 'write_digests')))::int::bigint";
    let done = until(PATIENCE, || async { app.count(at_rest).await == 1 }).await;
    assert!(done, "{what}: no rest\n{}\n{}", app.describe().await, worker.log());
    worker.stop().await;
    let mails = app.mails();
    let identities: BTreeSet<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!(
        identities.len(),
        1,
        "{what}: one mail, however many copies: {identities:?}"
    );
    assert!(
        (1..=copies_allowed).contains(&mails.len()),
        "{what}: {} copies",
        mails.len()
    );
    assert!(
        mails.iter().all(|mail| *mail == mails[0]),
        "{what}: a copy differs from the first"
    );
    assert!(mails[0].to == [READER] && mails[0].words().contains(told), "{what}");
    for (table, expected) in [("version", 2), ("change", 1), ("publication", 1), ("alert", 1)] {
        assert_eq!(
            app.count(&format!("SELECT count(*) FROM {table}")).await,
            expected,
            "{what}: {table}"
        );
    }
    assert_eq!(
        app.count("SELECT count(*) FROM delivery WHERE kind = 'alert'").await,
        1,
        "{what}"
    );
    let keys: BTreeSet<&str> = mails.iter().map(|mail| mail.header("Resend-Idempotency-Key")).collect();
    assert_eq!(keys.len(), 1, "{what}: a relay that remembers keys takes one");
}

/// Copies that a relay which remembers nothing may see: one more, if we died between its 250 and our commit.
fn copies_allowed(failpoint: &str) -> usize {
    if failpoint == "deliver.sent" { 2 } else { 1 }
}

async fn dies_at(failpoint: &'static str, relay_class: &'static str) {
    let (app, _) = about_to_alert().await;
    Worker::start(&app, relay_class, Some(failpoint))
        .aborted(failpoint)
        .await;
    finish(&app, relay_class, failpoint, copies_allowed(failpoint), TRAINING_AFTER).await;
}

/// Dies between the two captures that have to agree. With `other_bytes` the second one has the same words in other
/// bytes.
async fn dies_while_confirming(failpoint: &'static str, other_bytes: bool) {
    let (app, document) = about_to_alert_after(Duration::from_secs(3)).await;
    app.site.set(&document.site_path, &grave_page());
    let worker = Worker::start(&app, "blind", Some(failpoint));
    if other_bytes {
        let waits = "SELECT count(*) FROM change_provisional";
        assert!(until(PATIENCE, || async { app.count(waits).await == 1 }).await);
        let html = grave_page().replace("</body>", "<!-- 2 --></body>");
        app.site.set(&document.site_path, &html);
    }
    worker.aborted(failpoint).await;
    finish(&app, "blind", failpoint, 1, GRAVE).await;
    let agreed = "SELECT count(*) FROM version_confirmation WHERE basis = 'second_capture'";
    assert_eq!(app.count(agreed).await, 1, "{failpoint}");
}

async fn dies_everywhere_in(stages: &[&str]) {
    let points: Vec<_> = FAILPOINTS
        .iter()
        .copied()
        .filter(|name| stages.iter().any(|stage| name.starts_with(stage)))
        .collect();
    assert!(!points.is_empty());
    stream::iter(points)
        .map(|name| dies_at(name, "blind"))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
}

const EARLY: [&str; 3] = ["poll.", "record.", "read."];
const LATE: [&str; 2] = ["publish.", "alerts."];
const SENDING: [&str; 1] = ["deliver."];
const CONFIRMING: [&str; 1] = ["confirm."];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_while_a_version_is_made_still_tells_once() {
    dies_everywhere_in(&EARLY).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_while_a_change_is_published_still_tells_once() {
    dies_everywhere_in(&LATE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_while_it_sends_still_tells_once() {
    dies_everywhere_in(&SENDING).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_between_two_captures_that_agree_still_tells_once() {
    let points = FAILPOINTS.iter().filter(|name| name.starts_with(CONFIRMING[0]));
    stream::iter(points)
        .map(|name| dies_while_confirming(name, *name == "confirm.recorded"))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
}

#[test]
fn every_failpoint_belongs_to_a_stage_that_is_killed() {
    let stages = [EARLY.as_slice(), &LATE, &SENDING, &CONFIRMING].concat();
    for name in FAILPOINTS {
        assert!(
            stages.iter().any(|stage| name.starts_with(stage)),
            "no test dies at {name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_remembers_keys_is_given_the_same_one_again() {
    stream::iter(["deliver.before_send", "deliver.sent"])
        .map(|name| dies_at(name, "idempotent"))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
}

/// What can be seen of the way from outside, in its order.
const PROGRESS: [&str; 7] = [
    "SELECT count(*) FROM snapshot",
    "SELECT count(*) FROM version",
    "SELECT count(*) FROM version_reading",
    "SELECT 1 + count(*) FROM publication",
    "SELECT 1 + count(*) FROM alert",
    "SELECT 1 + count(*) FROM delivery WHERE kind = 'alert' AND state <> 'queued'",
    "SELECT 1 + count(*) FROM delivery WHERE kind = 'alert' AND state = 'accepted'",
];

/// Numbers that look random and are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, room: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % room
    }
}

/// Kills the worker twice, each time a few milliseconds after something was seen to have happened.
async fn is_killed_twice(seed: u64) {
    let mut random = Seeded(seed);
    let moment = |random: &mut Seeded| (usize::try_from(random.below(7)).unwrap(), random.below(25));
    let mut moments = [moment(&mut random), moment(&mut random)];
    moments.sort_unstable();
    let what = format!("seed {seed}, killed at {moments:?}");
    let (app, _) = about_to_alert().await;
    for (step, delay) in moments {
        let worker = Worker::start(&app, "blind", None);
        let seen = until(PATIENCE, || async { app.count(PROGRESS[step]).await >= 2 }).await;
        assert!(
            seen,
            "{what}: step {step} was never seen\n{}\n{}",
            app.describe().await,
            worker.log()
        );
        tokio::time::sleep(Duration::from_millis(delay)).await;
        worker.kill();
    }
    // Each kill can fall between the relay's 250 and our commit; after the second such the mail is put aside.
    finish(&app, "blind", &what, 2, TRAINING_AFTER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_at_odd_moments_still_tells_once() {
    stream::iter(1..=10)
        .map(is_killed_twice)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<()>>()
        .await;
}
