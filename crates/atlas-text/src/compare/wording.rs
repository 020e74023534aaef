//! Signals from the remaining words: law and parties, members of coordinations, plain wording.
//!
//! Invariant: fires on substantive words only; wording alone never reaches `material` in a language we can read.

use atlas_domain::{BlockKind, ChangeLabel, Direction};

use super::{
    change::Passage,
    cues::{Found, Rules, rules},
    edit::Edit,
    quantity::{Role, role},
    signals::{Fired, date_name, date_words, evidence, modal_run, neutral, to_f64},
};
use crate::normal::Word;

pub(super) fn changes(rules: &Rules, edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let weights = &rules.weights;
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
    let found = [rules.find(&edit.old.words), rules.find(&edit.new.words)];
    let law = found.iter().flatten().any(|hit| names(rules, hit, "law"));
    if law && (!edit.gone.is_empty() || !edit.come.is_empty()) {
        fired.push(neutral(
            "law",
            weights.law_words,
            changed(12),
            Some(ChangeLabel::PartyOrLawChange),
        ));
    }
    // Who answers for what: no word of it is replaced for nothing.
    let liability = found
        .iter()
        .all(|side| side.iter().any(|hit| names(rules, hit, "waiver")));
    if liability && !edit.gone.is_empty() && !edit.come.is_empty() {
        fired.push(neutral(
            "liability",
            weights.liability_words,
            changed(12),
            Some(ChangeLabel::ScopeShift),
        ));
    }
    if entity(rules, &edit.old, &edit.gone) || entity(rules, &edit.new, &edit.come) || recipient(rules, edit) {
        fired.push(neutral(
            "party",
            weights.party,
            changed(12),
            Some(ChangeLabel::PartyOrLawChange),
        ));
    }
    list_items(rules, edit, fired);
    if edit.dates {
        fired.push(neutral(date_name(edit), weights.date, date_words(edit), None));
    }
    let count = edit.gone.len().max(edit.come.len());
    if count > 0 {
        let foreign = count >= 3 && is_foreign(&edit.new.words);
        let weight = (weights.wording_base + weights.wording_word * to_f64(count)).min(weights.wording_most);
        let weight = if foreign { weights.wording_foreign } else { weight };
        fired.push(neutral("wording", weight, changed(12), None));
    }
}

fn names(rules: &Rules, hit: &Found, name: &str) -> bool {
    rules.cues.get(hit.cue).is_some_and(|cue| cue.name == name)
}

/// Whether one of the words makes a legal entity of the name before it: "Acme Ltd", not "a limited licence".
fn entity(rules: &Rules, passage: &Passage<'_>, words: &[usize]) -> bool {
    let capital = |at: usize| {
        let word = passage
            .words
            .get(at)
            .and_then(|word| passage.text.get(word.start..word.end));
        word.is_some_and(|word| word.starts_with(char::is_uppercase))
    };
    words.iter().any(|at| {
        let known = passage
            .words
            .get(*at)
            .is_some_and(|word| rules.words.entity.contains(&word.form));
        known && at.checked_sub(1).is_some_and(capital)
    })
}

/// Verbs by which something goes to somebody.
const GIVES: &[&str] = &[
    "share",
    "shared",
    "shares",
    "disclose",
    "disclosed",
    "transfer",
    "transferred",
    "send",
    "sent",
    "sell",
    "sold",
    "processed",
    "stored",
    "hosted",
    "provided",
    "passed",
];

/// "Transferred to Acme" → "transferred to Beta": another recipient.
fn recipient(rules: &Rules, edit: &Edit<'_>) -> bool {
    let name = |passage: &Passage<'_>, range: &std::ops::Range<usize>| {
        (1..=3).contains(&range.len())
            && passage.words.get(range.clone()).unwrap_or_default().iter().all(|word| {
                let written = passage.text.get(word.start..word.end).unwrap_or_default();
                written.starts_with(char::is_uppercase) && !rules.words.user.contains(&word.form)
            })
    };
    let gives = |word: &Word| GIVES.contains(&word.form.as_str());
    edit.runs.iter().any(|(left, right)| {
        let kept = edit.gone.iter().any(|at| left.contains(at)) && edit.come.iter().any(|at| right.contains(at));
        let before = left.start.checked_sub(1).and_then(|at| edit.old.words.get(at));
        kept && before.is_some_and(|word| matches!(word.form.as_str(), "to" | "with" | "by"))
            && name(&edit.old, left)
            && name(&edit.new, right)
            && edit.old.words.get(..left.start).unwrap_or_default().iter().any(gives)
    })
}

/// Words of a list item or table row up to which a changed word makes it another item.
const SHORT_ITEM: usize = 8;

/// A member of a coordination ("vendors and advertising partners") that came or went.
fn list_items(rules: &Rules, edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let practice = edit
        .old
        .words
        .iter()
        .chain(&edit.new.words)
        .any(|word| rules.words.practice.contains(&word.form));
    let weight = if practice {
        rules.weights.list_item
    } else {
        rules.weights.list_item_plain
    };
    let item = matches!(edit.new.kind, Some(BlockKind::ListItem | BlockKind::TableRow));
    if item && edit.new.words.len() <= SHORT_ITEM && !edit.gone.is_empty() && !edit.come.is_empty() {
        let words = format!("{} → {}", edit.old.text, edit.new.text);
        fired.push(neutral(
            "list-item",
            rules.weights.list_item_plain,
            words,
            Some(ChangeLabel::ScopeShift),
        ));
    }
    for (left, right) in &edit.runs {
        let (passage, range, gained) = match (left.is_empty(), right.is_empty()) {
            (true, false) => (&edit.new, right, true),
            (false, true) => (&edit.old, left, false),
            _ => continue,
        };
        let kept = if gained { &edit.come } else { &edit.gone };
        let words = range.clone().filter(|at| kept.contains(at)).count();
        let binding = modal_run(&passage.words, range);
        let counted = range.clone().any(|at| role(&passage.words, at) == Role::Quantity);
        if words == 0 || words > 14 || binding || counted {
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
            // Only in what is done with data is more of something known to be worse.
            let direction = match (practice, gained) {
                (false, _) => Direction::Neutral,
                (true, true) => Direction::Worse,
                (true, false) => Direction::Better,
            };
            let label = if gained {
                ChangeLabel::PermissionWidened
            } else {
                ChangeLabel::ScopeShift
            };
            fired.push(Fired {
                name: "list-item",
                weight,
                evidence: evidence(passage, range.start, range.end),
                direction,
                label: Some(label),
                hunk: None,
            });
        }
    }
}

/// Whether hardly any word is an English stop word, so that silence of the cues says nothing.
fn is_foreign(words: &[Word]) -> bool {
    let english = words
        .iter()
        .filter(|word| rules().words.stop.contains(&word.form))
        .count();
    words.len() >= 8 && english * 100 < words.len() * 15
}
