//! What every response carries, whatever it is: security headers, one cache class, and the error page.

use axum::http::{Method, StatusCode};

use crate::{
    harness::{Answer, Instance},
    routes::{declared, filled},
};

fn assert_secure(what: &str, answer: &Answer) {
    // The picture of a share is shown on somebody else's page.
    let is_picture = answer.status == StatusCode::OK && what.starts_with("GET /og/");
    let expected = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        (
            "cross-origin-resource-policy",
            if is_picture { "cross-origin" } else { "same-origin" },
        ),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(name), value, "{name} of {what}");
    }
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(
        !policy.contains("unsafe-inline") || policy.starts_with("sandbox;"),
        "{what}: {policy}"
    );
    assert!(!policy.contains("unsafe-eval"), "{what}");
    assert!(
        ["strict-origin-when-cross-origin", "no-referrer"].contains(&answer.header("referrer-policy")),
        "referrer policy of {what}"
    );
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    let classes = [
        "public, max-age=60",
        "public, max-age=604800",
        "private, no-store",
        "public, max-age=31536000, immutable",
    ];
    assert!(
        classes.contains(&answer.header("cache-control")),
        "{what}: {:?}",
        answer.header("cache-control")
    );
    if answer.headers.contains_key("set-cookie") {
        assert_eq!(answer.header("cache-control"), "private, no-store", "{what}");
    }
}

fn assert_no_inline(what: &str, body: &str) {
    for mark in [
        " style=\"",
        " onclick=",
        " onload=",
        " onerror=",
        "<style",
        "javascript:",
    ] {
        assert!(!body.contains(mark), "{what} holds {mark}");
    }
    for script in body.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(
            tag.contains("src=\"/static/") || tag.contains("application/ld+json"),
            "{what}: <script{tag}>"
        );
    }
}

#[tokio::test]
async fn every_route_carries_the_security_headers_and_one_cache_class() {
    let instance = Instance::start().await;
    let mut visitor = instance.browser();
    let mut member = instance.member("a@example.org").await;
    for route in declared() {
        let path = filled(&route.path);
        if route.get {
            for (who, browser) in [("visitor", &mut visitor), ("member", &mut member)] {
                let answer = browser.get(&path).await;
                assert_secure(&format!("GET {path} as {who}"), &answer);
                assert_no_inline(&path, &answer.body);
                assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "GET {path} as {who}");
            }
        }
        if route.post && route.path != "/logout" {
            let answer = visitor.post(&path, &[]).await;
            assert_secure(&format!("POST {path}"), &answer);
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "POST {path}");
        }
    }
}

#[tokio::test]
async fn errors_of_every_layer_are_one_page_with_a_request_id() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let not_found = browser.get("/no/such/record").await;
    let wrong_method = browser.send(Method::DELETE, "/login", &[], String::new()).await;
    let cross_site = browser
        .send(
            Method::POST,
            "/login",
            &[("sec-fetch-site", "cross-site")],
            String::new(),
        )
        .await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let too_large = browser
        .send(
            Method::POST,
            "/login",
            &[form],
            format!("email={}", "a".repeat(300 * 1024)),
        )
        .await;
    let unreadable = browser
        .send(Method::POST, "/theme", &[form], "theme=%ff".to_owned())
        .await;
    for (answer, status, words) in [
        (not_found, StatusCode::NOT_FOUND, "No record has this address"),
        (
            wrong_method,
            StatusCode::METHOD_NOT_ALLOWED,
            "does not take that kind of request",
        ),
        (cross_site, StatusCode::FORBIDDEN, "This request was refused"),
        (too_large, StatusCode::PAYLOAD_TOO_LARGE, "larger than we accept"),
        (unreadable, StatusCode::UNPROCESSABLE_ENTITY, "could not be read"),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(words), "{status}: {}", answer.body);
        let id = answer.header("x-request-id");
        assert_eq!(id.len(), 32);
        assert!(answer.body.contains(id), "{status}");
        assert_secure(status.as_str(), &answer);
    }
}

#[tokio::test]
async fn static_files_are_found_under_their_hashed_names_only() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let page = browser.get("/login").await.body;
    let addresses: Vec<&str> = page.split('"').filter(|text| text.starts_with("/static/")).collect();
    assert!(addresses.len() >= 6, "{addresses:?}");
    for address in addresses {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_secure(address, &answer);
    }
    for absent in [
        "/static/app.css",
        "/static/missing",
        "/static/../Cargo.toml",
        "/static/..%2fCargo.toml",
    ] {
        assert_eq!(browser.get(absent).await.status, StatusCode::NOT_FOUND, "{absent}");
    }
    assert_eq!(browser.get("/favicon.ico").await.status, StatusCode::MOVED_PERMANENTLY);
}

#[tokio::test]
async fn the_theme_is_the_readers_own_choice() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    assert!(browser.get("/login").await.body.contains("<html lang=\"en\">"));
    let answer = browser.post("/theme", &[("theme", "dark"), ("back", "/pricing")]).await;
    assert_eq!(answer.location(), "/pricing");
    assert!(
        answer
            .header("set-cookie")
            .starts_with("theme=dark; Path=/; Max-Age=31536000")
    );
    browser.cookie = answer.cookie();
    assert!(
        browser
            .get("/pricing")
            .await
            .body
            .contains("<html lang=\"en\" data-theme=\"dark\">")
    );
    let away = browser
        .post("/theme", &[("theme", "auto"), ("back", "//evil.example")])
        .await;
    assert_eq!(away.location(), "/");
    assert!(away.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_supervisor_learns_whether_the_instance_lives_and_can_work() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    assert_eq!(browser.get("/livez").await.body, "ok\n");
    assert_eq!(browser.get("/readyz").await.body, "ready\n");
    instance.state.pool.close().await;
    let answer = browser.get("/readyz").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "database unreachable\n")
    );
    assert_eq!(browser.get("/livez").await.status, StatusCode::OK);
    let answer = browser.get("/signup").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.body.contains("Something went wrong on our side") && !answer.body.contains("pool"));
    assert_secure("500", &answer);
}
