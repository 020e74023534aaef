//! What a hunk says about rights, duties and practices: the rules that fire on it.
//!
//! Invariant: a signal names a rule, the words it fired on, its weight and whom it favours; nothing fires on words that
//! both sides share.

use std::collections::HashMap;

use atlas_domain::{BlockKind, ChangeLabel, Direction};

use super::{
    amounts,
    change::Passage,
    cues::{Found, Rules, rules},
    edit::{Edit, substantive},
    modality, narrowing,
    predicate::{Subject, is_in, predicates},
    quantity::quantities,
    wording,
};
use crate::normal::Word;

/// A rule that fired.
#[derive(Debug, Clone, PartialEq)]
pub struct Fired {
    /// Name of the rule.
    pub name: &'static str,
    /// Its share of the score.
    pub weight: f64,
    /// The words on which it fired.
    pub evidence: String,
    /// Whom it favours.
    pub direction: Direction,
    /// The kind of change it shows.
    pub label: Option<ChangeLabel>,
    /// The hunk on which it fired, once that is known.
    pub hunk: Option<usize>,
}

pub(super) fn evidence(passage: &Passage<'_>, first: usize, last: usize) -> String {
    let start = passage.words.get(first).map_or(0, |word| word.start);
    let end = last
        .checked_sub(1)
        .and_then(|last| passage.words.get(last))
        .map_or(start, |word| word.end);
    passage
        .text
        .get(start..end)
        .unwrap_or_default()
        .chars()
        .take(160)
        .collect()
}

pub(super) const fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::Better => Direction::Worse,
        Direction::Worse => Direction::Better,
        other => other,
    }
}

/// What fires on a sentence that stands on both sides.
pub fn modified(edit: &Edit<'_>) -> Vec<Fired> {
    let rules = rules();
    let weights = &rules.weights;
    let mut fired = Vec::new();
    if edit.gone.is_empty()
        && edit.come.is_empty()
        && !edit
            .runs
            .iter()
            .any(|(left, right)| modal_run(&edit.old.words, left) || modal_run(&edit.new.words, right))
    {
        if edit.dates {
            fired.push(neutral(date_name(edit), weights.date, date_words(edit), None));
        }
        if let Some(renamed) = &edit.renamed {
            fired.push(neutral("rename", weights.rename, renamed.clone(), None));
        }
        return fired;
    }
    modality::changes(edit, &mut fired);
    cue_changes(rules, edit, &mut fired);
    let binds = |passage: &Passage<'_>| {
        let found = predicates(passage.text, &passage.words);
        found.iter().any(|predicate| predicate.subject != Subject::Other)
    };
    if fired.iter().any(|signal| signal.name == "plan") && (binds(&edit.old) || binds(&edit.new)) {
        // A promise, leave or duty that holds for other people than before.
        for signal in fired.iter_mut().filter(|signal| signal.name == "plan") {
            signal.weight = weights.scope_binding;
        }
    }
    amounts::changes(edit, &mut fired);
    narrowing::changes(edit, &mut fired);
    wording::changes(rules, edit, &mut fired);
    // A choice or exception that comes with a reversal softens it; it is no gain of its own.
    if fired
        .iter()
        .any(|signal| signal.name == "reversal" && signal.direction == Direction::Worse)
    {
        for signal in fired
            .iter_mut()
            .filter(|signal| matches!(signal.name, "consent" | "exception" | "prohibition"))
        {
            signal.direction = Direction::Neutral;
        }
    }
    fired
}

pub(super) fn neutral(name: &'static str, weight: f64, evidence: String, label: Option<ChangeLabel>) -> Fired {
    Fired {
        name,
        weight,
        evidence,
        direction: Direction::Neutral,
        label,
        hunk: None,
    }
}

/// The day from which a text holds is a class of its own.
pub(super) fn date_name(edit: &Edit<'_>) -> &'static str {
    let effect = |word: &Word| matches!(word.form.as_str(), "effective" | "effect" | "force");
    if edit.new.words.iter().chain(&edit.old.words).any(effect) {
        "effective-date"
    } else {
        "date"
    }
}

pub(super) fn date_words(edit: &Edit<'_>) -> String {
    edit.runs.first().map_or_else(String::new, |(left, right)| {
        format!(
            "{} → {}",
            evidence(&edit.old, left.start, left.end),
            evidence(&edit.new, right.start, right.end)
        )
    })
}

pub(super) fn modal_run(words: &[Word], range: &std::ops::Range<usize>) -> bool {
    words.get(range.clone()).unwrap_or_default().iter().any(|word| {
        rules().words.negators.contains(&word.form)
            || matches!(
                word.form.as_str(),
                "may" | "will" | "shall" | "must" | "can" | "should" | "might" | "could"
            )
    })
}

/// Cues whose phrases do not stand for one another: "opt in" and "opt out" are two things.
const OPPOSED: &[&str] = &[
    "consent",
    "prohibition",
    "law",
    "scope",
    "practice",
    "unbounded",
    "region",
    "security",
];

fn cue_changes(rules: &Rules, edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let (old, new) = (rules.find(&edit.old.words), rules.find(&edit.new.words));
    let mut counts: HashMap<(usize, usize), i32> = HashMap::new();
    for found in &old {
        *counts.entry((found.cue, found.phrase)).or_default() -= 1;
    }
    for found in &new {
        *counts.entry((found.cue, found.phrase)).or_default() += 1;
    }
    for (index, cue) in rules.cues.iter().enumerate() {
        let pick = |found: &[Found], sign: i32| {
            found
                .iter()
                .find(|hit| {
                    hit.cue == index
                        && counts
                            .get(&(hit.cue, hit.phrase))
                            .is_some_and(|count| count.signum() == sign)
                })
                .copied()
        };
        let (lost, gained) = (pick(&old, -1), pick(&new, 1));
        let swapped = lost.is_some() && gained.is_some() && !OPPOSED.contains(&cue.name.as_str());
        let weight = if swapped { cue.weight / 4.0 } else { cue.weight };
        let name = cue_name(&cue.name);
        if let Some(hit) = gained {
            fired.push(Fired {
                name,
                weight,
                evidence: evidence(&edit.new, hit.first, hit.last),
                direction: cue.direction,
                label: Some(cue.gained),
                hunk: None,
            });
        }
        if let Some(hit) = lost {
            fired.push(Fired {
                name,
                weight,
                evidence: evidence(&edit.old, hit.first, hit.last),
                direction: turned(cue.direction),
                label: Some(cue.lost),
                hunk: None,
            });
        }
    }
}

/// The cue's name for as long as the program runs: the rules are compiled in and parsed once.
fn cue_name(name: &str) -> &'static str {
    rules()
        .cues
        .iter()
        .find(|cue| cue.name == name)
        .map_or("cue", |cue| cue.name.as_str())
}

