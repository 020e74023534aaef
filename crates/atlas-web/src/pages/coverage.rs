//! How far the record reaches: configured, fetched, verified, published; every failing source with its reason.

use askama::Template;
use atlas_db::view::coverage::{self, Coverage, FailingSource, KindCoverage};
use atlas_domain::{CaptureOutcome, urls};
use axum::{extract::State, response::Response};
use serde_json::json;

use super::{
    meta::{Meta, publisher},
    words,
};
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
    kinds: Vec<KindCoverage>,
    sentence: String,
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
    let kinds = coverage::coverage_by_kind(&mut conn).await?;
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
        .here("Coverage")
        .states(&json!({"@context": "https://schema.org", "@type": "Dataset", "name": "Coverage of the record",
            "description": "Policies that are configured, fetched, verified and published, and every source that fails.",
            "url": chrome.absolute(urls::COVERAGE), "isAccessibleForFree": true,
            "creator": publisher(&chrome.base_url)})),
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
        sentence: sentence(kinds.first()),
        kinds,
        checked: counts.last_checked_at.map(words::moment),
        coverage: counts,
        outcomes,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// "Of 74 platforms with a privacy policy in English to read, 61 have a current one on record; 9 fail and 4 …"
fn sentence(kind: Option<&KindCoverage>) -> String {
    let Some(kind) = kind else { return String::new() };
    format!(
        "Of {} with a {} in English to read, {} {} a current one on record{}; of the others {} {} and {} {} not been checked yet.",
        words::counted(kind.platforms, "platform", "platforms"),
        kind.document_type.to_lowercase(),
        kind.current,
        if kind.current == 1 { "has" } else { "have" },
        if kind.samples > 0 {
            format!(", {} of them fictitious", kind.samples)
        } else {
            String::new()
        },
        kind.failing,
        if kind.failing == 1 { "fails" } else { "fail" },
        kind.unchecked,
        if kind.unchecked == 1 { "has" } else { "have" },
    )
}

#[cfg(test)]
mod tests {
    use atlas_db::view::coverage::KindCoverage;

    #[test]
    fn the_sentence_accounts_for_every_platform() {
        let kind = KindCoverage {
            document_type: "Privacy Policy".to_owned(),
            platforms: 74,
            current: 61,
            samples: 0,
            failing: 9,
            unchecked: 4,
        };
        assert_eq!(
            super::sentence(Some(&kind)),
            "Of 74 platforms with a privacy policy in English to read, 61 have a current one on record; of the others 9 \
             fail and 4 have not been checked yet."
        );
        assert_eq!(super::sentence(None), "");
    }
}
