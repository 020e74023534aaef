//! `/verify`: whether and where words stand in any version on record, and which record a hash belongs to.
//!
//! Invariant: what somebody pasted is kept nowhere and is bounded before it is looked for; an answer with pasted words
//! is never indexed.

use askama::Template;
use atlas_db::view::cite::{self, HashedVersion};
use atlas_domain::{Sha256, urls};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    meta::{Meta, publisher},
    verify_search::{Place, Search},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Longest quotation that is looked for, in characters.
pub(super) const LONGEST_QUOTATION: usize = 2_000;
/// Most versions that are listed for a hash.
const MOST_VERSIONS: i64 = 50;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    quote: String,
    #[serde(default)]
    hash: String,
}

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    quote: String,
    hash: String,
    /// What is said of the words; empty where nothing was asked.
    verdict: Option<(&'static str, String)>,
    places: Vec<Place>,
    versions: Vec<HashedVersion>,
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let hash = asked.hash.trim();
    if !hash.is_empty() {
        return match Sha256::from_hex(hash) {
            Some(hash) => Ok(render::see_other(&urls::verify(&hash.to_hex()))),
            None => answer(
                chrome,
                String::new(),
                words::clipped(hash, 80),
                Some((
                    "flash--err",
                    "That is no SHA-256: it has to be 64 hexadecimal digits.".to_owned(),
                )),
                Vec::new(),
                Vec::new(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        };
    }
    let quote: String = asked.quote.chars().take(LONGEST_QUOTATION).collect();
    if let Some(refusal) = too_long(&asked.quote) {
        return answer(
            chrome,
            quote,
            String::new(),
            Some(("flash--err", refusal)),
            Vec::new(),
            Vec::new(),
            StatusCode::UNPROCESSABLE_ENTITY,
        );
    }
    if quote.trim().is_empty() {
        return answer(
            chrome,
            quote,
            String::new(),
            None,
            Vec::new(),
            Vec::new(),
            StatusCode::OK,
        );
    }
    let mut conn = state.pool.acquire().await?;
    let search = Search::run(&mut conn, &quote).await?;
    drop(conn);
    let verdict = search.verdict();
    answer(
        chrome,
        quote,
        String::new(),
        Some(verdict),
        search.places,
        Vec::new(),
        StatusCode::OK,
    )
}

/// What is said of more words than are looked for at once.
pub(super) fn too_long(quote: &str) -> Option<String> {
    // Browsers send a line break as two characters, which nobody typed.
    let length = quote.replace("\r\n", "\n").chars().count();
    (length > LONGEST_QUOTATION).then(|| {
        format!(
            "That is more than {} characters, and only so many are looked for at once: nothing was looked for. Paste a \
             shorter passage.",
            words::count(LONGEST_QUOTATION)
        )
    })
}

pub(super) async fn by_hash(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(text): Path<String>,
) -> Result<Response, Error> {
    let hash = Sha256::from_hex(&text).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let versions = cite::versions_by_hash(&mut conn, hash, MOST_VERSIONS).await?;
    drop(conn);
    let (verdict, status) = if versions.is_empty() {
        (
            (
                "flash--err",
                "No text and no raw page on record has this hash.".to_owned(),
            ),
            StatusCode::NOT_FOUND,
        )
    } else {
        let number = words::counted(versions.len(), "version", "versions");
        (
            ("flash--ok", format!("This hash belongs to {number} on record.")),
            StatusCode::OK,
        )
    };
    let hash = hash.to_hex();
    answer(chrome, String::new(), hash, Some(verdict), Vec::new(), versions, status)
}

fn answer(
    mut chrome: Chrome,
    quote: String,
    hash: String,
    verdict: Option<(&'static str, String)>,
    places: Vec<Place>,
    versions: Vec<HashedVersion>,
    status: StatusCode,
) -> Result<Response, Error> {
    chrome.samples = !versions.is_empty() && versions.iter().all(|version| version.is_sample);
    let asked = verdict.is_some();
    let meta = Meta::new(
        &chrome.base_url,
        urls::VERIFY,
        "Verify a quotation or a hash",
        "Paste a quotation and see whether and where it stands in an archived policy, or find the record that a \
         SHA-256 belongs to.",
    )
    .here("Verify")
    .unlisted_if(asked)
    .states(&json!({
        "@context": "https://schema.org", "@type": "WebPage", "name": "Verify a quotation or a hash",
        "url": chrome.absolute(urls::VERIFY), "publisher": publisher(&chrome.base_url),
    }));
    let page = Page {
        chrome,
        meta,
        quote,
        hash,
        verdict,
        places,
        versions,
    };
    let policy = if asked {
        CachePolicy::Private
    } else {
        CachePolicy::Public
    };
    let mut response = render::html(&page, policy)?;
    *response.status_mut() = status;
    Ok(response)
}
