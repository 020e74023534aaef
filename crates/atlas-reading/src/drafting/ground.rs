//! The five checks of an answer, in order: its shape; the quotation stands in the passage; every number, period, sum, name
//! and law of the claim stands in the quotation; type and stance are those that we read; and no claim without a quotation.
//!
//! Invariant: a claim that fails a check of its words is dropped, one that only reads otherwise than we do is disputed and
//! left to a person; if more than a third is dropped, so is the whole draft.

use atlas_domain::Stance;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use super::Passage;
use crate::qualifiers::{Statement, drift};

/// Claims that are read at most.
const MOST_CLAIMS: usize = 60;
/// The longest claim, in characters.
const LONGEST_CLAIM: usize = 400;

/// Words that may begin a sentence with a capital and name nobody.
const OPENERS: &[&str] = &[
    "a",
    "account",
    "accounts",
    "after",
    "all",
    "an",
    "any",
    "anyone",
    "at",
    "before",
    "by",
    "changes",
    "children",
    "content",
    "customer",
    "customers",
    "data",
    "disputes",
    "everyone",
    "feedback",
    "fees",
    "files",
    "for",
    "if",
    "in",
    "information",
    "inputs",
    "it",
    "its",
    "messages",
    "minors",
    "no",
    "nobody",
    "notice",
    "on",
    "only",
    "our",
    "outputs",
    "payments",
    "people",
    "personal",
    "refunds",
    "some",
    "subscriptions",
    "that",
    "the",
    "their",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "under",
    "unless",
    "user",
    "users",
    "we",
    "what",
    "when",
    "where",
    "whether",
    "who",
    "with",
    "without",
    "you",
    "your",
];

/// The shape of an answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    claims: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    sentence_id: String,
    quote: String,
    #[serde(rename = "claim")]
    words: String,
    #[serde(rename = "type")]
    provision_type: String,
    stance: Stance,
}

/// A claim that is grounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounded {
    /// The sentence.
    pub claim: String,
    /// The words on which it rests, from our text.
    pub quote: String,
    /// Their first byte in the version's text.
    pub start: usize,
    /// One past their last byte.
    pub end: usize,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Why a person has to look; empty if nothing is disputed.
    pub disputed: Vec<String>,
}

/// A claim that is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The sentence.
    pub claim: String,
    /// Why.
    pub why: String,
}

/// What is left of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundedDraft {
    /// The claims that are grounded.
    pub claims: Vec<Grounded>,
    /// The others.
    pub dropped: Vec<Dropped>,
}

/// Why nothing is left of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ungrounded {
    /// It does not have the shape that was asked for.
    #[error("the answer does not have the shape that was asked for: {0}")]
    Shape(String),
    /// It claims nothing.
    #[error("the answer claims nothing")]
    Empty,
    /// It claims more than there are passages to claim something of.
    #[error("the answer has {0} claims, more than there may be")]
    TooMany(usize),
    /// More than a third of it is not grounded.
    #[error("{} of {all} claims are not grounded, more than a third; the first: {}", .dropped.len(), first(.dropped))]
    Mostly {
        /// The claims that were dropped.
        dropped: Vec<Dropped>,
        /// All claims.
        all: usize,
    },
}

fn first(dropped: &[Dropped]) -> &str {
    dropped.first().map_or("", |dropped| &dropped.why)
}

/// Checks an answer. `names` are words that a claim may name without quoting them: of the platform and the document.
pub fn ground(answer: &str, passages: &[Passage], names: &[&str]) -> Result<GroundedDraft, Ungrounded> {
    let answer: Answer = serde_json::from_str(answer).map_err(|fault| Ungrounded::Shape(fault.to_string()))?;
    let all = answer.claims.len();
    if all == 0 {
        return Err(Ungrounded::Empty);
    }
    if all > MOST_CLAIMS.min(passages.len().saturating_mul(2)) {
        return Err(Ungrounded::TooMany(all));
    }
    let mut draft = GroundedDraft::default();
    for claim in answer.claims {
        match check(&claim, passages, names) {
            Ok(grounded) => draft.claims.push(grounded),
            Err(why) => draft.dropped.push(Dropped {
                claim: kept(&claim.words),
                why,
            }),
        }
    }
    if draft.dropped.len() * 3 > all {
        return Err(Ungrounded::Mostly {
            dropped: draft.dropped,
            all,
        });
    }
    Ok(draft)
}

