//! Signals from periods, caps, prices and shares that changed.
//!
//! Invariant: equal quantities cancel out; whom more of something favours is told by what is counted.

use atlas_domain::{ChangeLabel, Direction};

use super::{
    change::Passage,
    cues::rules,
    edit::Edit,
    predicate::{Mode, Subject, predicates},
    quantity::quantities,
    signals::{Fired, evidence, turned},
};

pub(super) fn changes(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
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
    let bound = match (lost.as_slice(), gained.as_slice()) {
        ([old], []) if is_bound(&edit.old, old.at) => Some((&edit.old, old.at, false)),
        ([], [new]) if is_bound(&edit.new, new.at) => Some((&edit.new, new.at, true)),
        _ => None,
    };
    if let Some((passage, at, came)) = bound {
        fired.push(bounded(passage, at, came, weight));
        return;
    }
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
        hunk: None,
    });
}

/// Words that make a period a bound on what somebody has to do.
const BOUNDS: &[&str] = &["within", "latest", "later", "least", "exceed", "maximum", "most"];

fn is_bound(passage: &Passage<'_>, at: usize) -> bool {
    let before = passage.words.get(at.saturating_sub(3)..at).unwrap_or_default();
    before.iter().any(|word| BOUNDS.contains(&word.form.as_str()))
}

/// "Within 72 hours" went or came: who has to keep to it tells whom that favours.
fn bounded(passage: &Passage<'_>, at: usize, came: bool, weight: f64) -> Fired {
    let found = predicates(passage.text, &passage.words);
    let owed = found
        .iter()
        .any(|one| one.subject == Subject::User && one.mode == Mode::Binding);
    let gain = if owed { Direction::Worse } else { Direction::Better };
    let (gained, lost) = if owed {
        (ChangeLabel::ChoiceRemoved, ChangeLabel::ChoiceAdded)
    } else {
        (ChangeLabel::ProtectionAdded, ChangeLabel::ProtectionWeakened)
    };
    Fired {
        name: "bound",
        weight,
        evidence: evidence(passage, at.saturating_sub(1), at + 2),
        direction: if came { gain } else { turned(gain) },
        label: Some(if came { gained } else { lost }),
        hunk: None,
    }
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
