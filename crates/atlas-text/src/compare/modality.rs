//! Signals from who may, must or will not do what: modals and negations gained, lost and turned.
//!
//! Invariant: predicates that both sides share cancel out first, so that only a difference fires.

use atlas_domain::{ChangeLabel, Direction};

use super::{
    change::Passage,
    cues::rules,
    edit::Edit,
    predicate::{Mode, Predicate, Subject, is_in, predicates, same_verb},
    signals::{Fired, evidence, turned},
};

/// Old times new words of one replacement in which opposites are looked for.
const MAX_OPPOSED: usize = 64;

pub(super) fn changes(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
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
        let stays = edit.new.words.iter().any(|word| same_verb(&word.form, &old.verb));
        if old.negated && stays && old.subject != Subject::User {
            let words = evidence(&edit.old, old.first, old.last);
            fired.push(reversal(edit, &old.verb, true, words));
        } else if let Some(signal) = one(&edit.old, &old, false) {
            fired.push(signal);
        }
    }
    fired.extend(gained.iter().filter_map(|new| one(&edit.new, new, true)));
    polarity(edit, fired);
}

/// A negation came or went where no predicate tells whose it is: "calls are not recorded" → "calls are recorded".
fn polarity(edit: &Edit<'_>, fired: &mut Vec<Fired>) {
    if fired.iter().any(|signal| {
        matches!(
            signal.name,
            "reversal" | "modality" | "promise" | "permission" | "right" | "duty"
        )
    }) {
        return;
    }
    let negations = |passage: &Passage<'_>, range: &std::ops::Range<usize>| -> Vec<usize> {
        let negator = |at: &usize| {
            let form = |at: usize| passage.words.get(at).map_or("", |word| word.form.as_str());
            let number = form(*at) == "no" && form(at + 1).starts_with(|c: char| c.is_ascii_digit());
            rules().words.negators.contains(form(*at)) && !number
        };
        range.clone().filter(negator).collect()
    };
    let lost: Vec<usize> = edit
        .runs
        .iter()
        .flat_map(|(left, _)| negations(&edit.old, left))
        .collect();
    let gained: Vec<usize> = edit
        .runs
        .iter()
        .flat_map(|(_, right)| negations(&edit.new, right))
        .collect();
    if lost.len() == gained.len() {
        fired.extend(opposed(edit));
        return;
    }
    let words = match (lost.first(), gained.first()) {
        (Some(at), _) if lost.len() > gained.len() => evidence(&edit.old, at.saturating_sub(2), at + 3),
        (_, Some(at)) => evidence(&edit.new, at.saturating_sub(2), at + 3),
        _ => String::new(),
    };
    fired.push(Fired {
        name: "polarity",
        weight: rules().weights.polarity,
        evidence: words,
        direction: Direction::Neutral,
        label: Some(ChangeLabel::ScopeShift),
        hunk: None,
    });
}

/// A word stands in the place of its opposite: "switched on" → "switched off".
fn opposed(edit: &Edit<'_>) -> Option<Fired> {
    let word = |passage: &Passage<'_>, at: usize| passage.words.get(at).map_or(String::new(), |word| word.form.clone());
    let opposites = &rules().words.opposites;
    let (left, right) = edit
        .runs
        .iter()
        .filter(|(left, right)| left.len().saturating_mul(right.len()) <= MAX_OPPOSED)
        .flat_map(|(left, right)| left.clone().flat_map(|a| right.clone().map(move |b| (a, b))))
        .find(|(a, b)| {
            let (old, new) = (word(&edit.old, *a), word(&edit.new, *b));
            opposites
                .iter()
                .any(|(one, two)| old == *one && new == *two || old == *two && new == *one)
        })?;
    Some(Fired {
        name: "polarity",
        weight: rules().weights.polarity,
        evidence: format!(
            "{} → {}",
            evidence(&edit.old, left.saturating_sub(1), left + 1),
            evidence(&edit.new, right.saturating_sub(1), right + 1)
        ),
        direction: Direction::Neutral,
        label: Some(ChangeLabel::ScopeShift),
        hunk: None,
    })
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
        hunk: None,
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
        hunk: None,
    }
}

/// What a predicate means that is new (`gained`) or gone.
pub(super) fn one(passage: &Passage<'_>, found: &Predicate, gained: bool) -> Option<Fired> {
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
            ChangeLabel::ScopeShift,
        ),
        (Subject::Provider, _, true) if harm => {
            ("promise", weights.promise, Better, ProtectionAdded, ProtectionRemoved)
        }
        // "We will not discriminate": whatever it is, it was promised.
        (Subject::Provider, Mode::Binding, true) => {
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
        (Subject::User | Subject::Other, _, _) => return None,
    };
    Some(Fired {
        name,
        weight,
        evidence: evidence(passage, found.first, found.last),
        direction: if gained { direction } else { turned(direction) },
        label: Some(if gained { gain } else { loss }),
        hunk: None,
    })
}
