//! The home page: the promise with a specimen, the change to read today, the latest changes, how far the record
//! reaches, and where platforms stand on the first question people ask.

use askama::Template;
use atlas_db::view::{change_list, coverage, position};
use atlas_domain::{Materiality, urls};
use axum::{extract::State, response::Response};
use serde_json::json;

use super::{
    change_item::{ChangeItem, facts},
    charts::{Distribution, Months},
    meta::{Meta, publisher},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// The question whose answers stand on the home page.
const FIRST_QUESTION: &str = "model-training-use";

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    chrome: Chrome,
    meta: Meta,
    coverage: coverage::Coverage,
    specimen: Option<SpecimenQuote>,
    lead: Option<Lead>,
    changes: Vec<ChangeItem>,
    months: Months,
    question: &'static str,
    distribution: Distribution,
    samples_counted: bool,
    comparison: Option<(String, String)>,
    groups: Vec<QuestionGroup>,
}

struct SpecimenQuote {
    exact: bool,
    location: String,
    words: String,
    version_href: String,
    version_name: String,
    hash: String,
    verify_href: String,
    is_sample: bool,
}

/// The change to read today.
struct Lead {
    item: ChangeItem,
    provenance: String,
    summary: Vec<String>,
    counts: String,
}

/// Questions of one group of the taxonomy.
struct QuestionGroup {
    title: String,
    links: Vec<(String, String)>,
}

pub(super) async fn home(State(state): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let now = state.clock.now();
    let mut conn = state.pool.acquire().await?;
    let coverage = coverage::coverage(&mut conn).await?;
    let mut cards = change_list::change_cards(
        &mut conn,
        &change_list::ChangeFilter {
            materialities: vec![Materiality::Material, Materiality::Critical],
            ..Default::default()
        },
        8,
    )
    .await?;
    let months = change_list::material_changes_by_month(&mut conn, now - time::Duration::days(365)).await?;
    let counts = position::stance_counts(&mut conn, Some(FIRST_QUESTION)).await?;
    let specimen = position::specimen(&mut conn, FIRST_QUESTION).await?;
    drop(conn);

    // The gravest change of the newest ones leads; the others stay in order.
    let lead = cards
        .iter()
        .take(5)
        .enumerate()
        .max_by_key(|(index, card)| (card.materiality, card.transition.is_some(), std::cmp::Reverse(*index)))
        .map(|(index, _)| index)
        .map(|index| cards.remove(index))
        .map(|card| Lead {
            provenance: provenance(&card),
            summary: card.summary.iter().take(1).map(|line| line.text.clone()).collect(),
            counts: words_counted(&card),
            item: ChangeItem::new(&card, now),
        });
    let kind = atlas_catalog::taxonomy().provision_type(FIRST_QUESTION);
    let counts: Vec<_> = counts
        .into_iter()
        .map(|count| (count.stance, count.platforms))
        .collect();
    let changes: Vec<ChangeItem> = cards.iter().take(5).map(|card| ChangeItem::new(card, now)).collect();
    let page = Home {
        meta: Meta::new(
            &chrome.base_url,
            urls::HOME,
            "What platforms’ terms say, and the proof",
            "Independent monitoring of platforms' terms, privacy and AI policies, with exact quotations and archived \
             versions.",
        )
        .feed(urls::FEED, "Published changes")
        .states(&json!({
            "@context": "https://schema.org", "@type": "WebSite", "name": "ConductAtlas", "url": chrome.absolute("/"),
            "potentialAction": {"@type": "SearchAction", "target": chrome.absolute("/search?q={search_term_string}"),
                "query-input": "required name=search_term_string"},
            "publisher": publisher(&chrome.base_url),
        })),
        specimen: specimen.map(quote),
        lead,
        changes,
        months: Months::new(now, "Material changes per month", |year, month| {
            months
                .iter()
                .filter(|entry| entry.year == year && entry.month == i32::from(month))
                .map(|entry| entry.changes)
                .sum()
        }),
        question: kind.map_or("May they train on what you write?", |kind| kind.question.as_str()),
        distribution: Distribution::new(
            &counts,
            coverage.published_platforms,
            kind.map_or("training", |kind| kind.title.as_str()),
        ),
        samples_counted: coverage.sample_platforms > 0,
        comparison: atlas_catalog::comparisons()
            .iter()
            .find(|comparison| comparison.provision_type == FIRST_QUESTION)
            .map(|comparison| {
                (
                    urls::comparison(&comparison.slug),
                    "Compare platforms, with quotes".to_owned(),
                )
            }),
        groups: groups(),
        coverage,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

fn provenance(card: &change_list::ChangeCard) -> String {
    let detected = words::day(card.detected_at);
    let effect = card
        .effective_date
        .map_or_else(String::new, |date| match facts(card).notice_days() {
            Some(days @ 1..) => format!(
                ", in effect {}: {} of notice",
                words::date(date),
                words::counted(days, "day", "days")
            ),
            Some(0) => ", in effect the same day".to_owned(),
            Some(_) => format!(", in effect since {}", words::date(date)),
            None => String::new(),
        });
    format!(
        "{}. Detected {detected}{effect}.",
        words::titled(&card.platform_name, &card.document_title)
    )
}

fn words_counted(card: &change_list::ChangeCard) -> String {
    let section = card
        .passage
        .as_ref()
        .and_then(|hunk| hunk.new.as_ref().or(hunk.old.as_ref()))
        .map(|side| words::clipped(&side.heading, 60))
        .filter(|heading| !heading.is_empty());
    let numbers = format!(
        "words changed: {} added, {} removed",
        words::count(card.words_added),
        words::count(card.words_removed)
    );
    match section {
        Some(heading) => format!("{heading}, {numbers}"),
        None => format!("All passages, {numbers}"),
    }
}

fn quote(specimen: position::Specimen) -> SpecimenQuote {
    let version = urls::version(&specimen.platform_slug, &specimen.document_slug, specimen.version);
    SpecimenQuote {
        exact: specimen.held.as_deref() == Some(specimen.excerpt.as_bytes()),
        location: format!(
            "{} to {}",
            words::count(specimen.excerpt_start),
            words::count(specimen.excerpt_end)
        ),
        words: specimen.excerpt,
        version_name: format!(
            "{}, v{}",
            words::titled(&specimen.platform_name, &specimen.document_title),
            specimen.version
        ),
        verify_href: format!(
            "{}#excerpt",
            urls::provision(
                &specimen.platform_slug,
                &specimen.document_slug,
                &specimen.provision_type
            )
        ),
        hash: atlas_domain::Sha256::from_slice(&specimen.text_sha256)
            .map(atlas_domain::Sha256::short)
            .unwrap_or_default(),
        is_sample: specimen.is_sample,
        version_href: version,
    }
}

/// The first questions of every group, for looking up.
fn groups() -> Vec<QuestionGroup> {
    let taxonomy = atlas_catalog::taxonomy();
    taxonomy
        .groups
        .iter()
        .map(|group| QuestionGroup {
            title: group.title.clone(),
            links: taxonomy
                .types
                .iter()
                .filter(|kind| kind.group == group.code)
                .take(4)
                .map(|kind| (urls::provision_type(&kind.slug), kind.title.clone()))
                .collect(),
        })
        .filter(|group| !group.links.is_empty())
        .take(6)
        .collect()
}
