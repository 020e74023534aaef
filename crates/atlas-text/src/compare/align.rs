//! Which sentence of the new text is which sentence of the old one.
//!
//! Invariant: each unit is paired at most once. Order: identical characters in order, identical normal words in order,
//! then anywhere (moved), then similar words near by, then similar words anywhere. About linear: alignment works on
//! unique sentences, similarity only on what is left, through an index of rare words.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::units::{Loose, Side, loosen};
use crate::compare::similarity;

/// Old times new units in one gap up to which the exact longest common subsequence is taken.
const EXACT_GAP: usize = 160_000;

/// How two units belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// The same characters, in order.
    Identical,
    /// The same normal words, in order.
    Normal,
    /// The same normal words in another place.
    Moved,
    /// The same normal words, cut into sentences in another way.
    Regrouped,
    /// Similar words.
    Similar,
}

/// The result of the alignment.
#[derive(Debug, Default)]
pub struct Alignment {
    /// For each old unit, its partner.
    pub old: Vec<Option<(usize, Bond)>>,
    /// For each new unit, its partner.
    pub new: Vec<Option<(usize, Bond)>>,
    /// Runs of units that say the same, cut in another way: old and new.
    pub regrouped: Vec<(Vec<usize>, Vec<usize>)>,
    /// Normalised words of old units that are not identical to their partner.
    pub loose_old: HashMap<usize, Loose>,
    /// The same for new units.
    pub loose_new: HashMap<usize, Loose>,
}

impl Alignment {
    fn pair(&mut self, old: usize, new: usize, bond: Bond) {
        if let (Some(left), Some(right)) = (self.old.get_mut(old), self.new.get_mut(new))
            && left.is_none()
            && right.is_none()
        {
            *left = Some((new, bond));
            *right = Some((old, bond));
        }
    }
    fn free(pairs: &[Option<(usize, Bond)>]) -> impl Iterator<Item = usize> + '_ {
        pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| pair.is_none())
            .map(|(index, _)| index)
    }
}

/// Aligns two sides.
pub fn align(old: &Side<'_>, new: &Side<'_>) -> Alignment {
    let mut alignment = Alignment {
        old: vec![None; old.units.len()],
        new: vec![None; new.units.len()],
        ..Alignment::default()
    };
    let keys = |side: &Side<'_>| side.units.iter().map(|unit| unit.raw).collect::<Vec<_>>();
    for (a, b) in in_order(&keys(old), &keys(new)) {
        alignment.pair(a, b, Bond::Identical);
    }
    alignment.loose_old = Alignment::free(&alignment.old)
        .map(|unit| (unit, loosen(old, unit)))
        .collect();
    alignment.loose_new = Alignment::free(&alignment.new)
        .map(|unit| (unit, loosen(new, unit)))
        .collect();
    normal_in_order(&mut alignment);
    regrouped(&mut alignment);
    moved(&mut alignment, old, new);
    similarity::pair_similar(&mut alignment, old, new, &mut |alignment, a, b| {
        alignment.pair(a, b, Bond::Similar);
    });
    alignment
}

/// Runs of free units between units that are paired in order: `(old range, new range)`.
pub fn gaps(alignment: &Alignment) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut gaps = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    let in_place = |bond: Bond| matches!(bond, Bond::Identical | Bond::Normal);
    let anchors = alignment
        .old
        .iter()
        .enumerate()
        .filter_map(|(a, pair)| pair.filter(|(_, bond)| in_place(*bond)).map(|(b, _)| (a, b)));
    for (a, b) in anchors.chain(std::iter::once((alignment.old.len(), alignment.new.len()))) {
        if b < new_at {
            continue;
        }
        let free = |pairs: &[Option<(usize, Bond)>], range: std::ops::Range<usize>| {
            range
                .filter(|index| pairs.get(*index).is_some_and(Option::is_none))
                .collect::<Vec<_>>()
        };
        let (left, right) = (free(&alignment.old, old_at..a), free(&alignment.new, new_at..b));
        if !left.is_empty() || !right.is_empty() {
            gaps.push((left, right));
        }
        (old_at, new_at) = (a + 1, b + 1);
    }
    gaps
}

