//! Signals from what is not done: a promise or a prohibition that holds for less, or for more, than before.
//!
//! Invariant: fires only where the negated predicate stands on both sides and a restriction behind it came or went; words
//! that took the place of others are judged elsewhere.

use std::ops::Range;

use atlas_domain::{ChangeLabel, Direction};

use super::{
    change::Passage,
    cues::rules,
    edit::Edit,
    predicate::{Mode, Predicate, Subject, is_in, predicates},
    signals::{Fired, evidence, turned},
};

/// Words that begin a restriction: "for money", "that compete with us".
const LEADS: &[&str] = &[
    "for", "to", "in", "on", "that", "which", "who", "whose", "where", "when", "while", "during", "within", "outside",
    "from", "with", "without", "if", "through", "beyond", "against", "before", "after", "until",
];

/// What came or went behind a promise not to do something, or behind a prohibition.
pub(super) fn changes(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    let old = predicates(edit.old.text, &edit.old.words);
    let new = predicates(edit.new.text, &edit.new.words);
    let same = |one: &Predicate, two: &Predicate| {
        (one.subject, one.mode, one.negated, &one.verb) == (two.subject, two.mode, two.negated, &two.verb)
    };
    let kept: Vec<(&Predicate, &Predicate)> = old
        .iter()
        .filter(|predicate| whom(predicate).is_some())
        .filter_map(|before| Some((before, new.iter().find(|after| same(before, after))?)))
        .collect();
    for (left, right) in &edit.runs {
        let (passage, range, substance, came) = match (left.is_empty(), right.is_empty()) {
            (true, false) => (&edit.new, right, &edit.come, true),
            (false, true) => (&edit.old, left, &edit.gone, false),
            _ => continue,
        };
        if !substance.iter().any(|at| range.contains(at)) || !restricts(passage, range) {
            continue;
        }
        let governing = kept
            .iter()
            .map(|(before, after)| if came { after } else { before })
            .rfind(|predicate| predicate.last <= range.start);
        let Some(narrower) = governing.and_then(|predicate| whom(predicate)) else {
            continue;
        };
        let direction = if came { narrower } else { turned(narrower) };
        let label = match (direction, came) {
            (Direction::Worse, true) => ChangeLabel::ProtectionWeakened,
            (Direction::Worse, false) => ChangeLabel::ChoiceRemoved,
            _ => ChangeLabel::ScopeShift,
        };
        fired.push(Fired {
            name: if came { "narrowed" } else { "widened" },
            weight: rules().weights.narrowed,
            evidence: evidence(passage, range.start, range.end),
            direction,
            label: Some(label),
            hunk: None,
        });
        return;
    }
}

/// Whom it favours that a negated predicate holds for less; `None` for what neither promises nor forbids.
fn whom(predicate: &Predicate) -> Option<Direction> {
    if !predicate.negated || predicate.verb.is_empty() {
        return None;
    }
    match predicate.subject {
        Subject::Provider if is_in(&rules().words.harm, &predicate.verb) => Some(Direction::Worse),
        Subject::User if matches!(predicate.mode, Mode::Permitted | Mode::Binding) => Some(Direction::Better),
        _ => None,
    }
}

/// Whether a run of words is a restriction rather than a member of a list or an aside.
fn restricts(passage: &Passage<'_>, range: &Range<usize>) -> bool {
    let Some(first) = passage.words.get(range.start) else {
        return false;
    };
    let before = range
        .start
        .checked_sub(1)
        .and_then(|at| passage.words.get(at))
        .and_then(|word| passage.text.get(word.end..first.start))
        .unwrap_or_default();
    LEADS.contains(&first.form.as_str()) && !before.contains([',', ';', '(', ':'])
}
