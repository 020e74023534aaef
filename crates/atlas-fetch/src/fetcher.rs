//! The way of one request: guard, turn, robots.txt, hops, body.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use atlas_domain::{CaptureOutcome, FetchMode};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, Response};
use tokio::time::{Instant, timeout};
use url::{Host, Url};

use crate::{
    FetchError, FetchRequest, FetchSettings, Fetched,
    body::{self, ACCEPT_ENCODING, Limits},
    browser::Browsers,
    client,
    guard::{Guard, GuardedResolver, Lookup, SystemLookup, Target},
    outcome::{self, Failure},
    pace::{Pace, Turn},
    retry_after::retry_after,
    robots::RobotsCache,
};

/// Redirects that are followed.
pub(crate) const MAX_REDIRECTS: usize = 5;
const MAX_URL_BYTES: usize = 4_096;
const ACCEPT: &str = "text/html, application/xhtml+xml, text/markdown;q=0.9, text/plain;q=0.8";

/// Fetches one location at a time from each host. Cloning is cheap and shares turns, robots.txt and connections.
#[derive(Clone)]
pub struct Fetcher(Arc<Inner>);

/// What the copies of a fetcher share.
pub(crate) struct Inner {
    pub(crate) settings: FetchSettings,
    pub(crate) guard: Arc<Guard>,
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) browsers: Option<Browsers>,
    public: Client,
    exempt: BTreeMap<u16, Client>,
    pace: Pace,
    pub(crate) robots: RobotsCache,
}

/// The turn that a request holds, and at which host: never more than one.
pub(crate) type HeldTurn = Option<(String, Turn)>;

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Fetcher").field(&self.0.settings).finish()
    }
}

/// What is left of the time for one request.
pub(crate) struct Budget(pub(crate) Duration);

impl Budget {
    pub(crate) async fn spend<T>(&mut self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let started = Instant::now();
        let done = timeout(self.0, work).await;
        self.0 = self.0.saturating_sub(started.elapsed());
        done.unwrap_or_else(|_| Err(Failure::new(CaptureOutcome::Timeout, "no complete answer in time")))
    }
}

/// What is known of a request while it is on its way.
struct Trail {
    url: Url,
    redirects: Vec<String>,
    was_permanent: bool,
    status: Option<u16>,
    headers: HeaderMap,
}

enum Hop {
    SentOn { to: Url, is_permanent: bool },
    Arrived { outcome: CaptureOutcome, body: Bytes },
}

