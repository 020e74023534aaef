//! One difference on its way to becoming a hunk: the units on both sides and their words.
//!
//! Invariant: at least one side has units; units of a side are neighbours in the text.

use std::collections::HashMap;

use atlas_domain::{BlockKind, HunkKind, HunkSide, IgnoredReason};

use super::{
    align::{Alignment, Bond},
    plain,
    units::{Side, Unit},
};
use crate::normal::{self, Word};

/// A difference between two texts.
#[derive(Debug, Clone)]
pub struct Change {
    /// What happened.
    pub kind: HunkKind,
    /// Units of the old text, in order.
    pub old: Vec<usize>,
    /// Units of the new text, in order.
    pub new: Vec<usize>,
    /// Where it stands: a byte offset in the new text, and whether it stands before what is there.
    pub place: (usize, u8),
    /// Links lead elsewhere: old and new target.
    pub retargeted: Option<(String, String)>,
    /// Why it is ignored.
    pub reason: Option<IgnoredReason>,
}

/// A passage of one side with its words, as the judge reads it.
#[derive(Debug, Default)]
pub struct Passage<'a> {
    /// The characters.
    pub text: &'a str,
    /// Its normalised words; offsets into `text`.
    pub words: Vec<Word>,
    /// What introduces it, if it is an item or a row.
    pub stem: &'a str,
    /// The heading that governs it.
    pub heading: &'a str,
    /// What block it stands in.
    pub kind: Option<BlockKind>,
}

/// The passage that some neighbouring units of a side make.
pub fn passage<'a>(side: &Side<'a>, units: &[usize]) -> Passage<'a> {
    let (Some(first), Some(last)) = (
        units.first().and_then(|unit| side.unit(*unit)),
        units.last().and_then(|unit| side.unit(*unit)),
    ) else {
        return Passage::default();
    };
    let text = side.text.slice(first.start, last.end);
    let lead = units.first().copied().unwrap_or_default();
    Passage {
        text,
        words: plain::words(text),
        stem: side.stem_of(lead),
        heading: side.heading_of(lead),
        kind: side.block_of(lead).map(|block| block.kind),
    }
}

/// One side of the hunk; `None` without units.
pub fn hunk_side(side: &Side<'_>, units: &[usize]) -> Option<HunkSide> {
    let first = side.unit(*units.first()?)?;
    let last = side.unit(*units.last()?)?;
    Some(HunkSide {
        text: side.text.slice(first.start, last.end).to_owned(),
        start: first.start,
        end: last.end,
        heading: side.heading_of(*units.first()?).to_owned(),
    })
}

/// The differences that an alignment shows, in the order of the new text. Links are looked at elsewhere.
pub fn changes(alignment: &Alignment, old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    let extras = absorbed(alignment, old, new);
    let groups: HashMap<usize, &(Vec<usize>, Vec<usize>)> = alignment
        .regrouped
        .iter()
        .filter_map(|group| Some((*group.1.first()?, group)))
        .collect();
    for (unit, pair) in alignment.new.iter().enumerate() {
        let place = (new.unit(unit).map_or(0, |unit| unit.start), 1);
        let change = |kind, old: Vec<usize>, new: Vec<usize>| Change {
            kind,
            old,
            new,
            place,
            retargeted: None,
            reason: None,
        };
        let ignored = |old, new, reason| Change {
            reason: Some(reason),
            ..change(HunkKind::Ignored, old, new)
        };
        match pair {
            Some((_, Bond::Identical)) => {}
            Some((twin, Bond::Normal)) => {
                let reason = retouched(old.unit(*twin), new.unit(unit));
                found.push(ignored(vec![*twin], vec![unit], reason));
            }
            Some((twin, Bond::Moved)) => found.push(change(HunkKind::Moved, vec![*twin], vec![unit])),
            Some((_, Bond::Regrouped)) => {
                if let Some((left, right)) = groups.get(&unit) {
                    found.push(ignored(left.clone(), right.clone(), IgnoredReason::Regrouped));
                }
            }
            Some((twin, Bond::Similar)) => {
                let left = with_neighbours(*twin, &extras.old);
                let right = with_neighbours(unit, &extras.new);
                let reason = silent(alignment.loose_old.get(twin)).and(silent(alignment.loose_new.get(&unit)));
                found.push(match reason {
                    Some(reason) => ignored(left, right, reason),
                    None => change(HunkKind::Modified, left, right),
                });
            }
            None if extras.new.contains_key(&unit) => {}
            None => found.push(match silent(alignment.loose_new.get(&unit)) {
                Some(reason) => ignored(Vec::new(), vec![unit], reason),
                None => change(HunkKind::Added, Vec::new(), vec![unit]),
            }),
        }
    }
    let mut before = 0;
    for (unit, pair) in alignment.old.iter().enumerate() {
        match pair {
            Some((twin, bond)) => {
                if *bond != Bond::Moved {
                    before = new.unit(*twin).map_or(before, |twin| twin.end);
                }
            }
            None if extras.old.contains_key(&unit) => {}
            None => {
                let reason = silent(alignment.loose_old.get(&unit));
                found.push(Change {
                    kind: if reason.is_some() {
                        HunkKind::Ignored
                    } else {
                        HunkKind::Removed
                    },
                    old: vec![unit],
                    new: Vec::new(),
                    place: (before, 0),
                    retargeted: None,
                    reason,
                });
            }
        }
    }
    found.sort_by_key(|change| (change.place, change.old.first().copied()));
    found
}

