//! The public log of corrections: what the record said, what is right, since when it was wrong, who noticed.
//!
//! Invariant: everything that was ever published here stays, with what was added since; the log is read in pages by the
//! last number shown.

use askama::Template;
use atlas_db::view::correction::{CorrectionMention, CorrectionRecord, corrections};
use atlas_domain::urls;
use axum::{
    extract::{Path, State},
    response::Response,
};
use axum_extra::extract::Query;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    feeds::{self, Entry},
    meta::{Meta, publisher},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Corrections a page.
const SHOWN: i64 = 30;
/// Entries of the feed.
const FED: i64 = 40;

/// A correction as the page shows it.
pub(super) struct Shown {
    record: CorrectionRecord,
    /// Where the record is; empty for what concerns the whole.
    href: String,
    is_sample: bool,
    withdrawn: bool,
}

impl Shown {
    fn new(record: CorrectionRecord) -> Self {
        let href =
            record
                .target
                .as_ref()
                .map_or_else(String::new, |target| match (&target.change, &target.provision_type) {
                    (Some((public_id, detected_at)), _) => urls::change(
                        detected_at.to_offset(time::UtcOffset::UTC).date(),
                        &target.platform,
                        &target.document,
                        public_id,
                    ),
                    (None, Some(kind)) => urls::provision(&target.platform, &target.document, kind),
                    (None, None) => urls::document(&target.platform, &target.document),
                });
        Self {
            href,
            is_sample: record.target.as_ref().is_some_and(|target| target.is_sample),
            withdrawn: record.notes.iter().any(|note| note.withdraws),
            record,
        }
    }

    /// From when to when it was wrong.
    fn span(&self) -> String {
        let until = words::day(self.record.corrected_on);
        match self.record.wrong_since {
            Some(since) if since == self.record.corrected_on => format!("on {until}"),
            Some(since) => format!("from {} to {until}", words::day(since)),
            None => format!("until {until}; since when is not known"),
        }
    }

    /// When anything of it last changed.
    fn modified(&self) -> OffsetDateTime {
        let notes = self.record.notes.iter().map(|note| note.at);
        notes.fold(self.record.created_at, OffsetDateTime::max)
    }
}

#[derive(Template)]
#[template(path = "pages/corrections.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    list: Vec<Shown>,
    /// The one that the page is about, if it is about one.
    one: bool,
    /// Address of the earlier ones.
    older: Option<String>,
    contact: String,
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    before: String,
}

pub(super) async fn list(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let before = Some(which.before.trim().to_ascii_uppercase()).filter(|id| !id.is_empty());
    let mut conn = state.pool.acquire().await?;
    let mut found = corrections(&mut conn, None, before.as_deref(), SHOWN + 1).await?;
    drop(conn);
    let is_more = i64::try_from(found.len()).is_ok_and(|count| count > SHOWN);
    if is_more {
        found.pop();
    }
    let older = found
        .last()
        .filter(|_| is_more)
        .map(|last| format!("{}?before={}", urls::CORRECTIONS, last.public_id));
    let list: Vec<Shown> = found.into_iter().map(Shown::new).collect();
    let meta = Meta::new(
        &chrome.base_url,
        urls::CORRECTIONS,
        "Corrections",
        "What this record said wrongly, what is right, since when it was wrong and who noticed, with the day of each correction.",
    )
    .here("Corrections")
    .feed(urls::CORRECTIONS_FEED, "Corrections")
    .unlisted_if(before.is_some())
    .states(&json!({
        "@context": "https://schema.org", "@type": "CollectionPage", "name": "Corrections",
        "url": chrome.absolute(urls::CORRECTIONS), "publisher": publisher(&chrome.base_url),
        "hasPart": list.iter().map(|shown| comment(&chrome, shown)).collect::<Vec<_>>(),
    }));
    answer(chrome, meta, list, false, older)
}

