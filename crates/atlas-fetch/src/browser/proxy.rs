//! The browser's only way to the network: a forward proxy on loopback, inside our process.
//!
//! Invariant: only hosts that the page asked for are connected to, so the browser can do nothing on its own account;
//! every address is judged by the guard, a name by the resolver whose answer is connected to, as for the plain fetcher;
//! bytes and connections are bounded, and everything ends when this value goes.

use std::{
    collections::{HashMap, HashSet},
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use atlas_domain::CaptureOutcome;
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, HeaderName, Method, Request, Response, header};
use http_body_util::{BodyExt as _, Empty, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::timeout,
};
use url::{Host, Url};

use crate::{
    Fetcher,
    guard::{Target, Unresolved, admitted},
    outcome::Failure,
};

/// Connections at once; more wait.
const CONNECTIONS: usize = 32;
/// Bytes of all parts of a page together, as a multiple of what one page may have.
const PAGE_TIMES: u64 = 4;
const REQUEST_BODY: usize = 1024 * 1024;
const HOP_BY_HOP: &[HeaderName] = &[
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
];

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Hosts and ports that the page asked for and was let ask for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    places: Mutex<HashSet<(String, u16)>>,
    more: Notify,
}

impl Wanted {
    pub(crate) fn add(&self, url: &Url) {
        if let Some(place) = place(url) {
            self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
            self.more.notify_waiters();
        }
    }
    fn has(&self, url: &Url) -> bool {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        place(url).is_some_and(|place| places.contains(&place))
    }
    /// Ends when the page asks for this host. The browser connects ahead of a request that is still held up, and a
    /// refusal would be the answer to that request as well.
    async fn until_has(&self, url: &Url) {
        loop {
            let mut more = pin!(self.more.notified());
            more.as_mut().enable();
            if self.has(url) {
                return;
            }
            more.await;
        }
    }
}

fn place(url: &Url) -> Option<(String, u16)> {
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
}

/// The proxy of one page.
pub(crate) struct Proxy {
    address: SocketAddr,
    traffic: Arc<Traffic>,
    /// Whoever works for the proxy ends when this goes.
    _open: watch::Sender<()>,
}

/// What went through, and what did not.
struct Traffic {
    fetcher: Fetcher,
    wanted: Arc<Wanted>,
    bytes: AtomicU64,
    limit: u64,
    exceeded: AtomicBool,
    failures: Mutex<HashMap<(String, u16), (CaptureOutcome, String)>>,
}

impl Proxy {
    pub(crate) async fn start(fetcher: Fetcher, wanted: Arc<Wanted>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let limit = u64::try_from(fetcher.inner().settings.max_bytes).unwrap_or(u64::MAX);
        let traffic = Arc::new(Traffic {
            fetcher,
            wanted,
            bytes: AtomicU64::new(0),
            limit: limit.saturating_mul(PAGE_TIMES),
            exceeded: AtomicBool::new(false),
            failures: Mutex::default(),
        });
        let (open, closed) = watch::channel(());
        tokio::spawn(until_closed(
            closed.clone(),
            accept(listener, Arc::clone(&traffic), closed),
        ));
        Ok(Self {
            address,
            traffic,
            _open: open,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
    /// Whether the page and its parts passed their limit.
    pub(crate) fn exceeded(&self) -> bool {
        self.traffic.exceeded.load(Ordering::Relaxed)
    }
    /// Why there was no connection to where this address leads, if it was asked for.
    pub(crate) fn failure(&self, url: &Url) -> Option<Failure> {
        let place = place(url)?;
        let failures = self.traffic.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, detail) = failures.get(&place)?;
        Some(Failure::new(*outcome, detail))
    }
}

async fn until_closed(mut closed: watch::Receiver<()>, work: impl Future<Output = ()>) {
    tokio::select! {
        // Nothing is ever sent: this ends when the sender goes.
        _ = closed.changed() => {}
        () = work => {}
    }
}

async fn accept(listener: TcpListener, traffic: Arc<Traffic>, closed: watch::Receiver<()>) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let Ok((socket, _)) = listener.accept().await else {
            continue;
        };
        let (traffic, ends) = (Arc::clone(&traffic), closed.clone());
        tokio::spawn(until_closed(closed.clone(), async move {
            let tunnel = Arc::new(Mutex::new(None));
            let service = service_fn(|request| serve(request, Arc::clone(&traffic), Arc::clone(&tunnel)));
            let connection = http1::Builder::new()
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(socket), service)
                .with_upgrades();
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection of the browser ended");
            }
            let opened = tunnel.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((upgraded, upstream)) = opened {
                until_closed(ends, carry(upgraded, upstream, &traffic)).await;
            }
            drop(slot);
        }));
    }
}

type Tunnel = Arc<Mutex<Option<(upgrade::OnUpgrade, TcpStream)>>>;

async fn serve(mut request: Request<Incoming>, traffic: Arc<Traffic>, tunnel: Tunnel) -> io::Result<Response<Body>> {
    if request.method() != Method::CONNECT {
        return traffic.forward(request).await;
    }
    let place = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let connected = match Url::parse(&format!("https://{place}/")) {
        Ok(url) => traffic.connect(&url).await,
        Err(_) => Err(Failure::new(CaptureOutcome::RefusedAddress, "this is no address")),
    };
    let status = if let Ok(upstream) = connected {
        let upgraded = upgrade::on(&mut request);
        *tunnel.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgraded, upstream));
        http::StatusCode::OK
    } else {
        http::StatusCode::BAD_GATEWAY
    };
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    Ok(response)
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