fn normal_in_order(alignment: &mut Alignment) {
    for (left, right) in gaps(alignment) {
        let key = |loose: &HashMap<usize, Loose>, units: &[usize]| {
            units
                .iter()
                .map(|unit| loose.get(unit).map_or(0, |loose| loose.normal))
                .collect::<Vec<_>>()
        };
        let pairs = in_order(&key(&alignment.loose_old, &left), &key(&alignment.loose_new, &right));
        for (a, b) in pairs {
            if let (Some(a), Some(b)) = (left.get(a), right.get(b)) {
                alignment.pair(*a, *b, Bond::Normal);
            }
        }
    }
}

/// Finds runs of sentences whose words are the same though they are cut in another way.
fn regrouped(alignment: &mut Alignment) {
    for (left, right) in gaps(alignment) {
        if left.len().saturating_mul(right.len()) > EXACT_GAP {
            continue;
        }
        let (mut i, mut j) = (0, 0);
        while i < left.len() {
            let found = (j..right.len()).find_map(|at| group(alignment, &left, &right, i, at).map(|ends| (at, ends)));
            let Some((at, (end_left, end_right))) = found else {
                i += 1;
                continue;
            };
            let olds = left.get(i..end_left).unwrap_or_default().to_vec();
            let news = right.get(at..end_right).unwrap_or_default().to_vec();
            if let (Some(first_old), Some(first_new)) = (olds.first().copied(), news.first().copied()) {
                for unit in &olds {
                    if let Some(slot) = alignment.old.get_mut(*unit) {
                        *slot = Some((first_new, Bond::Regrouped));
                    }
                }
                for unit in &news {
                    if let Some(slot) = alignment.new.get_mut(*unit) {
                        *slot = Some((first_old, Bond::Regrouped));
                    }
                }
            }
            alignment.regrouped.push((olds, news));
            (i, j) = (end_left, end_right);
        }
    }
}

fn first_word<'a>(loose: &'a HashMap<usize, Loose>, units: &[usize], at: usize) -> Option<&'a str> {
    loose.get(units.get(at)?)?.words.first().map(|word| word.form.as_str())
}

/// Where two runs that start at `i` and `j` have said the same words, if they ever have.
fn group(alignment: &Alignment, left: &[usize], right: &[usize], i: usize, j: usize) -> Option<(usize, usize)> {
    let words = |loose: &'_ HashMap<usize, Loose>, units: &[usize], at: usize| -> Vec<String> {
        let unit = units.get(at).and_then(|unit| loose.get(unit));
        unit.map(|loose| loose.words.iter().map(|word| word.form.clone()).collect())
            .unwrap_or_default()
    };
    if first_word(&alignment.loose_old, left, i)? != first_word(&alignment.loose_new, right, j)? {
        return None;
    }
    let (mut a, mut b) = (
        words(&alignment.loose_old, left, i),
        words(&alignment.loose_new, right, j),
    );
    let (mut i, mut j) = (i + 1, j + 1);
    loop {
        let shared = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        if shared < a.len().min(b.len()) {
            return None;
        }
        a.drain(..shared);
        b.drain(..shared);
        match (a.is_empty(), b.is_empty()) {
            (true, true) => return Some((i, j)),
            (true, false) if i < left.len() => {
                a = words(&alignment.loose_old, left, i);
                i += 1;
            }
            (false, true) if j < right.len() => {
                b = words(&alignment.loose_new, right, j);
                j += 1;
            }
            _ => return None,
        }
        if a.is_empty() && b.is_empty() {
            return None;
        }
    }
}

/// Words of an item or row up to which its stem is part of its meaning.
const SHORT_ITEM: usize = 15;

fn moved(alignment: &mut Alignment, old: &Side<'_>, new: &Side<'_>) {
    let key = |side: &Side<'_>, loose: &Loose| {
        let stem = if loose.words.len() < SHORT_ITEM {
            side.stem_of(loose.unit)
        } else {
            ""
        };
        let stem = if stem.is_empty() {
            0
        } else {
            crate::normal::fingerprint(stem)
        };
        // A lone short sentence says little by itself: where it stands is part of what it says.
        let place = if loose.words.len() < 5 {
            crate::normal::fingerprint(side.heading_of(loose.unit))
        } else {
            0
        };
        (loose.normal, stem, place)
    };
    let mut waiting: HashMap<_, Vec<usize>> = HashMap::new();
    for unit in Alignment::free(&alignment.old).collect::<Vec<_>>().into_iter().rev() {
        if let Some(loose) = alignment.loose_old.get(&unit).filter(|loose| !loose.words.is_empty()) {
            waiting.entry(key(old, loose)).or_default().push(unit);
        }
    }
    for unit in Alignment::free(&alignment.new).collect::<Vec<_>>() {
        let Some(loose) = alignment.loose_new.get(&unit).filter(|loose| !loose.words.is_empty()) else {
            continue;
        };
        if let Some(twin) = waiting.get_mut(&key(new, loose)).and_then(Vec::pop) {
            alignment.pair(twin, unit, Bond::Moved);
        }
    }
}

