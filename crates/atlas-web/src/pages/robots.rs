//! What search engines are told: `robots.txt` and the sitemap.
//!
//! Invariant: the sitemap lists only pages that are indexed, each with the day on which its content last changed.

use askama::Template;
use atlas_db::view::sitemap::{self, SitemapEntry};
use atlas_domain::urls;
use axum::{extract::State, response::Response};

use super::words;
use crate::{CachePolicy, Error, WebState, render};

/// A sitemap may hold 50,000 addresses (sitemaps.org).
const MOST: i64 = 49_000;

#[derive(Template)]
#[template(path = "pages/sitemap.xml")]
struct Sitemap {
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

pub(super) async fn sitemap(State(state): State<WebState>) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let entries = sitemap::sitemap_entries(&mut conn, MOST).await?;
    drop(conn);
    let fixed = [
        urls::HOME,
        urls::PLATFORMS,
        urls::CHANGES,
        urls::PROVISION_TYPES,
        urls::COMPARISONS,
        urls::REGULATIONS,
        urls::PRICING,
        urls::METHODOLOGY,
        urls::COVERAGE,
    ];
    let mut pages: Vec<(String, Option<String>)> = fixed.iter().map(|path| (state.absolute(path), None)).collect();
    // A question or a comparison is worth finding once a real platform answers it.
    let answered = |slug: &str| {
        entries
            .iter()
            .any(|entry| entry.kind == "provision" && entry.leaf == slug)
    };
    let taxonomy = atlas_catalog::taxonomy();
    pages.extend(
        taxonomy
            .types
            .iter()
            .filter(|kind| answered(&kind.slug))
            .map(|kind| (state.absolute(&urls::provision_type(&kind.slug)), None)),
    );
    let laws = super::regulations::paths(answered);
    pages.extend(laws.iter().map(|path| (state.absolute(path), None)));
    pages.extend(
        atlas_catalog::comparisons()
            .iter()
            .filter(|comparison| answered(&comparison.provision_type))
            .map(|comparison| (state.absolute(&urls::comparison(&comparison.slug)), None)),
    );
    pages.extend(
        entries
            .iter()
            .map(|entry| (state.absolute(&path(entry)), Some(words::iso(entry.modified_at)))),
    );
    let modified = entries.iter().map(|entry| entry.modified_at).max();
    Ok(render::bytes(
        "application/xml; charset=utf-8",
        Sitemap { pages }.render()?,
        CachePolicy::Public,
        modified,
    ))
}

fn path(entry: &SitemapEntry) -> String {
    let (platform, document, leaf) = (&entry.platform, &entry.document, &entry.leaf);
    match entry.kind.as_str() {
        "platform" => urls::platform(platform),
        "provision" => urls::provision(platform, document, leaf),
        "change" => urls::change(
            entry.modified_at.to_offset(time::UtcOffset::UTC).date(),
            platform,
            document,
            leaf,
        ),
        "version" => urls::version(platform, document, leaf.parse().unwrap_or(1)),
        _ => urls::document(platform, document),
    }
}