impl Fetcher {
    /// A fetcher with these settings.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
        Self::with_lookup(settings, &lookup)
    }

    pub(crate) fn with_lookup(settings: FetchSettings, lookup: &Arc<dyn Lookup>) -> Result<Self, FetchError> {
        // Fails if there is a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Arc::new(Guard::new(&settings.allowed_private));
        let client_of = |exempt_port| {
            let resolver = GuardedResolver {
                guard: Arc::clone(&guard),
                lookup: Arc::clone(lookup),
                exempt_port,
            };
            client::build(&settings, resolver)
        };
        let ports = guard.exempt_ports().into_iter();
        let exempt = ports
            .map(|port| Ok((port, client_of(Some(port))?)))
            .collect::<Result<_, FetchError>>()?;
        Ok(Self(Arc::new(Inner {
            public: client_of(None)?,
            exempt,
            guard,
            lookup: Arc::clone(lookup),
            browsers: settings.browser.clone().map(Browsers::new),
            pace: Pace::default(),
            robots: RobotsCache::default(),
            settings,
        })))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Whether pages that need scripts can be rendered.
    pub fn has_browser(&self) -> bool {
        self.0.browsers.is_some()
    }

    /// Fetches one location. Never fails: the outcome says how it ended.
    pub async fn get(&self, request: &FetchRequest) -> Fetched {
        if request.mode == FetchMode::Browser {
            return self.render(request).await;
        }
        let url = match parse_url(&request.url) {
            Ok(url) => url,
            Err(fetched) => return *fetched,
        };
        let mut trail = Trail {
            url,
            redirects: Vec::new(),
            was_permanent: false,
            status: None,
            headers: HeaderMap::new(),
        };
        let ended = self.follow(request, &mut trail).await;
        let mut fetched = match ended {
            Ok((outcome, body)) => Fetched {
                outcome,
                body,
                ..failed(Failure::new(outcome, ""), String::new())
            },
            Err(failure) => failed(failure, String::new()),
        };
        if fetched.outcome.is_success() {
            fetched.detail = None;
        }
        fetched.final_url = trail.url.into();
        fetched.redirects = trail.redirects;
        fetched.status = trail.status;
        fetched.content_type = outcome::text_of(&trail.headers, header::CONTENT_TYPE);
        fetched.etag = outcome::text_of(&trail.headers, header::ETAG);
        fetched.last_modified = outcome::text_of(&trail.headers, header::LAST_MODIFIED);
        fetched.retry_after = retry_after(&trail.headers);
        fetched.headers = outcome::kept_headers(&trail.headers);
        tracing::debug!(outcome = %fetched.outcome, status = fetched.status, bytes = fetched.body.len(), "fetch.get");
        fetched
    }

    async fn follow(&self, request: &FetchRequest, trail: &mut Trail) -> Result<(CaptureOutcome, Bytes), Failure> {
        let mut budget = Budget(self.0.settings.total_timeout);
        let asked = trail.url.clone();
        let mut turn: HeldTurn = None;
        loop {
            let target = self.admit(&trail.url, &mut turn, &mut budget).await?;
            match budget.spend(self.hop(request, &asked, trail, target)).await? {
                Hop::Arrived { outcome, body } => return Ok((outcome, body)),
                Hop::SentOn { to, is_permanent } => {
                    if trail.redirects.len() == MAX_REDIRECTS {
                        let detail = format!("more than {MAX_REDIRECTS} redirects");
                        return Err(Failure::new(CaptureOutcome::ServerError, detail));
                    }
                    trail.redirects.push(to.to_string());
                    trail.was_permanent |= is_permanent;
                    self.0.guard.check(&to)?;
                    trail.url = to;
                }
            }
        }
    }

    /// Judges an address, waits for the turn at its host and asks its robots.txt.
    pub(crate) async fn admit(&self, url: &Url, turn: &mut HeldTurn, budget: &mut Budget) -> Result<Target, Failure> {
        let target = self.0.guard.check(url)?;
        let host = pacing_key(url, target);
        // A hop to another host gives up the turn at the one before: nobody may hold two.
        if turn.as_ref().is_none_or(|(held, _)| *held != host) {
            drop(turn.take());
            let pause = if target.is_exempt {
                self.0.settings.private_pause
            } else {
                self.0.settings.host_pause
            };
            *turn = Some((host.clone(), self.0.pace.turn(&host, pause).await));
        }
        let delay = self.obey_robots(url, budget).await?;
        if let (Some(delay), Some((_, turn)), false) = (delay, turn.as_mut(), target.is_exempt) {
            turn.pause_at_least(delay);
        }
        Ok(target)
    }

    /// The client that connects to where a judged address leads.
    pub(crate) fn client(&self, target: Target) -> &Client {
        target
            .exempt_port
            .and_then(|port| self.0.exempt.get(&port))
            .unwrap_or(&self.0.public)
    }

    async fn hop(
        &self,
        request: &FetchRequest,
        asked: &Url,
        trail: &mut Trail,
        target: Target,
    ) -> Result<Hop, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        let language = HeaderValue::from_str(&format!("{}, *;q=0.5", request.language));
        let fallback = HeaderValue::from_static("en, *;q=0.5");
        headers.insert(header::ACCEPT_LANGUAGE, language.unwrap_or(fallback));
        for (name, value) in [
            (header::IF_NONE_MATCH, &request.etag),
            (header::IF_MODIFIED_SINCE, &request.last_modified),
        ] {
            // A validator that can't be said is as good as none.
            if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        let is_conditional = headers.len() > 2;
        let response = self.send(&trail.url, target, headers).await?;
        let status = response.status();
        trail.status = Some(status.as_u16());
        trail.headers.clone_from(response.headers());
        if status == StatusCode::NOT_MODIFIED && is_conditional {
            return Ok(Hop::Arrived {
                outcome: CaptureOutcome::NotModified,
                body: Bytes::new(),
            });
        }
        if let Some(to) = redirect_of(&trail.url, &response)? {
            let is_permanent = matches!(status.as_u16(), 301 | 308);
            return Ok(Hop::SentOn { to, is_permanent });
        }
        if let Some(failure) = outcome::of_status(status, response.headers()) {
            return Err(failure);
        }
        if let Some(failure) = outcome::of_redirects(asked, &trail.url, trail.was_permanent) {
            return Err(failure);
        }
        let content_type = outcome::text_of(response.headers(), header::CONTENT_TYPE);
        let unspecific = outcome::is_unspecific(content_type.as_deref());
        let wrong_type = || {
            let detail = format!("the answer is {}", content_type.as_deref().unwrap_or_default());
            Failure::new(CaptureOutcome::WrongType, detail)
        };
        if !unspecific && !outcome::is_readable(content_type.as_deref()) {
            return Err(wrong_type());
        }
        let body = body::read(response, Limits::whole(self.0.settings.max_bytes)).await?;
        if unspecific && !body.starts_with(b"%PDF-") {
            return Err(wrong_type());
        }
        if body.is_empty() {
            return Err(Failure::new(CaptureOutcome::Empty, "the answer has no content"));
        }
        Ok(Hop::Arrived {
            outcome: CaptureOutcome::Captured,
            body,
        })
    }

    pub(crate) async fn send(&self, url: &Url, target: Target, mut headers: HeaderMap) -> Result<Response, Failure> {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
        let sent = self.client(target).get(url.clone()).headers(headers).send().await;
        sent.map_err(|error| Failure::of_request(&error))
    }
}

