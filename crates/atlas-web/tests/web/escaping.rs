//! What people type is shown as text (S-06).

use atlas_mail::{OutgoingMail, Transport};
use axum::http::StatusCode;
use time::macros::datetime;

use crate::harness::{Instance, PASSWORD};

const PAYLOADS: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</title><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "{{7191*7193}}{% raw %}",
    "<a href=javascript:alert(1)>x</a>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
];

fn assert_harmless(page: &str, payload: &str) {
    assert!(
        !page.contains(payload) || !payload.contains('<'),
        "{payload} came back as it was"
    );
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("<svg/onload"));
    assert!(!page.contains("51724863"), "{payload} was computed");
}

#[tokio::test]
async fn a_name_with_markup_is_shown_as_text_everywhere() {
    let instance = Instance::start().await;
    instance.platform("odd", "Odd <b>&\"' name").await;
    let mut browser = instance.member("a@example.org").await;
    for payload in PAYLOADS {
        let form = [("name", payload), ("time_zone", "UTC")];
        assert_eq!(
            browser.post("/app/settings/profile", &form).await.location(),
            "/app/settings?saved=profile"
        );
        for path in ["/app", "/app/settings", "/app/watches", "/pricing", "/no/such/page"] {
            assert_harmless(&browser.get(path).await.body, payload);
        }
        let query: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        assert_harmless(&browser.get(&format!("/app/watches?q={query}")).await.body, payload);
        let mut visitor = instance.browser();
        assert_harmless(
            &visitor.get(&format!("/login?next=/{query}&notice={query}")).await.body,
            payload,
        );
        let form = [
            ("name", payload),
            ("email", payload),
            ("password", PASSWORD),
            ("platform", payload),
        ];
        let answer = visitor.post("/signup", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_harmless(&answer.body, payload);
    }
    let page = browser.get("/app/watches").await.body;
    assert!(page.contains("Odd &#60;b&#62;&#38;&#34;&#39; name"));
}

#[tokio::test]
async fn the_outbox_shows_mails_as_text_and_their_html_in_a_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let transport = Transport::outbox(folder.path());
    let mail = OutgoingMail {
        from: "ConductAtlas <account@atlas.example>".parse().unwrap(),
        to: "a@example.org".parse().unwrap(),
        message_id: "one@atlas.example".to_owned(),
        date: datetime!(2026-11-23 10:00 UTC),
        subject: "Confirm <b>your</b> address".to_owned(),
        text: "Hello <script>alert(1)</script>\n\nhttp://127.0.0.1:8080/confirm/abc\nhttps://evil.example/x\n"
            .to_owned(),
        html: "<p>Hello</p><script>alert(1)</script>".to_owned(),
        unsubscribe_url: None,
        idempotency_key: "one".to_owned(),
    };
    transport.send(&mail).await.unwrap();
    let dir = folder.path().to_owned();
    let instance = Instance::with(|settings| settings.outbox_dir = Some(dir)).await;
    let mut browser = instance.browser();
    let list = browser.get("/outbox").await.body;
    assert!(list.contains("Confirm &#60;b&#62;your&#60;/b&#62; address"));
    let href = list
        .split("href=\"/outbox/")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let page = browser.get(&format!("/outbox/{href}")).await;
    assert!(page.body.contains("<a href=\"/confirm/abc\">"), "{}", page.body);
    assert!(!page.body.contains("href=\"https://evil.example") && !page.body.contains("<script>alert"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    let html = browser.get(&format!("/outbox/{href}/html")).await;
    assert!(html.body.contains("<script>"), "the part itself, as it would be sent");
    assert!(
        html.header("content-security-policy")
            .starts_with("sandbox; default-src 'none'")
    );
    for absent in [
        "/outbox/..%2f..%2fetc%2fpasswd",
        "/outbox/none.eml",
        "/outbox/none.eml/html",
    ] {
        assert_eq!(browser.get(absent).await.status, StatusCode::NOT_FOUND, "{absent}");
    }
}

#[tokio::test]
async fn production_has_no_outbox() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().to_owned();
    let instance = Instance::with(|settings| {
        settings.outbox_dir = Some(dir);
        settings.production = true;
    })
    .await;
    let mut browser = instance.browser();
    assert_eq!(browser.get("/outbox").await.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/login").await.body.contains("/outbox"));
    let without = Instance::start().await;
    assert_eq!(without.browser().get("/outbox").await.status, StatusCode::NOT_FOUND);
}
