//! Search: public ids, platforms, documents, questions, changes, and the words of current texts.

use askama::Template;
use atlas_db::view::search::{self, ChangeHit, DocumentHit, PlatformHit, TextHit};
use atlas_domain::{ProvisionType, urls};
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::meta::Meta;
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Hits of one kind.
const HITS: i64 = 12;
/// Longest search, in characters.
const LONGEST: usize = 300;
/// Words that say nothing of the question.
const PASSED_OVER: [&str; 16] = [
    "are", "and", "can", "does", "for", "from", "have", "how", "may", "the", "their", "they", "what", "with", "you",
    "your",
];
/// Words from which on a search is looked up in the texts themselves.
const SENTENCE_WORDS: usize = 3;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    words: String,
    platforms: Vec<PlatformHit>,
    documents: Vec<DocumentHit>,
    kinds: Vec<&'static ProvisionType>,
    changes: Vec<ChangeHit>,
    texts: Vec<TextHit>,
    is_sentence: bool,
    find: String,
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let wanted: String = asked
        .q
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect();
    if let Some(short) = short_address(&wanted) {
        return Ok(render::see_other(&short));
    }
    let is_sentence = wanted.split(' ').count() >= SENTENCE_WORDS;
    let mut page = Page {
        meta: Meta::new(
            &chrome.base_url,
            "/search",
            "Search the record",
            "Search platforms, documents, questions, changes and the words of current policies.",
        )
        .here("Search")
        .unlisted_if(true),
        find: super::query(&[("find", &wanted)]),
        platforms: Vec::new(),
        documents: Vec::new(),
        kinds: Vec::new(),
        changes: Vec::new(),
        texts: Vec::new(),
        is_sentence,
        words: wanted,
        chrome,
    };
    if !page.words.is_empty() {
        let mut conn = state.pool.acquire().await?;
        page.platforms = search::search_platforms(&mut conn, &page.words, HITS).await?;
        page.documents = search::search_documents(&mut conn, &page.words, HITS).await?;
        page.changes = search::search_changes(&mut conn, &page.words, HITS).await?;
        if is_sentence {
            page.texts = search::search_texts(&mut conn, &page.words, HITS).await?;
        }
        page.kinds = kinds(&page.words);
    }
    // What somebody searches for is nobody else's business: the answer is kept nowhere.
    render::html(&page, CachePolicy::Private)
}

/// The short address of a public id.
fn short_address(wanted: &str) -> Option<String> {
    let id = wanted.to_ascii_uppercase();
    let (letter, digits) = id.strip_prefix("CA-")?.split_once('-')?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match letter {
        "P" => Some(urls::provision_short(&id)),
        "C" => Some(urls::change_short(&id)),
        "V" => Some(urls::version_short(&id)),
        _ => None,
    }
}

/// Questions that hold every word that was asked for.
fn kinds(wanted: &str) -> Vec<&'static ProvisionType> {
    let wanted: Vec<String> = wanted
        .to_lowercase()
        .split(' ')
        .filter(|word| word.len() > 2 && !PASSED_OVER.contains(word))
        .map(|word| word.trim_end_matches('s').to_owned())
        .collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut hits: Vec<(usize, &'static ProvisionType)> = atlas_catalog::taxonomy()
        .types
        .iter()
        .filter_map(|kind| {
            let title = format!("{} {}", kind.title, kind.slug).to_lowercase();
            let all = format!("{title} {} {}", kind.question, kind.definition).to_lowercase();
            let in_title = wanted.iter().filter(|word| title.contains(word.as_str())).count();
            wanted
                .iter()
                .all(|word| all.contains(word.as_str()))
                .then_some((in_title, kind))
        })
        .collect();
    hits.sort_by_key(|(in_title, _)| std::cmp::Reverse(*in_title));
    hits.into_iter().take(8).map(|(_, kind)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::short_address;

    #[test]
    fn a_public_id_leads_straight_to_its_record() {
        assert_eq!(short_address("ca-p-002596").as_deref(), Some("/p/CA-P-002596"));
        assert_eq!(short_address("CA-C-1").as_deref(), Some("/c/CA-C-1"));
        for other in ["CA-X-1", "CA-P-", "CA-P-12a", "bedrock", ""] {
            assert_eq!(short_address(other), None, "{other}");
        }
    }
}
