//! The list of published changes, with filters.

use askama::Template;
use atlas_db::view::{change_list, coverage};
use atlas_domain::{ChangeId, Direction, Materiality, urls};
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    change_item::ChangeItem,
    meta::{Meta, item_list},
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

const PAGE: usize = 30;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    materiality: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    platform: String,
    /// `<RFC 3339>_<uuid>` of the last change of the page before.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/changes.html")]
struct Changes {
    chrome: Chrome,
    meta: Meta,
    list: Vec<ChangeItem>,
    total: i64,
    materiality: String,
    direction: String,
    platform: String,
    is_filtered: bool,
    next: Option<String>,
}

pub(super) async fn list(
    State(state): State<WebState>,
    mut chrome: Chrome,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let least = filters.materiality.parse::<Materiality>().ok();
    let direction = filters.direction.parse::<Direction>().ok();
    let platform = filters.platform.trim().to_ascii_lowercase();
    let after = filters.after.as_deref().and_then(cursor);
    let filter = change_list::ChangeFilter {
        platform: Some(platform.clone()).filter(|slug| !slug.is_empty()),
        document: None,
        materialities: Materiality::ALL
            .iter()
            .copied()
            .filter(|kind| *kind >= least.unwrap_or(Materiality::Editorial))
            .collect(),
        direction,
        after,
        provisional: true,
        ..Default::default()
    };
    let mut conn = state.pool.acquire().await?;
    let mut cards = change_list::change_cards(&mut conn, &filter, i64::try_from(PAGE + 1).unwrap_or(31)).await?;
    let total = coverage::coverage(&mut conn).await?.changes;
    drop(conn);
    let more = cards.len() > PAGE;
    cards.truncate(PAGE);
    let is_filtered = least.is_some() || direction.is_some() || !platform.is_empty();
    let next = cards.last().filter(|_| more).map(|last| {
        let key = format!("{}_{}", last.detected_at.format(&Rfc3339).unwrap_or_default(), last.id);
        super::query(&[
            ("materiality", &filters.materiality),
            ("direction", &filters.direction),
            ("platform", &platform),
            ("after", &key),
        ])
    });
    let now = state.clock.now();
    chrome.samples = false;
    let page = Changes {
        meta: Meta::new(
            &chrome.base_url,
            urls::CHANGES,
            "Changes to terms and policies",
            "Every published change of the policies we follow: what was added, removed and reversed, in the exact words.",
        )
        .feed(urls::FEED, "Published changes")
        .here("Changes")
        .states(&json!({"@context": "https://schema.org", "@type": "CollectionPage",
            "name": "Changes to terms and policies", "url": chrome.absolute(urls::CHANGES),
            "mainEntity": item_list(cards.iter().map(|card| (card.headline.as_str(), chrome.absolute(&ChangeItem::new(card, now).href))))}))
        .unlisted_if(is_filtered || after.is_some()),
        list: cards.iter().map(|card| ChangeItem::new(card, now)).collect(),
        total,
        materiality: least.map(|kind| kind.to_string()).unwrap_or_default(),
        direction: direction.map(|kind| kind.to_string()).unwrap_or_default(),
        platform,
        is_filtered,
        next,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// Reads the key of a page.
fn cursor(text: &str) -> Option<(OffsetDateTime, ChangeId)> {
    let (at, id) = text.split_once('_')?;
    Some((
        OffsetDateTime::parse(&at.replace(' ', "+"), &Rfc3339).ok()?,
        ChangeId::from(id.parse::<uuid::Uuid>().ok()?),
    ))
}
