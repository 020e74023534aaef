//! The public pages of the record: one module for each kind of page, its handler beside its template's struct.
//!
//! Invariant: every page states its cache policy, every address comes from `atlas_domain::urls`, everything from a
//! document is escaped by the templates, and a fictitious record is marked wherever it appears.

mod category;
mod change;
mod change_facts;
mod change_item;
mod change_reasons;
mod change_standing;
mod changes;
mod charts;
mod cite;
mod compare;
mod corrections;
mod coverage;
mod csv_file;
mod diff;
mod diff_data;
mod diff_fold;
mod diff_groups;
mod diff_view;
mod document;
mod feeds;
mod home;
mod links;
mod meta;
mod methodology;
mod nearest;
mod og;
mod own_choice;
mod own_comparison;
mod platform;
mod platform_facts;
mod platform_matrix;
mod platform_record;
mod platforms;
mod provision;
mod provision_analysis;
mod provision_clause;
mod provision_history;
mod provision_others;
mod provision_review;
mod provision_type;
mod provision_types;
mod registry;
mod regulations;
mod robots;
mod rubric;
mod search;
mod short;
mod text_view;
mod verify;
mod verify_search;
mod version;
pub(crate) mod words;

pub(crate) use diff_data::wants_json;

use atlas_domain::urls;
use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{Error, WebState};

/// Routes of the public pages.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/", get(home::home))
        .route("/platforms", get(platforms::list))
        .route("/changes", get(changes::list))
        .route("/corrections", get(corrections::list))
        .route("/corrections/feed.atom", get(corrections::feed))
        .route("/corrections/{id}", get(corrections::one))
        .route("/coverage", get(coverage::page))
        .route("/methodology", get(methodology::page))
        .route("/methodology/rubric/{version}", get(rubric::page))
        .route("/search", get(search::page))
        .route("/feed.atom", get(feeds::all))
        .route("/platform/{platform}/feed.atom", get(feeds::of_platform))
        .route("/platform/{platform}/{document}/feed.atom", get(feeds::of_document))
        .route("/og/default.png", get(og::general))
        .route("/og/{kind}/{file}", get(og::of_record))
        .route("/robots.txt", get(robots::robots))
        .route("/sitemap.xml", get(robots::sitemap))
        .route("/llms.txt", get(robots::llms))
        .route("/sitemaps/{file}", get(robots::part))
        .route("/cite/{file}", get(cite::file))
        .route("/verify", get(verify::page))
        .route("/verify/{sha256}", get(verify::by_hash))
        .route("/p/{id}", get(short::provision))
        .route("/c/{id}", get(short::change))
        .route("/v/{id}", get(short::version))
        .route("/change/{address}", get(change::page))
        .route("/provisions", get(provision_types::overview))
        .route("/provisions/{slug}", get(provision_type::page))
        .route("/provisions/{slug}/feed.atom", get(feeds::of_type))
        .route("/regulations", get(regulations::overview))
        .route("/regulations/{slug}", get(regulations::page))
        .route("/regulations/{slug}/feed.atom", get(feeds::of_regulation))
        .route("/regulations/{slug}/{article}", get(regulations::article))
        .route("/registry", get(registry::page))
        .route("/registry.csv", get(registry::csv))
        .route("/category/{slug}", get(category::page))
        .route("/category/{slug}/feed.atom", get(feeds::of_category))
        .route("/compare.csv", get(own_comparison::csv))
        .route("/compare", get(compare::overview))
        .route("/compare/{slug}", get(compare::page))
        .route("/platform/{platform}", get(platform::page))
        .route("/platform/{platform}/{document}", get(document::page))
        .route("/platform/{platform}/{document}/versions/{number}", get(version::page))
        .route("/platform/{platform}/{document}/{provision_type}", get(provision::page))
        .route("/platform/{platform}/{document}/diff", get(diff::choose))
        .route("/platform/{platform}/{document}/diff/{range}", get(diff::page))
        .route_layer(from_fn(without_nul))
}

/// No address of ours holds the NUL character, which PostgreSQL cannot take in a text.
async fn without_nul(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    if request.uri().path().contains("%00") || query.contains("%00") {
        return Error::NotFound.into_response();
    }
    next.run(request).await
}

/// The title of a category; its slug in words where the catalogue does not know it. Imports and declarations know none.
fn category_title(slug: &str) -> String {
    if slug == "other" {
        return "Other".to_owned();
    }
    atlas_catalog::categories()
        .iter()
        .find(|category| category.slug == slug)
        .map_or_else(
            || words::capitalized(&words::clipped(&slug.replace('-', " "), 60)),
            |category| category.title.clone(),
        )
}

/// The page of a category; `None` where the catalogue does not know it.
fn category_href(slug: &str) -> Option<String> {
    let is_known = atlas_catalog::categories().iter().any(|category| category.slug == slug);
    is_known.then(|| urls::category(slug))
}

/// Where an error in a record is reported: by mail where this instance names an address, else as its methodology says.
fn report_address(chrome: &crate::Chrome, public_id: &str) -> String {
    match &chrome.corrections {
        Some(address) => format!("mailto:{address}?subject={}", encoded(&format!("Error in {public_id}"))),
        None => "/methodology#errors".to_owned(),
    }
}

/// A path with every byte outside ASCII percent-encoded, and no control characters: fit for a `Location` header.
fn ascii_path(path: &str) -> String {
    path.split('/').map(encoded).collect::<Vec<_>>().join("/")
}

/// A query string of the pairs that are not empty, with its question mark; empty if none is.
fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        text.push_str(&encoded(value));
    }
    text
}

/// A value with everything but unreserved characters percent-encoded (RFC 3986).
fn encoded(value: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn queries_are_encoded_and_leave_out_what_is_empty() {
        assert_eq!(
            super::query(&[("a", ""), ("q", "é &="), ("after", "x-1")]),
            "?q=%C3%A9%20%26%3D&after=x-1"
        );
        assert_eq!(super::query(&[("a", "")]), "");
    }
}