/// Strangers are paced by host, our own addresses by host and port.
fn pacing_key(url: &Url, target: Target) -> String {
    let host = url.host().map(|host| match host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        other => other.to_string(),
    });
    let host = host.unwrap_or_default();
    match target.exempt_port {
        Some(port) if target.is_exempt => format!("{host}:{port}"),
        _ => host,
    }
}

/// Where an answer sends us on to; `None` if it does not.
pub(crate) fn redirect_of(from: &Url, response: &Response) -> Result<Option<Url>, Failure> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let to = location
        .filter(|location| !location.is_empty() && location.len() <= MAX_URL_BYTES)
        .and_then(|location| from.join(&location).ok());
    let Some(mut to) = to else {
        return Err(Failure::new(
            CaptureOutcome::ServerError,
            "a redirect that leads nowhere",
        ));
    };
    to.set_fragment(None);
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(Failure::new(
            CaptureOutcome::RefusedAddress,
            "a redirect from a secure address to an insecure one",
        ));
    }
    Ok(Some(to))
}

/// The address without its fragment, or the end of an attempt at what is none.
pub(crate) fn parse_url(asked: &str) -> Result<Url, Box<Fetched>> {
    let parsed = Some(asked)
        .filter(|url| url.len() <= MAX_URL_BYTES)
        .and_then(|url| Url::parse(url).ok());
    let Some(mut url) = parsed else {
        let failure = Failure::new(CaptureOutcome::RefusedAddress, "this is not an address of the web");
        return Err(Box::new(failed(failure, asked.chars().take(MAX_URL_BYTES).collect())));
    };
    url.set_fragment(None);
    Ok(url)
}

pub(crate) fn failed(failure: Failure, final_url: String) -> Fetched {
    Fetched {
        mode: FetchMode::Plain,
        outcome: failure.outcome,
        detail: Some(failure.detail),
        status: None,
        final_url,
        redirects: Vec::new(),
        headers: BTreeMap::new(),
        content_type: None,
        etag: None,
        last_modified: None,
        body: Bytes::new(),
        retry_after: None,
    }
}
