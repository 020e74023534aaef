//! Pages that need scripts: one headless Chromium for each page, thrown away afterwards.
//!
//! Invariant: the browser reaches the network through our own proxy alone, which judges every address as the plain
//! fetcher does; it ends within its time and memory, with all its processes and its profile, however the page behaves
//! and whatever becomes of us.

mod driver;
mod link;
mod memory;
mod page;
mod process;
mod program;
pub(crate) mod proxy;
mod session;

use std::{collections::BTreeMap, sync::Arc};

use atlas_domain::{CaptureOutcome, FetchMode};
use bytes::Bytes;
use http::header;
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

pub use program::{BrowserChoice, browser_version, find_browser};

use crate::{
    BrowserSettings, FetchRequest, Fetched, Fetcher,
    fetcher::{failed, parse_url},
    outcome::{self, Failure},
    retry_after::retry_after,
};

/// How the page was fetched; in the kept headers of a rendered page, where no server can put it.
pub(crate) const MODE_HEADER: &str = "atlas-fetch-mode";
const BROWSER_HEADER: &str = "atlas-browser";
const READY_HEADER: &str = "atlas-browser-ready";
const LANGUAGE_HEADER: &str = "atlas-browser-language";
const REFUSED_HEADER: &str = "atlas-browser-refused";

/// The browsers of one fetcher: so many at once and no more.
#[derive(Debug)]
pub(crate) struct Browsers {
    pub(crate) settings: BrowserSettings,
    slots: Arc<Semaphore>,
}

impl Browsers {
    pub(crate) fn new(settings: BrowserSettings) -> Self {
        process::sweep();
        Self {
            slots: Arc::new(Semaphore::new(settings.at_once.max(1))),
            settings,
        }
    }
}

/// A page as the browser showed it.
pub(crate) struct Rendered {
    html: String,
    location: Option<Url>,
    ready: &'static str,
    version: String,
    peak_memory: u64,
}

/// How one look at a page ended.
pub(crate) enum Look {
    /// The page as it stands, still to be judged by its status.
    Rendered(Rendered),
    /// No page but a file: it needs no browser.
    NotAPage,
}

impl Fetcher {
    /// Fetches one location through the browser. Never fails: the outcome says how it ended.
    pub(crate) async fn render(&self, request: &FetchRequest) -> Fetched {
        let Some(browsers) = &self.inner().browsers else {
            let failure = Failure::new(
                CaptureOutcome::NoBrowser,
                "the page needs a browser, and none is set up here",
            );
            return in_browser(failed(failure, request.url.clone()));
        };
        let url = match parse_url(&request.url) {
            Ok(url) => url,
            Err(fetched) => return in_browser(*fetched),
        };
        // Nobody who holds a host's turn waits for a browser, so nobody waits in a circle.
        let Ok(_slot) = browsers.slots.acquire().await else {
            let failure = Failure::new(CaptureOutcome::NoBrowser, "the browsers are closed");
            return in_browser(failed(failure, url.into()));
        };
        let tab = Arc::new(page::Page::new(self.clone(), url));
        let looked = self.look(browsers, request, &tab).await;
        if matches!(looked, Ok(Look::NotAPage)) {
            drop(tab);
            let plain = FetchRequest {
                mode: FetchMode::Plain,
                ..request.clone()
            };
            return Box::pin(self.get(&plain)).await;
        }
        let trail = tab.trail();
        let judged = looked.and_then(|look| judge(look, &tab));
        let mut fetched = match judged {
            Ok(rendered) => captured(rendered, request),
            Err(failure) => failed(failure, String::new()),
        };
        let landed = std::mem::take(&mut fetched.final_url);
        fetched.final_url = if landed.is_empty() {
            trail.url.to_string()
        } else {
            landed
        };
        fetched.redirects = trail.redirects;
        fetched.status = trail.status;
        fetched.retry_after = retry_after(&trail.headers);
        let told = std::mem::replace(&mut fetched.headers, outcome::kept_headers(&trail.headers));
        fetched.headers.extend(told);
        if tab.refused() > 0 {
            fetched
                .headers
                .insert(REFUSED_HEADER.to_owned(), tab.refused().to_string());
        }
        if fetched.outcome != CaptureOutcome::Captured {
            fetched.content_type = outcome::text_of(&trail.headers, header::CONTENT_TYPE);
        }
        tracing::debug!(outcome = %fetched.outcome, status = fetched.status, bytes = fetched.body.len(), "fetch.render");
        in_browser(fetched)
    }

    async fn look(&self, browsers: &Browsers, request: &FetchRequest, tab: &Arc<page::Page>) -> Result<Look, Failure> {
        tab.admit_first().await?;
        let proxy = proxy::Proxy::start(self.clone(), tab.wanted())
            .await
            .map_err(|error| Failure::new(CaptureOutcome::NoBrowser, format!("no proxy for the browser: {error}")))?;
        let mut process = process::Process::start(&browsers.settings, &request.language, proxy.address())?;
        let driving = driver::drive(self, browsers, request, tab, &mut process, &proxy);
        let looked = timeout(browsers.settings.total_timeout, driving)
            .await
            .unwrap_or_else(|_| {
                Err(Failure::new(
                    CaptureOutcome::Timeout,
                    "the page was not complete in time",
                ))
            });
        process.end().await;
        looked
    }
}

/// What the status and the way to a page say of it.
fn judge(look: Look, tab: &page::Page) -> Result<Rendered, Failure> {
    let Look::Rendered(mut rendered) = look else {
        return Err(Failure::new(CaptureOutcome::WrongType, "the answer is a file"));
    };
    let trail = tab.trail();
    if let Some(failure) = trail
        .status
        .and_then(|status| http::StatusCode::from_u16(status).ok())
        .and_then(|status| outcome::of_status(status, &trail.headers))
    {
        return Err(failure);
    }
    // A page may call itself by another address of its own site, and by nothing else.
    rendered.location = rendered
        .location
        .filter(|location| location.origin() == trail.url.origin());
    let landed = rendered.location.as_ref().unwrap_or(&trail.url);
    if let Some(failure) = outcome::of_redirects(tab.asked(), landed, trail.was_permanent) {
        return Err(failure);
    }
    Ok(rendered)
}

fn captured(rendered: Rendered, request: &FetchRequest) -> Fetched {
    tracing::debug!(
        peak_memory_bytes = rendered.peak_memory,
        ready = rendered.ready,
        "fetch.rendered"
    );
    let headers = BTreeMap::from([
        (BROWSER_HEADER.to_owned(), rendered.version),
        (READY_HEADER.to_owned(), rendered.ready.to_owned()),
        (LANGUAGE_HEADER.to_owned(), request.language.clone()),
    ]);
    Fetched {
        detail: None,
        headers,
        content_type: Some("text/html; charset=utf-8".to_owned()),
        body: Bytes::from(rendered.html),
        ..failed(
            Failure::new(CaptureOutcome::Captured, ""),
            rendered.location.map(String::from).unwrap_or_default(),
        )
    }
}

fn in_browser(mut fetched: Fetched) -> Fetched {
    fetched.mode = FetchMode::Browser;
    fetched
        .headers
        .insert(MODE_HEADER.to_owned(), FetchMode::Browser.to_string());
    fetched
}
