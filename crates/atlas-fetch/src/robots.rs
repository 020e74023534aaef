//! robots.txt: fetched once a day for each origin, and obeyed.
//!
//! Invariant: what can't be known counts as "no": an origin whose robots.txt fails is not asked for an hour. What is
//! plainly absent (4xx) counts as "yes", as RFC 9309 has it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use http::HeaderMap;
use texting_robots::Robot;
use tokio::time::Instant;
use url::Url;

use crate::{
    Fetcher,
    body::{self, Limits},
    fetcher::{Budget, MAX_REDIRECTS, redirect_of},
    outcome::Failure,
};

/// The name under which robots.txt speaks of us.
pub(crate) const PRODUCT_TOKEN: &str = "ConductAtlasBot";
/// More is not read (RFC 9309 asks for at least this much).
pub(crate) const MAX_BYTES: usize = 500 * 1024;
const KEEP: Duration = Duration::from_hours(24);
const KEEP_FAILURE: Duration = Duration::from_hours(1);
const LONGEST_DELAY: Duration = Duration::from_mins(1);
const MAX_ORIGINS: usize = 4_096;

/// What one origin allows.
#[derive(Clone)]
pub(crate) enum Rules {
    /// Everything.
    All,
    /// Nothing, and why.
    Nothing(&'static str),
    /// What is written.
    Written(Arc<Robot>),
}

impl Rules {
    /// Reads a robots.txt; bytes that are no robots.txt say nothing.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Robot::new(PRODUCT_TOKEN, text).map_or(Self::All, |robot| Self::Written(Arc::new(robot)))
    }

    /// Why the address may not be fetched; `None` if it may.
    pub(crate) fn refusal(&self, url: &str) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Nothing(why) => Some(why),
            Self::Written(robot) => (!robot.allowed(url)).then_some("robots.txt excludes this address"),
        }
    }

    /// The pause between two requests that the site asks for, if it does; at most a minute.
    pub(crate) fn delay(&self) -> Option<Duration> {
        let Self::Written(robot) = self else { return None };
        let seconds = robot.delay.filter(|seconds| *seconds > 0.0)?;
        Some(Duration::try_from_secs_f32(seconds).map_or(LONGEST_DELAY, |delay| delay.min(LONGEST_DELAY)))
    }
}

/// The rules of the origins that were asked lately.
#[derive(Default)]
pub(crate) struct RobotsCache {
    origins: Mutex<HashMap<String, (Rules, Instant)>>,
}

impl RobotsCache {
    /// The rules of an origin, if they are known and fresh.
    pub(crate) fn get(&self, origin: &str) -> Option<Rules> {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let (rules, until) = origins.get(origin)?;
        (*until > Instant::now()).then(|| rules.clone())
    }

    /// Remembers the rules of an origin: a day, or an hour if they could not be had.
    pub(crate) fn put(&self, origin: &str, rules: Rules) {
        let now = Instant::now();
        let keep = if matches!(rules, Rules::Nothing(_)) {
            KEEP_FAILURE
        } else {
            KEEP
        };
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if origins.len() >= MAX_ORIGINS {
            origins.retain(|_, (_, until)| *until > now);
        }
        if origins.len() >= MAX_ORIGINS {
            origins.clear();
        }
        origins.insert(origin.to_owned(), (rules, now + keep));
    }
}

impl Fetcher {
    /// The pause that a site asks for, if its robots.txt lets us fetch the address at all.
    pub(crate) async fn obey_robots(&self, url: &Url, budget: &mut Budget) -> Result<Option<Duration>, Failure> {
        if !self.inner().settings.respect_robots {
            return Ok(None);
        }
        let rules = self.rules(url, budget).await?;
        match rules.refusal(url.as_str()) {
            Some(why) => Err(Failure::new(CaptureOutcome::RobotsDisallowed, why)),
            None => Ok(rules.delay()),
        }
    }

