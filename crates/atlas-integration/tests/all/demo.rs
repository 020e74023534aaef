//! The program as one starts it: samples, web and worker in one process, a change on demand, a mail.

use std::time::Duration;

use atlas_integration::{Browser, Mail, PASSWORD, ScratchDatabase, Up};
use atlas_mail::testing::{Mishap, SmtpSink};

const READER: &str = "maryam@example.org";
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for mail number `count` and hands it over.
async fn mail(relay: &SmtpSink, count: usize, up: &Up) -> Mail {
    assert!(
        relay.wait_for(count, PATIENCE).await,
        "mail {count} did not come\n{}",
        up.log()
    );
    Mail::parse(&relay.accepted()[count - 1])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_instance_has_samples_that_change_on_demand_and_tells_their_watcher() {
    let database = ScratchDatabase::create().await;
    let relay = SmtpSink::start().await.unwrap();
    let up = Up::start(&database, &relay).await;
    let mut browser = Browser::at(up.base_url());
    browser.get("/").await.expect_status(200).assert_says("Sample");

    let form = browser.get("/signup").await.form("/signup");
    let form = form
        .fill("email", READER)
        .fill("password", PASSWORD)
        .fill("terms", "on");
    browser.submit(form).await.expect_status(200);
    let link = mail(&relay, 1, &up).await.link(up.base_url(), "/confirm/");
    let page = browser.get(&link).await.expect_status(200);
    browser.submit(page.form(&link)).await.expect_status(200);
    let form = browser
        .get("/login")
        .await
        .form("/login")
        .fill("email", READER)
        .fill("password", PASSWORD);
    assert_eq!(browser.submit(form).await.path, "/app");
    up.verb(&["admin", "plan", READER, "watcher"]).await;

    let (platform, document) = atlas_demo::platforms()
        .iter()
        .find_map(|platform| {
            Some((
                platform,
                platform.documents.iter().find(|document| document.pending.is_some())?,
            ))
        })
        .expect("a sample that has something to happen");
    let page = browser
        .get(&format!("/platform/{}", platform.slug))
        .await
        .expect_status(200);
    let form = page.form_for("/watch", "platform", &platform.slug);
    browser.submit(form).await.expect_status(200).assert_says("Watching");
    up.verb(&["demo", "step", &platform.slug, &document.slug]).await;
    let alert = mail(&relay, 2, &up).await;
    assert!(
        alert.subject.contains("[Sample]") && alert.subject.contains(&platform.name),
        "{}",
        alert.subject
    );
    let change = alert.link(up.base_url(), "/change/");
    let page = browser.get(&change).await.expect_status(200);
    assert!(page.body.contains("Sample text"), "a sample is marked as one");
    assert!(
        alert.words().contains("BEFORE") && alert.words().contains("AFTER"),
        "{}",
        alert.text
    );

    // Whoever looks after the instance gets an answer to everything.
    for (words, answer) in [
        (&["admin", "jobs"][..], "0 jobs were given up"),
        (&["admin", "poll", &platform.slug], "are polled now"),
        (&["admin", "confirm", READER], "is confirmed"),
        (&["admin", "digest", READER], "is on its way"),
        (&["doctor"], "ok    database as worker"),
    ] {
        let said = up.verb(words).await;
        assert!(said.contains(answer), "{words:?} said {said}");
    }
    let digest = mail(&relay, 3, &up).await;
    assert!(
        digest.words().contains("BEFORE") && digest.words().contains("AFTER"),
        "{}",
        digest.text
    );

    // A second start is warm: everything is still there, nothing is told twice.
    let up = up.restart(&database, &relay, &[]).await;
    let mut visitor = Browser::at(up.base_url());
    visitor.get(&change).await.expect_status(200);
    assert_eq!(relay.accepted().len(), 3);
    up.stop().await;
}

const ACCEPTED: &str = "SELECT count(*) FROM delivery WHERE state = 'accepted'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_is_stopped_while_the_relay_hesitates_still_learns_its_answer() {
    let database = ScratchDatabase::create().await;
    let relay = SmtpSink::start().await.unwrap();
    let up = Up::start(&database, &relay).await;
    let mut browser = Browser::at(up.base_url());
    let form = browser.get("/signup").await.form("/signup");
    let form = form
        .fill("email", READER)
        .fill("password", PASSWORD)
        .fill("terms", "on");
    relay.next(Mishap::SlowReply(Duration::from_secs(2)));
    browser.submit(form).await.expect_status(200);
    mail(&relay, 1, &up).await;
    up.stop().await;
    assert_eq!(database.count(ACCEPTED).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_rest_where_nobody_serves_them_and_production_refuses_them() {
    const AWAKE: &str = "SELECT count(*) FROM source s JOIN document d ON d.id = s.document_id
        JOIN platform p ON p.id = d.platform_id WHERE p.is_sample AND s.paused_at IS NULL";
    let database = ScratchDatabase::create().await;
    let relay = SmtpSink::start().await.unwrap();
    let up = Up::start(&database, &relay).await;
    let awake = database.count(AWAKE).await;
    assert_ne!(awake, 0);
    let up = up.restart(&database, &relay, &["--no-demo"]).await;
    assert_eq!(database.count(AWAKE).await, 0);
    let up = up.restart(&database, &relay, &[]).await;
    assert_eq!(database.count(AWAKE).await, awake);
    let said = up.refused_in_production("serve").await;
    assert!(said.contains("sample platforms"), "{said}");
}
