//! Pairs sentences whose words changed.
//!
//! Invariant: candidates share a rare word, so that two wholly different texts cost little more than reading them.

use std::collections::HashMap;

use atlas_domain::BlockKind;

use super::{
    align::{Alignment, gaps},
    cues::rules,
    units::{Loose, Side},
};

/// Likeness from which two sentences in one gap are one sentence changed.
const NEAR: f64 = 0.5;
/// The same where each is the only one in the gap.
const ALONE: f64 = 0.36;
/// The same for sentences of different gaps.
const FAR: f64 = 0.66;
/// Sentences that share a word up to which the word makes candidates.
const COMMON: usize = 60;
/// Words of an item or row that may stand for another item in its place.
const SHORT_ITEM: usize = 8;
/// Old times new sentences in one gap up to which all are compared.
const SMALL_GAP: usize = 2_500;

/// A word by its number, doubled, plus one for a word that says little.
type WordId = u32;

/// The words of one sentence, sorted.
struct Bag {
    words: Vec<WordId>,
    total: f64,
}

struct Bags {
    ids: HashMap<String, WordId>,
}

const fn weight(word: WordId) -> f64 {
    if word & 1 == 1 { 0.35 } else { 1.0 }
}

impl Bags {
    /// The bags of one side. Nobody asks for the words themselves again, and of two wholly different texts they are most
    /// of what is held.
    fn of(&mut self, side: &mut HashMap<usize, Loose>) -> HashMap<usize, Bag> {
        let mut loose: Vec<&mut Loose> = side.values_mut().collect();
        loose.sort_by_key(|loose| loose.unit);
        let usable = loose.into_iter().filter(|loose| !loose.words.is_empty());
        usable
            .map(|loose| {
                let bag = self.bag(loose);
                loose.words = Vec::new();
                (loose.unit, bag)
            })
            .collect()
    }

    fn bag(&mut self, loose: &Loose) -> Bag {
        let stop = &rules().words.stop;
        let mut words: Vec<WordId> = Vec::with_capacity(loose.words.len());
        for word in &loose.words {
            let next = u32::try_from(self.ids.len()).unwrap_or(u32::MAX).saturating_mul(2);
            let known = self.ids.get(&word.form).copied();
            words.push(known.unwrap_or_else(|| {
                let id = next | WordId::from(stop.contains(&word.form));
                self.ids.insert(word.form.clone(), id);
                id
            }));
        }
        words.sort_unstable();
        let total = words.iter().copied().map(weight).sum();
        Bag { words, total }
    }
}

/// Dice's coefficient over weighted words, 0 to 1.
fn likeness(one: &Bag, two: &Bag) -> f64 {
    let (mut left, mut right) = (one.words.iter().peekable(), two.words.iter().peekable());
    let mut shared = 0.0;
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => {
                left.next();
            }
            std::cmp::Ordering::Greater => {
                right.next();
            }
            std::cmp::Ordering::Equal => {
                shared += weight(**a);
                left.next();
                right.next();
            }
        }
    }
    let total = one.total + two.total;
    if total > 0.0 { 2.0 * shared / total } else { 0.0 }
}

/// Pairs similar free units through `pair`.
pub fn pair_similar(
    alignment: &mut Alignment,
    old: &Side<'_>,
    new: &Side<'_>,
    pair: &mut dyn FnMut(&mut Alignment, usize, usize),
) {
    let mut bags = Bags { ids: HashMap::new() };
    let old_bags = bags.of(&mut alignment.loose_old);
    let new_bags = bags.of(&mut alignment.loose_new);
    let same_kind = |a: usize, b: usize| {
        let heading = |side: &Side<'_>, unit| {
            side.block_of(unit)
                .is_some_and(|block| block.kind == BlockKind::Heading)
        };
        heading(old, a) == heading(new, b)
    };
    let item = |side: &Side<'_>, unit: usize| {
        side.block_of(unit)
            .is_some_and(|block| matches!(block.kind, BlockKind::ListItem | BlockKind::TableRow))
    };
    for (left, right) in gaps(alignment) {
        let alone = left.len() == 1 && right.len() == 1;
        let mut scored = Vec::new();
        let pairs = candidates(&left, &right, &old_bags, &new_bags);
        for (a, b) in pairs {
            if let (Some(one), Some(two)) = (old_bags.get(&a), new_bags.get(&b)) {
                let mut score = likeness(one, two);
                if !same_kind(a, b) {
                    score -= 0.2;
                }
                // An item in the place of another item is that item changed, whatever its words.
                let replaced = alone && one.words.len() <= SHORT_ITEM && item(old, a) && item(new, b);
                if replaced || score >= if alone { ALONE } else { NEAR } {
                    scored.push((score, a, b));
                }
            }
        }
        settle(alignment, scored, pair);
    }
    let free = |pairs: &[Option<(usize, super::align::Bond)>]| {
        pairs
            .iter()
            .enumerate()
            .filter(|(_, pair)| pair.is_none())
            .map(|(unit, _)| unit)
            .collect::<Vec<_>>()
    };
    let (left, right) = (free(&alignment.old), free(&alignment.new));
    let mut scored = Vec::new();
    for (a, b) in indexed(&left, &right, &old_bags, &new_bags) {
        if let (Some(one), Some(two)) = (old_bags.get(&a), new_bags.get(&b)) {
            let score = likeness(one, two);
            if score >= FAR && one.total >= 3.0 && same_kind(a, b) {
                scored.push((score, a, b));
            }
        }
    }
    settle(alignment, scored, pair);
}

fn settle(
    alignment: &mut Alignment,
    mut scored: Vec<(f64, usize, usize)>,
    pair: &mut dyn FnMut(&mut Alignment, usize, usize),
) {
    scored.sort_by(|one, two| two.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(two.1, two.2))));
    for (_, a, b) in scored {
        pair(alignment, a, b);
    }
}

fn candidates(
    left: &[usize],
    right: &[usize],
    old: &HashMap<usize, Bag>,
    new: &HashMap<usize, Bag>,
) -> Vec<(usize, usize)> {
    if left.len().saturating_mul(right.len()) <= SMALL_GAP {
        return left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))).collect();
    }
    indexed(left, right, old, new)
}

/// Pairs that share a word which few sentences have.
fn indexed(
    left: &[usize],
    right: &[usize],
    old: &HashMap<usize, Bag>,
    new: &HashMap<usize, Bag>,
) -> Vec<(usize, usize)> {
    let mut index: HashMap<WordId, Vec<usize>> = HashMap::new();
    for unit in right {
        for word in new.get(unit).map(|bag| bag.words.as_slice()).unwrap_or_default() {
            let list = index.entry(*word).or_default();
            if list.last() != Some(unit) && list.len() <= COMMON {
                list.push(*unit);
            }
        }
    }
    let mut pairs = Vec::new();
    let mut hits: HashMap<usize, u32> = HashMap::new();
    for unit in left {
        hits.clear();
        for word in old.get(unit).map(|bag| bag.words.as_slice()).unwrap_or_default() {
            if let Some(list) = index.get(word).filter(|list| list.len() <= COMMON) {
                for other in list {
                    *hits.entry(*other).or_default() += 1;
                }
            }
        }
        let mut best: Vec<(u32, usize)> = hits.iter().map(|(other, count)| (*count, *other)).collect();
        best.sort_by_key(|(count, other)| (std::cmp::Reverse(*count), *other));
        pairs.extend(best.into_iter().take(12).map(|(_, other)| (*unit, other)));
    }
    pairs
}
