//! A forgotten password, and a changed one (S-14).

use axum::http::{Method, StatusCode};
use time::Duration;

use crate::harness::{Instance, PASSWORD};

const CHANGED: &str = "SELECT count(*) FROM delivery WHERE kind = 'password_changed'";
const NEW: &str = "seven geese over the harbour";

#[tokio::test]
async fn a_reset_link_works_once_ends_every_session_and_logs_nobody_in() {
    let instance = Instance::start().await;
    let mut browser = instance.member("a@example.org").await;
    let mut stranger = instance.browser();
    let answer = stranger.post("/password/forgot", &[("email", "A@example.org")]).await;
    assert_eq!(answer.location(), "/password/forgot?sent=1");
    let token = instance.mailed_token("reset_password", "a@example.org").await.unwrap();
    let link = format!("/password/reset/{token}");
    for _ in 0..5 {
        let answer = stranger.get(&link).await;
        assert_eq!(
            (answer.status, answer.header("referrer-policy")),
            (StatusCode::OK, "no-referrer")
        );
    }
    let answer = stranger.post(&link, &[("password", "short")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        browser.get("/app").await.status,
        StatusCode::OK,
        "nothing has changed yet"
    );

    let answer = stranger.post(&link, &[("password", NEW)]).await;
    assert_eq!(answer.location(), "/login?notice=reset");
    assert!(stranger.cookie.is_none());
    assert_eq!(instance.count(CHANGED).await, 1, "the holder is told, once");
    assert_eq!(
        browser.get("/app").await.location(),
        "/login",
        "the old session has ended"
    );
    assert_eq!(
        stranger.post(&link, &[("password", PASSWORD)]).await.status,
        StatusCode::GONE
    );
    assert_eq!(stranger.get(&link).await.status, StatusCode::GONE);
    let old = [("email", "a@example.org"), ("password", PASSWORD)];
    assert_eq!(
        browser.post("/login", &old).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let new = [("email", "a@example.org"), ("password", NEW)];
    assert_eq!(browser.post("/login", &new).await.location(), "/app");
}

#[tokio::test]
async fn of_two_uses_at_once_one_wins() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    instance
        .browser()
        .post("/password/forgot", &[("email", "a@example.org")])
        .await;
    let token = instance.mailed_token("reset_password", "a@example.org").await.unwrap();
    let link = format!("/password/reset/{token}");
    let (mut first, mut second) = (instance.browser(), instance.browser());
    let one = [("password", "the first of two passwords")];
    let two = [("password", "the second of two passwords")];
    let (one, two) = tokio::join!(first.post(&link, &one), second.post(&link, &two));
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::GONE]);
}

#[tokio::test]
async fn a_link_grows_old_and_a_newer_one_replaces_it() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    let mut browser = instance.browser();
    browser.post("/password/forgot", &[("email", "a@example.org")]).await;
    let first = instance.mailed_token("reset_password", "a@example.org").await.unwrap();
    browser.post("/password/forgot", &[("email", "a@example.org")]).await;
    let second = instance.mailed_token("reset_password", "a@example.org").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(
        browser.get(&format!("/password/reset/{first}")).await.status,
        StatusCode::GONE
    );
    assert_eq!(
        browser.get(&format!("/password/reset/{second}")).await.status,
        StatusCode::OK
    );
    // A link that confirms an address is no link to a password, and the other way round.
    assert_eq!(
        browser.post(&format!("/confirm/{second}"), &[]).await.status,
        StatusCode::GONE
    );
    instance.clock.advance(Duration::minutes(31));
    assert_eq!(
        browser.get(&format!("/password/reset/{second}")).await.status,
        StatusCode::GONE
    );
    assert_eq!(
        browser
            .post(&format!("/password/reset/{second}"), &[("password", NEW)])
            .await
            .status,
        StatusCode::GONE
    );
}

#[tokio::test]
async fn what_a_mail_says_does_not_depend_on_the_host_header() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    let headers = [
        ("host", "evil.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = "email=a%40example.org".to_owned();
    instance
        .browser()
        .send(Method::POST, "/password/forgot", &headers, body)
        .await;
    let ours = "SELECT count(*) FROM delivery WHERE kind = 'reset_password' AND message_id LIKE '%@127.0.0.1'";
    assert_eq!(instance.count(ours).await, 1);
}

#[tokio::test]
async fn a_signed_in_person_changes_the_password_with_the_current_one() {
    let instance = Instance::start().await;
    let mut browser = instance.member("a@example.org").await;
    let mut other = instance.browser();
    other
        .post("/login", &[("email", "a@example.org"), ("password", PASSWORD)])
        .await;
    let before = browser.cookie.clone();
    let wrong = [("current", "not my password at all"), ("password", NEW)];
    let answer = browser.post("/app/settings/password", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("This is not your current password"));
    let answer = browser
        .post("/app/settings/password", &[("current", PASSWORD), ("password", NEW)])
        .await;
    assert_eq!(answer.location(), "/app/settings?saved=password");
    assert_ne!(browser.cookie, before, "the session is a new one");
    assert_eq!(instance.count(CHANGED).await, 1, "the holder is told, once");
    assert_eq!(browser.get("/app").await.status, StatusCode::OK);
    assert_eq!(other.get("/app").await.location(), "/login");
}
