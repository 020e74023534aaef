//! What machines are told of the whole: `robots.txt`, the sitemaps and `llms.txt`.
//!
//! Invariant: a sitemap lists only pages that are indexed, each with the instant at which its content last changed
//! where that is known; no file holds more than [`MOST`] addresses.

use askama::Template;
use atlas_db::view::sitemap::{self, Answered, SitemapEntry};
use atlas_domain::urls;
use axum::{
    extract::{Path, State},
    response::Response,
};
use time::OffsetDateTime;

use super::words;
use crate::{CachePolicy, Error, WebState, render};

/// Addresses in one file; the protocol allows 50,000 (sitemaps.org).
const MOST: i64 = 49_000;
/// Name of the file of pages that are no records.
const PAGES: &str = "pages";
/// Name of the file of editorial comparisons.
const COMPARISONS: &str = "comparisons";
/// Kinds of records as files name them, and as the database does.
const KINDS: [(&str, &str); 5] = [
    ("platforms", "platform"),
    ("documents", "document"),
    ("provisions", "provision"),
    ("changes", "change"),
    ("versions", "version"),
];

/// A path and, where it is known, the instant of the last change.
type Listed = (String, Option<OffsetDateTime>);

#[derive(Template)]
#[template(path = "pages/sitemap.xml")]
struct Sitemap {
    /// The file lists other files.
    is_index: bool,
    /// Absolute address and, where it is known, the instant of the last change.
    pages: Vec<(String, Option<String>)>,
}

pub(super) async fn robots(State(state): State<WebState>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /app\nDisallow: /search\nDisallow: /outbox\nDisallow: /login\nDisallow: /signup\n\
         Sitemap: {}\n",
        state.absolute("/sitemap.xml")
    );
    render::bytes("text/plain; charset=utf-8", text, CachePolicy::Public, None)
}

/// What a language model should know of the record (llmstxt.org).
pub(super) async fn llms(State(state): State<WebState>) -> Response {
    let link = |title: &str, path: &str, about: &str| format!("- [{title}]({}): {about}\n", state.absolute(path));
    let mut text = String::from(
        "# ConductAtlas\n\n> Independent record of platforms' terms, privacy and AI policies: archived versions, exact \
         quotations with offsets and hashes, and every published change.\n\n\
         Quote a provision only with its excerpt, its version and its capture time. Short addresses (`/p/CA-P-…`, \
         `/c/CA-C-…`, `/v/CA-V-…`) never change. Records marked as samples are fictitious. Analyses describe what \
         documents state, permit or reserve; they are not legal advice. No platform named here is affiliated with \
         ConductAtlas.\n\n## The record\n\n",
    );
    for (title, path, about) in [
        (
            "Platforms",
            urls::PLATFORMS,
            "every platform that is followed, with its documents",
        ),
        (
            "Changes",
            urls::CHANGES,
            "published changes, newest first, with the words before and after",
        ),
        (
            "Provisions",
            urls::PROVISION_TYPES,
            "the questions asked of every document, with the stances found",
        ),
        (
            "Comparisons",
            urls::COMPARISONS,
            "platforms side by side on one question",
        ),
        (
            "Regulations",
            urls::REGULATIONS,
            "laws and articles that the questions refer to",
        ),
    ] {
        text.push_str(&link(title, path, about));
    }
    text.push_str("\n## How it is made\n\n");
    for (title, path, about) in [
        (
            "Methodology",
            urls::METHODOLOGY,
            "how texts are captured, verified, compared and classified, and its limits",
        ),
        (
            "Coverage",
            urls::COVERAGE,
            "what is configured, fetched and published, and every source that fails",
        ),
        (
            "Corrections",
            urls::CORRECTIONS,
            "what the record said wrongly, what is right and since when it was wrong",
        ),
        (
            "Verify",
            urls::VERIFY,
            "whether words stand in an archived text, or which record a hash belongs to",
        ),
    ] {
        text.push_str(&link(title, path, about));
    }
    text.push_str("\n## For machines\n\n");
    for (title, path, about) in [
        (
            "Atom feed",
            urls::FEED,
            "published changes with the words before and after",
        ),
        (
            "Sitemap",
            "/sitemap.xml",
            "every page of the record with the time of its last change",
        ),
    ] {
        text.push_str(&link(title, path, about));
    }
    render::bytes("text/plain; charset=utf-8", text, CachePolicy::Public, None)
}

/// The index of sitemaps; a kind without pages has no file.
pub(super) async fn sitemap(State(state): State<WebState>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let parts = sitemap::sitemap_parts(&mut conn).await?;
    let (answered, categories) = sitemap::answered(&mut conn).await?;
    drop(conn);
    let file = |name: &str, number: i64| state.absolute(&urls::sitemap(name, number));
    let mut pages = vec![(file(PAGES, 1), latest(&general(&answered, &categories)).map(words::iso))];
    let comparisons = comparisons(&answered);
    if !comparisons.is_empty() {
        pages.push((file(COMPARISONS, 1), latest(&comparisons).map(words::iso)));
    }
    for (name, kind) in KINDS {
        if let Some(part) = parts.iter().find(|part| part.kind == kind) {
            let files = (part.pages + MOST - 1) / MOST;
            pages.extend((1..=files).map(|number| (file(name, number), Some(words::iso(part.modified_at)))));
        }
    }
    let modified = parts.iter().map(|part| part.modified_at).max();
    Ok(render::bytes(
        "application/xml; charset=utf-8",
        Sitemap { is_index: true, pages }.render()?,
        CachePolicy::Public,
        modified,
    ))
}

