//! What is known of a page while the browser loads it, and what it may ask for.
//!
//! Invariant: every request that the browser holds up is answered exactly once; where the page itself goes is judged as
//! at a hop of the plain fetcher: guard, turn, robots.txt, number of redirects.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::{sync::Mutex as AsyncMutex, task::JoinSet, time::Instant};
use url::Url;

use super::{link::Event, proxy::Wanted, session::Session};
use crate::{
    Fetcher,
    fetcher::{Budget, HeldTurn, MAX_REDIRECTS},
    outcome::{self, Failure},
};

/// Requests that one page may make.
const REQUESTS: usize = 1_000;
/// What a text has no need of.
const NEEDLESS: &[&str] = &[
    "Image",
    "Media",
    "Font",
    "TextTrack",
    "Ping",
    "CSPViolationReport",
    "Manifest",
    "Prefetch",
];

/// The way to the page, as the browser told of it.
#[derive(Debug, Clone)]
pub(crate) struct Trail {
    pub(crate) url: Url,
    pub(crate) redirects: Vec<String>,
    pub(crate) was_permanent: bool,
    pub(crate) status: Option<u16>,
    pub(crate) headers: HeaderMap,
}

struct State {
    trail: Trail,
    /// Parts that are on their way.
    open: HashSet<String>,
    last_stir: Instant,
    loaded: bool,
    requests: usize,
    refused: usize,
    /// The request for the page itself, and whether it was let go.
    document: Option<String>,
    is_file: bool,
    failure: Option<Failure>,
}

/// One page on its way.
pub(crate) struct Page {
    fetcher: Fetcher,
    asked: Url,
    state: Mutex<State>,
    turn: AsyncMutex<HeldTurn>,
    wanted: Arc<Wanted>,
}

/// Tasks that answer the browser; they end when this goes.
pub(crate) type Answers = Mutex<JoinSet<()>>;

/// How a page comes along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) loaded: bool,
    /// How long nothing has been on its way.
    pub(crate) quiet: Option<Duration>,
    /// Whether the last answer is a check that a browser may pass by waiting.
    pub(crate) is_challenge: bool,
    pub(crate) is_file: bool,
}