fn check(claim: &Claim, passages: &[Passage], names: &[&str]) -> Result<Grounded, String> {
    let words = claim.words.trim();
    if words.is_empty() || words.chars().count() > LONGEST_CLAIM || words.chars().any(char::is_control) {
        return Err("The claim is empty, longer than 400 characters or no plain line.".to_owned());
    }
    let passage = passages
        .iter()
        .find(|passage| passage.id == claim.sentence_id)
        .ok_or_else(|| format!("There is no passage {}.", clip(&claim.sentence_id)))?;
    if claim.quote.trim().is_empty() {
        return Err("The claim has no quotation.".to_owned());
    }
    let (start, end) = place(&passage.text, &claim.quote)
        .ok_or_else(|| "The quotation does not stand in the passage letter for letter.".to_owned())?;
    let quote = passage.text.get(start..end).unwrap_or_default();
    if let Some(foreign) = foreign_number(words, quote) {
        return Err(format!("The claim has the number {foreign}, the quotation does not."));
    }
    if let Some(foreign) = foreign_name(words, quote, names) {
        return Err(format!("The claim names {foreign}, the quotation does not."));
    }
    let statement = Statement {
        claim: words,
        beside: "",
        stance: None,
        scope: None,
    };
    let drifts = drift(statement, quote);
    if let Some(added) = drifts.iter().find(|drift| !drift.is_dropped) {
        return Err(added.to_string());
    }
    let mut disputed: Vec<String> = drifts.iter().map(ToString::to_string).collect();
    if claim.provision_type != passage.provision_type {
        disputed.push(format!(
            "It is about {}, we read {}.",
            clip(&claim.provision_type),
            passage.provision_type
        ));
    } else if claim.stance != passage.stance {
        disputed.push(format!(
            "It says “{}”, we read “{}”.",
            claim.stance.label(),
            passage.stance.label()
        ));
    }
    Ok(Grounded {
        claim: words.to_owned(),
        quote: quote.to_owned(),
        start: passage.start + start,
        end: passage.start + end,
        provision_type: passage.provision_type.clone(),
        disputed,
    })
}

/// A stranger's claim as it is kept: one line, no longer than a claim may be.
fn kept(claim: &str) -> String {
    let plain = claim
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(LONGEST_CLAIM).collect()
}

/// A stranger's word, short enough for a sentence of ours.
fn clip(word: &str) -> String {
    word.chars().filter(|letter| !letter.is_control()).take(40).collect()
}

/// Where a quotation stands in a passage, as bytes of the passage, after NFC and with any blanks alike. A passage that is
/// not NFC itself is taken whole.
fn place(passage: &str, quote: &str) -> Option<(usize, usize)> {
    let wanted: String = folded(quote);
    if wanted.is_empty() {
        return None;
    }
    // The folded passage, with the byte of the passage at which each of its bytes begins.
    let mut plain = String::with_capacity(passage.len());
    let mut origin = Vec::with_capacity(passage.len());
    for (at, letter) in passage.char_indices() {
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        if letter == ' ' && (plain.is_empty() || plain.ends_with(' ')) {
            continue;
        }
        plain.push(letter);
        origin.resize(plain.len(), at);
    }
    if let Some(start) = plain.find(&wanted) {
        let first = *origin.get(start)?;
        let last = *origin.get(start + wanted.len() - 1)?;
        let width = passage.get(last..)?.chars().next()?.len_utf8();
        return Some((first, last + width));
    }
    folded(passage).contains(&wanted).then_some((0, passage.len()))
}

fn folded(words: &str) -> String {
    let composed: String = words.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first number of the claim that does not stand in the quotation. Digits are compared digit by digit; "1,000" is 1000.
fn foreign_number(claim: &str, quote: &str) -> Option<String> {
    let known = numbers(quote);
    numbers(claim).into_iter().find(|number| !known.contains(number))
}

fn numbers(words: &str) -> Vec<String> {
    let plain: String = words.chars().filter(|letter| *letter != ',').collect();
    plain
        .split(|letter: char| !letter.is_numeric() && letter != '.')
        .map(|number| number.trim_matches('.').to_owned())
        .filter(|number| !number.is_empty())
        .collect()
}

/// The first name of the claim that neither the quotation nor `names` has: a word with a capital that does not merely
/// begin a sentence, an address.
fn foreign_name(claim: &str, quote: &str, names: &[&str]) -> Option<String> {
    let lower = |words: &str| words.to_lowercase();
    if ["http", "www.", "@"]
        .iter()
        .any(|sign| lower(claim).contains(sign) && !lower(quote).contains(sign))
    {
        return Some("an address".to_owned());
    }
    let is_end = |letter: char| !letter.is_alphanumeric();
    let words = |text: &str| -> Vec<String> {
        let words = text.split(is_end).filter(|word| !word.is_empty());
        words.map(lower).collect()
    };
    let mut known = words(quote);
    known.extend(names.iter().flat_map(|name| words(name)));
    let mut begins = true;
    for piece in claim.split_inclusive(is_end) {
        let word = piece.trim_end_matches(is_end);
        if !word.is_empty() {
            let is_name = word.chars().any(char::is_uppercase);
            let opens = begins && OPENERS.contains(&lower(word).as_str());
            if is_name && !opens && !known.contains(&lower(word)) {
                return Some(clip(word));
            }
            begins = false;
        }
        begins |= piece.ends_with(['.', '!', '?']);
    }
    None
}