/// One sitemap: `provisions-1.xml`.
pub(super) async fn part(State(state): State<WebState>, Path(file): Path<String>) -> Result<Response, Error> {
    let (name, number) = file
        .strip_suffix(".xml")
        .and_then(|stem| stem.rsplit_once('-'))
        .and_then(|(name, number)| Some((name, number.parse::<i64>().ok()?)))
        .filter(|(_, number)| (1..=1_000).contains(number))
        .ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let mut modified = None;
    let pages: Vec<(String, Option<String>)> = match KINDS.iter().find(|(known, _)| *known == name) {
        Some((_, kind)) => {
            let entries = sitemap::sitemap_entries(&mut conn, kind, MOST, (number - 1) * MOST).await?;
            modified = entries.iter().map(|entry| entry.modified_at).max();
            entries
                .iter()
                .map(|entry| (state.absolute(&path(kind, entry)), Some(words::iso(entry.modified_at))))
                .collect()
        }
        None if number == 1 && (name == PAGES || name == COMPARISONS) => {
            let (answered, categories) = sitemap::answered(&mut conn).await?;
            let paths = if name == PAGES {
                general(&answered, &categories)
            } else {
                comparisons(&answered)
            };
            // Some of the general pages change without a known instant, so their file has none either.
            modified = latest(&paths).filter(|_| name == COMPARISONS);
            paths
                .iter()
                .map(|(path, at)| (state.absolute(path), at.map(words::iso)))
                .collect()
        }
        None => Vec::new(),
    };
    drop(conn);
    if pages.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(render::bytes(
        "application/xml; charset=utf-8",
        Sitemap { is_index: false, pages }.render()?,
        CachePolicy::Public,
        modified,
    ))
}

/// Pages that are no records. A question or a law is worth finding once a real platform answers it.
fn general(answered: &[Answered], categories: &[Answered]) -> Vec<Listed> {
    let is_answered = |slug: &str| at(answered, slug).is_some();
    let mut paths: Vec<Listed> = [
        urls::HOME,
        urls::PLATFORMS,
        urls::CHANGES,
        urls::PROVISION_TYPES,
        urls::COMPARISONS,
        urls::REGULATIONS,
        urls::PRICING,
        urls::METHODOLOGY,
        urls::COVERAGE,
        urls::CORRECTIONS,
        urls::VERIFY,
    ]
    .map(|path| (path.to_owned(), None))
    .to_vec();
    let taxonomy = atlas_catalog::taxonomy();
    let types = &taxonomy.types;
    paths.push((urls::rubric(taxonomy.rubric_version), None));
    if !answered.is_empty() {
        paths.push((urls::REGISTRY.to_owned(), None));
    }
    paths.extend(
        types
            .iter()
            .filter_map(|kind| Some((urls::provision_type(&kind.slug), Some(at(answered, &kind.slug)?)))),
    );
    paths.extend(
        atlas_catalog::categories()
            .iter()
            .filter_map(|category| Some((urls::category(&category.slug), Some(at(categories, &category.slug)?)))),
    );
    paths.extend(
        super::regulations::paths(is_answered)
            .into_iter()
            .map(|path| (path, None)),
    );
    paths
}

/// Comparisons on a question that a real platform answers.
fn comparisons(answered: &[Answered]) -> Vec<Listed> {
    atlas_catalog::comparisons()
        .iter()
        .filter_map(|comparison| {
            let at = at(answered, &comparison.provision_type)?;
            Some((urls::comparison(&comparison.slug), Some(at)))
        })
        .collect()
}

/// When the content that a question or category stands for last changed; `None` where nothing is listed for it.
fn at(answered: &[Answered], slug: &str) -> Option<OffsetDateTime> {
    answered
        .iter()
        .find(|known| known.slug == slug)
        .map(|known| known.modified_at)
}

fn latest(pages: &[Listed]) -> Option<OffsetDateTime> {
    pages.iter().filter_map(|(_, at)| *at).max()
}

fn path(kind: &str, entry: &SitemapEntry) -> String {
    let (platform, document, leaf) = (&entry.platform, &entry.document, &entry.leaf);
    match kind {
        "platform" => urls::platform(platform),
        "provision" => urls::provision(platform, document, leaf),
        "change" => urls::change(
            entry
                .detected_at
                .unwrap_or(entry.modified_at)
                .to_offset(time::UtcOffset::UTC)
                .date(),
            platform,
            document,
            leaf,
        ),
        "version" => urls::version(platform, document, leaf.parse().unwrap_or(1)),
        _ => urls::document(platform, document),
    }
}
