//! The rules by which differences are ranked: one versioned data file, compiled in.
//!
//! Invariant: the file is parsed once; a test proves that it parses and that every label and direction in it exists.

use std::{collections::HashSet, sync::LazyLock};

use aho_corasick::AhoCorasick;
use atlas_domain::{ChangeLabel, Direction, GroupKind};
use regex::RegexSet;
use serde::Deserialize;

use crate::normal::Word;

/// The file.
const SOURCE: &str = include_str!("../../rules/materiality.toml");

/// Scores from which a rank is reached.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    pub minor: f64,
    pub material: f64,
    pub material_sum: f64,
    pub critical: f64,
    /// The share of a hunk's further signals that is added to its heaviest.
    pub further: f64,
}

/// Weights of the rules that are not mere phrases.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    pub reversal: f64,
    pub reversal_qualified: f64,
    pub restriction: f64,
    pub modality: f64,
    pub polarity: f64,
    pub quantity: f64,
    pub quantity_stated: f64,
    pub list_item: f64,
    pub list_item_plain: f64,
    pub list_block: f64,
    pub list_block_binding: f64,
    pub law_words: f64,
    pub liability_words: f64,
    pub narrowed: f64,
    pub party: f64,
    pub scope_binding: f64,
    pub practice: f64,
    pub duty: f64,
    pub permission: f64,
    pub permission_plain: f64,
    pub promise: f64,
    pub promise_plain: f64,
    pub right: f64,
    pub right_plain: f64,
    pub link_target: f64,
    pub date: f64,
    pub rename: f64,
    pub wording_base: f64,
    pub wording_word: f64,
    pub wording_most: f64,
    pub wording_foreign: f64,
    pub passage_base: f64,
    pub passage_word: f64,
    pub passage_most: f64,
    pub stance_flip: f64,
    pub stance_shift: f64,
    pub stance_appeared: f64,
}

/// Closed lists of words in their normal form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordLists {
    pub provider: HashSet<String>,
    pub user: HashSet<String>,
    pub harm: HashSet<String>,
    pub protective: HashSet<String>,
    pub choice: HashSet<String>,
    pub practice: HashSet<String>,
    pub stop: HashSet<String>,
    pub entity: HashSet<String>,
    pub reference: HashSet<String>,
    pub negators: HashSet<String>,
    pub units: HashSet<String>,
    pub furniture: HashSet<String>,
    pub furniture_lines: Vec<String>,
    pub opposites: Vec<(String, String)>,
}

/// Phrases of one meaning.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    pub name: String,
    /// Where the phrase is gained or lost inside a sentence that stands on both sides.
    pub weight: f64,
    /// Where the whole sentence is new or gone.
    pub added: f64,
    /// Whom gaining the phrase favours.
    pub direction: Direction,
    pub gained: ChangeLabel,
    pub lost: ChangeLabel,
    pub phrases: Vec<String>,
}

/// A group of readers that a passage may name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub kind: GroupKind,
    pub name: String,
    pub phrases: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds it equal to the public version"))]
    version: i32,
    thresholds: Thresholds,
    weights: Weights,
    words: WordLists,
    cue: Vec<Cue>,
    group: Vec<Group>,
}

/// The compiled rules.
#[derive(Debug)]
pub struct Rules {
    pub thresholds: Thresholds,
    pub weights: Weights,
    pub words: WordLists,
    pub cues: Vec<Cue>,
    pub groups: Vec<Group>,
    /// Lines that belong to the page, whole and in lower case.
    pub furniture_lines: Option<RegexSet>,
    phrases: Phrases,
    names: Phrases,
}

/// Phrases to look for, and whose they are.
#[derive(Debug, Default)]
struct Phrases {
    automaton: Option<AhoCorasick>,
    /// Owner and phrase of each pattern.
    owners: Vec<(usize, usize)>,
}

/// A phrase found in a passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Index of the cue.
    pub cue: usize,
    /// Index of the phrase within the cue.
    pub phrase: usize,
    /// First word.
    pub first: usize,
    /// One past the last word.
    pub last: usize,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::compile(toml::from_str(SOURCE).unwrap_or_default()));