impl Page {
    pub(crate) fn new(fetcher: Fetcher, asked: Url) -> Self {
        let trail = Trail {
            url: asked.clone(),
            redirects: Vec::new(),
            was_permanent: false,
            status: None,
            headers: HeaderMap::new(),
        };
        Self {
            fetcher,
            asked,
            turn: AsyncMutex::new(None),
            wanted: Arc::default(),
            state: Mutex::new(State {
                trail,
                open: HashSet::new(),
                last_stir: Instant::now(),
                loaded: false,
                requests: 0,
                refused: 0,
                document: None,
                is_file: false,
                failure: None,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) const fn asked(&self) -> &Url {
        &self.asked
    }
    /// Where the browser may connect to on behalf of the page.
    pub(crate) fn wanted(&self) -> Arc<Wanted> {
        Arc::clone(&self.wanted)
    }
    pub(crate) fn trail(&self) -> Trail {
        self.state().trail.clone()
    }
    /// Parts that were refused for where they lead.
    pub(crate) fn refused(&self) -> usize {
        self.state().refused
    }
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.state().failure.take()
    }
    pub(crate) fn fail(&self, failure: Failure) {
        self.state().failure.get_or_insert(failure);
    }
    pub(crate) fn progress(&self) -> Progress {
        let state = self.state();
        Progress {
            loaded: state.loaded,
            quiet: state.open.is_empty().then(|| state.last_stir.elapsed()),
            is_challenge: outcome::is_challenge(&state.trail.headers),
            is_file: state.is_file,
        }
    }

    /// Judges the address that was asked for, before there is a browser.
    pub(crate) async fn admit_first(&self) -> Result<(), Failure> {
        self.admit(&self.asked.clone()).await
    }

    async fn admit(&self, url: &Url) -> Result<(), Failure> {
        let mut budget = Budget(self.fetcher.inner().settings.total_timeout);
        let mut turn = self.turn.lock().await;
        self.fetcher.admit(url, &mut turn, &mut budget).await.map(|_| ())
    }

    /// Takes note of an event, and answers where the browser waits for us.
    pub(crate) fn on_event(self: &Arc<Self>, event: &Event, session: &Session, answers: &Answers) {
        let link = session.link();
        match event.method.as_str() {
            "Target.attachedToTarget" => {
                let target = event.text("/targetInfo/targetId");
                let is_window = event.text("/targetInfo/type") == Some("page");
                if let Some(target) = target.filter(|target| is_window && *target != session.frame()) {
                    link.tell(None, "Target.closeTarget", &json!({ "targetId": target }));
                }
                return;
            }
            "Browser.downloadWillBegin" => {
                self.state().is_file = true;
                return;
            }
            _ => {}
        }
        if event.session.as_deref() != Some(session.id()) {
            return;
        }
        match event.method.as_str() {
            "Fetch.requestPaused" => self.on_paused(event, session, answers),
            "Network.requestWillBeSent" => self.on_request(event, session.frame()),
            "Network.responseReceived" => self.on_response(event, session.frame()),
            "Network.loadingFinished" | "Network.loadingFailed" => self.on_end(event),
            "Page.loadEventFired" => {
                let mut state = self.state();
                state.loaded = true;
                state.last_stir = Instant::now();
            }
            "Page.javascriptDialogOpening" => {
                // A question before the page is left is answered with yes, any other with no.
                let accept = event.text("/type") == Some("beforeunload");
                link.tell(
                    Some(session.id()),
                    "Page.handleJavaScriptDialog",
                    &json!({ "accept": accept }),
                );
            }
            "Inspector.targetCrashed" => self.fail(Failure::new(
                CaptureOutcome::TooLarge,
                "the page needs more memory than it is given, or broke the browser",
            )),
            _ => {}
        }
    }

    fn on_paused(self: &Arc<Self>, event: &Event, session: &Session, answers: &Answers) {
        let Some(id) = event.text("/requestId") else { return };
        let kind = event.text("/resourceType").unwrap_or_default();
        let is_needless = NEEDLESS.contains(&kind);
        let url = event.text("/request/url").and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|_| !is_needless) else {
            answer(session, id, false);
            return;
        };
        // Made of bytes that the page has already.
        let is_inside = matches!(url.scheme(), "data" | "blob" | "about");
        let is_main = kind == "Document" && event.text("/frameId") == Some(session.frame());
        if is_inside && !is_main {
            answer(session, id, true);
            return;
        }
        let is_over = {
            let mut state = self.state();
            state.requests += 1;
            state.requests > REQUESTS
        };
        let refusal = self.fetcher.inner().guard.check(&url).err();
        if let Some(refusal) = refusal {
            self.state().refused += 1;
            if is_main {
                self.fail(refusal.into());
            }
            answer(session, id, false);
        } else if kind == "Document" {
            let (page, session, id) = (Arc::clone(self), session.clone(), id.to_owned());
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            while answers.try_join_next().is_some() {}
            answers.spawn(async move { page.on_document(url, is_main, &session, &id).await });
        } else {
            if !is_over {
                self.wanted.add(&url);
            }
            answer(session, id, !is_over);
        }
    }

    /// The page itself, or a frame of it, is on its way to an address that the guard lets pass.
    async fn on_document(&self, mut url: Url, is_main: bool, session: &Session, id: &str) {
        url.set_fragment(None);
        let judged = if is_main {
            let step = self.judge_step(&url);
            match step {
                Ok(()) => self.admit(&url).await,
                Err(failure) => Err(failure),
            }
        } else {
            let mut budget = Budget(self.fetcher.inner().settings.total_timeout);
            self.fetcher.obey_robots(&url, &mut budget).await.map(|_| ())
        };
        let is_admitted = judged.is_ok();
        if is_admitted {
            self.wanted.add(&url);
        }
        if let Err(failure) = judged {
            self.state().refused += 1;
            if is_main {
                self.fail(failure);
            }
        }
        answer(session, id, is_admitted);
    }

    fn judge_step(&self, to: &Url) -> Result<(), Failure> {
        let state = self.state();
        if state.trail.redirects.len() > MAX_REDIRECTS {
            let detail = format!("more than {MAX_REDIRECTS} redirects");
            return Err(Failure::new(CaptureOutcome::ServerError, detail));
        }
        if self.asked.scheme() == "https" && to.scheme() == "http" {
            let detail = "a redirect from a secure address to an insecure one";
            return Err(Failure::new(CaptureOutcome::RefusedAddress, detail));
        }
        Ok(())
    }

    fn on_request(&self, event: &Event, frame: &str) {
        let Some(id) = event.text("/requestId") else { return };
        let mut state = self.state();
        state.open.insert(id.to_owned());
        state.last_stir = Instant::now();
        let is_main = event.text("/type") == Some("Document") && event.text("/frameId") == Some(frame);
        let url = event.text("/request/url").and_then(|url| Url::parse(url).ok());
        let Some(mut url) = url.filter(|_| is_main) else { return };
        url.set_fragment(None);
        let status = event.params.pointer("/redirectResponse/status").and_then(Value::as_u64);
        state.trail.was_permanent |= matches!(status, Some(301 | 308));
        // The first request is the one that was asked for; any other is where we were sent on to, by the server or by
        // a script.
        if state.document.is_some() {
            state.trail.redirects.push(url.to_string());
        }
        state.trail.url = url;
        state.trail.status = status.and_then(|status| u16::try_from(status).ok());
        state.document = Some(id.to_owned());
        state.loaded = false;
    }

    fn on_response(&self, event: &Event, frame: &str) {
        let is_main = event.text("/type") == Some("Document") && event.text("/frameId") == Some(frame);
        if !is_main {
            return;
        }
        let mut state = self.state();
        let status = event.params.pointer("/response/status").and_then(Value::as_u64);
        state.trail.status = status.and_then(|status| u16::try_from(status).ok());
        state.trail.headers = headers_of(event.params.pointer("/response/headers"));
        let kind = event.text("/response/mimeType").unwrap_or_default();
        state.is_file = !matches!(kind, "text/html" | "application/xhtml+xml" | "");
        let status = state.trail.status.and_then(|status| StatusCode::from_u16(status).ok());
        let is_final = status.is_some_and(is_final) && !outcome::is_challenge(&state.trail.headers);
        let failure = status
            .filter(|_| is_final)
            .and_then(|status| outcome::of_status(status, &state.trail.headers));
        if failure.is_some() {
            // No page is behind it, of whatever kind.
            state.is_file = false;
            state.failure = state.failure.take().or(failure);
        }
    }

    fn on_end(&self, event: &Event) {
        let Some(id) = event.text("/requestId") else { return };
        let mut state = self.state();
        state.open.remove(id);
        state.last_stir = Instant::now();
        let Some(error) = event.text("/errorText") else { return };
        // A page that is left for another, or turns out to be a file, ends as aborted: what follows tells.
        if state.document.as_deref() == Some(id) && error != "net::ERR_ABORTED" && state.trail.status.is_none() {
            state.failure = state.failure.take().or_else(|| Some(of_error(error)));
        }
    }
}

/// Whether a status says for certain that no page will come, however long one waits.
fn is_final(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 404 | 407 | 410 | 451 | 500..=502 | 504..=599)
}