pub(super) fn to_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// What fires on a passage that is new (`gained`) or gone.
pub fn one_sided(passage: &Passage<'_>, gained: bool) -> Vec<Fired> {
    let rules = rules();
    let weights = &rules.weights;
    let mut fired = Vec::new();
    let words = (0..passage.words.len())
        .filter(|at| substantive(&passage.words, *at))
        .count();
    let whole = || evidence(passage, 0, passage.words.len());
    if passage.kind == Some(BlockKind::Heading) {
        fired.push(neutral("heading", weights.passage_base / 2.0, whole(), None));
        return fired;
    }
    fired.extend(
        predicates(passage.text, &passage.words)
            .iter()
            .filter_map(|found| modality::one(passage, found, gained)),
    );
    for hit in rules.find(&passage.words) {
        let Some(cue) = rules.cues.get(hit.cue).filter(|cue| cue.added > 0.0) else {
            continue;
        };
        fired.push(Fired {
            name: cue_name(&cue.name),
            weight: cue.added,
            evidence: evidence(passage, hit.first, hit.last),
            direction: if gained { cue.direction } else { turned(cue.direction) },
            label: Some(if gained { cue.gained } else { cue.lost }),
            hunk: None,
        });
    }
    // "Third parties" in a right or a promise is no sharing of its own.
    if fired.iter().any(|signal| matches!(signal.name, "right" | "promise")) {
        for signal in fired
            .iter_mut()
            .filter(|signal| matches!(signal.name, "sharing" | "practice" | "unbounded" | "prohibition"))
        {
            signal.direction = Direction::Neutral;
            if signal.label == Some(ChangeLabel::ProtectionAdded) {
                signal.label = None;
            }
        }
    }
    if let Some(found) = quantities(&passage.words)
        .into_iter()
        .find(|found| !found.unit.is_empty())
    {
        fired.push(neutral(
            "quantity",
            weights.quantity_stated,
            evidence(passage, found.at.saturating_sub(1), found.at + 2),
            Some(ChangeLabel::NumberChange),
        ));
    }
    if let Some(at) = practice(&passage.words) {
        let label = if gained {
            ChangeLabel::PermissionAdded
        } else {
            ChangeLabel::TransparencyRemoved
        };
        fired.push(Fired {
            name: "practice",
            weight: weights.practice,
            evidence: evidence(passage, at, at + 4),
            direction: if gained { Direction::Worse } else { Direction::Neutral },
            label: Some(label),
            hunk: None,
        });
    }
    if matches!(passage.kind, Some(BlockKind::ListItem | BlockKind::TableRow)) && words > 0 {
        let stem = crate::normal::words(&format!("{} {}", passage.heading, passage.stem));
        let binding = stem.iter().any(|word| {
            let word = word.form.as_str();
            is_in(&rules.words.harm, word)
                || rules.words.negators.contains(word)
                || matches!(
                    word,
                    "must"
                        | "may"
                        | "prohibited"
                        | "subprocessors"
                        | "sub-processors"
                        | "recipients"
                        | "purposes"
                        | "disallowed"
                        | "required"
                )
        });
        let weight = if binding {
            weights.list_block_binding
        } else {
            weights.list_block
        };
        fired.push(neutral("list-item", weight, whole(), Some(ChangeLabel::ScopeShift)));
    }
    let weight = (weights.passage_base + weights.passage_word * to_f64(words)).min(weights.passage_most);
    fired.push(neutral(
        if gained { "passage-added" } else { "passage-removed" },
        if words == 0 { 0.0 } else { weight },
        whole(),
        None,
    ));
    fired
}

/// "We share …", "we collect …" without a modal.
fn practice(words: &[Word]) -> Option<usize> {
    let lists = &rules().words;
    let modal = |at: usize| {
        words.get(at).is_some_and(|word| {
            matches!(
                word.form.as_str(),
                "will" | "may" | "can" | "not" | "must" | "shall" | "don't"
            )
        })
    };
    (0..words.len()).find(|at| {
        words.get(*at).is_some_and(|word| word.form == "we")
            && (at + 1..at + 4)
                .find(|next| words.get(*next).is_some_and(|word| is_in(&lists.harm, &word.form)))
                .is_some_and(|verb| !(at + 1..verb).any(modal))
    })
}
