//! The address guard: which URLs may be asked, and which addresses may be connected to.
//!
//! Invariant: the address that was judged is the address that is connected to. A literal address never reaches the
//! resolver, so it is judged with its URL; a name is judged by the resolver that hands its answer to the connector, so
//! a second answer of a rebinding name server is judged as well.

use std::{
    error::Error as StdError,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::address::special_purpose;

/// Why the guard refused, one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl StdError for Refusal {}

/// A name without an address.
#[derive(Debug)]
pub(crate) struct NoAddress(io::Error);

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address")
    }
}
impl StdError for NoAddress {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Whom a permitted URL leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The port, if it is one of an exempted address: such URLs go through a client of their own.
    pub(crate) exempt_port: Option<u16>,
    /// Certainly an exempted address, so our own: asked without the pause for strangers.
    pub(crate) is_exempt: bool,
}

/// Addresses that are allowed although they are not public.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    exempt: Vec<SocketAddr>,
}

impl Guard {
    pub(crate) fn new(exempt: &[SocketAddr]) -> Self {
        Self {
            exempt: exempt.to_vec(),
        }
    }

    /// The ports of exempted addresses, each once.
    pub(crate) fn exempt_ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> = self.exempt.iter().map(SocketAddr::port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// Judges everything about a URL that can be judged without resolving its name.
    pub(crate) fn check(&self, url: &Url) -> Result<Target, Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal(format!("the scheme {} is not fetched", url.scheme())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal("the address holds a user name or a password".to_owned()));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let is_web_port = matches!(port, 80 | 443);
        let ip = match url.host() {
            None => return Err(Refusal("the address has no host".to_owned())),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        let is_exempt = match ip {
            Some(ip) => self.exempt.contains(&SocketAddr::new(ip, port)),
            None => self.exempt.iter().any(|address| address.port() == port),
        };
        if let Some(ip) = ip
            && !is_exempt
            && let Some(purpose) = special_purpose(ip)
        {
            return Err(Refusal(format!("{ip} is a {purpose} address")));
        }
        if !is_web_port && !is_exempt {
            return Err(Refusal(format!("port {port} is not fetched")));
        }
        Ok(Target {
            exempt_port: is_exempt.then_some(port),
            is_exempt: is_exempt && (ip.is_some() || !is_web_port),
        })
    }

    /// Judges one address that a name resolved to, for the client of `exempt_port` (or the public one).
    fn admits(&self, ip: IpAddr, exempt_port: Option<u16>) -> bool {
        let is_public = special_purpose(ip).is_none();
        match exempt_port {
            None => is_public,
            // On an exempted port that is no web port, nothing but the exempted address answers.
            Some(port) => self.exempt.contains(&SocketAddr::new(ip, port)) || (is_public && matches!(port, 80 | 443)),
        }
    }
}

/// Why nothing at a name may be connected to.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// The name has no address.
    NoAddress(NoAddress),
    /// The guard admits none of its addresses.
    Refused(Refusal),
}

/// Every address of a name that may be connected to, judged for the connections of `exempt_port` (or public ones).
pub(crate) async fn admitted(
    guard: &Guard,
    lookup: &dyn Lookup,
    name: String,
    exempt_port: Option<u16>,
) -> Result<Vec<IpAddr>, Unresolved> {
    let found = lookup
        .lookup(name)
        .await
        .map_err(|error| Unresolved::NoAddress(NoAddress(error)))?;
    let Some(first) = found.first().copied() else {
        return Err(Unresolved::NoAddress(NoAddress(io::ErrorKind::NotFound.into())));
    };
    let admitted: Vec<IpAddr> = found.into_iter().filter(|ip| guard.admits(*ip, exempt_port)).collect();
    if admitted.is_empty() {
        let purpose = special_purpose(first).unwrap_or("public, but not exempted,");
        return Err(Unresolved::Refused(Refusal(format!(
            "the name leads to {first}, a {purpose} address"
        ))));
    }
    Ok(admitted)
}

/// Turns a name into addresses.
pub(crate) trait Lookup: Send + Sync {
    /// Every address of a name.
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Debug)]
pub(crate) struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The resolver of one client: hands on only addresses that the guard admits.
pub(crate) struct GuardedResolver {
    pub(crate) guard: Arc<Guard>,
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) exempt_port: Option<u16>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, lookup, exempt_port) = (Arc::clone(&self.guard), Arc::clone(&self.lookup), self.exempt_port);
        Box::pin(async move {
            let addresses = admitted(&guard, lookup.as_ref(), name.as_str().to_owned(), exempt_port).await;
            match addresses {
                Ok(addresses) => {
                    let addresses: Addrs = Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)));
                    Ok(addresses)
                }
                Err(Unresolved::NoAddress(error)) => Err(error.into()),
                Err(Unresolved::Refused(refusal)) => Err(refusal.into()),
            }
        })
    }
}
