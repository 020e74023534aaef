//! Hosts that misbehave: each ends in one typed outcome, in time, and harms nobody else.

use std::{io::Write as _, time::Duration};

use atlas_domain::CaptureOutcome;
use flate2::{Compression, write::GzEncoder};
use tokio::{net::TcpListener, time::Instant};

use super::server::{Server, fetch, fixed, hasty, hasty_outcome_of, outcome_of, settings};
use crate::{FetchRequest, Fetcher};

/// Far less than the scripts would go on for.
const PATIENCE: Duration = Duration::from_secs(20);

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn slow_headers_and_slow_bodies_end_in_time() {
    let started = Instant::now();
    let fetched = hasty_outcome_of(|mut exchange| {
        Box::pin(async move {
            exchange
                .drip(&b"HTTP/1.1 200 OK\r\nX-A: b\r\n".repeat(50), Duration::from_millis(100))
                .await;
        })
    })
    .await;
    assert_eq!(
        fetched.outcome,
        CaptureOutcome::Timeout,
        "headers: {:?}",
        fetched.detail
    );
    let fetched = hasty_outcome_of(|mut exchange| {
        Box::pin(async move {
            exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
            exchange.drip(&[b'x'; 1_000], Duration::from_millis(100)).await;
        })
    })
    .await;
    assert_eq!(fetched.outcome, CaptureOutcome::Timeout, "body: {:?}", fetched.detail);
    assert_eq!(fetched.status, Some(200), "what was learnt is kept");
    let fetched = hasty_outcome_of(|mut exchange| {
        Box::pin(async move {
            exchange
                .send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
                .await;
            tokio::time::sleep(Duration::from_secs(30)).await;
        })
    })
    .await;
    assert_eq!(
        fetched.outcome,
        CaptureOutcome::Timeout,
        "stalled: {:?}",
        fetched.detail
    );
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[tokio::test]
async fn bodies_without_end_are_cut_off() {
    for head in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",
    ] {
        let fetched = outcome_of(move |mut exchange| {
            Box::pin(async move {
                exchange.send(head).await;
                let piece = if head.contains("chunked") {
                    format!("{:x}\r\n{}\r\n", 8_192, "x".repeat(8_192))
                } else {
                    "x".repeat(8_192)
                };
                while exchange.send(&piece).await {}
            })
        })
        .await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::TooLarge,
            "{head}: {:?}",
            fetched.detail
        );
        assert!(fetched.body.is_empty());
    }
}

#[tokio::test]
async fn one_long_line_just_below_the_limit_is_a_page() {
    let page = vec![b'x'; 256 * 1024];
    assert_eq!(outcome_of(fixed("200 OK", &page)).await.body.len(), page.len());
    let page = vec![b'x'; 256 * 1024 + 1];
    assert_eq!(
        outcome_of(fixed("200 OK", &page)).await.outcome,
        CaptureOutcome::TooLarge
    );
}

#[tokio::test]
async fn compressed_pages_are_decoded_and_bombs_are_not() {
    let page: Vec<u8> = (0..5_000)
        .flat_map(|n| format!("sentence {n} of the policy\n").into_bytes())
        .collect();
    for (encoding, packed) in [
        ("gzip", gzip(&page)),
        ("x-gzip", gzip(&page)),
        ("GZIP", [gzip(&page[..1_000]), gzip(&page[1_000..])].concat()),
        ("zstd", zstd::bulk::compress(&page, 3).unwrap()),
        ("identity", page.clone()),
    ] {
        let fetched = outcome_of(fixed(&format!("200 OK\r\nContent-Encoding: {encoding}"), &packed)).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::Captured,
            "{encoding}: {:?}",
            fetched.detail
        );
        assert_eq!(fetched.body, page, "{encoding}");
    }
    let zeros = vec![0; 64 * 1024 * 1024];
    for (encoding, packed) in [
        ("gzip", gzip(&zeros)),
        ("zstd", zstd::bulk::compress(&zeros, 3).unwrap()),
    ] {
        assert!(packed.len() < 256 * 1024, "{encoding}: {}", packed.len());
        let fetched = outcome_of(fixed(&format!("200 OK\r\nContent-Encoding: {encoding}"), &packed)).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::TooLarge,
            "{encoding}: {:?}",
            fetched.detail
        );
    }
    let nested = gzip(&gzip(&zeros));
    let fetched = outcome_of(fixed("200 OK\r\nContent-Encoding: gzip, gzip", &nested)).await;
    assert_eq!(
        fetched.outcome,
        CaptureOutcome::ServerError,
        "nested: {:?}",
        fetched.detail
    );
}

