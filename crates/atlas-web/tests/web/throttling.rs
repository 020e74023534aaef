//! How often a stranger may try (S-10), and that nobody is locked out for good.

use axum::http::{Method, StatusCode};
use time::Duration;

use crate::harness::{Browser, Instance, PASSWORD};

async fn guess(browser: &mut Browser, email: &str) -> StatusCode {
    let form = [("email", email), ("password", "a guess that is wrong")];
    browser.post("/login", &form).await.status
}

#[tokio::test]
async fn the_sixth_guess_waits_whether_the_account_exists_or_not() {
    let instance = Instance::start().await;
    instance.member("known@example.org").await;
    for email in ["known@example.org", "nobody@example.org"] {
        let mut browser = instance.browser();
        for _ in 0..5 {
            assert_eq!(guess(&mut browser, email).await, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let answer = browser
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), "180");
        assert!(answer.body.contains("That was too often") && answer.body.contains("3 minutes"));
    }
    // The owner, from elsewhere, is not locked out; and the one who waits may try again.
    let mut owner = instance.browser();
    let log_in = [("email", "known@example.org"), ("password", PASSWORD)];
    assert_eq!(owner.post("/login", &log_in).await.location(), "/app");
    let mut waiting = instance.browser();
    for _ in 0..5 {
        guess(&mut waiting, "known@example.org").await;
    }
    assert_eq!(
        guess(&mut waiting, "known@example.org").await,
        StatusCode::TOO_MANY_REQUESTS
    );
    instance.clock.advance(Duration::minutes(3));
    assert_eq!(
        guess(&mut waiting, "known@example.org").await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        guess(&mut waiting, "known@example.org").await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn guesses_from_many_networks_reach_one_account_a_few_times_only() {
    let instance = Instance::start().await;
    instance.member("known@example.org").await;
    let mut reached = 0;
    for _ in 0..60 {
        if guess(&mut instance.browser(), "known@example.org").await == StatusCode::UNPROCESSABLE_ENTITY {
            reached += 1;
        }
    }
    assert_eq!(reached, 25);
}

#[tokio::test]
async fn a_network_may_not_guess_at_many_accounts() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let mut reached = 0;
    for number in 0..60 {
        if guess(&mut browser, &format!("person{number}@example.org")).await == StatusCode::UNPROCESSABLE_ENTITY {
            reached += 1;
        }
    }
    assert_eq!(reached, 50);
}

#[tokio::test]
async fn the_clients_word_on_its_address_is_not_believed() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let mut last = StatusCode::OK;
    for number in 0..6 {
        let spoofed = format!("198.51.100.{number}");
        let headers = [
            ("x-forwarded-for", spoofed.as_str()),
            ("x-real-ip", &spoofed),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = "email=a%40example.org&password=a+guess+that+is+wrong".to_owned();
        last = browser.send(Method::POST, "/login", &headers, body).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_address_gets_at_most_three_mails_a_day_and_no_answer_tells() {
    let instance = Instance::start().await;
    let form = [("email", "a@example.org"), ("password", PASSWORD), ("terms", "on")];
    for _ in 0..6 {
        assert_eq!(
            instance.browser().post("/signup", &form).await.location(),
            "/signup/check"
        );
        let answer = instance
            .browser()
            .post("/signup/resend", &[("email", "a@example.org")])
            .await;
        assert_eq!(answer.location(), "/signup/check?why=again");
    }
    assert_eq!(instance.count("SELECT count(*) FROM delivery").await, 3);
    instance.clock.advance(Duration::days(1));
    instance
        .browser()
        .post("/signup/resend", &[("email", "a@example.org")])
        .await;
    assert_eq!(instance.count("SELECT count(*) FROM delivery").await, 4);
}

#[tokio::test]
async fn one_network_opens_twenty_accounts_a_day() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let mut statuses = Vec::new();
    for number in 0..21 {
        let email = format!("person{number}@example.org");
        let form = [("email", email.as_str()), ("password", PASSWORD), ("terms", "on")];
        statuses.push(browser.post("/signup", &form).await.status);
    }
    assert!(statuses[..20].iter().all(|status| *status == StatusCode::SEE_OTHER));
    assert_eq!(statuses[20], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM throttle WHERE bucket LIKE '%@%'")
            .await,
        0,
        "no address is kept"
    );
}
