//! How far the record reaches: configured, fetched, verified, published; every failing source with its reason.

use askama::Template;
use atlas_db::view::coverage::{self, Coverage, FailingSource};
use atlas_domain::{CaptureOutcome, urls};
use axum::{extract::State, response::Response};

use super::{meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Failing sources that are listed.
const LISTED: i64 = 1_000;

#[derive(Template)]
#[template(path = "pages/coverage.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    coverage: Coverage,
    steps: [Step; 4],
    outcomes: Vec<OutcomeGroup>,
    checked: Option<String>,
}

struct Step {
    name: &'static str,
    number: i64,
    percent: i64,
    about: &'static str,
}

struct OutcomeGroup {
    outcome: CaptureOutcome,
    /// The same, as the health symbol takes it.
    state: Option<CaptureOutcome>,
    sources: Vec<FailingSource>,
}

pub(super) async fn page(State(state): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let counts = coverage::coverage(&mut conn).await?;
    let failing = coverage::failing_sources(&mut conn, LISTED).await?;
    drop(conn);
    let mut outcomes: Vec<OutcomeGroup> = Vec::new();
    for source in failing {
        match outcomes.iter_mut().find(|group| group.outcome == source.outcome) {
            Some(group) => group.sources.push(source),
            None => outcomes.push(OutcomeGroup {
                outcome: source.outcome,
                state: Some(source.outcome),
                sources: vec![source],
            }),
        }
    }
    outcomes.sort_by_key(|group| std::cmp::Reverse(group.sources.len()));
    let step = |name, number, about| Step {
        name,
        number,
        percent: words::percent(number, counts.configured),
        about,
    };
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            urls::COVERAGE,
            "Coverage and failing sources",
            "How many policies are configured, fetched, verified and published, and every source that fails, by name.",
        )
        .here("Coverage"),
        steps: [
            step(
                "Configured",
                counts.configured,
                "documents with an address to read them from",
            ),
            step("Fetched", counts.fetched, "were received at least once"),
            step(
                "Verified",
                counts.verified,
                "passed the gate: really that document, and whole",
            ),
            step("Published", counts.published, "were read to the end, with findings"),
        ],
        checked: counts.last_checked_at.map(words::moment),
        coverage: counts,
        outcomes,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}
