//! The accept loop.
//!
//! Invariant: a connection that does not finish its request header in time, or exceeds its share of connections, is
//! closed without reaching a handler. axum's own loop installs no timer, so hyper's header timeout would never fire;
//! hence this one.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::site::{Answer, Site};

/// How much a server takes on.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    /// Connections at once; further ones wait in the kernel's queue.
    pub connections: usize,
    /// Connections at once from one address; further ones are closed. `None` where a proxy in front of us holds them
    /// all. Loopback is never counted: whoever connects from there is a proxy or a test on this machine.
    pub connections_per_address: Option<usize>,
    /// Time for a whole request header to arrive, which is also how long an idle connection is kept.
    pub header_read_timeout: Duration,
    /// Time that open requests get to finish at shutdown.
    pub drain_timeout: Duration,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: Some(100),
            header_read_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// Serves until the token is cancelled, then lets open requests finish.
pub async fn serve(listener: TcpListener, site: impl Into<Site>, shutdown: CancellationToken) -> io::Result<()> {
    serve_with(listener, site, ServeLimits::default(), shutdown).await
}

/// [`serve`] with limits of one's own.
pub async fn serve_with(
    listener: TcpListener,
    site: impl Into<Site>,
    limits: ServeLimits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let site = Arc::new(site.into());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(64 * 1024)
        .max_headers(100);
    let open = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let admission = Admission::new(limits.connections_per_address);
    loop {
        let slot = tokio::select! {
            () = shutdown.cancelled() => break,
            slot = Arc::clone(&slots).acquire_owned() => slot.map_err(io::Error::other)?,
        };
        let (stream, peer) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    survive(&error).await;
                    continue;
                }
            },
        };
        if let Some(ticket) = admission.admit(peer.ip()) {
            let connection = Connection {
                stream,
                peer,
                slot,
                ticket,
            };
            connection.spawn(&http, &site, &open);
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.drain_timeout, open.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not finish before the server stopped");
    }
    Ok(())
}

/// A failed accept is about that connection, or about a lack of file handles that passes; the loop goes on.
async fn survive(error: &io::Error) {
    let of_connection = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !of_connection {
        tracing::warn!(%error, "a connection could not be accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    slot: OwnedSemaphorePermit,
    ticket: Ticket,
}

impl Connection {
    fn spawn(self, http: &http1::Builder, site: &Arc<Site>, open: &GracefulShutdown) {
        let Self {
            stream,
            peer,
            slot,
            ticket,
        } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no delay could not be set");
        }
        let site = Arc::clone(site);
        let service = service_fn(move |request: Request<Incoming>| {
            let site = Arc::clone(&site);
            async move {
                if let Some(kept) = site.kept(&request).await {
                    return Ok(kept);
                }
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                let answer: Result<_, Infallible> = site.router().oneshot(request).await;
                answer.map(|response| response.map(Answer::Drawn))
            }
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((slot, ticket));
        });
    }
}

/// Counts connections by address.
#[derive(Debug, Clone)]
struct Admission {
    most: Option<usize>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The right to one connection; gives it back when dropped.
#[derive(Debug)]
struct Ticket {
    address: Option<IpAddr>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Admission {
    fn new(most: Option<usize>) -> Self {
        Self {
            most,
            counts: Arc::default(),
        }
    }

    fn admit(&self, address: IpAddr) -> Option<Ticket> {
        let counts = Arc::clone(&self.counts);
        let Some(most) = self.most.filter(|_| !address.to_canonical().is_loopback()) else {
            return Some(Ticket { address: None, counts });
        };
        let mut held = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Ticket {
            address: Some(address),
            counts,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut held = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                held.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;

    #[test]
    fn an_address_gets_its_share_of_connections_and_no_more() {
        let admission = Admission::new(Some(2));
        let far = "192.0.2.7".parse().unwrap();
        let first = admission.admit(far).unwrap();
        let _second = admission.admit(far).unwrap();
        assert!(admission.admit(far).is_none());
        assert!(admission.admit("192.0.2.8".parse().unwrap()).is_some());
        drop(first);
        assert!(admission.admit(far).is_some());
        for _ in 0..10 {
            std::mem::forget(admission.admit("127.0.0.1".parse().unwrap()).unwrap());
        }
    }
}
