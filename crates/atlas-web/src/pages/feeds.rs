//! Atom feeds of published changes: all of them, of one platform, of one document (RFC 4287).
//!
//! Invariant: an entry's id never changes (`tag:` with the day of detection and the public id), and an entry holds
//! the words before and after, not a teaser.

use std::fmt::Write as _;

use askama::Template;
use atlas_db::view::{
    change_list::{self, ChangeCard, ChangeFilter},
    platform,
};
use atlas_domain::{Materiality, urls};
use axum::{
    extract::{Path, State},
    response::Response,
};
use time::OffsetDateTime;

use super::{
    change_item::headline,
    diff_view::{PieceKind, hunk_pieces},
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

struct Entry {
    id: String,
    title: String,
    link: String,
    published: String,
    updated: String,
    author: String,
    categories: Vec<String>,
    summary: String,
    /// HTML of our own making; the template escapes it once more, as Atom wants it.
    content: String,
}

pub(super) async fn all(State(state): State<WebState>) -> Result<Response, Error> {
    let cards = cards(&state, ChangeFilter::default()).await?;
    answer(&state, "Published changes", urls::CHANGES, urls::FEED, &cards)
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
    let cards = cards(&state, filter).await?;
    let title = format!("Changes of {}{}", record.name, mark(record.is_sample));
    answer(&state, &title, &path, &super::platform::feed_path(&record.slug), &cards)
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
    let cards = cards(&state, filter).await?;
    let title = format!(
        "Changes of {}, {}{}",
        record.platform_name,
        record.title,
        mark(record.is_sample)
    );
    answer(&state, &title, &path, &format!("{path}/feed.atom"), &cards)
}

const fn mark(is_sample: bool) -> &'static str {
    if is_sample { " (sample text)" } else { "" }
}

async fn cards(state: &WebState, filter: ChangeFilter) -> Result<Vec<ChangeCard>, Error> {
    let mut conn = state.pool.acquire().await?;
    let filter = ChangeFilter {
        materialities: Materiality::ALL
            .iter()
            .copied()
            .filter(|kind| *kind > Materiality::Cosmetic)
            .collect(),
        ..filter
    };
    Ok(change_list::change_cards(&mut conn, &filter, ENTRIES).await?)
}

fn answer(state: &WebState, title: &str, alternate: &str, own: &str, cards: &[ChangeCard]) -> Result<Response, Error> {
    let updated = cards
        .iter()
        .map(|card| card.published_at)
        .max()
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let host = host(&state.settings.base_url);
    let feed = Feed {
        id: format!("tag:{host},2026:{own}"),
        title: format!("ConductAtlas: {title}"),
        alternate: state.absolute(alternate),
        own: state.absolute(own),
        updated: words::iso(updated),
        entries: cards.iter().map(|card| entry(state, host, card)).collect(),
    };
    Ok(render::bytes(ATOM, feed.render()?, CachePolicy::Public, Some(updated)))
}

fn host(base_url: &str) -> &str {
    base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest)
        .split(['/', ':'])
        .next()
        .unwrap_or("localhost")
}

fn entry(state: &WebState, host: &str, card: &ChangeCard) -> Entry {
    let detected = card.detected_at.to_offset(time::UtcOffset::UTC);
    Entry {
        id: format!("tag:{host},{}:{}", words::iso_date(detected.date()), card.public_id),
        title: format!(
            "{}{}",
            headline(&card.platform_name, &card.headline),
            mark(card.is_sample)
        ),
        link: state.absolute(&urls::change(
            detected.date(),
            &card.platform_slug,
            &card.document_slug,
            &card.public_id,
        )),
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
        content: content(card),
    }
}

/// The words before and after as a small piece of HTML; whatever comes from a document is escaped here.
fn content(card: &ChangeCard) -> String {
    let mut html = String::new();
    if card.is_sample {
        html.push_str("<p><strong>Sample text.</strong> This record is fictitious.</p>");
    }
    for line in &card.summary {
        let _ = write!(html, "<p>{}</p>", escaped(&line.text));
    }
    if let Some(hunk) = &card.passage {
        html.push_str("<blockquote><p>");
        for piece in hunk_pieces(hunk) {
            let text = escaped(&piece.text);
            let _ = match piece.kind {
                PieceKind::Equal => write!(html, "{text}"),
                PieceKind::Removed => write!(html, "<del>{text}</del>"),
                PieceKind::Added => write!(html, "<ins>{text}</ins>"),
            };
        }
        html.push_str("</p></blockquote>");
        let side = |words: Option<&str>| words.map_or_else(|| "nothing".to_owned(), escaped);
        let _ = write!(
            html,
            "<p>Before: {}</p><p>After: {}</p>",
            side(hunk.old.as_ref().map(|side| side.text.as_str())),
            side(hunk.new.as_ref().map(|side| side.text.as_str()))
        );
    }
    html
}

/// Text for HTML, without characters that XML 1.0 does not allow.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_a_document_is_markup_in_a_feed() {
        assert_eq!(
            super::escaped("<b onx='1'>&\u{0}\u{1b}"),
            "&lt;b onx=&#39;1&#39;&gt;&amp;"
        );
        assert_eq!(super::host("https://atlas.example:8443/x"), "atlas.example");
    }
}
