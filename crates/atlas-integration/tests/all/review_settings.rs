//! What goes out without review follows the settings with which a worker starts.

use std::time::Duration;

use atlas_integration::{Policy, TestApp, Worker, until};

const PAGE: &str = "/platform/service-1/privacy-policy/model-training-use";
const SHOWN: &str = "SELECT count(*) FROM finding WHERE position >= 0";

#[tokio::test]
async fn a_worker_that_starts_with_other_review_settings_holds_findings_back_and_shows_them_again() {
    let app = TestApp::start().await;
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    let all = app.count(SHOWN).await;
    assert!(all > 0);

    let strict = Worker::start_with(&app, "blind", &[("CONDUCTATLAS_REVIEW_PUBLISH", "reviewed")]);
    let held_back = until(Duration::from_secs(40), || async { app.count(SHOWN).await == 0 }).await;
    assert!(held_back, "{}", strict.log());
    assert_eq!(app.browser().get(PAGE).await.status, 404);
    strict.stop().await;

    let open = Worker::start_with(&app, "blind", &[("CONDUCTATLAS_REVIEW_PUBLISH", "all")]);
    let shown = until(Duration::from_secs(40), || async { app.count(SHOWN).await == all }).await;
    assert!(shown, "{}", open.log());
    open.stop().await;
    assert!(logged(&app).contains("review settings changed: publish all"));
    app.browser().get(PAGE).await.assert_says("no person has reviewed it");
}

fn logged(app: &TestApp) -> String {
    std::fs::read_to_string(app.data().join("worker.log")).unwrap_or_default()
}
