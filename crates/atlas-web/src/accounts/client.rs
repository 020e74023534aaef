//! The address of the client, from one configured source, and the block of addresses it is throttled by.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::{ClientAddressSource, WebState};

/// The client of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The address; unspecified where the configured source is silent.
    pub address: IpAddr,
}

impl Client {
    /// The addresses that share one bucket: a /24 of IPv4, a /48 of IPv6.
    pub fn block(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        }
    }
}

impl FromRequestParts<WebState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let address = match &state.settings.client_address {
            ClientAddressSource::Peer => peer,
            // Only the last entry was written by our own proxy; everything before it is the client's word.
            ClientAddressSource::Header(name) => parts
                .headers
                .get_all(name)
                .iter()
                .next_back()
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.rsplit(',').next())
                .and_then(|entry| entry.trim().parse().ok())
                .or(peer),
        };
        Ok(Self {
            address: address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Client;

    #[test]
    fn neighbours_share_a_bucket() {
        let block = |text: &str| {
            Client {
                address: text.parse().unwrap(),
            }
            .block()
        };
        assert_eq!(block("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(block("::ffff:192.0.2.9"), "192.0.2.0/24");
        assert_eq!(block("2001:db8:1:2::3"), "2001:db8:1::/48");
    }
}
