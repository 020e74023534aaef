//! From signing up to being logged in, and out.

use atlas_domain::Clock as _;
use axum::http::StatusCode;
use time::Duration;

use crate::harness::{Instance, PASSWORD};

#[tokio::test]
async fn a_person_signs_up_confirms_and_logs_in_and_one_mail_is_queued() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let form = [
        ("name", "Maryam"),
        ("email", "Maryam@Example.org"),
        ("password", PASSWORD),
        ("terms", "on"),
    ];
    let answer = browser.post("/signup", &form).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/signup/check")
    );
    assert!(browser.cookie.is_none(), "signing up logs nobody in");

    let queued = {
        let mut connection = instance.owner.acquire().await.unwrap();
        atlas_jobs::queued(&mut connection, 10).await.unwrap()
    };
    assert_eq!(
        queued.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(),
        ["deliver"]
    );
    let tier_and_state = "SELECT count(*) FROM delivery WHERE kind = 'confirm_email' AND tier = 0 AND state = 'queued'";
    assert_eq!(instance.count(tier_and_state).await, 1);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM membership WHERE role = 'owner'")
            .await,
        1
    );

    // Before the confirmation the right password leads to the mail, and to no session.
    let log_in = [("email", "maryam@example.org"), ("password", PASSWORD)];
    let answer = browser.post("/login", &log_in).await;
    assert_eq!(answer.location(), "/signup/check?why=unconfirmed");
    assert!(browser.cookie.is_none());

    let token = instance
        .mailed_token("confirm_email", "maryam@example.org")
        .await
        .unwrap();
    let link = format!("/confirm/{token}");
    for _ in 0..5 {
        let answer = browser.get(&link).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.body.contains(&format!("action=\"{link}\"")));
    }
    let unconfirmed = "SELECT count(*) FROM account WHERE email_confirmed_at IS NULL";
    assert_eq!(instance.count(unconfirmed).await, 1, "opening the link changes nothing");
    assert_eq!(browser.post(&link, &[]).await.location(), "/login?notice=confirmed");
    assert_eq!(
        browser.post(&link, &[]).await.status,
        StatusCode::GONE,
        "a link works once"
    );
    assert_eq!(browser.get(&link).await.status, StatusCode::GONE);

    let answer = browser.post("/login", &log_in).await;
    assert_eq!(answer.location(), "/app");
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let answer = browser.get("/app").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("Maryam") && answer.body.contains("Free plan, owner"));
    assert_eq!(answer.header("cache-control"), "private, no-store");

    let kept = browser.clone();
    assert_eq!(browser.post("/logout", &[]).await.location(), "/login?notice=ended");
    assert!(browser.cookie.is_none());
    let mut replayed = kept;
    assert_eq!(
        replayed.get("/app").await.location(),
        "/login",
        "a session that was ended stays ended"
    );
}

#[tokio::test]
async fn the_form_says_what_is_wrong_beside_each_field() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let answer = browser
        .post(
            "/signup",
            &[
                ("email", "m.okafor.meridian"),
                ("password", "short"),
                ("platform", "No such thing"),
            ],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "4 things need your attention",
        "href=\"#email\"",
        "Enter an e-mail address with an @ sign",
        "Use a password of at least 15 characters",
        "value=\"m.okafor.meridian\"",
        "Accept the terms",
        "aria-invalid=\"true\"",
    ] {
        assert!(answer.body.contains(words), "{words}");
    }
    assert!(
        !answer.body.contains("value=\"short\""),
        "a password is never sent back"
    );
    assert_eq!(instance.count("SELECT count(*) FROM account").await, 0);
}

#[tokio::test]
async fn a_platform_chosen_at_sign_up_is_watched() {
    let instance = Instance::start().await;
    instance.platform("halden-ai", "Halden AI").await;
    let mut browser = instance.browser();
    assert!(
        browser
            .get("/signup?platform=halden-ai")
            .await
            .body
            .contains("value=\"Halden AI\"")
    );
    let form = [
        ("email", "a@example.org"),
        ("password", PASSWORD),
        ("platform", "halden ai"),
        ("terms", "on"),
    ];
    assert_eq!(browser.post("/signup", &form).await.location(), "/signup/check");
    assert_eq!(instance.count("SELECT count(*) FROM watch").await, 1);
}

