//! A stranger cannot learn whether an address has an account (S-09, in status, body and headers).

use crate::harness::{Answer, Instance, PASSWORD};

/// All that a stranger sees, without what differs between any two requests.
fn seen(answer: &Answer, email: &str) -> (u16, String, String, Vec<String>) {
    let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    (
        answer.status.as_u16(),
        answer.location().to_owned(),
        answer.body.replace(email, "<address>"),
        names,
    )
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_answers() {
    let instance = Instance::start().await;
    instance.member("known@example.org").await;
    let mut unconfirmed = instance.browser();
    let sign_up = [
        ("email", "waiting@example.org"),
        ("password", PASSWORD),
        ("terms", "on"),
    ];
    unconfirmed.post("/signup", &sign_up).await;

    let mut answers = Vec::new();
    for email in ["known@example.org", "nobody@example.org", "waiting@example.org"] {
        let mut browser = instance.browser();
        let wrong = browser
            .post("/login", &[("email", email), ("password", "not the password at all")])
            .await;
        let forgot = browser.post("/password/forgot", &[("email", email)]).await;
        let resend = browser.post("/signup/resend", &[("email", email)]).await;
        let form = [("email", email), ("password", PASSWORD), ("terms", "on")];
        let sign_up = browser.post("/signup", &form).await;
        answers.push([wrong, forgot, resend, sign_up].map(|answer| seen(&answer, email)));
    }
    assert_eq!(answers[0], answers[1], "known and unknown");
    assert_eq!(answers[0], answers[2], "known and unconfirmed");
}

#[tokio::test]
async fn a_known_address_that_signs_up_again_gets_another_mail_and_keeps_its_password() {
    let instance = Instance::start().await;
    instance.member("known@example.org").await;
    let mut stranger = instance.browser();
    let theirs = "a password of the stranger's own";
    let form = [("email", "known@example.org"), ("password", theirs), ("terms", "on")];
    stranger.post("/signup", &form).await;
    assert_eq!(instance.count("SELECT count(*) FROM account").await, 1);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM delivery WHERE kind = 'already_registered'")
            .await,
        1
    );
    let answer = stranger
        .post("/login", &[("email", "known@example.org"), ("password", theirs)])
        .await;
    assert_eq!(answer.status.as_u16(), 422);
    let answer = stranger
        .post("/login", &[("email", "known@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.location(), "/app");
}

#[tokio::test]
async fn nobody_prepares_an_account_for_somebody_elses_address() {
    let instance = Instance::start().await;
    let mut attacker = instance.browser();
    let theirs = "a password of the attacker's own";
    let form = [("email", "victim@example.org"), ("password", theirs), ("terms", "on")];
    attacker.post("/signup", &form).await;
    let first = instance
        .mailed_token("confirm_email", "victim@example.org")
        .await
        .unwrap();

    let mut victim = instance.browser();
    let form = [("email", "victim@example.org"), ("password", PASSWORD), ("terms", "on")];
    victim.post("/signup", &form).await;
    let second = instance
        .mailed_token("confirm_email", "victim@example.org")
        .await
        .unwrap();
    assert_eq!(
        victim.post(&format!("/confirm/{first}"), &[]).await.status.as_u16(),
        410,
        "the older link"
    );
    assert_eq!(
        victim.post(&format!("/confirm/{second}"), &[]).await.location(),
        "/login?notice=confirmed"
    );
    let answer = attacker
        .post("/login", &[("email", "victim@example.org"), ("password", theirs)])
        .await;
    assert_eq!(answer.status.as_u16(), 422);
    let answer = victim
        .post("/login", &[("email", "victim@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.location(), "/app");
}
