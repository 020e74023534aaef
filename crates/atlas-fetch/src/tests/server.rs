//! A server whose every byte is the test's own, and that counts who came.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::sleep,
};

use crate::{FetchRequest, FetchSettings, Fetched, Fetcher};

/// What a script is given: the request line and headers, and the socket to answer on.
pub(crate) struct Exchange {
    pub(crate) request: String,
    pub(crate) socket: TcpStream,
}

impl Exchange {
    /// The path of the request line.
    pub(crate) fn path(&self) -> &str {
        self.request.split(' ').nth(1).unwrap_or_default()
    }
    /// The value of a request header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.request.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
    /// Sends bytes; a peer that hung up is no failure of the test.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.write_all(bytes.as_ref()).await.is_ok()
    }
    /// Sends a whole answer and closes.
    pub(crate) async fn answer(&mut self, head: &str, body: impl AsRef<[u8]>) {
        let length = body.as_ref().len();
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        self.send(head).await;
        self.send(body).await;
    }
    /// Sends one byte at a time until the peer has enough.
    pub(crate) async fn drip(&mut self, bytes: &[u8], every: Duration) {
        for byte in bytes {
            if !self.send([*byte]).await {
                return;
            }
            sleep(every).await;
        }
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// A server on 127.0.0.1 that runs a script for every connection.
    pub(crate) async fn start<F>(script: F) -> Self
    where
        F: Fn(Exchange) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    {
        Self::start_on("127.0.0.1:0", script).await
    }

    pub(crate) async fn start_on<F>(address: &str, script: F) -> Self
    where
        F: Fn(Exchange) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counted, recorded, script) = (Arc::clone(&connections), Arc::clone(&requests), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (recorded, script) = (Arc::clone(&recorded), Arc::clone(&script));
                tokio::spawn(async move {
                    let mut reader = BufReader::new(socket);
                    let mut request = String::new();
                    while !request.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut request).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    recorded.lock().unwrap().push(request.clone());
                    let exchange = Exchange {
                        request,
                        socket: reader.into_inner(),
                    };
                    script(exchange).await;
                });
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    /// A server that only counts connections.
    pub(crate) async fn canary(address: &str) -> Self {
        Self::start_on(address, |mut exchange| {
            Box::pin(async move { exchange.answer("200 OK", "canary").await })
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Settings with this server exempted and robots.txt not asked for; patient, since the tests' machine may be busy.
pub(crate) fn settings(exempt: &[SocketAddr]) -> FetchSettings {
    FetchSettings {
        allowed_private: exempt.to_vec(),
        max_bytes: 256 * 1024,
        connect_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        total_timeout: Duration::from_secs(40),
        host_pause: Duration::ZERO,
        respect_robots: false,
        ..FetchSettings::default()
    }
}

/// The same with short times, where it is the time that ends.
pub(crate) fn hasty(exempt: &[SocketAddr]) -> FetchSettings {
    FetchSettings {
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(400),
        total_timeout: Duration::from_millis(900),
        ..settings(exempt)
    }
}

/// Runs a script once against a fresh fetcher with short times.
pub(crate) async fn hasty_outcome_of<F>(script: F) -> Fetched
where
    F: Fn(Exchange) -> BoxFuture<'static, ()> + Send + Sync + 'static,
{
    let server = Server::start(script).await;
    let fetcher = Fetcher::new(hasty(&[server.address])).unwrap();
    fetcher.get(&FetchRequest::new(server.url("/legal/privacy"))).await
}

/// Fetches one address with fresh [`settings`].
pub(crate) async fn fetch(server: &Server, path: &str) -> Fetched {
    let fetcher = Fetcher::new(settings(&[server.address])).unwrap();
    fetcher.get(&FetchRequest::new(server.url(path))).await
}

/// Runs a script once against a fresh fetcher.
pub(crate) async fn outcome_of<F>(script: F) -> Fetched
where
    F: Fn(Exchange) -> BoxFuture<'static, ()> + Send + Sync + 'static,
{
    let server = Server::start(script).await;
    fetch(&server, "/legal/privacy").await
}

/// A script that gives one fixed answer.
pub(crate) fn fixed(head: &str, body: &[u8]) -> impl Fn(Exchange) -> BoxFuture<'static, ()> + Send + Sync + 'static {
    let (head, body) = (head.to_owned(), body.to_vec());
    move |mut exchange| {
        let (head, body) = (head.clone(), body.clone());
        Box::pin(async move { exchange.answer(&head, body).await })
    }
}
