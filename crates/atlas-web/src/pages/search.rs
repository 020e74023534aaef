//! Search: public ids, platforms, documents, questions, provisions, changes, and the words of current texts.
//!
//! Invariant: at most six questions go to the database, whatever is asked; what is asked for is kept nowhere.

use askama::Template;
use atlas_db::view::{
    search::{self, ChangeHit, DocumentHit, HIT_END, HIT_START, Hits, PlatformHit, ProvisionHit, TextHit},
    spelling,
};
use atlas_domain::{ProvisionType, Stance, urls};
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
/// Words of a search that are looked up in the dictionary.
const SPELT: usize = 12;
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
    /// The words that were searched instead, where one asked for stands nowhere on record.
    instead: Option<String>,
    /// The words that stand nowhere.
    unknown: Vec<String>,
    is_cut: bool,
    platforms: Hits<PlatformHit>,
    documents: Hits<DocumentHit>,
    kinds: Vec<&'static ProvisionType>,
    provisions: Hits<ProvisionHit>,
    changes: Hits<ChangeHit>,
    texts: Vec<TextHit>,
    is_sentence: bool,
    find: String,
}

impl Page {
    /// Anchor, name and number of every kind with a hit.
    fn groups(&self) -> Vec<(&'static str, &'static str, i64)> {
        let number = |list: usize| i64::try_from(list).unwrap_or(i64::MAX);
        [
            ("texts", "Policies that hold these words", number(self.texts.len())),
            ("platforms", "Platforms", self.platforms.total),
            ("questions", "Questions", number(self.kinds.len())),
            ("provisions", "Provisions", self.provisions.total),
            ("documents", "Documents", self.documents.total),
            ("changes", "Changes", self.changes.total),
        ]
        .into_iter()
        .filter(|(_, _, hits)| *hits > 0)
        .collect()
    }
    /// Hits of all kinds.
    fn total(&self) -> i64 {
        self.groups().iter().map(|(_, _, hits)| hits).sum()
    }
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let all: String = asked
        .q
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    let wanted: String = all.chars().take(LONGEST).collect();
    if let Some(short) = short_address(&wanted) {
        return Ok(render::see_other(&short));
    }
    let is_sentence = wanted.split(' ').count() >= SENTENCE_WORDS;
    let mut page = Page {
        meta: Meta::new(
            &chrome.base_url,
            "/search",
            "Search the record",
            "Search platforms, documents, questions, provisions, changes and the words of current policies.",
        )
        .here("Search")
        .unlisted_if(true),
        find: super::query(&[("find", &wanted)]),
        instead: None,
        unknown: Vec::new(),
        is_cut: wanted.len() < all.len(),
        platforms: Hits::default(),
        documents: Hits::default(),
        kinds: Vec::new(),
        provisions: Hits::default(),
        changes: Hits::default(),
        texts: Vec::new(),
        is_sentence,
        words: wanted,
        chrome,
    };
    if !page.words.is_empty() {
        let mut conn = state.pool.acquire().await?;
        let misspelt = spelling::search_misspellings(&mut conn, &spelt(&page.words)).await?;
        let pairs: Vec<(&str, &str)> = misspelt
            .iter()
            .map(|pair| (pair.word.as_str(), pair.instead.as_str()))
            .collect();
        let searched = respelt(&page.words, &pairs);
        page.platforms = search::search_platforms(&mut conn, &searched, HITS).await?;
        page.documents = search::search_documents(&mut conn, &searched, HITS).await?;
        page.provisions = search::search_provisions(&mut conn, &searched, &statements(&searched), HITS).await?;
        page.changes = search::search_changes(&mut conn, &searched, HITS).await?;
        if is_sentence {
            page.texts = search::search_texts(&mut conn, &page.words, HITS).await?;
        }
        page.kinds = kinds(&searched);
        page.unknown = misspelt.into_iter().map(|pair| pair.word).collect();
        page.instead = Some(searched).filter(|_| !page.unknown.is_empty());
    }
    // What somebody searches for is nobody else's business: the answer is kept nowhere.
    render::html(&page, CachePolicy::Private)
}