pub(super) async fn one(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let typed = id;
    let id = typed.to_ascii_uppercase();
    let mut conn = state.pool.acquire().await?;
    let found = corrections(&mut conn, Some(&id), None, 1).await?;
    drop(conn);
    let shown = found.into_iter().next().map(Shown::new).ok_or(Error::NotFound)?;
    if typed != id {
        return Ok(render::moved(&urls::correction(&id)));
    }
    let meta = Meta::new(
        &chrome.base_url,
        &urls::correction(&id),
        &format!("Correction: {}", shown.record.title),
        &format!(
            "What the record said, what is right and since when it was wrong. {}",
            shown.record.correct
        ),
    )
    .under("Corrections", urls::CORRECTIONS)
    .here(&id)
    .sample(shown.is_sample)
    // The log has the same words.
    .unlisted_if(true)
    .states(&comment(&chrome, &shown));
    answer(chrome, meta, vec![shown], true, None)
}

fn answer(
    mut chrome: Chrome,
    meta: Meta,
    list: Vec<Shown>,
    one: bool,
    older: Option<String>,
) -> Result<Response, Error> {
    chrome.samples = one && list.iter().any(|shown| shown.is_sample);
    let modified = list.iter().map(Shown::modified).max();
    let page = Page {
        contact: super::report_address(&chrome, "a record"),
        meta,
        list,
        one,
        older,
        chrome,
    };
    match modified {
        Some(at) => render::html_modified(&page, CachePolicy::Public, at),
        None => render::html(&page, CachePolicy::Public),
    }
}

/// A correction as schema.org has it.
fn comment(chrome: &Chrome, shown: &Shown) -> Value {
    let record = &shown.record;
    json!({
        "@context": "https://schema.org", "@type": "CorrectionComment", "identifier": record.public_id,
        "headline": record.title, "text": record.correct, "datePublished": words::iso(record.created_at),
        "url": chrome.absolute(&urls::correction(&record.public_id)),
        "about": (!shown.href.is_empty()).then(|| json!({"@type": "CreativeWork", "url": chrome.absolute(&shown.href)})),
    })
}

/// The corrections of a record, as schema.org has them; nothing where there are none.
pub(super) fn stated(chrome: &Chrome, mentions: &[CorrectionMention]) -> Option<Vec<Value>> {
    let told: Vec<Value> = mentions
        .iter()
        .filter(|mention| mention.withdrawn_at.is_none())
        .map(|mention| {
            json!({
                "@type": "CorrectionComment", "identifier": mention.public_id, "text": mention.correct,
                "datePublished": words::iso(mention.at),
                "url": chrome.absolute(&urls::correction(&mention.public_id)),
            })
        })
        .collect();
    (!told.is_empty()).then_some(told)
}

/// What an entry of the feed holds.
#[derive(Template)]
#[template(path = "pages/correction_entry.html")]
struct Content<'a> {
    shown: &'a Shown,
}

pub(super) async fn feed(State(state): State<WebState>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let found = corrections(&mut conn, None, None, FED).await?;
    drop(conn);
    let list: Vec<Shown> = found.into_iter().map(Shown::new).collect();
    let host = feeds::host(&state.settings.base_url);
    let mut entries = Vec::with_capacity(list.len());
    for shown in &list {
        let record = &shown.record;
        let day = record.created_at.to_offset(time::UtcOffset::UTC).date();
        entries.push(Entry {
            id: format!("tag:{host},{}:{}", words::iso_date(day), record.public_id),
            title: feeds::legible(&format!("Correction: {}{}", record.title, feeds::mark(shown.is_sample))),
            link: state.absolute(&urls::correction(&record.public_id)),
            published: words::iso(record.created_at),
            updated: words::iso(shown.modified()),
            author: "ConductAtlas".to_owned(),
            categories: Vec::new(),
            summary: feeds::legible(&record.correct),
            content: feeds::legible(&Content { shown }.render()?),
        });
    }
    let updated = list.iter().map(Shown::modified).max();
    feeds::write(
        &state,
        "Corrections",
        urls::CORRECTIONS,
        urls::CORRECTIONS_FEED,
        updated,
        entries,
    )
}
