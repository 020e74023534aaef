//! `/verify`: whether and where words stand in what documents say today, and which record a hash belongs to.
//!
//! Invariant: what somebody pasted is kept nowhere and is bounded before it is looked for; an answer with pasted words
//! is never indexed. Words are said to stand nowhere only where every text that may hold them was looked through.

use askama::Template;
use atlas_db::view::cite::{self, HashedVersion, StandingText};
use atlas_domain::{Block, PolicyText, Sha256, urls};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    meta::{Meta, publisher},
    text_view::{self, Standing},
    words,
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Longest quotation that is looked for, in characters.
pub(super) const LONGEST_QUOTATION: usize = 2_000;
/// Most texts that are looked through letter by letter.
const MOST_TEXTS: usize = 40;
/// Most versions that are listed for a hash.
const MOST_VERSIONS: i64 = 50;
/// Words of a quotation by which texts are chosen: the longest ones say most.
const TELLING_WORDS: usize = 4;

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

/// A text in which the words stand.
struct Place {
    href: String,
    name: String,
    number: i32,
    captured: String,
    hash: String,
    how: &'static str,
    is_exact: bool,
    is_sample: bool,
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
    let telling = telling_words(&quote);
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
    let mut places = Vec::new();
    let mut is_whole = true;
    if !telling.is_empty() {
        let mut conn = state.pool.acquire().await?;
        let most = i64::try_from(MOST_TEXTS).unwrap_or(i64::MAX);
        let texts = cite::texts_with_words(&mut conn, &telling, most + 1).await?;
        drop(conn);
        is_whole = texts.len() <= MOST_TEXTS;
        for text in texts.into_iter().take(MOST_TEXTS) {
            places.extend(place(text, &quote)?);
        }
    }
    places.sort_by_key(|place: &Place| !place.is_exact);
    let verdict = verdict(&places, telling.is_empty(), is_whole);
    answer(
        chrome,
        quote,
        String::new(),
        Some(verdict),
        places,
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

/// What is said of the words; `is_whole`: every text that may hold them was looked through.
fn verdict(places: &[Place], too_little: bool, is_whole: bool) -> (&'static str, String) {
    let exact = places.iter().filter(|place| place.is_exact).count();
    let documents = |number: usize| {
        let least = if is_whole { "" } else { "at least " };
        format!("{least}{}", words::counted(number, "document", "documents"))
    };
    match (exact, places.len()) {
        (_, 0) if too_little => (
            "flash--err",
            "That is too little to look for: paste at least one whole word of four letters.".to_owned(),
        ),
        (_, 0) if !is_whole => (
            "flash--err",
            format!(
                "Too many documents hold these words one by one: the first {MOST_TEXTS} of them were looked through, \
                 without a match, and the others were not. Paste a longer passage, or use the box beside the text of \
                 the version you have in mind."
            ),
        ),
        (_, 0) => (
            "flash--err",
            "These words do not stand in what any followed document says today. An earlier version may hold them: \
             open it and use the box beside its text."
                .to_owned(),
        ),
        (0, number) => (
            "flash--ok",
            format!(
                "These words stand in {}; only white space, quotation marks or dashes differ.",
                documents(number)
            ),
        ),
        (exact, _) => ("flash--ok", format!("These exact words stand in {}.", documents(exact))),
    }
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

/// The longest words of a quotation that no folding of typography can change: letters and digits of ASCII only.
fn telling_words(quote: &str) -> Vec<String> {
    let mut words: Vec<&str> = quote
        .split(|letter: char| letter.is_whitespace() || (letter.is_ascii_punctuation()) || !letter.is_ascii())
        .filter(|word| word.len() >= 4 && word.len() <= 60 && word.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .collect();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.dedup();
    words.into_iter().take(TELLING_WORDS).map(str::to_owned).collect()
}

fn place(found: StandingText, quote: &str) -> Result<Option<Place>, Error> {
    let (marks, is_exact) = match text_view::look_for(&found.text, quote) {
        Standing::Exact(marks) => (marks, true),
        Standing::NearlyExact(marks) => (marks, false),
        Standing::Absent => return Ok(None),
    };
    let blocks: Vec<Block> = serde_json::from_value(found.blocks).map_err(Error::internal)?;
    let text = PolicyText {
        text: found.text,
        blocks,
        links: Vec::new(),
    };
    let version = urls::version(&found.platform_slug, &found.document_slug, found.number);
    let anchor = marks
        .first()
        .and_then(|mark| text.block_at(mark.start))
        .map(|block| format!("#{}", block.anchor))
        .unwrap_or_default();
    Ok(Some(Place {
        href: format!("{version}{}{anchor}", super::query(&[("quote", quote)])),
        name: words::titled(&found.platform, &found.document),
        number: found.number,
        captured: words::day(found.captured_at),
        hash: Sha256::from_slice(&found.text_sha256)
            .map(Sha256::to_hex)
            .unwrap_or_default(),
        how: if is_exact {
            "Letter for letter"
        } else {
            "White space, quotation marks or dashes differ"
        },
        is_exact,
        is_sample: found.is_sample,
    }))
}

#[cfg(test)]
mod tests {
    use super::telling_words;

    #[test]
    fn texts_are_chosen_by_whole_words_that_typography_cannot_change() {
        assert_eq!(
            telling_words("We don’t sell personal-information “voluntarily”, naïve customers."),
            ["information", "voluntarily", "customers", "personal"]
        );
        assert_eq!(telling_words("\u{0} é — a an the"), Vec::<String>::new());
        assert!(telling_words(&"x".repeat(1_000_000)).is_empty());
    }
}
