//! What a hunk says about rights, duties and practices: the rules that fire on it.
//!
//! Invariant: a signal names a rule, the words it fired on, its weight and whom it favours; nothing fires on words that
//! both sides share.

use std::collections::HashMap;

use atlas_domain::{BlockKind, ChangeLabel, Direction};

use super::{
    change::Passage,
    cues::{Found, Rules, rules},
    edit::{Edit, substantive},
    predicate::{Mode, Predicate, Subject, is_in, predicates},
    quantity::quantities,
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

const fn turned(direction: Direction) -> Direction {
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
            fired.push(neutral("date", weights.date, date_words(edit), None));
        }
        if let Some(renamed) = &edit.renamed {
            fired.push(neutral("rename", weights.rename, renamed.clone(), None));
        }
        return fired;
    }
    predicate_changes(edit, &mut fired);
    cue_changes(rules, edit, &mut fired);
    quantity_changes(edit, &mut fired);
    word_changes(rules, edit, &mut fired);
    fired
}

fn neutral(name: &'static str, weight: f64, evidence: String, label: Option<ChangeLabel>) -> Fired {
    Fired {
        name,
        weight,
        evidence,
        direction: Direction::Neutral,
        label,
    }
}

fn date_words(edit: &Edit<'_>) -> String {
    edit.runs.first().map_or_else(String::new, |(left, right)| {
        format!(
            "{} → {}",
            evidence(&edit.old, left.start, left.end),
            evidence(&edit.new, right.start, right.end)
        )
    })
}

fn modal_run(words: &[Word], range: &std::ops::Range<usize>) -> bool {
    words.get(range.clone()).unwrap_or_default().iter().any(|word| {
        rules().words.negators.contains(&word.form)
            || matches!(
                word.form.as_str(),
                "may" | "will" | "shall" | "must" | "can" | "should" | "might" | "could"
            )
    })
}

fn predicate_changes(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let mut lost = predicates(edit.old.text, &edit.old.words);
    let mut gained = predicates(edit.new.text, &edit.new.words);
    let mut cancel = |same: &dyn Fn(&Predicate, &Predicate) -> bool| {
        gained.retain(|new| match lost.iter().position(|old| same(old, new)) {
            Some(at) => {
                lost.remove(at);
                false
            }
            None => true,
        });
    };
    let mode = |predicate: &Predicate| (predicate.mode, predicate.negated);
    cancel(&|old, new| mode(old) == mode(new) && old.subject == new.subject && old.verb == new.verb);
    cancel(&|old, new| mode(old) == mode(new) && old.verb == new.verb);
    cancel(&|old, new| mode(old) == mode(new) && old.subject == new.subject);
    lost.retain(|predicate| !predicate.verb.is_empty());
    gained.retain(|predicate| !predicate.verb.is_empty());
    // The same actor with another modal or polarity: one change, not a loss and a gain.
    gained.retain(|new| {
        let twin = lost
            .iter()
            .position(|old| old.subject == new.subject && old.verb == new.verb)
            .or_else(|| lost.iter().position(|old| old.subject == new.subject));
        let Some(at) = twin else { return true };
        let old = lost.remove(at);
        fired.push(turn(edit, &old, new));
        false
    });
    for old in lost {
        // "We do not sell" → "We sell": the verb stayed, the negation went.
        let stays = edit.new.words.iter().any(|word| word.form == old.verb);
        if old.negated && stays && old.subject != Subject::User {
            let words = evidence(&edit.old, old.first, old.last);
            fired.push(reversal(edit, &old.verb, true, words));
        } else if let Some(signal) = predicate(&edit.old, &old, false) {
            fired.push(signal);
        }
    }
    fired.extend(gained.iter().filter_map(|new| predicate(&edit.new, new, true)));
}