/// Why nobody could rely on a unit: it gives the day of the last update, or has no word at all.
fn silent(loose: Option<&super::units::Loose>) -> Option<IgnoredReason> {
    let loose = loose?;
    if loose.notice {
        return Some(IgnoredReason::UpdateNotice);
    }
    if loose.furniture {
        return Some(IgnoredReason::Furniture);
    }
    // "2.2." alone is an enumerator that lost its title.
    loose.bare.then_some(IgnoredReason::Numbering)
}

/// What differs between two units with the same normal words.
fn retouched(old: Option<&Unit<'_>>, new: Option<&Unit<'_>>) -> IgnoredReason {
    let number = |unit: Option<&Unit<'_>>| {
        let text = unit.map_or("", |unit| unit.text);
        let rest = normal::without_enumerator(text).len();
        text.get(..text.len() - rest).unwrap_or_default().to_owned()
    };
    if number(old) == number(new) {
        IgnoredReason::Typography
    } else {
        IgnoredReason::Numbering
    }
}

#[derive(Default)]
struct Extras {
    old: HashMap<usize, usize>,
    new: HashMap<usize, usize>,
}

/// A unit with the neighbours that belong to it, in order.
fn with_neighbours(unit: usize, extras: &HashMap<usize, usize>) -> Vec<usize> {
    let belongs = |neighbour: &usize| extras.get(neighbour) == Some(&unit);
    let before = unit.checked_sub(1).filter(belongs);
    before
        .into_iter()
        .chain([unit])
        .chain(Some(unit + 1).filter(belongs))
        .collect()
}

/// Words of a sentence up to which its parts are looked for among its neighbours.
const MAX_ABSORBING: usize = 400;

/// Free neighbours that are a part of a changed sentence that was split or merged: free unit to the unit it belongs to.
fn absorbed(alignment: &Alignment, old: &Side<'_>, new: &Side<'_>) -> Extras {
    let mut extras = Extras::default();
    let words = |side: &Side<'_>, unit: usize| {
        side.unit(unit)
            .map(|unit| {
                plain::words(unit.text)
                    .into_iter()
                    .map(|word| word.form)
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
    };
    for (a, pair) in alignment.old.iter().enumerate() {
        let Some((b, Bond::Similar)) = pair else { continue };
        let (left, right) = (words(old, a), words(new, *b));
        for (side, own, other, at, list, free) in [
            (new, &left, &right, *b, &mut extras.new, &alignment.new),
            (old, &right, &left, a, &mut extras.old, &alignment.old),
        ] {
            for neighbour in [at.checked_sub(1), at.checked_add(1)].into_iter().flatten() {
                let open = free.get(neighbour).is_some_and(Option::is_none) && !list.contains_key(&neighbour);
                let same_block = side.unit(neighbour).map(|unit| unit.block) == side.unit(at).map(|unit| unit.block);
                if !open || !same_block {
                    continue;
                }
                let piece = words(side, neighbour);
                if piece.len().max(own.len()).max(other.len()) > MAX_ABSORBING {
                    continue;
                }
                // Words of the neighbour that the whole sentence has and its partner lacks.
                let mut missing: Vec<&String> = own.iter().collect();
                for word in other {
                    if let Some(found) = missing.iter().position(|known| *known == word) {
                        missing.swap_remove(found);
                    }
                }
                let shared = piece.iter().filter(|word| {
                    missing
                        .iter()
                        .position(|known| known == word)
                        .map(|found| missing.swap_remove(found))
                        .is_some()
                });
                if piece.len() >= 3 && shared.count() * 10 >= piece.len() * 6 {
                    list.insert(neighbour, at);
                }
            }
        }
    }
    extras
}
