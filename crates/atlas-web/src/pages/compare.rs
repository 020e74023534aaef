//! The editorial comparisons: the list, and one question asked of chosen platforms with the words of each.

use askama::Template;
use atlas_catalog::EditorialComparison;
use atlas_db::view::position::{self, Position, ReadPlatforms};
use atlas_domain::{Stance, urls};
use axum::{
    extract::{Path, Query, RawQuery, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    charts::Distribution,
    meta::{Meta, publisher},
    og,
    own_choice::Choice,
    own_comparison, words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Template)]
#[template(path = "pages/comparisons.html")]
struct Overview {
    chrome: Chrome,
    meta: Meta,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    title: String,
    lede: String,
    question: String,
    found: i64,
    /// Platforms in whose documents an answer was looked for.
    asked: i64,
}

pub(super) async fn overview(
    State(state): State<WebState>,
    chrome: Chrome,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    if let Some(choice) = Choice::of(query.as_deref()) {
        return own_comparison::page(&state, chrome, choice).await;
    }
    let mut conn = state.pool.acquire().await?;
    let counts = position::stance_counts(&mut conn, None).await?;
    drop(conn);
    let rows = atlas_catalog::comparisons()
        .iter()
        .map(|comparison| {
            let kind = atlas_catalog::taxonomy().provision_type(&comparison.provision_type);
            Row {
                href: urls::comparison(&comparison.slug),
                title: comparison.title.replace("{n} ", "").replace("{n}", ""),
                lede: words::first_sentence(&comparison.lede).to_owned(),
                question: kind.map(|kind| kind.question.clone()).unwrap_or_default(),
                asked: counts
                    .iter()
                    .filter(|count| count.provision_type == comparison.provision_type)
                    .map(|count| count.platforms)
                    .sum(),
                found: counts
                    .iter()
                    .filter(|count| count.provision_type == comparison.provision_type && count.stance != Stance::Silent)
                    .map(|count| count.platforms)
                    .sum(),
            }
        })
        .collect();
    let page = Overview {
        meta: Meta::new(
            &chrome.base_url,
            urls::COMPARISONS,
            "Compare platforms on one question",
            "How platforms' policies answer the same question, side by side, each with the exact archived sentence.",
        )
        .here("Compare"),
        rows,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    stance: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: String,
}

#[derive(Template)]
#[template(path = "pages/comparison.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    comparison: &'static EditorialComparison,
    title: String,
    chart: Distribution,
    read: ReadPlatforms,
    /// Platforms in whose documents an answer was looked for.
    asked: i64,
    registry: String,
    finding: String,
    rows: Vec<Position>,
    total: usize,
    stances: Vec<Stance>,
    stance: Option<Stance>,
    words: String,
    sort: Sort,
    span: String,
    updated: Option<String>,
    crumb: String,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Platform,
    Stance,
    Changed,
}