#[tokio::test]
async fn the_way_back_after_logging_in_stays_on_this_site() {
    let instance = Instance::start().await;
    let mut browser = instance.member("a@example.org").await;
    browser.post("/logout", &[]).await;
    let next = browser.get("/app/watches?q=x").await;
    assert_eq!(next.location(), "/login?next=%2Fapp%2Fwatches%3Fq%3Dx");
    for (next, lands) in [
        ("/app/watches?q=x", "/app/watches?q=x"),
        ("//evil.example", "/app"),
        ("https://evil.example", "/app"),
        ("/\\evil.example", "/app"),
    ] {
        let form = [("email", "a@example.org"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/login", &form).await.location(), lands);
        browser.post("/logout", &[]).await;
    }
}

#[tokio::test]
async fn a_session_is_new_at_every_log_in_and_ends_by_itself() {
    let instance = Instance::start().await;
    let mut browser = instance.member("a@example.org").await;
    let first = browser.cookie.clone().unwrap();
    let log_in = [("email", "a@example.org"), ("password", PASSWORD), ("keep", "on")];
    let answer = browser.post("/login", &log_in).await;
    assert!(answer.header("set-cookie").contains("Max-Age=2592000"));
    assert_ne!(browser.cookie.as_ref(), Some(&first));
    let mut fixed = browser.clone();
    fixed.cookie = Some(first);
    assert_eq!(
        fixed.get("/app").await.location(),
        "/login",
        "the session before the log-in is gone"
    );

    // Used every ten days it lives, but not longer than thirty.
    for _ in 0..2 {
        instance.clock.advance(Duration::days(10));
        assert_eq!(browser.get("/app").await.status, StatusCode::OK);
    }
    instance.clock.advance(Duration::days(11));
    assert_eq!(browser.get("/app").await.location(), "/login");

    browser.post("/login", &log_in).await;
    assert_eq!(browser.get("/app").await.status, StatusCode::OK);
    instance.clock.advance(Duration::days(15));
    assert_eq!(browser.get("/app").await.location(), "/login", "fifteen days unused");
    assert!(instance.clock.now().year() > 2025);
}

#[tokio::test]
async fn the_cookie_has_the_host_prefix_where_the_site_is_served_over_tls() {
    let instance = Instance::with(|settings| settings.base_url = "https://atlas.example".to_owned()).await;
    let mut browser = instance.member("a@example.org").await;
    let cookie = browser.cookie.clone().unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    let answer = browser.post("/logout", &[]).await;
    assert!(answer.header("set-cookie").contains("Secure"));
    assert!(answer.header("strict-transport-security").contains("max-age=31536000"));
    // The name without the prefix is not believed here.
    browser.cookie = Some(cookie.replace("__Host-session=", "session="));
    assert_eq!(browser.get("/app").await.location(), "/login");
}

#[tokio::test]
async fn settings_are_kept_and_other_sessions_can_be_ended() {
    let instance = Instance::start().await;
    let mut browser = instance.member("a@example.org").await;
    let mut other = instance.browser();
    other
        .post("/login", &[("email", "a@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(other.get("/app").await.status, StatusCode::OK);

    let answer = browser
        .post(
            "/app/settings/profile",
            &[("name", "Mo"), ("time_zone", "Africa/Lagos")],
        )
        .await;
    assert_eq!(answer.location(), "/app/settings?saved=profile");
    let page = browser.get("/app/settings").await.body;
    assert!(page.contains("value=\"Mo\"") && page.contains("<option selected>Africa/Lagos"));
    assert!(
        page.contains("<strong>Mo</strong>"),
        "the personal organization is renamed with its owner"
    );
    let bad = browser
        .post(
            "/app/settings/profile",
            &[("name", "Mo"), ("time_zone", "Nowhere/Land")],
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);

    browser.post("/app/settings/mail", &[("digest", "on")]).await;
    assert_eq!(
        instance
            .count("SELECT count(*) FROM unsubscription WHERE list = 'alerts'")
            .await,
        1
    );
    browser
        .post("/app/settings/mail", &[("digest", "on"), ("alerts", "on")])
        .await;
    assert_eq!(instance.count("SELECT count(*) FROM unsubscription").await, 0);

    browser.post("/app/settings/sessions", &[("session", "others")]).await;
    assert_eq!(other.get("/app").await.location(), "/login");
    assert_eq!(browser.get("/app").await.status, StatusCode::OK);
}
