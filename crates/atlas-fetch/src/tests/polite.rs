//! How we behave towards hosts that behave.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use futures::future::join_all;
use tokio::time::Instant;

use super::server::{Server, fetch, fixed, hasty, outcome_of, settings};
use crate::{FetchRequest, FetchSettings, Fetcher};

const PAGE: &[u8] = b"<html><body><h1>Privacy</h1></body></html>";

#[tokio::test]
async fn a_page_comes_back_with_what_is_needed_to_ask_again() {
    let server = Server::start(fixed(
        "200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"v1\"\r\nLast-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\n\
         Set-Cookie: a=b\r\nX-Twice: 1\r\nX-Twice: 2",
        PAGE,
    ))
    .await;
    let fetched = fetch(&server, "/legal/privacy?x=1#part").await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured);
    assert_eq!((fetched.status, fetched.detail.as_deref()), (Some(200), None));
    assert_eq!(&fetched.body[..], PAGE);
    assert_eq!(fetched.final_url, server.url("/legal/privacy?x=1"));
    assert_eq!(fetched.etag.as_deref(), Some("\"v1\""));
    assert_eq!(fetched.last_modified.as_deref(), Some("Mon, 23 Nov 2026 08:00:00 GMT"));
    assert_eq!(fetched.content_type.as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(fetched.headers.get("x-twice").map(String::as_str), Some("1, 2"));
    assert!(!fetched.headers.contains_key("set-cookie"));
    let request = &server.requests()[0];
    assert!(request.contains("ConductAtlasBot/"), "{request}");
    assert!(
        request.to_ascii_lowercase().contains("accept-encoding: gzip, zstd\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn validators_are_sent_and_an_unchanged_page_costs_nothing() {
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            let is_same = exchange.header("if-none-match").as_deref() == Some("W/\"v1\"")
                && exchange.header("if-modified-since").as_deref() == Some("Mon, 23 Nov 2026 08:00:00 GMT");
            let head = if is_same {
                "304 Not Modified\r\nETag: W/\"v1\""
            } else {
                "200 OK"
            };
            exchange.answer(head, if is_same { "" } else { "page" }).await;
        })
    })
    .await;
    let fetcher = Fetcher::new(settings(&[server.address])).unwrap();
    let mut request = FetchRequest::new(server.url("/"));
    assert_eq!(fetcher.get(&request).await.outcome, CaptureOutcome::Captured);
    request.etag = Some("W/\"v1\"".to_owned());
    request.last_modified = Some("Mon, 23 Nov 2026 08:00:00 GMT".to_owned());
    let fetched = fetcher.get(&request).await;
    assert_eq!((fetched.outcome, fetched.body.len()), (CaptureOutcome::NotModified, 0));
    request.etag = Some("\"bad\r\nX: y\"".to_owned());
    assert_eq!(
        fetcher.get(&request).await.outcome,
        CaptureOutcome::Captured,
        "a validator can't add a header"
    );
}

#[tokio::test]
async fn redirects_are_followed_and_reported() {
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            let head = match exchange.path() {
                "/1" => "301 Moved Permanently\r\nLocation: /2",
                "/2" => "302 Found\r\nLocation: 3#part",
                "/3" => "307 Temporary Redirect\r\nLocation: //LOCALHOST/4",
                _ => "200 OK",
            };
            let host = exchange.header("host").unwrap();
            let head = head.replace("LOCALHOST", &host);
            exchange.answer(&head, "page").await;
        })
    })
    .await;
    let fetched = fetch(&server, "/1").await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured);
    assert_eq!(fetched.redirects, ["/2", "/3", "/4"].map(|path| server.url(path)));
    assert_eq!(fetched.final_url, server.url("/4"));
}

#[tokio::test]
async fn being_sent_away_for_good_is_not_a_page() {
    for (location, expected) in [
        ("/", CaptureOutcome::Gone),
        ("/login?next=/legal/privacy", CaptureOutcome::LoginWall),
        ("http://localhost:PORT/", CaptureOutcome::Moved),
        ("http://localhost:PORT/legal/privacy", CaptureOutcome::Captured),
    ] {
        let server = Server::start(move |mut exchange| {
            Box::pin(async move {
                let host = exchange.header("host").unwrap();
                let port = host.rsplit(':').next().unwrap().to_owned();
                if exchange.path() == "/legal/privacy" && !host.starts_with("localhost") {
                    let location = location.replace("PORT", &port);
                    exchange.answer(&format!("301 Moved\r\nLocation: {location}"), "").await;
                } else {
                    exchange.answer("200 OK\r\nContent-Type: text/html", PAGE).await;
                }
            })
        })
        .await;
        assert_eq!(fetch(&server, "/legal/privacy").await.outcome, expected, "{location}");
    }
}