/// Pairs of equal keys in the same order on both sides: common ends, then unique keys, then what lies between.
pub fn in_order(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - prefix;
    let suffix = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(rest)
        .take_while(|(a, b)| a == b)
        .count();
    let mut pairs: Vec<(usize, usize)> = (0..prefix).map(|index| (index, index)).collect();
    let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
    let anchors = unique_in_order(old, new, prefix..old_end, prefix..new_end);
    let (mut from_old, mut from_new) = (prefix, prefix);
    for (a, b) in anchors.into_iter().chain(std::iter::once((old_end, new_end))) {
        between(old, new, from_old..a, from_new..b, &mut pairs);
        if a < old_end {
            pairs.push((a, b));
        }
        (from_old, from_new) = (a + 1, b + 1);
    }
    pairs.extend((0..suffix).map(|index| (old_end + index, new_end + index)));
    pairs
}

/// The longest increasing run of pairs of keys that occur once on each side.
fn unique_in_order(
    old: &[u64],
    new: &[u64],
    a: std::ops::Range<usize>,
    b: std::ops::Range<usize>,
) -> Vec<(usize, usize)> {
    let mut counts: HashMap<u64, (u32, usize, u32, usize)> = HashMap::new();
    for index in a {
        if let Some(key) = old.get(index) {
            let entry = counts.entry(*key).or_default();
            (entry.0, entry.1) = (entry.0 + 1, index);
        }
    }
    for index in b {
        if let Some(entry) = new.get(index).and_then(|key| counts.get_mut(key)) {
            (entry.2, entry.3) = (entry.2 + 1, index);
        }
    }
    let mut pairs: Vec<(usize, usize)> = counts
        .into_values()
        .filter(|entry| entry.0 == 1 && entry.2 == 1)
        .map(|entry| (entry.1, entry.3))
        .collect();
    pairs.sort_unstable();
    // Patience: piles by new index, each entry remembers the top of the pile before it.
    let mut tops: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, b)) in pairs.iter().enumerate() {
        let pile = tops.partition_point(|top| pairs.get(*top).is_some_and(|(_, other)| other < b));
        before.push(pile.checked_sub(1).and_then(|pile| tops.get(pile).copied()));
        if let Some(top) = tops.get_mut(pile) {
            *top = index;
        } else {
            tops.push(index);
        }
    }
    let mut chain = Vec::with_capacity(tops.len());
    let mut at = tops.last().copied();
    while let Some(index) = at {
        chain.extend(pairs.get(index).copied());
        at = before.get(index).copied().flatten();
    }
    chain.reverse();
    chain
}

fn between(
    old: &[u64],
    new: &[u64],
    a: std::ops::Range<usize>,
    b: std::ops::Range<usize>,
    pairs: &mut Vec<(usize, usize)>,
) {
    let (left, right) = (
        old.get(a.clone()).unwrap_or_default(),
        new.get(b.clone()).unwrap_or_default(),
    );
    if left.is_empty() || right.is_empty() {
        return;
    }
    if left.len().saturating_mul(right.len()) <= EXACT_GAP {
        for op in capture_diff_slices(Algorithm::Myers, left, right) {
            if let DiffOp::Equal {
                old_index,
                new_index,
                len,
            } = op
            {
                pairs.extend((0..len).map(|index| (a.start + old_index + index, b.start + new_index + index)));
            }
        }
        return;
    }
    let forward = left.iter().zip(right).take_while(|(x, y)| x == y).count();
    pairs.extend((0..forward).map(|index| (a.start + index, b.start + index)));
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn equal_keys_are_paired_in_order_and_a_moved_one_is_left_out() {
        assert_eq!(in_order(&[1, 2, 3], &[1, 9, 2, 3]), [(0, 0), (1, 2), (2, 3)]);
        assert_eq!(in_order(&[1, 2, 3, 4], &[3, 1, 2, 4]), [(0, 1), (1, 2), (3, 3)]);
        assert_eq!(in_order(&[5, 5, 5], &[5, 5]), [(0, 0), (1, 1)]);
        assert_eq!(in_order(&[], &[1]), []);
    }
}
