//! The accept loop: slow and greedy clients (S-18), and stopping.

use std::time::{Duration, Instant};

use atlas_web::{ServeLimits, serve_with};
use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

async fn start(limits: ServeLimits) -> (std::net::SocketAddr, CancellationToken, JoinHandle<std::io::Result<()>>) {
    let router = Router::new().route("/", get(async || "hello")).route(
        "/slow",
        get(async || {
            tokio::time::sleep(Duration::from_millis(600)).await;
            "finished"
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(serve_with(listener, router, limits, shutdown.clone()));
    (address, shutdown, task)
}

async fn ask(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn dripping_connections_are_closed_and_others_are_served_meanwhile() {
    let limits = ServeLimits {
        header_read_timeout: Duration::from_millis(400),
        ..ServeLimits::default()
    };
    let (address, _shutdown, _task) = start(limits).await;
    let began = Instant::now();
    let drips = (0..200).map(|_| {
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream
                .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-drip: ")
                .await
                .unwrap();
            let (mut read, mut write) = stream.into_split();
            let writing = tokio::spawn(async move {
                // A byte at a time: a timeout that restarts with every byte would never fire.
                while write.write_all(b"a").await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(40)).await;
                }
            });
            let mut rest = Vec::new();
            // Closed by the server, with or without a farewell; a reset counts as closed too.
            let _ = read.read_to_end(&mut rest).await;
            writing.abort();
            began.elapsed()
        })
    });
    let drips: Vec<_> = drips.collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let asked = Instant::now();
        assert!(ask(address, "/").await.ends_with("hello"));
        slowest = slowest.max(asked.elapsed());
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    for drip in drips {
        let lived = drip.await.unwrap();
        assert!(lived < Duration::from_secs(8), "a dripping connection lived {lived:?}");
    }
}

#[tokio::test]
async fn connections_over_the_cap_wait_and_are_served_when_others_end() {
    let limits = ServeLimits {
        connections: 2,
        ..ServeLimits::default()
    };
    let (address, _shutdown, _task) = start(limits).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    for held in [&mut first, &mut second] {
        held.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut start = [0u8; 12];
        held.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    let third = tokio::spawn(ask(address, "/"));
    tokio::time::timeout(Duration::from_millis(200), async {
        while !third.is_finished() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect_err("the third is not served while two are held");
    drop(first);
    assert!(third.await.unwrap().ends_with("hello"));
}

#[tokio::test]
async fn stopping_lets_an_open_request_finish_and_takes_no_new_one() {
    let (address, shutdown, task) = start(ServeLimits::default()).await;
    let open = tokio::spawn(ask(address, "/slow"));
    // The request has reached its handler once the server answers others after it.
    assert!(ask(address, "/").await.ends_with("hello"));
    let mut idle = TcpStream::connect(address).await.unwrap();
    shutdown.cancel();
    assert!(open.await.unwrap().ends_with("finished"));
    tokio::time::timeout(Duration::from_secs(5), task)
        .await
        .expect("the server stops")
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let mut rest = Vec::new();
    assert_eq!(idle.read_to_end(&mut rest).await.unwrap_or(0), 0);
}
