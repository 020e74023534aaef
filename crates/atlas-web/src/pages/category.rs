//! A category: its platforms, what they say on the main questions, and their latest changes.
//!
//! Invariant: a share counts only the platforms of the category whose documents were asked; a category of the catalogue
//! without a platform says so and is not indexed.

use askama::Template;
use atlas_catalog::Category;
use atlas_db::view::{
    change_list::{self, ChangeFilter},
    chosen,
    platform_list::{self, PlatformCard, PlatformFilter},
    position::ReadPlatforms,
};
use atlas_domain::{Materiality, urls};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;

use super::{change_item::ChangeItem, charts::Distribution, meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Platforms that are listed.
const PLATFORMS: i64 = 500;
/// Changes that are listed.
const CHANGES: i64 = 10;

#[derive(Template)]
#[template(path = "pages/category.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    category: &'static Category,
    read: ReadPlatforms,
    platforms: Vec<PlatformCard>,
    questions: Vec<Question>,
    changes: Vec<ChangeItem>,
    others: Vec<(String, String)>,
    feed: String,
    registry: String,
    own: Option<String>,
}

/// One of the main questions, as the platforms of the category answer it.
struct Question {
    title: String,
    asks: String,
    href: String,
    registry: String,
    comparison: String,
    chart: Distribution,
    asked: i64,
}

/// The category of the catalogue with a slug.
pub(super) fn find(slug: &str) -> Result<&'static Category, Error> {
    atlas_catalog::categories()
        .iter()
        .find(|category| category.slug == slug)
        .ok_or(Error::NotFound)
}

/// The materialities that are news.
pub(super) fn news() -> Vec<Materiality> {
    Materiality::ALL
        .iter()
        .copied()
        .filter(|kind| *kind > Materiality::Cosmetic)
        .collect()
}

pub(super) async fn page(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let category = find(&slug)?;
    let now = state.clock.now();
    // The main questions are those on which there is an editorial comparison.
    let mut types: Vec<String> = Vec::new();
    for comparison in atlas_catalog::comparisons() {
        if !types.contains(&comparison.provision_type) {
            types.push(comparison.provision_type.clone());
        }
    }
    let filter = PlatformFilter {
        category: Some(slug.clone()),
        ..PlatformFilter::default()
    };
    let changes = ChangeFilter {
        category: Some(slug.clone()),
        materialities: news(),
        provisional: true,
        ..ChangeFilter::default()
    };
    let mut conn = state.pool.acquire().await?;
    let platforms =
        platform_list::platform_cards(&mut conn, &filter, now - time::Duration::days(365), PLATFORMS).await?;
    let counts = chosen::category_stances(&mut conn, &slug, &types).await?;
    let read = chosen::category_read(&mut conn, &slug).await?;
    let cards = change_list::change_cards(&mut conn, &changes, CHANGES).await?;
    drop(conn);
    chrome.samples = !platforms.is_empty() && platforms.iter().all(|platform| platform.is_sample);
    let feed = urls::category_feed(&slug);
    let items: Vec<_> = (1..)
        .zip(&platforms)
        .map(|(place, platform): (usize, _)| {
            json!({"@type": "ListItem", "position": place, "name": platform.name,
                "url": chrome.absolute(&urls::platform(&platform.slug))})
        })
        .collect();
    let question = |kind: &String| {
        let of_type: Vec<_> = counts
            .iter()
            .filter(|count| count.provision_type == *kind)
            .map(|count| (count.stance, count.platforms))
            .collect();
        let asked = of_type.iter().map(|(_, platforms)| platforms).sum();
        let known = atlas_catalog::taxonomy().provision_type(kind)?;
        Some(Question {
            chart: Distribution::new(&of_type, asked, &known.title.to_lowercase()),
            title: known.title.clone(),
            asks: known.question.clone(),
            href: urls::provision_type(kind),
            registry: format!(
                "{}{}",
                urls::REGISTRY,
                super::query(&[("type", kind), ("category", &slug)])
            ),
            comparison: atlas_catalog::comparisons()
                .iter()
                .find(|comparison| comparison.provision_type == *kind)
                .map(|comparison| urls::comparison(&comparison.slug))
                .unwrap_or_default(),
            asked,
        })
    };
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            &urls::category(&slug),
            &format!("{}: what their terms say", category.title),
            &format!(
                "{} Their terms, privacy and AI policies, with stances and changes.",
                category.description
            ),
        )
        .under("Platforms", urls::PLATFORMS)
        .here(&category.title)
        .sample(chrome.samples)
        .unlisted_if(read.platforms == read.samples)
        .feed(&feed, format!("Changes in {}", category.title))
        .states(
            &json!({"@context": "https://schema.org", "@type": "CollectionPage", "name": category.title,
            "url": chrome.absolute(&urls::category(&slug)),
            "mainEntity": {"@type": "ItemList", "itemListElement": items}}),
        ),
        questions: types.iter().filter_map(question).collect(),
        changes: cards.iter().map(|card| ChangeItem::new(card, now)).collect(),
        others: atlas_catalog::categories()
            .iter()
            .filter(|other| other.slug != slug)
            .map(|other| (urls::category(&other.slug), other.title.clone()))
            .collect(),
        registry: format!("{}{}", urls::REGISTRY, super::query(&[("category", &slug)])),
        own: own_comparison(&platforms, &types),
        category,
        read,
        platforms,
        feed,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// A comparison of the first platforms that were read, on the first question.
fn own_comparison(platforms: &[PlatformCard], types: &[String]) -> Option<String> {
    let read = platforms.iter().filter(|platform| platform.provisions > 0).take(3);
    let slugs: Vec<&str> = read.map(|platform| platform.slug.as_str()).collect();
    let kind = types.first().filter(|_| slugs.len() > 1)?;
    Some(format!(
        "{}?type={kind}&platforms={}",
        urls::COMPARISONS,
        slugs.join(",")
    ))
}

impl Question {
    /// `4 of 12 asked say something`.
    fn share(&self) -> String {
        format!(
            "{} of {} asked say something",
            self.chart.found(),
            words::count(self.asked)
        )
    }
}