/// The rules of this build.
pub fn rules() -> &'static Rules {
    &RULES
}

impl Rules {
    fn compile(file: File) -> Self {
        let lines = file.words.furniture_lines.iter().map(|line| format!("^(?:{line})$"));
        Self {
            furniture_lines: RegexSet::new(lines).ok(),
            thresholds: file.thresholds,
            weights: file.weights,
            words: file.words,
            phrases: Phrases::new(file.cue.iter().map(|cue| cue.phrases.as_slice())),
            names: Phrases::new(file.group.iter().map(|group| group.phrases.as_slice())),
            cues: file.cue,
            groups: file.group,
        }
    }

    /// Every phrase in a passage; one inside a longer one is not counted.
    pub fn find(&self, words: &[Word]) -> Vec<Found> {
        self.phrases.find(words)
    }

    /// Every group that a passage may name; `cue` is the index of the group.
    pub fn find_groups(&self, words: &[Word]) -> Vec<Found> {
        self.names.find(words)
    }
}

impl Phrases {
    fn new<'a>(lists: impl Iterator<Item = &'a [String]>) -> Self {
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        for (owner, phrases) in lists.enumerate() {
            for (index, phrase) in phrases.iter().enumerate() {
                patterns.push(format!(" {phrase} "));
                owners.push((owner, index));
            }
        }
        Self {
            automaton: AhoCorasick::new(&patterns).ok(),
            owners,
        }
    }

    fn find(&self, words: &[Word]) -> Vec<Found> {
        let Some(phrases) = &self.automaton else {
            return Vec::new();
        };
        let mut joined = String::from(" ");
        let mut starts = Vec::with_capacity(words.len() + 1);
        for word in words {
            starts.push(joined.len());
            joined.push_str(&word.form);
            joined.push(' ');
        }
        starts.push(joined.len());
        let mut found: Vec<Found> = phrases
            .find_overlapping_iter(&joined)
            .filter_map(|hit| {
                let (cue, phrase) = self.owners.get(hit.pattern().as_usize()).copied()?;
                let first = starts.binary_search(&(hit.start() + 1)).ok()?;
                let last = starts.binary_search(&hit.end()).ok()?;
                Some(Found {
                    cue,
                    phrase,
                    first,
                    last,
                })
            })
            .collect();
        found.sort_by_key(|hit| (hit.first, usize::MAX - hit.last));
        let mut kept: Vec<Found> = Vec::with_capacity(found.len());
        for hit in found {
            if !kept
                .iter()
                .rev()
                .take(8)
                .any(|longer| longer.first <= hit.first && hit.last <= longer.last)
            {
                kept.push(hit);
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::{File, SOURCE, rules};
    use crate::normal;

    #[test]
    fn the_rules_parse_and_their_version_is_the_public_one() {
        let file: File = toml::from_str(SOURCE).unwrap();
        assert_eq!(file.version, crate::COMPARE_RULE_VERSION);
        assert!(
            file.cue
                .iter()
                .all(|cue| cue.phrases.iter().all(|phrase| *phrase == phrase.to_lowercase()))
        );
        assert_eq!(rules().cues.len(), file.cue.len());
    }

    #[test]
    fn every_line_of_furniture_compiles_and_is_tried_on_lower_case() {
        let lines = rules().furniture_lines.as_ref().unwrap();
        let file: File = toml::from_str(SOURCE).unwrap();
        assert_eq!(lines.len(), file.words.furniture_lines.len());
        assert!(
            file.words
                .furniture_lines
                .iter()
                .all(|line| !line.contains(char::is_uppercase))
        );
    }

    #[test]
    fn the_longest_phrase_at_a_place_is_found() {
        let words = normal::words("We may act without prior notice, at any time.");
        let found = rules().find(&words);
        let phrases: Vec<_> = found
            .iter()
            .map(|hit| rules().cues[hit.cue].phrases[hit.phrase].as_str())
            .collect();
        assert_eq!(phrases, ["without prior notice", "at any time"]);
    }
}
