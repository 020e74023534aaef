//! From a started browser to the page as it stands when it has come to rest.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use url::Url;

use super::{
    Browsers, Look, Rendered,
    link::Link,
    page::{Answers, Page},
    process::Process,
    proxy::Proxy,
    session::Session,
};
use crate::{FetchRequest, Fetcher, outcome::Failure};

const PROBE: &str = include_str!("probe.js");
const SERIALIZE: &str = include_str!("serialize.js");
/// How often we look.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long nothing may be on its way until a page is at rest.
const QUIET: Duration = Duration::from_millis(500);
/// The same for a page without words: they may yet come by a timer.
const QUIET_WITHOUT_WORDS: Duration = Duration::from_secs(3);
/// A text that comes in a message of JSON: every character may need six, and a little is around it.
const TIMES_IN_MESSAGE: usize = 6;
const AROUND: usize = 4 * 1024 * 1024;

/// Loads the page and takes it when it is ready.
pub(crate) async fn drive(
    fetcher: &Fetcher,
    browsers: &Browsers,
    request: &FetchRequest,
    page: &Arc<Page>,
    process: &mut Process,
    proxy: &Proxy,
) -> Result<Look, Failure> {
    let limit = fetcher.inner().settings.max_bytes;
    let watch = process.watch();
    let message_limit = limit.saturating_mul(TIMES_IN_MESSAGE).saturating_add(AROUND);
    let (link, mut pump) = Link::new(process, message_limit).map_err(no_browser)?;
    let answers: Answers = Mutex::new(JoinSet::new());
    let session = Mutex::new(None::<Session>);
    let pumped = pump.run(|event| {
        let opened = session
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        if let Some(opened) = opened {
            page.on_event(&event, &opened, &answers);
        }
    });
    let loading = async {
        let version = link.version().await.map_err(no_browser)?;
        let opened = Session::open(link.clone()).await.map_err(no_browser)?;
        *session.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(opened.clone());
        let agent = user_agent(&version, &fetcher.inner().settings.user_agent);
        opened.prepare(&agent, &request.language).await.map_err(no_browser)?;
        let load = Load {
            page,
            session: &opened,
            proxy,
            request,
            settle: browsers.settings.settle_timeout,
        };
        let Some(ready) = load.until_ready().await? else {
            return Ok(Look::NotAPage);
        };
        let (html, location) = load.take(limit).await?;
        Ok(Look::Rendered(Rendered {
            html,
            location,
            ready,
            version,
            peak_memory: watch.peak(),
        }))
    };
    let mut loading = pin!(loading);
    tokio::select! {
        looked = &mut loading => looked,
        () = pumped => {
            let failure = if watch.exceeded() {
                Failure::new(CaptureOutcome::TooLarge, "the page needs more memory than it is given")
            } else {
                page.take_failure().unwrap_or_else(|| {
                    Failure::new(CaptureOutcome::NoBrowser, "the browser ended before the page was there")
                })
            };
            Err(failure)
        }
    }
}

fn no_browser(error: impl std::fmt::Display) -> Failure {
    Failure::new(
        CaptureOutcome::NoBrowser,
        format!("the browser does not do as it is told: {error}"),
    )
}

/// The engine as it is, and who we are.
fn user_agent(version: &str, ours: &str) -> String {
    let major = version
        .split('/')
        .nth(1)
        .and_then(|version| version.split('.').next())
        .unwrap_or_default();
    format!(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36 {ours}"
    )
}

struct Load<'a> {
    page: &'a Arc<Page>,
    session: &'a Session,
    proxy: &'a Proxy,
    request: &'a FetchRequest,
    settle: Duration,
}

/// What our script saw of the page.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    parsed: bool,
    chars: u64,
    selected: bool,
}

impl Load<'_> {
    /// Waits until the page is ready, and says by what; `None` if it is a file.
    async fn until_ready(&self) -> Result<Option<&'static str>, Failure> {
        let started = Instant::now();
        let go = json!({ "url": self.page.asked().as_str() });
        // Answered when the page's first byte is there, so it is not waited for.
        self.session.link().tell(Some(self.session.id()), "Page.navigate", &go);
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut steady: Option<(u64, Instant)> = None;
        loop {
            ticks.tick().await;
            self.check()?;
            let progress = self.page.progress();
            if progress.is_file {
                return Ok(None);
            }
            let is_late = started.elapsed() >= self.settle;
            if progress.is_challenge && !is_late {
                continue;
            }
            let quiet = progress.quiet.filter(|_| progress.loaded).unwrap_or_default();
            let by_content = !self.request.content.is_empty();
            if quiet < QUIET && !by_content && !is_late {
                continue;
            }
            let seen = self.probe().await;
            let unchanged_for = match steady {
                Some((chars, since)) if chars == seen.chars => since.elapsed(),
                _ => {
                    steady = Some((seen.chars, Instant::now()));
                    Duration::ZERO
                }
            };
            let has_words = if by_content { seen.selected } else { seen.chars > 0 };
            if quiet >= QUIET && has_words || quiet >= QUIET_WITHOUT_WORDS {
                return Ok(Some("quiet"));
            }
            if by_content && seen.selected && seen.parsed && unchanged_for >= QUIET {
                return Ok(Some("content"));
            }
            if is_late && seen.parsed {
                return Ok(Some("late"));
            }
        }
    }

    /// What ends the look at a page from outside.
    fn check(&self) -> Result<(), Failure> {
        if self.proxy.exceeded() {
            let detail = "the page and its parts go on beyond the limit";
            return Err(Failure::new(CaptureOutcome::TooLarge, detail));
        }
        match self.page.take_failure() {
            // The proxy knows better why there was no connection.
            Some(failure) => Err(self.proxy.failure(&self.page.trail().url).unwrap_or(failure)),
            None => Ok(()),
        }
    }

    /// A page between two addresses, or busy, has nothing to show.
    async fn probe(&self) -> Seen {
        let selectors = Value::from(self.request.content.clone());
        let seen = self.session.call(PROBE, &selectors).await.unwrap_or_default();
        let is = |field: &str| seen.get(field).and_then(Value::as_bool).unwrap_or_default();
        Seen {
            parsed: is("parsed"),
            chars: seen.get("chars").and_then(Value::as_u64).unwrap_or_default(),
            selected: is("selected"),
        }
    }

    /// The page as HTML, and what it calls its address.
    async fn take(&self, limit: usize) -> Result<(String, Option<Url>), Failure> {
        let taken = self.session.call(SERIALIZE, &json!(limit)).await;
        self.check()?;
        let mut taken = taken.map_err(|error| {
            let detail = format!("the page could not be read from the browser: {error}");
            Failure::new(CaptureOutcome::ServerError, detail)
        })?;
        let html = match taken.get_mut("html").map(Value::take) {
            Some(Value::String(html)) if html.len() <= limit => html,
            _ => {
                return Err(Failure::new(
                    CaptureOutcome::TooLarge,
                    "the page goes on beyond the limit",
                ));
            }
        };
        let location = taken
            .get("href")
            .and_then(Value::as_str)
            .and_then(|href| Url::parse(href).ok())
            .map(|mut url| {
                url.set_fragment(None);
                url
            });
        Ok((html, location))
    }
}
