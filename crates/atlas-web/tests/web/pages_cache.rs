//! Public pages from memory.

use atlas_web::{Site, serve};
use axum::http::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::harness::Instance;

#[tokio::test]
async fn a_public_page_is_drawn_once_and_handed_out_in_both_encodings_with_validators() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let first = browser.get("/pricing").await;
    let again = browser.get("/pricing").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.body, again.body);
    let tag = again.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && !tag.contains("-gz"));
    assert_eq!(again.header("vary"), "cookie, accept-encoding");
    assert_eq!(again.header("x-request-id"), "", "drawn for another request");

    let packed = browser
        .send(
            Method::GET,
            "/pricing",
            &[("accept-encoding", "br, gzip")],
            String::new(),
        )
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let packed_tag = packed.header("etag").to_owned();
    assert!(packed_tag.ends_with("-gz\""), "another representation, another tag");
    for held in [tag.as_str(), packed_tag.as_str()] {
        let answer = browser
            .send(Method::GET, "/pricing", &[("if-none-match", held)], String::new())
            .await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert!(!answer.header("content-security-policy").is_empty());
    }
    let refused = browser
        .send(
            Method::GET,
            "/pricing",
            &[("accept-encoding", "gzip;q=0")],
            String::new(),
        )
        .await;
    assert_eq!(refused.header("content-encoding"), "");
}

#[tokio::test]
async fn a_signed_in_reader_never_gets_or_leaves_a_kept_page() {
    let instance = Instance::start().await;
    let mut member = instance.member("a@example.org").await;
    let mut visitor = instance.browser();
    let own = member.get("/pricing").await;
    assert!(own.body.contains("Maryam Okafor") && own.body.contains("Your plan"));
    assert_eq!(
        (own.header("cache-control"), own.header("etag")),
        ("private, no-store", "")
    );
    let public = visitor.get("/pricing").await;
    assert!(!public.body.contains("Maryam Okafor"));
    assert!(visitor.get("/pricing").await.body.contains("Start free"));
    assert!(member.get("/pricing").await.body.contains("Maryam Okafor"));
}

#[tokio::test]
async fn themes_and_queries_are_kept_apart() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let light = browser.get("/pricing").await.body;
    browser.cookie = Some("theme=dark".to_owned());
    let dark = browser.get("/pricing").await.body;
    assert!(dark.contains("data-theme=\"dark\"") && !light.contains("data-theme"));
    let yearly = browser.get("/pricing?period=year").await.body;
    assert!(yearly.contains("$190") && dark.contains("$19<"));
}

#[tokio::test]
async fn many_who_ask_at_once_get_the_same_page() {
    let instance = Instance::start().await;
    let asks = (0..64).map(|_| {
        let mut browser = instance.browser();
        tokio::spawn(async move { browser.get("/pricing").await })
    });
    let mut bodies = Vec::new();
    for ask in asks.collect::<Vec<_>>() {
        let answer = ask.await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    let missing = (0..16).map(|_| {
        let mut browser = instance.browser();
        tokio::spawn(async move { browser.get("/no/such/page").await.status })
    });
    for ask in missing.collect::<Vec<_>>() {
        assert_eq!(ask.await.unwrap(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn without_the_cache_the_answers_are_the_same() {
    let cached = Instance::start().await;
    let plain = Instance::with(|settings| settings.page_cache_ttl = std::time::Duration::ZERO).await;
    let kept = cached.browser().get("/pricing").await;
    let drawn = plain.browser().get("/pricing").await;
    assert_eq!(kept.body, drawn.body);
    for name in [
        "etag",
        "vary",
        "cache-control",
        "content-type",
        "content-security-policy",
    ] {
        assert_eq!(kept.header(name), drawn.header(name), "{name}");
    }
    let held = drawn.header("etag");
    let answer = plain
        .browser()
        .send(Method::GET, "/pricing", &[("if-none-match", held)], String::new())
        .await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    let packed = plain
        .browser()
        .send(Method::GET, "/pricing", &[("accept-encoding", "gzip")], String::new())
        .await;
    assert!(packed.header("etag").ends_with("-gz\""));
}

/// What a server answers on a connection of its own: the head and the body.
async fn over_http(address: std::net::SocketAddr, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /pricing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn the_server_hands_a_kept_page_out_before_the_router_and_only_to_whom_it_belongs() {
    let instance = Instance::start().await;
    let mut member = instance.member("a@example.org").await;
    let own = member.get("/pricing").await.body;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let site = Site::new(instance.state.clone());
    let serving = tokio::spawn(serve(listener, site, shutdown.clone()));

    let (_, drawn) = over_http(address, "").await;
    let (head, kept) = over_http(address, "").await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.contains(&format!("content-length: {}", kept.len())), "{head}");
    assert!(head.contains("content-security-policy: ") && head.contains("vary: cookie, accept-encoding"));
    assert!(!head.contains("x-request-id"), "drawn for another request: {head}");
    assert_eq!(kept, drawn);

    let (_, dark) = over_http(address, "cookie: theme=dark\r\n").await;
    assert!(dark.contains("data-theme=\"dark\"") && !kept.contains("data-theme"));
    let (head, body) = over_http(address, "if-none-match: *\r\n").await;
    assert!(head.starts_with("HTTP/1.1 304") && body.is_empty(), "{head}\n{body}");
    let (head, _) = over_http(address, &format!("cookie: session={}\r\n", "x".repeat(43))).await;
    assert!(head.contains("cache-control: private, no-store"), "{head}");
    assert!(own.contains("Maryam Okafor") && !kept.contains("Maryam Okafor"));

    shutdown.cancel();
    serving.await.unwrap().unwrap();
}
