//! Signals from what a detector read on both sides.
//!
//! Invariant: a provision counts only if a hunk touches its quotation; a difference of readings over unchanged words is
//! the detector's, not the platform's.

use std::collections::BTreeMap;

use atlas_domain::{ChangeLabel, Direction, Favours, HunkKind, HunkSide, Reading, Stance, StanceFamily};

use super::{cues::rules, signals::Fired};

/// The sides of the hunks that count, old and new.
type Sides<'a> = Vec<(Option<&'a HunkSide>, Option<&'a HunkSide>, HunkKind)>;

/// Signals from the readings of both sides; `favours` says whom a stance of a type favours.
pub fn signals(
    sides: &Sides<'_>,
    old: &[Reading],
    new: &[Reading],
    favours: &dyn Fn(&str, Stance) -> Favours,
) -> Vec<Fired> {
    let (places_before, places_after) = (places(sides, false), places(sides, true));
    let mut types: BTreeMap<&str, (Vec<&Reading>, Vec<&Reading>)> = BTreeMap::new();
    for reading in old {
        types.entry(&reading.provision_type).or_default().0.push(reading);
    }
    for reading in new {
        types.entry(&reading.provision_type).or_default().1.push(reading);
    }
    let mut fired = Vec::new();
    for (provision_type, (before, after)) in types {
        let hunk = before
            .iter()
            .filter_map(|reading| touched(&places_before, reading))
            .chain(after.iter().filter_map(|reading| touched(&places_after, reading)))
            .min();
        if hunk.is_none() {
            continue;
        }
        let best = |readings: &[&Reading]| {
            readings
                .iter()
                .max_by(|one, two| one.severity.cmp(&two.severity).then(one.score.total_cmp(&two.score)))
                .map(|reading| (reading.stance, reading.quote.clone()))
        };
        let (was, is) = (best(&before), best(&after));
        let stance = |found: &Option<(Stance, String)>| found.as_ref().map_or(Stance::Silent, |found| found.0);
        let (from, to) = (stance(&was), stance(&is));
        if from == to {
            continue;
        }
        let weights = &rules().weights;
        let flip = matches!(
            (from.family(), to.family()),
            (StanceFamily::Promise, StanceFamily::Permit) | (StanceFamily::Permit, StanceFamily::Promise)
        ) && (from == Stance::Permits || to == Stance::Permits);
        let weight = match (from, to) {
            _ if flip => weights.stance_flip,
            (Stance::Silent, _) | (_, Stance::Silent) => weights.stance_appeared,
            _ => weights.stance_shift,
        };
        let rank = |stance: Stance| match favours(provision_type, stance) {
            Favours::User => 1,
            Favours::Neither => 0,
            Favours::Provider => -1,
        };
        let direction = match rank(to).cmp(&rank(from)) {
            std::cmp::Ordering::Greater => Direction::Better,
            std::cmp::Ordering::Less => Direction::Worse,
            std::cmp::Ordering::Equal => Direction::Neutral,
        };
        let quote = is.or(was).map(|found| found.1).unwrap_or_default();
        fired.push(Fired {
            name: "stance",
            weight,
            evidence: format!(
                "{provision_type}: {from} → {to}: {}",
                quote.chars().take(160).collect::<String>()
            ),
            direction,
            label: Some(label(from, to, direction)),
            hunk,
        });
    }
    fired
}

/// Start, end and number of the hunks that count on one side, in the order of the text; hunks of a side share no word.
fn places(sides: &Sides<'_>, newer: bool) -> Vec<(usize, usize, usize)> {
    let mut places: Vec<_> = sides
        .iter()
        .enumerate()
        .filter(|(_, (.., kind))| !matches!(kind, HunkKind::Ignored | HunkKind::Moved))
        .filter_map(|(hunk, (before, after, _))| {
            let side = if newer { *after } else { *before };
            side.map(|side| (side.start, side.end, hunk))
        })
        .collect();
    places.sort_unstable();
    places
}

/// The first hunk that touches a reading.
fn touched(places: &[(usize, usize, usize)], reading: &Reading) -> Option<usize> {
    let first = places.partition_point(|(_, end, _)| *end <= reading.start);
    let rest = places.get(first..).unwrap_or_default();
    let inside = rest.iter().take_while(|(start, ..)| *start < reading.end);
    inside.map(|(.., hunk)| *hunk).min()
}

fn label(from: Stance, to: Stance, direction: Direction) -> ChangeLabel {
    match (from, to, direction) {
        (Stance::PermitsOptOut | Stance::PermitsOptIn, Stance::Permits, _) => ChangeLabel::ChoiceRemoved,
        (Stance::Permits, Stance::PermitsOptOut | Stance::PermitsOptIn, _) => ChangeLabel::ChoiceAdded,
        (Stance::Permits | Stance::PermitsOptOut | Stance::PermitsOptIn, Stance::Silent, _) => {
            ChangeLabel::TransparencyRemoved
        }
        (_, _, Direction::Better) => ChangeLabel::ProtectionAdded,
        (_, Stance::Silent, Direction::Worse) => ChangeLabel::ProtectionRemoved,
        (Stance::Silent, _, Direction::Worse) => ChangeLabel::PermissionAdded,
        (_, _, Direction::Worse) => ChangeLabel::ProtectionWeakened,
        _ => ChangeLabel::ScopeShift,
    }
}
