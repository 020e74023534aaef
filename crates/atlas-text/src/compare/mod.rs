//! Two texts to a judged difference: aligned sentences, hunks, signals, rank.
//!
//! Invariant: deterministic; every hunk's text equals its side's text at its offsets; comparing a text with itself
//! yields no hunk and `cosmetic`; the rules are data with a version of their own.

mod affected;
mod align;
mod amounts;
mod change;
mod cues;
mod dates;
mod edit;
mod furniture;
mod judge;
mod links;
mod modality;
mod narrowing;
mod plain;
mod predicate;
mod quantity;
mod signals;
mod similarity;
mod stances;
mod units;
mod wording;

use atlas_domain::{Comparison, Favours, Hunk, HunkKind, PolicyText, Reading, Stance};

use change::{Change, hunk_side};
pub use dates::stated_effective_date;
use units::Side;

/// Version of the rules in `rules/materiality.toml` and of the code that applies them. A comparison by another version
/// is never shown as a change by a platform.
pub const COMPARE_RULE_VERSION: i32 = 3;

/// Compares two texts.
pub fn compare(old: &PolicyText, new: &PolicyText) -> Comparison {
    compare_with_readings(old, new, &[], &[], &|_, _| Favours::Neither)
}

/// Compares two texts, and what a detector read in them; `favours` says whom a stance of a provision type favours.
pub fn compare_with_readings(
    old: &PolicyText,
    new: &PolicyText,
    old_readings: &[Reading],
    new_readings: &[Reading],
    favours: &dyn Fn(&str, Stance) -> Favours,
) -> Comparison {
    let (before, after) = (Side::new(old), Side::new(new));
    let alignment = align::align(&before, &after);
    let mut changes = change::changes(&alignment, &before, &after);
    changes.extend(links::retargeted(&alignment, &before, &after));
    changes.sort_by_key(|change| (change.place, change.old.first().copied()));
    let fired = judge::judge(&changes, &before, &after);
    let (hunks, places) = hunks(&changes, &before, &after);
    let sides = hunks
        .iter()
        .map(|hunk| (hunk.old.as_ref(), hunk.new.as_ref(), hunk.kind))
        .collect();
    let stances = stances::signals(&sides, old_readings, new_readings, favours);
    let verdict = judge::verdict(&changes, fired, &places, stances);
    Comparison {
        materiality: verdict.materiality,
        direction: verdict.direction,
        labels: verdict.labels,
        effective_date: dates::effective_date(new),
        retroactive: affected::retroactive(&hunks),
        affected: affected::groups(&hunks),
        hunks,
        signals: verdict.signals,
        rule_version: COMPARE_RULE_VERSION,
    }
}

/// Hunks of the changes, and the hunk of each change; neighbours of one kind in one block become one hunk.
fn hunks(changes: &[Change], old: &Side<'_>, new: &Side<'_>) -> (Vec<Hunk>, Vec<usize>) {
    let mut merged: Vec<Change> = Vec::new();
    let mut places = Vec::with_capacity(changes.len());
    for change in changes {
        if let Some(last) = merged.last_mut()
            && follows(last, change, old, new)
        {
            last.old.extend(&change.old);
            last.new.extend(&change.new);
            places.push(merged.len() - 1);
            continue;
        }
        places.push(merged.len());
        merged.push(change.clone());
    }
    let hunks = merged
        .iter()
        .map(|change| Hunk {
            kind: change.kind,
            old: hunk_side(old, &change.old),
            new: hunk_side(new, &change.new),
            reason: change.reason,
        })
        .collect();
    (hunks, places)
}

fn follows(last: &Change, next: &Change, old: &Side<'_>, new: &Side<'_>) -> bool {
    if last.kind != next.kind
        || last.reason != next.reason
        || matches!(next.kind, HunkKind::Modified)
        || last.retargeted.is_some()
    {
        return false;
    }
    let neighbours = |side: &Side<'_>, left: &[usize], right: &[usize]| match (left.last(), right.first()) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a + 1 == *b && side.unit(*a).map(|unit| unit.block) == side.unit(*b).map(|unit| unit.block)
        }
        _ => false,
    };
    neighbours(old, &last.old, &next.old) && neighbours(new, &last.new, &next.new)
}
