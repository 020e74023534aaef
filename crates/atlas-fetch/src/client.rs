//! The HTTP client under the fetcher: nothing of its own accord, no redirect, proxy, cookie, retry or decompression.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, ClientBuilder, redirect::Policy};

use crate::{FetchError, FetchSettings, guard::GuardedResolver};

/// A client that connects only where the resolver lets it.
///
/// Certificates are judged by the roots of the machine; a machine without any (a bare container) gets Mozilla's, which
/// are compiled in, rather than a fetcher that can't be made.
pub(crate) fn build(settings: &FetchSettings, resolver: GuardedResolver) -> Result<Client, FetchError> {
    let resolver = Arc::new(resolver);
    let plain = || configured(settings).dns_resolver(Arc::clone(&resolver));
    match plain().build() {
        Ok(client) => Ok(client),
        Err(error) => {
            tracing::warn!(%error, "the machine's certificate authorities can't be used: using those compiled in");
            Ok(plain().tls_backend_preconfigured(compiled_in_roots()).build()?)
        }
    }
}

fn configured(settings: &FetchSettings) -> ClientBuilder {
    Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
        .http2_max_header_list_size(64 * 1024)
}

pub(crate) fn compiled_in_roots() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let mut config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_roots_make_a_client() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = configured(&FetchSettings::default()).tls_backend_preconfigured(compiled_in_roots());
        assert!(client.build().is_ok());
    }
}