/// A promise not to do something became leave to do it (`freed`), or the other way round.
fn reversal(edit: &Edit<'_>, verb: &str, freed: bool, evidence: String) -> Fired {
    let rules = rules();
    let harm = is_in(&rules.words.harm, verb);
    let against = if harm {
        Direction::Worse
    } else if is_in(&rules.words.protective, verb) {
        Direction::Better
    } else {
        Direction::Neutral
    };
    let direction = if freed { against } else { turned(against) };
    let choice = rules.find(&edit.new.words).iter().any(|found| {
        rules
            .cues
            .get(found.cue)
            .is_some_and(|cue| matches!(cue.name.as_str(), "consent" | "exception"))
    });
    let weight = match (direction, choice) {
        (Direction::Worse, false) => rules.weights.reversal,
        (Direction::Worse, true) => rules.weights.reversal_qualified,
        _ => rules.weights.restriction,
    };
    let label = match direction {
        Direction::Worse => ChangeLabel::ProtectionRemoved,
        Direction::Better => ChangeLabel::ProtectionAdded,
        _ => ChangeLabel::ScopeShift,
    };
    Fired {
        name: "reversal",
        weight,
        evidence,
        direction,
        label: Some(label),
    }
}

/// One actor's predicate became another.
fn turn(edit: &Edit<'_>, old: &Predicate, new: &Predicate) -> Fired {
    let rules = rules();
    let words = format!(
        "{} → {}",
        evidence(&edit.old, old.first, old.last),
        evidence(&edit.new, new.first, new.last)
    );
    if old.negated != new.negated && old.subject != Subject::User {
        return reversal(edit, &new.verb, old.negated, words);
    }
    let rank = |predicate: &Predicate| match (predicate.mode, predicate.negated) {
        (Mode::Permitted, false) => 0,
        (Mode::Advised, _) => 1,
        (Mode::Stated, _) => 2,
        (Mode::Binding, _) | (Mode::Permitted, true) => 3,
    };
    let tighter = rank(new) > rank(old) || !old.negated && new.negated;
    let (direction, label) = match new.subject {
        Subject::User if old.negated && !new.negated => (Direction::Better, ChangeLabel::ChoiceAdded),
        Subject::User => (
            if tighter { Direction::Worse } else { Direction::Better },
            if tighter {
                ChangeLabel::ChoiceRemoved
            } else {
                ChangeLabel::ChoiceAdded
            },
        ),
        _ if is_in(&rules.words.harm, &new.verb) => (Direction::Neutral, ChangeLabel::PermissionWidened),
        _ if tighter => (Direction::Better, ChangeLabel::ProtectionAdded),
        _ => (Direction::Worse, ChangeLabel::ProtectionWeakened),
    };
    Fired {
        name: "modality",
        weight: rules.weights.modality,
        evidence: words,
        direction,
        label: Some(label),
    }
}

