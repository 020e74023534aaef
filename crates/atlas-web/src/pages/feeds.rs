//! Atom feeds of published changes (RFC 4287): all of them, of one platform or document, of those that touch one question
//! or the questions of one law; and the writing of every other feed.
//!
//! Invariant: an entry's id never changes (`tag:` with the day of detection and the public id), and an entry holds
//! every passage before and after, not a teaser.

use std::collections::HashMap;

use askama::Template;
use atlas_db::view::{
    change_list::{self, ChangeCard, ChangeFilter},
    platform,
};
use atlas_domain::{ChangeId, Hunk, HunkKind, Materiality, urls};
use atlas_text::{
    DiffKind,
    diff::{Diff, DiffHunk, hunk_ids},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use time::OffsetDateTime;

use super::{
    change_item::{facts, headline},
    words,
};
use crate::{CachePolicy, Error, WebState, render};

const ATOM: &str = "application/atom+xml; charset=utf-8";
const ENTRIES: i64 = 40;

#[derive(Template)]
#[template(path = "pages/feed.xml")]
struct Feed {
    id: String,
    title: String,
    alternate: String,
    own: String,
    updated: String,
    entries: Vec<Entry>,
}

/// An entry of a feed.
pub(super) struct Entry {
    pub id: String,
    pub title: String,
    pub link: String,
    pub published: String,
    pub updated: String,
    pub author: String,
    pub categories: Vec<String>,
    pub summary: String,
    /// HTML of our own making; the template escapes it once more, as Atom wants it.
    pub content: String,
}

pub(super) async fn all(State(state): State<WebState>) -> Result<Response, Error> {
    let found = find(&state, ChangeFilter::default()).await?;
    answer(&state, "Published changes", urls::CHANGES, urls::FEED, &found)
}

pub(super) async fn of_platform(State(state): State<WebState>, Path(slug): Path<String>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let Some(record) = platform::platform_by_slug(&mut conn, &slug).await? else {
        return super::platform::former(&mut conn, &slug, "/feed.atom").await;
    };
    drop(conn);
    let path = urls::platform(&record.slug);
    let filter = ChangeFilter {
        platform: Some(record.slug.clone()),
        ..ChangeFilter::default()
    };
    let found = find(&state, filter).await?;
    let title = format!("Changes of {}{}", record.name, mark(record.is_sample));
    answer(&state, &title, &path, &super::platform::feed_path(&record.slug), &found)
}

pub(super) async fn of_category(State(state): State<WebState>, Path(slug): Path<String>) -> Result<Response, Error> {
    let category = super::category::find(&slug)?;
    let filter = ChangeFilter {
        category: Some(slug.clone()),
        ..ChangeFilter::default()
    };
    let found = find(&state, filter).await?;
    let title = format!("Changes in {}", category.title);
    answer(
        &state,
        &title,
        &urls::category(&slug),
        &urls::category_feed(&slug),
        &found,
    )
}

pub(super) async fn of_document(
    State(state): State<WebState>,
    Path((platform, slug)): Path<(String, String)>,
) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let record = match super::document::find(&mut conn, &platform, &slug, "/feed.atom").await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    drop(conn);
    let path = urls::document(&record.platform_slug, &record.slug);
    let filter = ChangeFilter {
        platform: Some(record.platform_slug.clone()),
        document: Some(record.slug.clone()),
        ..ChangeFilter::default()
    };
    let found = find(&state, filter).await?;
    let title = format!(
        "Changes of {}, {}{}",
        record.platform_name,
        record.title,
        mark(record.is_sample)
    );
    answer(&state, &title, &path, &format!("{path}/feed.atom"), &found)
}

pub(super) async fn of_type(State(state): State<WebState>, Path(slug): Path<String>) -> Result<Response, Error> {
    let kind = atlas_catalog::taxonomy().provision_type(&slug).ok_or(Error::NotFound)?;
    let filter = ChangeFilter {
        provision_types: vec![kind.slug.clone()],
        ..ChangeFilter::default()
    };
    let found = find(&state, filter).await?;
    let title = format!("Changes on “{}”", kind.title.to_lowercase());
    let own = super::provision_types::feed_path(&kind.slug);
    answer(&state, &title, &urls::provision_type(&kind.slug), &own, &found)
}

pub(super) async fn of_regulation(State(state): State<WebState>, Path(slug): Path<String>) -> Result<Response, Error> {
    let law = atlas_catalog::taxonomy().regulation(&slug).ok_or(Error::NotFound)?;
    let types = super::regulations::types_of(law);
    let filter = ChangeFilter {
        provision_types: types.iter().map(|kind| kind.slug.clone()).collect(),
        ..ChangeFilter::default()
    };
    let found = find(&state, filter).await?;
    let title = format!("Changes that touch {}", law.name);
    let own = super::regulations::feed_path(&law.slug);
    answer(&state, &title, &urls::regulation(&law.slug), &own, &found)
}

pub(super) const fn mark(is_sample: bool) -> &'static str {
    if is_sample { " (sample text)" } else { "" }
}

/// The changes of a feed with all their passages.
struct Found {
    cards: Vec<ChangeCard>,
    hunks: HashMap<ChangeId, Vec<Hunk>>,
}