#[tokio::test]
async fn broken_compression_and_unasked_encodings_are_no_page() {
    let page = "sentence of the policy ".repeat(2_000).into_bytes();
    let (gzipped, zstded) = (gzip(&page), zstd::bulk::compress(&page, 3).unwrap());
    for (encoding, body) in [
        ("gzip", b"this is no gzip".to_vec()),
        ("gzip", gzipped[..gzipped.len() - 9].to_vec()),
        ("gzip", gzipped[..gzipped.len() - 3].to_vec()),
        ("zstd", b"this is no zstd".to_vec()),
        ("zstd", zstded[..zstded.len() - 3].to_vec()),
        ("br", page.clone()),
        ("deflate", page.clone()),
        ("made-up", page.clone()),
    ] {
        let fetched = outcome_of(fixed(&format!("200 OK\r\nContent-Encoding: {encoding}"), &body)).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::ServerError,
            "{encoding}, {} bytes",
            body.len()
        );
        assert!(fetched.body.is_empty());
    }
}

#[tokio::test]
async fn redirect_loops_and_long_chains_end() {
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            let number: usize = exchange.path().trim_start_matches('/').parse().unwrap_or(0);
            let head = match exchange.path() {
                "/loop" => "302 Found\r\nLocation: /loop".to_owned(),
                "/nowhere" => "302 Found".to_owned(),
                "/empty" => "302 Found\r\nLocation: ".to_owned(),
                "/bad" => "302 Found\r\nLocation: http://[::1".to_owned(),
                _ if number > 0 => format!("302 Found\r\nLocation: /{}", number - 1),
                _ => "200 OK".to_owned(),
            };
            exchange.answer(&head, "page").await;
        })
    })
    .await;
    for (path, expected) in [
        ("/loop", CaptureOutcome::ServerError),
        ("/nowhere", CaptureOutcome::ServerError),
        ("/empty", CaptureOutcome::ServerError),
        ("/bad", CaptureOutcome::ServerError),
        ("/30", CaptureOutcome::ServerError),
        ("/6", CaptureOutcome::ServerError),
        ("/5", CaptureOutcome::Captured),
    ] {
        let fetched = fetch(&server, path).await;
        assert_eq!(fetched.outcome, expected, "{path}: {:?}", fetched.detail);
        assert!(fetched.redirects.len() <= 5, "{path}");
    }
}

#[tokio::test]
async fn wrong_lengths_are_never_a_shorter_page() {
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
            CaptureOutcome::ServerError,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            CaptureOutcome::ServerError,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello",
            CaptureOutcome::ServerError,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            CaptureOutcome::ServerError,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
            CaptureOutcome::ServerError,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CaptureOutcome::Empty),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more that nobody announced",
            CaptureOutcome::Captured,
        ),
        ("garbage\r\n\r\n", CaptureOutcome::ServerError),
        ("", CaptureOutcome::ServerError),
    ] {
        let fetched = outcome_of(move |mut exchange| {
            Box::pin(async move {
                exchange.send(answer).await;
            })
        })
        .await;
        assert_eq!(fetched.outcome, expected, "{answer:?}: {:?}", fetched.detail);
        let is_whole = expected == CaptureOutcome::Captured;
        assert_eq!(
            &fetched.body[..],
            if is_whole { &b"hello"[..] } else { b"" },
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_304_with_a_body_is_still_unchanged_and_without_a_question_is_nonsense() {
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            exchange
                .send("HTTP/1.1 304 Not Modified\r\nETag: \"v2\"\r\nContent-Length: 4\r\n\r\nbody")
                .await;
        })
    })
    .await;
    let fetcher = Fetcher::new(settings(&[server.address])).unwrap();
    let mut request = FetchRequest::new(server.url("/"));
    assert_eq!(fetcher.get(&request).await.outcome, CaptureOutcome::ServerError);
    request.etag = Some("\"v1\"".to_owned());
    for _ in 0..3 {
        let fetched = fetcher.get(&request).await;
        assert_eq!((fetched.outcome, fetched.body.len()), (CaptureOutcome::NotModified, 0));
    }
}

