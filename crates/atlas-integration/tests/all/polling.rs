//! What a poll costs when nothing changed, and what it leaves when nothing could be read.

use atlas_domain::CaptureOutcome;
use atlas_integration::{Document, Policy, TestApp};

const TABLES: [&str; 7] = [
    "capture",
    "snapshot",
    "version",
    "finding",
    "change",
    "publication",
    "graphile_worker._private_jobs",
];

async fn held(app: &TestApp) -> Document {
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.site.set_etag(&document.site_path, Some("\"one\""));
    app.poll(&document).await;
    assert_eq!(app.count("SELECT count(*) FROM version").await, 1);
    document
}

#[tokio::test]
async fn a_page_that_is_confirmed_costs_one_request_and_one_counter() {
    let app = TestApp::start().await;
    let document = held(&app).await;
    let before = app.counts(&TABLES).await;
    for checks in 1..=3 {
        app.poll(&document).await;
        assert_eq!(app.count("SELECT checks FROM unchanged_run").await, checks);
    }
    assert_eq!(app.site.requests(&document.site_path), 4);
    assert_eq!(app.site.confirmed(&document.site_path), 3);
    assert_eq!(app.counts(&TABLES).await, before);
    let mut visitor = app.browser();
    visitor
        .get("/platform/service-1/privacy-policy")
        .await
        .assert_says("Found unchanged 3 times");
}

#[tokio::test]
async fn equal_bytes_without_validators_cost_no_more() {
    let app = TestApp::start().await;
    let document = held(&app).await;
    app.site.set_etag(&document.site_path, None);
    let before = app.counts(&TABLES).await;
    for checks in 1..=3 {
        app.poll(&document).await;
        assert_eq!(app.count("SELECT checks FROM unchanged_run").await, checks);
    }
    assert_eq!(app.site.confirmed(&document.site_path), 0);
    assert_eq!(app.counts(&TABLES).await, before);
}

/// A way in which a page cannot be read, and what it is called.
type Failure = (fn(&TestApp, &Document), CaptureOutcome);

#[tokio::test]
async fn a_failure_has_a_name_a_repair_and_leaves_the_last_version_standing() {
    let challenge = |app: &TestApp, document: &Document| {
        app.site.set(
            &document.site_path,
            "<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>\
             <p>Enable JavaScript and cookies to continue</p></body></html>",
        );
    };
    let failures: [Failure; 6] = [
        (
            |app, document| app.site.set_status(&document.site_path, 404),
            CaptureOutcome::Gone,
        ),
        (
            |app, document| app.site.set_status(&document.site_path, 403),
            CaptureOutcome::Blocked,
        ),
        (
            |app, document| app.site.set_status(&document.site_path, 401),
            CaptureOutcome::LoginWall,
        ),
        (
            |app, document| app.site.set_status(&document.site_path, 503),
            CaptureOutcome::ServerError,
        ),
        (
            |app, document| app.site.set_content_type(&document.site_path, "image/png"),
            CaptureOutcome::WrongType,
        ),
        (challenge, CaptureOutcome::Challenge),
    ];
    let app = TestApp::start().await;
    let document = held(&app).await;
    app.site.set_etag(&document.site_path, None);
    for (fail, outcome) in failures {
        fail(&app, &document);
        app.poll(&document).await;
        let found = app
            .count(&format!("SELECT count(*) FROM source WHERE last_outcome = '{outcome}'"))
            .await;
        assert_eq!(found, 1, "{outcome}");
        let mut visitor = app.browser();
        let coverage = visitor.get("/coverage").await.expect_status(200);
        coverage.assert_says(outcome.label());
        coverage.assert_says(outcome.repair());
        let page = visitor
            .get("/platform/service-1/privacy-policy")
            .await
            .expect_status(200);
        page.assert_says(outcome.repair());
        page.assert_says("The last version that passed stands below.");
        assert_eq!(app.count("SELECT count(*) FROM version").await, 1, "{outcome}");

        app.site.set(&document.site_path, &Policy::OptIn.html());
        app.site
            .set_content_type(&document.site_path, "text/html; charset=utf-8");
        app.poll(&document).await;
        let well = app
            .count("SELECT count(*) FROM source WHERE failures = 0 AND last_success_at IS NOT NULL")
            .await;
        assert_eq!(well, 1, "after {outcome} it is read again");
        assert_eq!(app.count("SELECT count(*) FROM version").await, 1, "{outcome}");
    }
}

#[tokio::test]
async fn a_source_that_was_never_read_shows_nothing_in_its_place() {
    let app = TestApp::start().await;
    let document = app.add_platform("service-1", "Service 1").await;
    app.poll(&document).await;
    let page = app
        .browser()
        .get("/platform/service-1/privacy-policy")
        .await
        .expect_status(200);
    page.assert_says(CaptureOutcome::Gone.label());
    page.assert_says("No version yet");
    assert_eq!(app.count("SELECT count(*) FROM version").await, 0);
}

#[tokio::test]
async fn an_instance_that_is_told_not_to_poll_leaves_real_platforms_alone() {
    let mut app = TestApp::start().await;
    let document = held(&app).await;
    app.services_mut().settings.poll = false;
    app.poll(&document).await;
    assert_eq!(app.site.requests(&document.site_path), 1);
    sqlx::query("UPDATE platform SET is_sample = true")
        .execute(&app.owner)
        .await
        .unwrap();
    app.poll(&document).await;
    assert_eq!(app.site.requests(&document.site_path), 2, "samples live on");
}
