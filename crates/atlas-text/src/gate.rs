//! The content gate: is this page the policy, or something that came in its place?
//!
//! Invariant: a page is refused only on marks that a policy does not have; a doubtful page passes, since the pipeline
//! compares it with the version before.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use atlas_domain::{BlockKind, CaptureOutcome, PolicyText};
use regex::Regex;

use crate::{
    TextError,
    html::Extracted,
    language,
    marks::{CHECKERS, CONSENT_BUTTON, CONSENT_WORDS, MARKS},
};

/// Words up to which a page may be something that came in place of the policy.
const SHORT: usize = 300;
/// Words up to which a wall that asks for consent says what it asks for.
const WALL: usize = 600;
/// Words of the longest page that only leads on to another.
const MOVES_ON: usize = 8;
/// Words from which a page of nothing but links is an index of documents rather than one of them.
const INDEX: usize = 8;
/// Words up to which the markup of a browser check is the reason why there are no more.
const UNFILLED: usize = 60;

struct Compiled {
    outcome: CaptureOutcome,
    title: Regex,
    words: Regex,
    at_most: usize,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    MARKS
        .iter()
        .filter_map(|marks| {
            Some(Compiled {
                outcome: marks.outcome,
                title: Regex::new(marks.title).ok()?,
                words: Regex::new(marks.words).ok()?,
                at_most: marks.at_most,
            })
        })
        .collect()
});

/// Words by which a text that binds somebody is told from one that does not.
static LEGAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:terms|polic(?:y|ies)|privacy|agreement|agree|consent|liab(?:le|ility)|licen[cs]e[sd]?|warrant(?:y|ies)|personal (?:data|information)|shall|must|may not|prohibited|rights?|govern(?:ed|ing)|applicable law|terminat(?:e|ion)|disput(?:e|es)|guidelines?|requirements?|compl(?:y|iance)|gdpr|copyright|infring\w+|cookies?|third[- ]part(?:y|ies)|conditions|obligations?|(?:sub[- ]?)?processors?|controllers?|datenschutz|nutzungsbedingungen|conditions|confidentialit|donn|términos|privacidad|condiciones)(?-u:\b)",
    )
    .ok()
});

static BUTTON: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(CONSENT_BUTTON).ok());
static ASKS_CONSENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(CONSENT_WORDS).ok());

/// Refuses a page that is not a policy, or not in the language of its document.
pub fn check(page: &Extracted, html: &str, locale: Option<&str>) -> Result<(), TextError> {
    let text = &page.text;
    let count = text.word_count();
    if count <= UNFILLED
        && !legal_enough(text, count)
        && let Some(mark) = checker(html)
    {
        return Err(refuse(CaptureOutcome::Challenge, mark));
    }
    if count == 0 || !text.text.contains(char::is_alphanumeric) {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page has no words"),
        });
    }
    if count <= SHORT {
        stand_in(page, count)?;
    }
    if count <= WALL {
        consent_wall(page)?;
    }
    if count >= 40 && !legal_enough(text, count) {
        wrong_kind(text, count)?;
    }
    if is_index(text) {
        return Err(refuse(
            CaptureOutcome::WrongType,
            "the page only links to documents and has no sentence of its own",
        ));
    }
    if page.truncated {
        return Err(refuse(
            CaptureOutcome::Truncated,
            "the markup ends before the page does",
        ));
    }
    language(text, locale)
}

/// Refuses a text in another language than its document's.
pub fn language(text: &PolicyText, locale: Option<&str>) -> Result<(), TextError> {
    match locale.and_then(|locale| language::other_than(text, locale)) {
        Some(found) => Err(refuse(
            CaptureOutcome::WrongLanguage,
            &format!(
                "the text reads as {found}, the document's locale is {}",
                locale.unwrap_or_default()
            ),
        )),
        None => Ok(()),
    }
}

/// The mark of a service that checks browsers, if the page carries one.
fn checker(html: &str) -> Option<&'static str> {
    static FIND: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(CHECKERS).ok());
    let found = FIND.as_ref()?.find(html)?;
    CHECKERS.get(found.pattern().as_usize()).copied()
}

/// Two buttons of a consent form in the content itself, under words that ask for consent.
fn consent_wall(page: &Extracted) -> Result<(), TextError> {
    let button = |words: &&String| BUTTON.as_ref().is_some_and(|button| button.is_match(words));
    let buttons: Vec<&String> = page.buttons.iter().filter(button).collect();
    let asks = ASKS_CONSENT.as_ref().and_then(|asks| asks.find(&page.text.text));
    let titles = page
        .text
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Heading)
        .count();
    match asks {
        Some(words) if buttons.len() >= 2 && titles <= 3 => Err(refuse(CaptureOutcome::ConsentWall, words.as_str())),
        _ => Ok(()),
    }
}