#[tokio::test]
async fn other_kinds_of_content_are_flagged_without_being_read() {
    for kind in ["application/zip", "image/png", "application/json"] {
        let fetched = outcome_of(fixed(&format!("200 OK\r\nContent-Type: {kind}"), b"%PDF-1.7")).await;
        assert_eq!(fetched.outcome, CaptureOutcome::WrongType);
        assert_eq!(fetched.content_type.as_deref(), Some(kind));
    }
}

#[tokio::test]
async fn a_pdf_is_known_by_its_name_or_its_bytes() {
    for (kind, body, expected) in [
        ("application/pdf", b"%PDF-1.7", CaptureOutcome::Captured),
        ("application/octet-stream", b"%PDF-1.7", CaptureOutcome::Captured),
        ("application/octet-stream", b"PK\x03\x04    ", CaptureOutcome::WrongType),
    ] {
        let fetched = outcome_of(fixed(&format!("200 OK\r\nContent-Type: {kind}"), body)).await;
        assert_eq!(fetched.outcome, expected, "{kind}");
    }
}

#[tokio::test]
async fn no_connection_and_no_trust_are_one_outcome() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fetcher = Fetcher::new(settings(&[free])).unwrap();
    let fetched = fetcher.get(&FetchRequest::new(format!("http://{free}/"))).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Tls, "refused: {:?}", fetched.detail);
    let plain = Server::start(fixed("200 OK", b"page")).await;
    let fetcher = Fetcher::new(hasty(&[plain.address])).unwrap();
    let fetched = fetcher
        .get(&FetchRequest::new(format!("https://{}/", plain.address)))
        .await;
    // The other side waits for a request line that never ends: it is the time that ends.
    assert!(
        matches!(fetched.outcome, CaptureOutcome::Tls | CaptureOutcome::Timeout),
        "no TLS: {:?}",
        fetched.detail
    );
    let closing = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closing.local_addr().unwrap();
    tokio::spawn(async move { while closing.accept().await.is_ok() {} });
    let fetcher = Fetcher::new(settings(&[address])).unwrap();
    let fetched = fetcher.get(&FetchRequest::new(format!("https://{address}/"))).await;
    assert_eq!(
        fetched.outcome,
        CaptureOutcome::Tls,
        "reset in the handshake: {:?}",
        fetched.detail
    );
}

#[tokio::test]
async fn odd_headers_are_cut_and_cleaned() {
    let long = "x".repeat(10_000);
    let head = format!("200 OK\r\nX-Long: {long}\r\nX-Raw: caf\u{e9}\tend\r\nContent-Type: text/html");
    let fetched = outcome_of(fixed(&head, b"page")).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    assert_eq!(fetched.headers.get("x-long").map(String::len), Some(1_024));
    assert!(
        fetched
            .headers
            .values()
            .all(|value| !value.chars().any(char::is_control))
    );
    let many = "\r\nX-Same: y".repeat(500);
    let fetched = outcome_of(fixed(&format!("200 OK{many}"), b"page")).await;
    assert_eq!(fetched.outcome, CaptureOutcome::ServerError, "{:?}", fetched.detail);
}

#[tokio::test]
async fn a_host_that_hangs_does_not_hold_up_another() {
    let hanging = Server::start(|exchange| {
        Box::pin(async move {
            let _held_open = exchange;
            tokio::time::sleep(Duration::from_secs(30)).await;
        })
    })
    .await;
    let healthy = Server::start(fixed("200 OK", b"page")).await;
    let fetcher = Fetcher::new(settings(&[hanging.address, healthy.address])).unwrap();
    let (stuck, url) = (fetcher.clone(), hanging.url("/"));
    let stuck = tokio::spawn(async move { stuck.get(&FetchRequest::new(url)).await.outcome });
    for number in 0..10 {
        let fetched = fetcher
            .get(&FetchRequest::new(healthy.url(&format!("/{number}"))))
            .await;
        assert_eq!(fetched.outcome, CaptureOutcome::Captured);
    }
    assert!(!stuck.is_finished(), "it hangs all the while");
    stuck.abort();
}
