//! The list of platforms, with filters.

use askama::Template;
use atlas_db::view::platform_list;
use atlas_domain::urls;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::{
    meta::{Meta, item_list},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

const PAGE: usize = 60;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    category: String,
    #[serde(default)]
    q: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/platforms.html")]
struct Platforms {
    chrome: Chrome,
    meta: Meta,
    rows: Vec<Row>,
    total: i64,
    followed: i64,
    categories: Vec<(String, String, i64)>,
    category: String,
    words: String,
    is_filtered: bool,
    next: Option<String>,
}

struct Row {
    href: String,
    name: String,
    is_sample: bool,
    category_href: Option<String>,
    category: String,
    documents: String,
    health: String,
    high: i64,
    provisions: i64,
    changes: i64,
    last_change: Option<OffsetDateTime>,
}

pub(super) async fn list(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let now = state.clock.now();
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = platform_list::PlatformFilter {
        category: some(&filters.category),
        words: some(&words::clipped(&filters.q, 100)),
        after: filters.after.as_deref().and_then(some),
    };
    let mut conn = state.pool.acquire().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut cards = platform_list::platform_cards(&mut conn, &filter, now - time::Duration::days(365), limit).await?;
    let counted = platform_list::platforms_by_category(&mut conn).await?;
    drop(conn);
    let more = cards.len() > PAGE;
    cards.truncate(PAGE);
    let next = cards.last().filter(|_| more).map(|last| {
        super::query(&[
            ("category", &filters.category),
            ("q", &filters.q),
            ("after", &last.slug),
        ])
    });
    let is_filtered = filter.category.is_some() || filter.words.is_some();
    let page = Platforms {
        meta: Meta::new(
            &chrome.base_url,
            urls::PLATFORMS,
            "Platforms we follow",
            "Platforms whose terms, privacy and AI policies are followed, with the health of each source and its changes.",
        )
        .here("Platforms")
        .states(&json!({"@context": "https://schema.org", "@type": "CollectionPage", "name": "Platforms we follow",
            "url": chrome.absolute(urls::PLATFORMS),
            "mainEntity": item_list(cards.iter().map(|card| (card.name.as_str(), chrome.absolute(&urls::platform(&card.slug)))))}))
        .unlisted_if(is_filtered || filter.after.is_some()),
        total: cards.first().map_or(0, |card| card.total),
        followed: counted.iter().map(|(_, platforms)| platforms).sum(),
        categories: counted
            .into_iter()
            .map(|(slug, platforms)| (super::category_title(&slug), slug, platforms))
            .map(|(title, slug, platforms)| (slug, title, platforms))
            .collect(),
        rows: cards.into_iter().map(row).collect(),
        category: filter.category.unwrap_or_default(),
        words: filter.words.unwrap_or_default(),
        is_filtered,
        next,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

fn row(card: platform_list::PlatformCard) -> Row {
    Row {
        href: urls::platform(&card.slug),
        is_sample: card.is_sample,
        category_href: super::category_href(&card.category),
        category: super::category_title(&card.category),
        documents: format!("{} of {} on record", card.held, card.documents),
        health: match (card.failing, card.documents) {
            (0, _) => String::new(),
            (failing, documents) if failing == documents && documents == 1 => "its source fails".to_owned(),
            (failing, documents) if failing == documents => "all sources fail".to_owned(),
            (failing, _) => words::counted(failing, "source fails", "sources fail"),
        },
        high: card.high,
        provisions: card.provisions,
        changes: card.changes,
        last_change: card.last_change_at,
        name: card.name,
    }
}