fn answer(session: &Session, request: &str, admit: bool) {
    let (method, params) = if admit {
        ("Fetch.continueRequest", json!({ "requestId": request }))
    } else {
        let params = json!({ "requestId": request, "errorReason": "BlockedByClient" });
        ("Fetch.failRequest", params)
    };
    session.link().tell(Some(session.id()), method, &params);
}

/// What an error of the browser's network means.
fn of_error(error: &str) -> Failure {
    let outcome = if error.contains("ERR_CERT") || error.contains("ERR_SSL") || error.contains("ERR_TUNNEL") {
        CaptureOutcome::Tls
    } else if error.contains("TIMED_OUT") {
        CaptureOutcome::Timeout
    } else if error.contains("ERR_NAME_NOT_RESOLVED") {
        CaptureOutcome::Dns
    } else {
        CaptureOutcome::ServerError
    };
    Failure::new(outcome, format!("the browser could not load the page: {error}"))
}

fn headers_of(told: Option<&Value>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in told.and_then(Value::as_object).into_iter().flatten() {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        // Repeated headers come as lines of one.
        for line in value.as_str().unwrap_or_default().lines() {
            if let Ok(value) = HeaderValue::from_str(line) {
                headers.append(name.clone(), value);
            }
        }
    }
    headers
}