impl Page {
    /// Whether only this stance is shown.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_chosen(&self, stance: &Stance) -> bool {
        self.stance.as_ref() == Some(stance)
    }
    /// `aria-sort` of a column, where the rows are in its order.
    fn sorted(&self, column: &str) -> Option<&'static str> {
        match (self.sort, column) {
            (Sort::Platform, "platform") | (Sort::Stance, "stance") => Some("ascending"),
            (Sort::Changed, "changed") => Some("descending"),
            _ => None,
        }
    }
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path(slug): Path<String>,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let comparison = atlas_catalog::comparison(&slug).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let all = position::positions(&mut conn, &comparison.provision_type).await?;
    let read = position::read_platforms(&mut conn).await?;
    drop(conn);

    let counts: Vec<_> = all.iter().map(|position| (position.stance, 1)).collect();
    let asked = i64::try_from(counts.len()).unwrap_or(i64::MAX);
    let subject = atlas_catalog::taxonomy()
        .provision_type(&comparison.provision_type)
        .map_or_else(|| comparison.provision_type.clone(), |kind| kind.title.to_lowercase());
    let mut rows: Vec<Position> = all
        .into_iter()
        .filter(|position| comparison.includes(&position.platform_slug, &position.category))
        .collect();
    let total = rows.len();
    chrome.samples = total > 0 && rows.iter().all(|position| position.is_sample);
    let title = comparison.title_for(total);
    let finding = finding(&rows);
    let stances: Vec<Stance> = Stance::ALL
        .iter()
        .copied()
        .filter(|stance| rows.iter().any(|position| position.stance == *stance))
        .collect();
    let latest = rows.iter().map(|position| position.changed_at).max();
    let span = span(&rows);
    let stance = filters.stance.parse::<Stance>().ok();
    let wanted = words::clipped(&filters.q, 80).to_lowercase();
    rows.retain(|position| {
        stance.is_none_or(|wanted| position.stance == wanted)
            && (wanted.is_empty() || position.platform_name.to_lowercase().contains(&wanted))
    });
    let sort = match filters.sort.as_str() {
        "stance" => Sort::Stance,
        "changed" => Sort::Changed,
        _ => Sort::Platform,
    };
    match sort {
        Sort::Platform => {}
        Sort::Stance => rows.sort_by_key(|position| position.stance),
        Sort::Changed => rows.sort_by_key(|position| std::cmp::Reverse(position.changed_at)),
    }
    let filtered = stance.is_some() || !wanted.is_empty() || sort != Sort::Platform;
    let questions: Vec<_> = comparison
        .faq
        .iter()
        .map(|(question, answer)| {
            json!({"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}})
        })
        .collect();
    let crumb = atlas_catalog::taxonomy()
        .provision_type(&comparison.provision_type)
        .map_or_else(|| title.clone(), |kind| kind.title.clone());
    let mut meta = Meta::new(
        &chrome.base_url,
        &urls::comparison(&comparison.slug),
        &title,
        &format!(
            "{} Every cell rests on an archived sentence.",
            words::first_sentence(&comparison.lede)
        ),
    )
    .under("Compare", urls::COMPARISONS)
    .here(&crumb)
    .pictured(og::Kind::Comparison, &comparison.slug)
    .sample(chrome.samples)
    .unlisted_if(filtered || total == 0)
    .feed(
        format!("{}/feed.atom", urls::provision_type(&comparison.provision_type)),
        format!("Changes that touch {subject}"),
    );
    if let Some(at) = latest {
        let address = chrome.absolute(&urls::comparison(&comparison.slug));
        meta = meta.modified(at).states(&json!({
            "@context": "https://schema.org", "@type": "Article", "headline": title, "url": address,
            "dateModified": words::iso(at), "publisher": publisher(&chrome.base_url),
            "hasPart": {"@type": "Table", "about": subject},
            "about": {"@type": "Dataset", "name": title, "url": address, "isAccessibleForFree": true,
                "description": words::clipped(&comparison.lede, 300), "dateModified": words::iso(at),
                "temporalCoverage": span, "creator": publisher(&chrome.base_url)},
        }));
    }
    if !questions.is_empty() {
        meta = meta.states(&json!({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}));
    }
    let page = Page {
        meta,
        chart: Distribution::new(&counts, asked, &subject),
        registry: format!(
            "{}{}",
            urls::REGISTRY,
            super::query(&[("type", &comparison.provision_type)])
        ),
        asked,
        updated: latest.map(words::day),
        title,
        finding,
        stances,
        stance,
        words: wanted,
        sort,
        span,
        rows,
        total,
        read,
        crumb,
        comparison,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// The finding in one sentence: how many take which stance, most first.
fn finding(rows: &[Position]) -> String {
    let mut counted: Vec<(usize, &str)> = Stance::ALL
        .iter()
        .map(|stance| {
            let number = rows.iter().filter(|position| position.stance == *stance).count();
            let says = match stance {
                Stance::Prohibits => "rule it out",
                Stance::Commits => "promise",
                Stance::CommitsQualified => "promise with limits",
                Stance::PermitsOptIn => "ask first",
                Stance::PermitsOptOut => "let you object",
                Stance::Permits => "give no choice",
                Stance::Requires => "require it",
                Stance::Disclaims => "decline responsibility",
                Stance::Conditional => "make it depend on plan or condition",
                Stance::Ambiguous => "allow two readings",
                Stance::Conflicting => "say two things at once",
                Stance::Silent => "say nothing",
            };
            (number, says)
        })
        .filter(|(number, _)| *number > 0)
        .collect();
    counted.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let parts: Vec<String> = counted
        .iter()
        .map(|(number, says)| format!("{number} {says}"))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("Of {}: {}.", rows.len(), words::listed(&parts))
    }
}

fn span(rows: &[Position]) -> String {
    let (Some(first), Some(last)) = (
        rows.iter().map(|position| position.captured_at).min(),
        rows.iter().map(|position| position.captured_at).max(),
    ) else {
        return String::new();
    };
    format!(
        "Current versions, captured {} to {}.",
        words::day(first),
        words::day(last)
    )
}