async fn find(state: &WebState, filter: ChangeFilter) -> Result<Found, Error> {
    let mut conn = state.pool.acquire().await?;
    let filter = ChangeFilter {
        materialities: Materiality::ALL
            .iter()
            .copied()
            .filter(|kind| *kind > Materiality::Cosmetic)
            .collect(),
        ..filter
    };
    let cards = change_list::change_cards(&mut conn, &filter, ENTRIES).await?;
    let ids: Vec<ChangeId> = cards.iter().map(|card| card.id).collect();
    let hunks = change_list::hunks_of_changes(&mut conn, &ids).await?;
    Ok(Found { cards, hunks })
}

fn answer(state: &WebState, title: &str, alternate: &str, own: &str, found: &Found) -> Result<Response, Error> {
    let Found { cards, hunks } = found;
    let host = host(&state.settings.base_url);
    let entries = cards
        .iter()
        .map(|card| entry(state, host, card, hunks.get(&card.id).map_or(&[][..], Vec::as_slice)))
        .collect::<Result<_, _>>()?;
    let updated = cards.iter().map(|card| card.published_at).max();
    write(state, title, alternate, own, updated, entries)
}

/// A feed at the path `own` of what the page at `alternate` shows.
pub(super) fn write(
    state: &WebState,
    title: &str,
    alternate: &str,
    own: &str,
    updated: Option<OffsetDateTime>,
    entries: Vec<Entry>,
) -> Result<Response, Error> {
    let updated = updated.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let feed = Feed {
        id: format!("tag:{},2026:{own}", host(&state.settings.base_url)),
        title: format!("ConductAtlas: {title}"),
        alternate: state.absolute(alternate),
        own: state.absolute(own),
        updated: words::iso(updated),
        entries,
    };
    Ok(render::bytes(ATOM, feed.render()?, CachePolicy::Public, Some(updated)))
}

/// The host of this instance, which names what it publishes.
pub(super) fn host(base_url: &str) -> &str {
    base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest)
        .split(['/', ':'])
        .next()
        .unwrap_or("localhost")
}

fn entry(state: &WebState, host: &str, card: &ChangeCard, hunks: &[Hunk]) -> Result<Entry, Error> {
    let detected = card.detected_at.to_offset(time::UtcOffset::UTC);
    let link = state.absolute(&urls::change(
        detected.date(),
        &card.platform_slug,
        &card.document_slug,
        &card.public_id,
    ));
    Ok(Entry {
        id: format!("tag:{host},{}:{}", words::iso_date(detected.date()), card.public_id),
        title: format!(
            "{}{}",
            headline(&card.platform_name, &card.headline),
            mark(card.is_sample)
        ),
        published: words::iso(card.published_at),
        updated: words::iso(card.published_at),
        author: card.platform_name.clone(),
        categories: card.labels.iter().map(ToString::to_string).collect(),
        summary: format!(
            "{}, {}: {} severity, {}. {} added, {} removed.",
            card.platform_name,
            card.document_title,
            card.severity.label().to_lowercase(),
            card.direction.label().to_lowercase(),
            words::counted(card.words_added, "word", "words"),
            words::counted(card.words_removed, "word", "words")
        ),
        content: content(card, hunks, &link)?,
        link,
    })
}

/// Passages of one entry; a longer change names the rest.
const PASSAGES: usize = 40;

/// The words before and after, as HTML of our own.
#[derive(Template)]
#[template(path = "pages/feed_entry.html")]
struct Content<'a> {
    link: &'a str,
    is_sample: bool,
    /// From when it holds, whom it names, whether it reaches back; empty if the text says none of it.
    facts: String,
    summary: Vec<SummaryLine<'a>>,
    passages: Vec<DiffHunk>,
    more: usize,
}

/// One sentence of the summary, and the passage it follows from.
struct SummaryLine<'a> {
    text: &'a str,
    anchor: Option<&'a str>,
}

/// The content of an entry; whatever comes from a document is escaped by the template.
fn content(card: &ChangeCard, hunks: &[Hunk], link: &str) -> Result<String, Error> {
    let names = hunk_ids(hunks);
    let mut passages = Diff::passages(hunks);
    passages.retain(|passage| passage.kind != HunkKind::Ignored);
    let more = passages.len().saturating_sub(PASSAGES);
    passages.truncate(PASSAGES);
    let html = Content {
        link,
        is_sample: card.is_sample,
        facts: facts(card).sentences(),
        summary: card
            .summary
            .iter()
            .map(|line| SummaryLine {
                text: &line.text,
                anchor: line.hunks.first().and_then(|hunk| names.get(*hunk)).map(String::as_str),
            })
            .collect(),
        passages,
        more,
    }
    .render()?;
    Ok(legible(&html))
}

/// Without the characters that XML 1.0 does not allow, escaped or not.
pub(super) fn legible(text: &str) -> String {
    let allowed = |letter: &char| {
        matches!(letter, '\t' | '\n' | '\r') || !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_feed_holds_only_characters_that_xml_allows() {
        assert_eq!(super::legible("a\u{0}\u{1b}\tb\u{ffff}"), "a\tb");
        assert_eq!(super::host("https://atlas.example:8443/x"), "atlas.example");
    }
}