#[tokio::test]
async fn every_status_has_its_outcome_and_retry_after_comes_through() {
    use CaptureOutcome::{Blocked, Captured, Challenge, Gone, LoginWall, ServerError, Timeout};
    for (head, expected, wait) in [
        ("200 OK", Captured, None),
        ("203 Non-Authoritative Information", Captured, None),
        ("206 Partial Content", ServerError, None),
        ("300 Multiple Choices", ServerError, None),
        ("304 Not Modified", ServerError, None),
        ("401 Unauthorized", LoginWall, None),
        ("403 Forbidden", Blocked, None),
        ("403 Forbidden\r\ncf-mitigated: challenge", Challenge, None),
        ("202 Accepted\r\nx-amzn-waf-action: challenge", Challenge, None),
        ("404 Not Found", Gone, None),
        ("407 Proxy Authentication Required", LoginWall, None),
        ("408 Request Timeout", Timeout, None),
        ("410 Gone", Gone, None),
        ("418 I'm a teapot", Blocked, None),
        ("429 Too Many Requests\r\nRetry-After: 120", ServerError, Some(120)),
        ("451 Unavailable For Legal Reasons", Blocked, None),
        ("500 Internal Server Error", ServerError, None),
        (
            "503 Service Unavailable\r\nDate: Mon, 23 Nov 2026 08:00:00 GMT\r\nRetry-After: Mon, 23 Nov 2026 08:01:00 GMT",
            ServerError,
            Some(60),
        ),
        ("503 Service Unavailable\r\nRetry-After: soon", ServerError, None),
        (
            "503 Service Unavailable\r\nRetry-After: 315360000",
            ServerError,
            Some(7 * 24 * 3600),
        ),
        ("599 Odd", ServerError, None),
    ] {
        let fetched = outcome_of(fixed(head, if head.starts_with("304") { b"" } else { PAGE })).await;
        assert_eq!(fetched.outcome, expected, "{head}: {:?}", fetched.detail);
        assert_eq!(fetched.retry_after.map(|wait| wait.as_secs()), wait, "{head}");
        assert_eq!(fetched.detail.is_none(), expected == Captured, "{head}");
    }
}

#[tokio::test]
async fn one_host_is_asked_one_request_at_a_time_with_a_pause_between() {
    let busy = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, seen) = (Arc::clone(&busy), Arc::clone(&most));
    let server = Server::start(move |mut exchange| {
        let (now, seen) = (Arc::clone(&now), Arc::clone(&seen));
        Box::pin(async move {
            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            exchange.answer("200 OK", "page").await;
        })
    })
    .await;
    let paced = FetchSettings {
        private_pause: Duration::from_millis(100),
        ..settings(&[server.address])
    };
    let fetcher = Fetcher::new(paced).unwrap();
    let started = Instant::now();
    let requests = (0..4).map(|number| {
        let (fetcher, url) = (fetcher.clone(), server.url(&format!("/{number}")));
        async move { fetcher.get(&FetchRequest::new(url)).await.outcome }
    });
    let outcomes = join_all(requests).await;
    assert!(outcomes.iter().all(|outcome| *outcome == CaptureOutcome::Captured));
    assert_eq!(most.load(Ordering::SeqCst), 1);
    assert!(
        started.elapsed() >= Duration::from_millis(3 * 100 + 4 * 20),
        "{:?}",
        started.elapsed()
    );
}

/// A site with a robots.txt of its own and a page everywhere else.
async fn robots_site(head: &'static str, robots: Vec<u8>) -> (Server, Fetcher) {
    let server = Server::start(move |mut exchange| {
        let robots = robots.clone();
        Box::pin(async move {
            match exchange.path() {
                "/robots.txt" => exchange.answer(head, robots).await,
                "/moved-robots" => exchange.answer("200 OK", "User-agent: *\nDisallow: /private").await,
                _ => exchange.answer("200 OK", "page").await,
            }
        })
    })
    .await;
    let polite = FetchSettings {
        respect_robots: true,
        ..settings(&[server.address])
    };
    (server, Fetcher::new(polite).unwrap())
}

