//! What a fetcher is told, what it is asked, and what it answers.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use atlas_domain::{CaptureOutcome, FetchMode};
use bytes::Bytes;

/// How a fetcher behaves.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// The `User-Agent` of every request; names us and says where to find us.
    pub user_agent: String,
    /// Private addresses, with their port, that may be fetched all the same: for the demonstration site and for tests.
    pub allowed_private: Vec<SocketAddr>,
    /// Most bytes of a body on the wire; four times as many after decompression.
    pub max_bytes: usize,
    /// To resolve the name, connect and shake hands.
    pub connect_timeout: Duration,
    /// Between two pieces of an answer.
    pub read_timeout: Duration,
    /// For everything but waiting for a host's turn: robots.txt, redirects and the body together.
    pub total_timeout: Duration,
    /// Between the end of one request to a host and the start of the next; a longer `Crawl-delay` is kept up to a minute.
    pub host_pause: Duration,
    /// The same for the addresses of `allowed_private`.
    pub private_pause: Duration,
    /// Whether robots.txt is read and obeyed.
    pub respect_robots: bool,
    /// The browser for pages that need scripts; `None` answers such requests with `no_browser`.
    pub browser: Option<BrowserSettings>,
}

/// How pages that need scripts are rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSettings {
    /// The program: Chromium, or a browser that speaks its protocol.
    pub program: PathBuf,
    /// For one page, from the start of the browser to its end.
    pub total_timeout: Duration,
    /// How long a page may stay restless before it is taken as it stands.
    pub settle_timeout: Duration,
    /// Memory that all processes of one browser may fill together; the kernel holds each alone to twice as much.
    pub memory_bytes: u64,
    /// Browsers at once.
    pub at_once: usize,
}

impl BrowserSettings {
    /// A browser with the usual bounds.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            total_timeout: Duration::from_secs(30),
            settle_timeout: Duration::from_secs(15),
            memory_bytes: 1024 * 1024 * 1024,
            at_once: 1,
        }
    }
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            user_agent: "ConductAtlasBot/0.1 (+https://conductatlas.example/methodology)".to_owned(),
            allowed_private: Vec::new(),
            max_bytes: 10 * 1024 * 1024,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(15),
            total_timeout: Duration::from_secs(45),
            host_pause: Duration::from_secs(5),
            private_pause: Duration::ZERO,
            respect_robots: true,
            browser: None,
        }
    }
}

/// One location, and what is known of it from before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Absolute address.
    pub url: String,
    /// The `ETag` of the last answer, as it was.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer, as it was.
    pub last_modified: Option<String>,
    /// Whether the page is asked for plainly or rendered by a browser, which sends no validators.
    pub mode: FetchMode,
    /// The language that is asked for, as a language tag; pinned, so that a page does not follow the machine.
    pub language: String,
    /// CSS selectors of the content: a rendered page that has text in each of them is complete.
    pub content: Vec<String>,
}

impl FetchRequest {
    /// A location of which nothing is known.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            etag: None,
            last_modified: None,
            mode: FetchMode::Plain,
            language: "en".to_owned(),
            content: Vec::new(),
        }
    }

    /// The same location, rendered by a browser.
    #[must_use]
    pub fn in_browser(self) -> Self {
        Self {
            mode: FetchMode::Browser,
            ..self
        }
    }
}

/// How one attempt ended.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// How the page was fetched: a page that needs no rendering is fetched plainly, whatever was asked.
    pub mode: FetchMode,
    /// The end.
    pub outcome: CaptureOutcome,
    /// What happened, one line for a curator; `None` for a success.
    pub detail: Option<String>,
    /// The status of the last answer, if there was one.
    pub status: Option<u16>,
    /// The address that gave the last answer (without a fragment).
    pub final_url: String,
    /// Every address that we were sent on to, in order; the last is where we were sent at the end.
    pub redirects: Vec<String>,
    /// The headers of the last answer, names in lower case, without cookies; long values are cut.
    pub headers: BTreeMap<String, String>,
    /// The `Content-Type` of the last answer.
    pub content_type: Option<String>,
    /// The `ETag` of the last answer.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer.
    pub last_modified: Option<String>,
    /// The bytes, decompressed; empty unless captured.
    pub body: Bytes,
    /// How long the server asks us to wait, at most seven days.
    pub retry_after: Option<Duration>,
}

/// A fetcher that can't be made.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The HTTP client could not be set up.
    #[error("the HTTP client could not be set up")]
    Client(#[from] reqwest::Error),
}