impl Traffic {
    /// A connection to where an address leads, if the guard lets it.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Failure> {
        let target = self.judge(url).await?;
        let connecting = async {
            let addresses = self.addresses(url, target).await?;
            let port = url.port_or_known_default().unwrap_or_default();
            let sockets: Vec<SocketAddr> = addresses.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
            TcpStream::connect(sockets.as_slice()).await.map_err(|error| {
                let detail = if error.kind() == io::ErrorKind::ConnectionRefused {
                    "the host refused the connection".to_owned()
                } else {
                    format!("no connection: {error}")
                };
                Failure::new(CaptureOutcome::Tls, detail)
            })
        };
        let connected = timeout(self.fetcher.inner().settings.connect_timeout, connecting)
            .await
            .unwrap_or_else(|_| Err(Failure::new(CaptureOutcome::Timeout, "no connection in time")));
        connected.map_err(|failure| self.noted(url, failure))
    }

    /// Judges an address at once, and waits until the page asks for its host.
    async fn judge(&self, url: &Url) -> Result<Target, Failure> {
        let inner = self.fetcher.inner();
        let target = inner
            .guard
            .check(url)
            .map_err(|refusal| self.noted(url, refusal.into()))?;
        // Not noted: it says nothing of a page at the same host that is asked for later.
        timeout(inner.settings.connect_timeout, self.wanted.until_has(url))
            .await
            .map_err(|_| Failure::new(CaptureOutcome::RefusedAddress, "the page did not ask for this address"))?;
        Ok(target)
    }

    async fn addresses(&self, url: &Url, target: Target) -> Result<Vec<std::net::IpAddr>, Failure> {
        let name = match url.host() {
            Some(Host::Ipv4(ip)) => return Ok(vec![ip.into()]),
            Some(Host::Ipv6(ip)) => return Ok(vec![ip.into()]),
            Some(Host::Domain(name)) => name.to_owned(),
            None => String::new(),
        };
        let inner = self.fetcher.inner();
        admitted(&inner.guard, inner.lookup.as_ref(), name, target.exempt_port)
            .await
            .map_err(|unresolved| match unresolved {
                Unresolved::NoAddress(error) => Failure::new(CaptureOutcome::Dns, error.to_string()),
                Unresolved::Refused(refusal) => refusal.into(),
            })
    }

    fn noted(&self, url: &Url, failure: Failure) -> Failure {
        if let Some(place) = place(url) {
            let told = (failure.outcome, failure.detail.clone());
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.insert(place, told);
        }
        failure
    }

    /// Asks for an address of plain HTTP in the browser's place.
    async fn forward(self: Arc<Self>, request: Request<Incoming>) -> io::Result<Response<Body>> {
        let url = Url::parse(&request.uri().to_string()).map_err(io::Error::other)?;
        let target = self
            .judge(&url)
            .await
            .map_err(|failure| io::Error::other(failure.detail))?;
        let (head, body) = request.into_parts();
        let body = Limited::new(body, REQUEST_BODY)
            .collect()
            .await
            .map_err(io::Error::other)?;
        let answer = self
            .fetcher
            .client(target)
            .request(head.method, url.clone())
            .headers(end_to_end(&head.headers))
            .body(body.to_bytes())
            .send()
            .await
            .map_err(|error| io::Error::other(self.noted(&url, Failure::of_request(&error)).detail))?;
        let mut response = Response::new(empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = end_to_end(answer.headers());
        let pieces = answer.bytes_stream().map(move |piece| {
            let piece = piece.map_err(io::Error::other)?;
            self.count(piece.len())?;
            Ok(hyper::body::Frame::data(piece))
        });
        *response.body_mut() = StreamBody::new(pieces).boxed_unsync();
        Ok(response)
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > self.limit {
            self.exceeded.store(true, Ordering::Relaxed);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(())
    }
}

/// The headers that concern the two ends and nobody between them.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in HOP_BY_HOP {
        kept.remove(name);
    }
    kept.remove("proxy-connection");
    kept.remove("keep-alive");
    kept
}

/// Carries bytes both ways until both ends have had enough.
async fn carry(upgraded: upgrade::OnUpgrade, upstream: TcpStream, traffic: &Traffic) {
    let Ok(upgraded) = upgraded.await else { return };
    let (mut from_browser, mut to_browser) = tokio::io::split(TokioIo::new(upgraded));
    let (mut from_host, mut to_host) = upstream.into_split();
    let _ = tokio::join!(
        copy(&mut from_browser, &mut to_host, traffic),
        copy(&mut from_host, &mut to_browser, traffic),
    );
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    traffic: &Traffic,
) -> io::Result<()> {
    let mut piece = vec![0; 16 * 1024];
    let ended = loop {
        let read = match from.read(&mut piece).await {
            Ok(0) => break Ok(()),
            Ok(read) => read,
            Err(error) => break Err(error),
        };
        if let Err(error) = traffic.count(read) {
            break Err(error);
        }
        if let Err(error) = to.write_all(piece.get(..read).unwrap_or_default()).await {
            break Err(error);
        }
    };
    let _ = to.shutdown().await;
    ended
}