/// What a predicate means that is new (`gained`) or gone.
fn predicate(passage: &Passage<'_>, found: &Predicate, gained: bool) -> Option<Fired> {
    use ChangeLabel::{ChoiceAdded, ChoiceRemoved, PermissionAdded, ProtectionAdded, ProtectionRemoved};
    use Direction::{Better, Neutral, Worse};
    if found.verb.is_empty() {
        return None;
    }
    let rules = rules();
    let (lists, weights) = (&rules.words, &rules.weights);
    let harm = is_in(&lists.harm, &found.verb);
    let protective = is_in(&lists.protective, &found.verb);
    let (name, weight, direction, gain, loss) = match (found.subject, found.mode, found.negated) {
        (Subject::Provider, Mode::Permitted, false) if harm => (
            "permission",
            weights.permission,
            Worse,
            PermissionAdded,
            ProtectionAdded,
        ),
        (Subject::Provider, Mode::Permitted, false) => (
            "permission",
            weights.permission_plain,
            Neutral,
            PermissionAdded,
            PermissionAdded,
        ),
        (Subject::Provider, _, true) if harm => {
            ("promise", weights.promise, Better, ProtectionAdded, ProtectionRemoved)
        }
        (Subject::Provider, Mode::Binding, false) if protective => {
            ("promise", weights.promise, Better, ProtectionAdded, ProtectionRemoved)
        }
        (Subject::Provider, Mode::Binding, false) if harm => (
            "permission",
            weights.permission,
            Worse,
            PermissionAdded,
            ProtectionAdded,
        ),
        (Subject::Provider, _, _) => (
            "promise",
            weights.promise_plain,
            Neutral,
            ProtectionAdded,
            ProtectionRemoved,
        ),
        (Subject::User, Mode::Permitted, false) if is_in(&lists.choice, &found.verb) => {
            ("right", weights.right, Better, ChoiceAdded, ChoiceRemoved)
        }
        (Subject::User, Mode::Permitted, false) => ("right", weights.right_plain, Better, ChoiceAdded, ChoiceRemoved),
        (Subject::User, Mode::Permitted, true) | (Subject::User, Mode::Binding, _) => {
            ("duty", weights.duty, Worse, ChoiceRemoved, ChoiceAdded)
        }
        (Subject::User, _, _) | (Subject::Other, _, _) => return None,
    };
    Some(Fired {
        name,
        weight,
        evidence: evidence(passage, found.first, found.last),
        direction: if gained { direction } else { turned(direction) },
        label: Some(if gained { gain } else { loss }),
    })
}

