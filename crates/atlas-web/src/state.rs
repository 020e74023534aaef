//! What every handler is given: the pool, the clock, the settings, and the few shared engines.
//!
//! Invariant: cloning is cheap (everything is behind an `Arc`), and nothing in here changes while the server runs.

use std::{path::PathBuf, sync::Arc, time::Duration};

use atlas_domain::Clock;
use axum::http::HeaderName;
use secrecy::SecretString;
use sqlx::PgPool;

use crate::{accounts::Passwords, cache::PageCache, diffs::Diffs, pictures::Pictures};

/// Where the address of the client is read from. Exactly one source is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ClientAddressSource {
    /// The peer of the connection.
    #[default]
    Peer,
    /// The last entry of a header that a proxy in front of us writes, for example `x-forwarded-for`.
    Header(HeaderName),
}

/// Settings of the web server.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Scheme, host and port under which people reach us, without a slash at the end.
    pub base_url: String,
    /// Key material for links in mails.
    pub secret: SecretString,
    /// Where errors in records are reported by mail; `None`: the methodology says how.
    pub corrections_address: Option<String>,
    /// Production mode: no outbox pages, no demonstration.
    pub production: bool,
    /// Whether real platforms are polled; sample platforms always are.
    pub poll: bool,
    /// Whether a language model is configured that drafts summaries for staff.
    pub drafting: bool,
    /// Folder of the local mail outbox; `None` where a relay is configured.
    pub outbox_dir: Option<PathBuf>,
    /// How long a public page is served from memory; zero switches the cache off.
    pub page_cache_ttl: Duration,
    /// Most bytes of pages held in memory.
    pub page_cache_bytes: u64,
    /// Where the client's address is read from.
    pub client_address: ClientAddressSource,
    /// How long one request may take.
    pub request_timeout: Duration,
}

impl WebSettings {
    /// Settings for an address and a key, everything else as shipped.
    pub fn new(base_url: impl Into<String>, secret: SecretString) -> Self {
        let mut base_url = base_url.into();
        base_url.truncate(base_url.trim_end_matches('/').len());
        Self {
            base_url,
            secret,
            corrections_address: None,
            production: false,
            poll: true,
            drafting: false,
            outbox_dir: None,
            page_cache_ttl: Duration::from_secs(10),
            page_cache_bytes: 64 * 1024 * 1024,
            client_address: ClientAddressSource::Peer,
            request_timeout: Duration::from_secs(30),
        }
    }

    /// Whether people reach us over TLS.
    pub fn is_https(&self) -> bool {
        self.base_url.starts_with("https://")
    }

    /// The outbox folder, if its pages may be shown: never in production.
    pub fn readable_outbox(&self) -> Option<&PathBuf> {
        self.outbox_dir.as_ref().filter(|_| !self.production)
    }
}

/// What every handler is given.
#[derive(Debug, Clone)]
pub struct WebState {
    /// Connections with the application's role.
    pub pool: PgPool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The settings.
    pub settings: Arc<WebSettings>,
    /// Rendered public pages.
    pub page_cache: PageCache,
    /// Hashing of passwords.
    pub passwords: Passwords,
    /// Comparisons of versions.
    pub diffs: Diffs,
    /// Pictures of shares.
    pub pictures: Pictures,
}

impl WebState {
    /// State over a pool whose connections have the application's role.
    pub fn new(pool: PgPool, clock: Arc<dyn Clock>, settings: WebSettings) -> Self {
        let page_cache = PageCache::new(settings.page_cache_ttl, settings.page_cache_bytes);
        Self {
            pool,
            clock,
            settings: Arc::new(settings),
            page_cache,
            passwords: Passwords::default(),
            diffs: Diffs::default(),
            pictures: Pictures::default(),
        }
    }

    /// An absolute address on this instance.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base_url)
    }
}