    /// The rules of an address's origin, from memory or from the origin.
    async fn rules(&self, url: &Url, budget: &mut Budget) -> Result<Rules, Failure> {
        let origin = url.origin().ascii_serialization();
        if let Some(rules) = self.inner().robots.get(&origin) {
            return Ok(rules);
        }
        // Half of the time is left for the page.
        let mut share = Budget(budget.0 / 2);
        let fetched = share.spend(self.fetch_robots(url)).await;
        budget.0 = budget.0 / 2 + share.0;
        let rules = match fetched {
            Ok(rules) => rules,
            Err(failure) if failure.outcome == CaptureOutcome::Timeout => {
                Rules::Nothing("robots.txt did not answer in time")
            }
            // No connection at all: the page's own outcome is more telling, and nothing is remembered.
            Err(failure)
                if matches!(
                    failure.outcome,
                    CaptureOutcome::Dns | CaptureOutcome::Tls | CaptureOutcome::RefusedAddress
                ) =>
            {
                return Err(failure);
            }
            Err(_) => Rules::Nothing("robots.txt could not be read"),
        };
        self.inner().robots.put(&origin, rules.clone());
        Ok(rules)
    }

    async fn fetch_robots(&self, page: &Url) -> Result<Rules, Failure> {
        let mut url = page.clone();
        url.set_path("/robots.txt");
        url.set_query(None);
        for _ in 0..=MAX_REDIRECTS {
            let Ok(target) = self.inner().guard.check(&url) else {
                return Ok(Rules::Nothing("robots.txt leads to an address that is not fetched"));
            };
            let response = self.send(&url, target, HeaderMap::new()).await?;
            match redirect_of(&url, &response) {
                Ok(None) => {}
                Ok(Some(to)) => {
                    url = to;
                    continue;
                }
                Err(_) => return Ok(Rules::Nothing("robots.txt leads to an address that is not fetched")),
            }
            return match response.status().as_u16() {
                200..=299 => {
                    let text = body::read(response, Limits::first(MAX_BYTES)).await?;
                    let parsed = tokio::task::spawn_blocking(move || Rules::parse(&text)).await;
                    Ok(parsed.unwrap_or(Rules::Nothing("robots.txt could not be read")))
                }
                429 | 500..=599 => Ok(Rules::Nothing("robots.txt failed, so nothing is fetched for an hour")),
                _ => Ok(Rules::All),
            };
        }
        // RFC 9309: after five redirects a crawler may take the file to be absent.
        Ok(Rules::All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_group_wins_over_the_one_for_everybody() {
        let rules = Rules::parse(
            b"User-agent: *\nDisallow: /\n\nUser-agent: conductatlasbot\nAllow: /legal/\nDisallow: /\nCrawl-delay: 7\n",
        );
        assert_eq!(rules.refusal("https://a.example/legal/privacy"), None);
        assert!(rules.refusal("https://a.example/app").is_some());
        assert_eq!(rules.delay(), Some(Duration::from_secs(7)));
    }

    #[test]
    fn hostile_files_are_read_without_harm() {
        for text in [
            &b""[..],
            b"\xff\xfe\0\0",
            b"<html><body>Not found</body></html>",
            b"User-agent: *\nDisallow: /*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b$\n",
            b"User-agent: *\nCrawl-delay: -1\nCrawl-delay: 1e99\nCrawl-delay: NaN\n",
            &b"Disallow:\n".repeat(50_000),
        ] {
            let rules = Rules::parse(text);
            assert_eq!(rules.refusal(&format!("https://a.example/{}", "a".repeat(2_000))), None);
            assert!(rules.delay().is_none_or(|delay| delay <= LONGEST_DELAY));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rules_are_kept_a_day_and_failures_an_hour() {
        let cache = RobotsCache::default();
        cache.put("https://a.example", Rules::All);
        cache.put("https://b.example", Rules::Nothing("it failed"));
        tokio::time::advance(Duration::from_mins(61)).await;
        assert!(cache.get("https://a.example").is_some());
        assert!(cache.get("https://b.example").is_none());
        tokio::time::advance(Duration::from_hours(24)).await;
        assert!(cache.get("https://a.example").is_none());
    }
}