/// Cues whose phrases do not stand for one another: "opt in" and "opt out" are two things.
const OPPOSED: &[&str] = &["consent", "prohibition", "law", "scope", "practice", "unbounded"];

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
            });
        }
        if let Some(hit) = lost {
            fired.push(Fired {
                name,
                weight,
                evidence: evidence(&edit.old, hit.first, hit.last),
                direction: turned(cue.direction),
                label: Some(cue.lost),
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

fn quantity_changes(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let (mut lost, mut gained) = (quantities(&edit.old.words), quantities(&edit.new.words));
    gained.retain(|new| {
        match lost
            .iter()
            .position(|old| (&old.unit, &old.value) == (&new.unit, &new.value))
        {
            Some(at) => {
                lost.remove(at);
                false
            }
            None => true,
        }
    });
    if lost.is_empty() && gained.is_empty() {
        return;
    }
    let weights = &rules().weights;
    let bare = lost.iter().chain(&gained).all(|quantity| quantity.unit.is_empty());
    let weight = if bare {
        weights.quantity_stated
    } else {
        weights.quantity
    };
    let side = |passage: &Passage<'_>, at: Option<usize>| {
        at.map_or_else(String::new, |at| evidence(passage, at.saturating_sub(1), at + 2))
    };
    let words = format!(
        "{} → {}",
        side(&edit.old, lost.first().map(|found| found.at)),
        side(&edit.new, gained.first().map(|found| found.at))
    );
    let direction = match (lost.first(), gained.first()) {
        (Some(old), Some(new)) => number_direction(edit, hours(&old.value, &old.unit), hours(&new.value, &new.unit)),
        _ => Direction::Neutral,
    };
    fired.push(Fired {
        name: "quantity",
        weight,
        evidence: words,
        direction,
        label: Some(ChangeLabel::NumberChange),
    });
}

fn hours(value: &str, unit: &str) -> Option<f64> {
    let factor = match unit {
        "minute" => 1.0 / 60.0,
        "day" => 24.0,
        "week" => 168.0,
        "month" => 730.0,
        "year" => 8760.0,
        _ => 1.0,
    };
    value.parse::<f64>().ok().map(|number| number * factor)
}

/// Whether more is better depends on what is counted.
fn number_direction(edit: &Edit<'_>, old: Option<f64>, new: Option<f64>) -> Direction {
    let (Some(old), Some(new)) = (old, new) else {
        return Direction::Neutral;
    };
    let said = |words: &[&str]| {
        edit.new
            .words
            .iter()
            .any(|word| words.iter().any(|known| word.form.starts_with(known)))
    };
    let more = if said(&[
        "fee",
        "price",
        "charge",
        "cancel",
        "renew",
        "retain",
        "retention",
        "keep",
        "delet",
        "stor",
        "increase",
    ]) {
        Direction::Worse
    } else if said(&[
        "notice", "notify", "opt", "refund", "liab", "appeal", "object", "cure", "trial",
    ]) {
        Direction::Better
    } else {
        Direction::Neutral
    };
    if new > old { more } else { turned(more) }
}

fn word_changes(rules: &Rules, edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let weights = &rules.weights;
    let any = |list: &std::collections::HashSet<String>| {
        edit.gone
            .iter()
            .filter_map(|at| edit.old.words.get(*at))
            .chain(edit.come.iter().filter_map(|at| edit.new.words.get(*at)))
            .find(|word| list.contains(&word.form))
    };
    let changed = |limit: usize| {
        let list = |passage: &Passage<'_>, at: &[usize]| {
            at.iter()
                .take(limit)
                .map(|at| evidence(passage, *at, at + 1))
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!("{} → {}", list(&edit.old, &edit.gone), list(&edit.new, &edit.come))
    };
    let law = rules
        .find(&edit.new.words)
        .into_iter()
        .chain(rules.find(&edit.old.words))
        .any(|hit| rules.cues.get(hit.cue).is_some_and(|cue| cue.name == "law"));
    if law && (!edit.gone.is_empty() || !edit.come.is_empty()) {
        fired.push(neutral(
            "law",
            weights.law_words,
            changed(12),
            Some(ChangeLabel::PartyOrLawChange),
        ));
    }
    if any(&rules.words.entity).is_some() {
        fired.push(neutral(
            "party",
            weights.party,
            changed(12),
            Some(ChangeLabel::PartyOrLawChange),
        ));
    }
    list_items(rules, edit, fired);
    if edit.dates {
        fired.push(neutral("date", weights.date, date_words(edit), None));
    }
    let count = edit.gone.len().max(edit.come.len());
    if count > 0 {
        let weight = (weights.wording_base + weights.wording_word * to_f64(count)).min(weights.wording_most);
        fired.push(neutral("wording", weight, changed(12), None));
    }
}

/// A member of a coordination ("vendors and advertising partners") that came or went.
fn list_items(rules: &Rules, edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let practice = edit
        .new
        .words
        .iter()
        .any(|word| rules.words.practice.contains(&word.form));
    if !practice {
        return;
    }
    for (left, right) in &edit.runs {
        let (passage, range, gained) = match (left.is_empty(), right.is_empty()) {
            (true, false) => (&edit.new, right, true),
            (false, true) => (&edit.old, left, false),
            _ => continue,
        };
        let kept = if gained { &edit.come } else { &edit.gone };
        let words = range.clone().filter(|at| kept.contains(at)).count();
        if words == 0 || words > 14 {
            continue;
        }
        let from = range
            .start
            .checked_sub(1)
            .and_then(|at| passage.words.get(at))
            .map_or(0, |word| word.end);
        let to = passage
            .words
            .get(range.end)
            .map_or(passage.text.len(), |word| word.start);
        let around = passage.text.get(from..to).unwrap_or_default();
        if around.contains([',', ';'])
            || around
                .split_whitespace()
                .any(|word| matches!(word, "and" | "or" | "&" | "and/or"))
        {
            let direction = if gained { Direction::Worse } else { Direction::Better };
            let label = if gained {
                ChangeLabel::PermissionWidened
            } else {
                ChangeLabel::ScopeShift
            };
            fired.push(Fired {
                name: "list-item",
                weight: rules.weights.list_item,
                evidence: evidence(passage, range.start, range.end),
                direction,
                label: Some(label),
            });
        }
    }
}

fn to_f64(count: usize) -> f64 {
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
            .filter_map(|found| predicate(passage, found, gained)),
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
        });
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
