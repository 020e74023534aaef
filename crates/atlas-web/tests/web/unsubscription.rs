//! One-click unsubscription (A6, M2 and M3).

use std::time::{Duration, Instant};

use atlas_mail::{MailList, links};
use axum::http::{Method, StatusCode};

use crate::harness::Instance;

#[tokio::test]
async fn one_click_ends_one_list_and_opening_the_link_ends_nothing() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    let account = instance.account_id("a@example.org").await;
    let token = links::unsubscribe_token(&instance.state.settings.secret, &account, MailList::Alerts);
    let link = format!("/u/{token}");
    let mut mail_program = instance.browser();
    for _ in 0..100 {
        let answer = mail_program.get(&link).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.body.contains("Nothing is changed yet."));
    }
    assert_eq!(instance.count("SELECT count(*) FROM unsubscription").await, 0);

    let multipart = "multipart/form-data; boundary=x";
    let urlencoded = "application/x-www-form-urlencoded";
    let mut slowest = Duration::ZERO;
    for (content_type, body) in [
        (urlencoded, "List-Unsubscribe=One-Click"),
        (
            multipart,
            "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n",
        ),
        ("text/plain", ""),
    ] {
        for site in ["cross-site", "none", "same-origin"] {
            let headers = [("content-type", content_type), ("sec-fetch-site", site)];
            let began = Instant::now();
            let answer = mail_program.send(Method::POST, &link, &headers, body.to_owned()).await;
            slowest = slowest.max(began.elapsed());
            assert_eq!(answer.status, StatusCode::OK, "{content_type} {site}");
            assert!(answer.body.contains("You are unsubscribed"));
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
        }
    }
    assert!(slowest < Duration::from_millis(300), "{slowest:?}");
    assert_eq!(instance.count("SELECT count(*) FROM unsubscription").await, 1);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM unsubscription WHERE list = 'alerts'")
            .await,
        1
    );

    mail_program.post(&format!("{link}?lists=all"), &[]).await;
    assert_eq!(instance.count("SELECT count(*) FROM unsubscription").await, 2);
    assert_eq!(
        mail_program.get("/app").await.status,
        StatusCode::SEE_OTHER,
        "the token logs nobody in"
    );
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_not_found() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    let mut browser = instance.browser();
    let other = secrecy::SecretString::from("another secret, just as long".to_owned());
    let account = instance.account_id("a@example.org").await;
    let forged = links::unsubscribe_token(&other, &account, MailList::Digest);
    for token in [forged.as_str(), "x", "a.b.c"] {
        assert_eq!(browser.get(&format!("/u/{token}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            browser.post(&format!("/u/{token}"), &[]).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(instance.count("SELECT count(*) FROM unsubscription").await, 0);
}