fn title_detail(title: &str, detail: &str) -> String {
    if title.is_empty() {
        detail.to_owned()
    } else {
        format!("{detail} (its title is \"{}\")", clip(title))
    }
}

fn clip(words: &str) -> String {
    words.chars().take(120).collect()
}

fn refuse(outcome: CaptureOutcome, detail: &str) -> TextError {
    TextError::NotPolicy {
        outcome,
        detail: clip(detail),
    }
}

fn stand_in(page: &Extracted, count: usize) -> Result<(), TextError> {
    let text = &page.text;
    let first = text
        .blocks
        .iter()
        .find(|block| block.kind == BlockKind::Heading)
        .or_else(|| text.blocks.first());
    let first = first.map(|block| text.block_text(block)).unwrap_or_default();
    for marks in COMPILED.iter() {
        if let Some(found) = marks.words.find(&text.text).filter(|_| count <= marks.at_most) {
            return Err(refuse(marks.outcome, found.as_str()));
        }
        let titled = [page.title.as_str(), first]
            .into_iter()
            .find(|title| marks.title.is_match(title));
        // A short policy may be called "Sign in with us"; what stands in for a policy says nothing that binds.
        if let Some(title) = titled.filter(|_| !legal_enough(text, count)) {
            return Err(refuse(marks.outcome, title));
        }
    }
    if page.asks_password && !legal_enough(text, count) {
        return Err(refuse(CaptureOutcome::LoginWall, "the page asks for a password"));
    }
    let lower = text.text.to_lowercase();
    if count <= 60
        && lower.contains("javascript")
        && (lower.contains("enable") || lower.contains("require") || lower.contains("disabled"))
    {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page needs scripts to show its words"),
        });
    }
    if count <= 4
        && !legal_enough(text, count)
        && matches!(
            lower.trim_matches(['.', '…', ' ']),
            "loading" | "please wait" | "redirecting"
        )
        || count <= MOVES_ON && lower.trim_start().starts_with("redirecting to")
    {
        return Err(TextError::Empty {
            detail: title_detail(&page.title, "the page only says that it is loading or leads on"),
        });
    }
    Ok(())
}

/// Whether enough words bind somebody: 8 in 1,000, or a few in a short text.
fn legal_enough(text: &PolicyText, count: usize) -> bool {
    let wanted = (count * 8).div_ceil(1_000).max(2);
    LEGAL
        .as_ref()
        .is_none_or(|legal| legal.find_iter(&text.text).take(wanted).count() >= wanted)
}

/// Whether nearly every word is a link and no block is a sentence: "Legal: Terms, Privacy Policy, Cookies".
fn is_index(text: &PolicyText) -> bool {
    let mut words = 0;
    for block in text.blocks.iter().filter(|block| block.kind != BlockKind::Heading) {
        let said = text.block_text(block);
        let count = said.split_whitespace().count();
        if count >= 20 || said.trim_end().ends_with(['.', ';', ':', '!', '?', '。']) {
            return false;
        }
        words += count;
    }
    words >= INDEX && linked(text) * 100 >= words * 90
}

/// Words of links.
fn linked(text: &PolicyText) -> usize {
    text.links
        .iter()
        .map(|link| text.slice(link.start, link.end).split_whitespace().count())
        .sum()
}

/// A page of links and labels rather than sentences: a product list, a blog's index, a search page.
fn wrong_kind(text: &PolicyText, count: usize) -> Result<(), TextError> {
    let prose: usize = text
        .blocks
        .iter()
        .filter(|block| block.kind != BlockKind::Heading)
        .map(|block| text.block_text(block))
        .filter(|words| {
            words.trim_end().ends_with(['.', ';', ':', '!', '?', '。']) || words.split_whitespace().count() >= 20
        })
        .map(|words| words.split_whitespace().count())
        .sum();
    if linked(text) * 100 > count * 60 {
        return Err(refuse(
            CaptureOutcome::WrongType,
            "most words are links, and hardly any binds anybody",
        ));
    }
    if prose * 100 < count * 30 {
        return Err(refuse(
            CaptureOutcome::WrongType,
            "hardly any whole sentence, and hardly any word that binds anybody",
        ));
    }
    Ok(())
}