/// The words of a search that may be misspelt, in lower case: letters only, four and more.
fn spelt(wanted: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in wanted.to_lowercase().split(|letter: char| !letter.is_alphanumeric()) {
        let length = word.chars().count();
        if (4..=40).contains(&length) && word.chars().all(char::is_alphabetic) && !found.iter().any(|one| one == word) {
            found.push(word.to_owned());
        }
    }
    found.truncate(SPELT);
    found
}

/// The search with its misspelt words replaced; everything between words stays as it is.
fn respelt(wanted: &str, pairs: &[(&str, &str)]) -> String {
    wanted
        .split_inclusive(|letter: char| !letter.is_alphanumeric())
        .map(|piece| {
            let word = piece.trim_end_matches(|letter: char| !letter.is_alphanumeric());
            let lower = word.to_lowercase();
            pairs.iter().find(|(asked, _)| *asked == lower).map_or_else(
                || piece.to_owned(),
                |(_, instead)| format!("{instead}{}", piece.get(word.len()..).unwrap_or_default()),
            )
        })
        .collect()
}

/// The pieces of an excerpt, each with whether it was asked for.
fn pieces(excerpt: &str) -> Vec<(bool, &str)> {
    let mut found = Vec::new();
    let mut rest = excerpt;
    while let Some((before, from)) = rest.split_once(HIT_START) {
        let (hit, after) = from.split_once(HIT_END).unwrap_or((from, ""));
        found.extend([(false, before), (true, hit)]);
        rest = after;
    }
    found.push((false, rest));
    found.retain(|(_, words)| !words.is_empty());
    found
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

/// The words that say something of the question, in lower case and without a plural's ending.
fn telling(wanted: &str) -> Vec<String> {
    wanted
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .filter(|word| word.len() > 2 && !PASSED_OVER.contains(word))
        .map(|word| word.trim_end_matches('s').to_owned())
        .collect()
}

/// Types and stances whose reviewed statement holds every word that was asked for, as `type|stance`.
fn statements(wanted: &str) -> Vec<String> {
    let wanted = telling(wanted);
    if wanted.is_empty() {
        return Vec::new();
    }
    let holds = |kind: &ProvisionType, stance: Stance| {
        atlas_catalog::analysis(&kind.slug, stance).is_some_and(|block| {
            let text = format!("{} {}", block.headline, block.statement).to_lowercase();
            wanted.iter().all(|word| text.contains(word.as_str()))
        })
    };
    atlas_catalog::taxonomy()
        .types
        .iter()
        .flat_map(|kind| Stance::ALL.iter().map(move |stance| (kind, *stance)))
        .filter(|(kind, stance)| holds(kind, *stance))
        .map(|(kind, stance)| format!("{}|{stance}", kind.slug))
        .collect()
}

/// Questions that hold every word that was asked for.
fn kinds(wanted: &str) -> Vec<&'static ProvisionType> {
    let wanted = telling(wanted);
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
    use super::{pieces, respelt, short_address, spelt, statements};

    #[test]
    fn only_misspelt_words_are_replaced_and_the_rest_stays() {
        assert_eq!(
            respelt(
                "\"Antropic\" -arbitrtion x",
                &[("antropic", "anthropic"), ("arbitrtion", "arbitration")]
            ),
            "\"anthropic\" -arbitration x"
        );
        assert_eq!(spelt("An ANTROPIC antropic gpt4 ?!"), ["antropic"]);
    }

    #[test]
    fn matches_are_cut_out_and_a_stray_mark_does_no_harm() {
        assert_eq!(pieces("a \u{2}b\u{3} c"), [(false, "a "), (true, "b"), (false, " c")]);
        assert_eq!(pieces("\u{3}a\u{2}b"), [(false, "\u{3}a"), (true, "b")]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn the_words_of_a_statement_find_its_type_and_stance() {
        assert!(
            statements("binding arbitration")
                .iter()
                .any(|key| key.starts_with("arbitration|"))
        );
        assert!(statements("the").is_empty());
    }

    #[test]
    fn a_public_id_leads_straight_to_its_record() {
        assert_eq!(short_address("ca-p-002596").as_deref(), Some("/p/CA-P-002596"));
        assert_eq!(short_address("CA-C-1").as_deref(), Some("/c/CA-C-1"));
        for other in ["CA-X-1", "CA-P-", "CA-P-12a", "bedrock", ""] {
            assert_eq!(short_address(other), None, "{other}");
        }
    }
}