#[tokio::test]
async fn robots_txt_is_obeyed_in_all_its_forms() {
    use CaptureOutcome::{Captured, RobotsDisallowed};
    let big = [
        b"User-agent: *\nDisallow: /legal\n".to_vec(),
        b"# filler\n".repeat(1_200_000),
    ]
    .concat();
    let late = [b"# filler\n".repeat(60_000), b"User-agent: *\nDisallow: /\n".to_vec()].concat();
    let cases: [(&'static str, Vec<u8>, CaptureOutcome); 11] = [
        ("200 OK", b"User-agent: *\nDisallow: /admin".to_vec(), Captured),
        ("200 OK", b"User-agent: *\nDisallow: /".to_vec(), RobotsDisallowed),
        (
            "200 OK",
            b"User-agent: *\nAllow: /\n\nUser-agent: ConductAtlasBot\nDisallow: /legal".to_vec(),
            RobotsDisallowed,
        ),
        (
            "200 OK",
            b"User-agent: *\nDisallow: /\n\nUser-agent: ConductAtlasBot\nDisallow:".to_vec(),
            Captured,
        ),
        ("200 OK", big, RobotsDisallowed),
        ("200 OK", late, Captured),
        ("404 Not Found", b"User-agent: *\nDisallow: /".to_vec(), Captured),
        ("403 Forbidden", Vec::new(), Captured),
        ("503 Service Unavailable", Vec::new(), RobotsDisallowed),
        ("429 Too Many Requests", Vec::new(), RobotsDisallowed),
        (
            "302 Found\r\nLocation: http://169.254.169.254/robots.txt",
            Vec::new(),
            RobotsDisallowed,
        ),
    ];
    for (head, robots, expected) in cases {
        let start: String = String::from_utf8_lossy(&robots).chars().take(60).collect();
        let (server, fetcher) = robots_site(head, robots).await;
        for round in 0..2 {
            let fetched = fetcher.get(&FetchRequest::new(server.url("/legal/privacy"))).await;
            assert_eq!(
                fetched.outcome, expected,
                "{head}, {start}, round {round}: {:?}",
                fetched.detail
            );
        }
        let asked = server
            .requests()
            .iter()
            .filter(|request| request.starts_with("GET /robots.txt"))
            .count();
        assert_eq!(asked, 1, "{head}: remembered");
    }
}

#[tokio::test]
async fn a_moved_robots_txt_is_followed_and_a_silent_one_counts_as_no() {
    let (server, fetcher) = robots_site("301 Moved\r\nLocation: /moved-robots", Vec::new()).await;
    let outcome = async |path: &str| fetcher.get(&FetchRequest::new(server.url(path))).await.outcome;
    assert_eq!(outcome("/private/x").await, CaptureOutcome::RobotsDisallowed);
    assert_eq!(outcome("/public").await, CaptureOutcome::Captured);

    let silent = Server::start(|mut exchange| {
        Box::pin(async move {
            if exchange.path() == "/robots.txt" {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            exchange.answer("200 OK", "page").await;
        })
    })
    .await;
    let polite = FetchSettings {
        respect_robots: true,
        ..hasty(&[silent.address])
    };
    let fetched = Fetcher::new(polite)
        .unwrap()
        .get(&FetchRequest::new(silent.url("/")))
        .await;
    assert_eq!(
        fetched.outcome,
        CaptureOutcome::RobotsDisallowed,
        "{:?}",
        fetched.detail
    );
}

#[tokio::test]
async fn a_redirect_into_what_robots_txt_excludes_stops_there() {
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            match exchange.path() {
                "/robots.txt" => exchange.answer("200 OK", "User-agent: *\nDisallow: /internal").await,
                "/legal" => exchange.answer("302 Found\r\nLocation: /internal/legal", "").await,
                _ => exchange.answer("200 OK", "page").await,
            }
        })
    })
    .await;
    let polite = FetchSettings {
        respect_robots: true,
        ..settings(&[server.address])
    };
    let fetched = Fetcher::new(polite)
        .unwrap()
        .get(&FetchRequest::new(server.url("/legal")))
        .await;
    assert_eq!(fetched.outcome, CaptureOutcome::RobotsDisallowed);
    assert!(
        !server
            .requests()
            .iter()
            .any(|request| request.starts_with("GET /internal"))
    );
}
