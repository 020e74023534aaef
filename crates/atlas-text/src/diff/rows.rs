//! Puts passages and unchanged sentences into one order.
//!
//! Invariant: every sentence of the new text is in one row, in order; every sentence of the old text is in one row, in
//! order, where a passage that moved leaves a mark at its old place. Sentences that differ and that no passage names
//! (a comparison of other texts, or by other rules) become passages of their own: nothing is hidden.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use atlas_domain::{Hunk, HunkKind, HunkSide, PolicyText, Span};

use super::{Away, DiffHunk, EqualBlock, EqualRun, EqualSentence, Row, hunk::next_id};
use crate::words::runs;

/// The sentences of one text.
struct Side<'a> {
    text: &'a PolicyText,
    units: Vec<Unit<'a>>,
}

#[derive(Clone, Copy)]
struct Unit<'a> {
    block: usize,
    span: Span,
    text: &'a str,
}

impl<'a> Side<'a> {
    fn new(text: &'a PolicyText) -> Self {
        let units = text
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(block, found)| found.sentences.iter().map(move |span| (block, *span)))
            .map(|(block, span)| Unit {
                block,
                span,
                text: text.slice(span.start, span.end),
            })
            .filter(|unit| !unit.text.is_empty())
            .collect();
        Self { text, units }
    }

    /// The sentences that a side of a passage covers.
    fn range(&self, side: &HunkSide) -> Range<usize> {
        let from = self.units.partition_point(|unit| unit.span.start < side.start);
        let to = self.units.partition_point(|unit| unit.span.end <= side.end);
        from..to.max(from)
    }

    /// Sentences that no passage covers.
    fn free(&self, covered: &[Range<usize>]) -> Vec<usize> {
        let taken: HashSet<usize> = covered.iter().cloned().flatten().collect();
        (0..self.units.len()).filter(|unit| !taken.contains(unit)).collect()
    }

    fn texts(&self, units: &[usize]) -> Vec<&'a str> {
        units
            .iter()
            .filter_map(|unit| self.units.get(*unit))
            .map(|unit| unit.text)
            .collect()
    }

    /// Some neighbouring sentences of one block as the side of a passage.
    fn side(&self, units: &[usize]) -> Option<HunkSide> {
        let first = self.units.get(*units.first()?)?;
        let last = self.units.get(*units.last()?)?;
        let block = self.text.blocks.get(first.block)?;
        Some(HunkSide {
            text: self.text.slice(first.span.start, last.span.end).to_owned(),
            start: first.span.start,
            end: last.span.end,
            heading: self.text.heading_text(block).to_owned(),
        })
    }

    /// Units that stand next to each other in one block, together.
    fn clusters(&self, units: &[usize]) -> Vec<Vec<usize>> {
        let block = |unit: usize| self.units.get(unit).map(|unit| unit.block);
        let mut found: Vec<Vec<usize>> = Vec::new();
        for unit in units {
            match found.last_mut() {
                Some(last)
                    if last
                        .last()
                        .is_some_and(|end| end + 1 == *unit && block(*end) == block(*unit)) =>
                {
                    last.push(*unit);
                }
                _ => found.push(vec![*unit]),
            }
        }
        found
    }

    fn block_of(&self, range: Option<&Range<usize>>) -> Option<usize> {
        let unit = range.and_then(|range| self.units.get(range.start))?;
        Some(unit.block)
    }
}

/// A passage on its way to its row.
struct Placed {
    hunk: DiffHunk,
    old: Option<Range<usize>>,
    new: Option<Range<usize>>,
    in_place: bool,
}

/// The rows of a comparison.
pub(super) fn rows(old: &PolicyText, new: &PolicyText, hunks: &[Hunk]) -> Vec<Row> {
    let (old, new) = (Side::new(old), Side::new(new));
    let mut seen = HashMap::new();
    let mut placed: Vec<Placed> = hunks
        .iter()
        .map(|hunk| place(hunk, next_id(hunk, &mut seen), &old, &new))
        .collect();
    let ranges = |of: fn(&Placed) -> &Option<Range<usize>>, placed: &[Placed]| -> Vec<Range<usize>> {
        placed.iter().filter_map(|hunk| of(hunk).clone()).collect()
    };
    let left = old.free(&ranges(|hunk| &hunk.old, &placed));
    let right = new.free(&ranges(|hunk| &hunk.new, &placed));
    let mut equal: Vec<(usize, usize)> = Vec::with_capacity(right.len());
    for (same, from, to) in runs(&old.texts(&left), &new.texts(&right)) {
        let (from, to) = (left.get(from).unwrap_or_default(), right.get(to).unwrap_or_default());
        if same {
            equal.extend(from.iter().copied().zip(to.iter().copied()));
            continue;
        }
        for units in old.clusters(from) {
            let hunk = unnamed(HunkKind::Removed, old.side(&units), None);
            placed.push(place(&hunk, next_id(&hunk, &mut seen), &old, &new));
        }
        for units in new.clusters(to) {
            let hunk = unnamed(HunkKind::Added, None, new.side(&units));
            placed.push(place(&hunk, next_id(&hunk, &mut seen), &old, &new));
        }
    }
    keep_in_place(&mut placed, &equal);
    ordered(placed, &equal, &old, &new)
}

const fn unnamed(kind: HunkKind, old: Option<HunkSide>, new: Option<HunkSide>) -> Hunk {
    Hunk {
        kind,
        old,
        new,
        reason: None,
    }
}

fn place(hunk: &Hunk, id: String, old: &Side<'_>, new: &Side<'_>) -> Placed {
    let left = hunk.old.as_ref().map(|side| old.range(side));
    let right = hunk.new.as_ref().map(|side| new.range(side));
    let same = match (&hunk.old, &hunk.new) {
        (Some(a), Some(b)) => a.text == b.text,
        _ => false,
    };
    let targets = if same { targets(hunk, old.text, new.text) } else { None };
    let mut shown = DiffHunk::new(id, hunk).with_targets(hunk.reason, targets);
    shown.old_block = old.block_of(left.as_ref());
    shown.new_block = new.block_of(right.as_ref());
    Placed {
        hunk: shown,
        old: left,
        new: right,
        in_place: false,
    }
}

/// The first link of a passage that leads elsewhere.
fn targets(hunk: &Hunk, old: &PolicyText, new: &PolicyText) -> Option<(String, String)> {
    let links = |text: &PolicyText, side: &Option<HunkSide>| -> Vec<String> {
        side.as_ref().map_or_else(Vec::new, |side| {
            let from = text.links.partition_point(|link| link.end <= side.start);
            text.links
                .get(from..)
                .unwrap_or_default()
                .iter()
                .take_while(|link| link.start < side.end)
                .map(|link| link.href.clone())
                .collect()
        })
    };
    let (before, after) = (links(old, &hunk.old), links(new, &hunk.new));
    let differing = before.iter().zip(&after).find(|(a, b)| a != b);
    match differing {
        Some((a, b)) => Some((a.clone(), b.clone())),
        None if before.len() == after.len() => None,
        None => {
            let extra = |list: &[String], from: usize| list.get(from).cloned().unwrap_or_else(|| "no link".to_owned());
            let from = before.len().min(after.len());
            Some((extra(&before, from), extra(&after, from)))
        }
    }
}

/// How many unchanged sentences stand before a unit.
fn gap(equal: &[(usize, usize)], unit: usize, of: fn(&(usize, usize)) -> usize) -> usize {
    equal.partition_point(|pair| of(pair) < unit)
}

/// Marks the passages that keep the order on both sides; those with both sides that don't have moved.
fn keep_in_place(placed: &mut [Placed], equal: &[(usize, usize)]) {
    let mut both: Vec<(usize, usize, usize)> = Vec::new();
    for (index, hunk) in placed.iter().enumerate() {
        let (Some(old), Some(new)) = (&hunk.old, &hunk.new) else {
            continue;
        };
        let same_gap = gap(equal, old.start, |pair| pair.0) == gap(equal, new.start, |pair| pair.1);
        if hunk.hunk.kind != HunkKind::Moved && same_gap {
            both.push((new.start, old.start, index));
        }
    }
    both.sort_unstable();
    for index in rising(&both) {
        if let Some(hunk) = placed.get_mut(index) {
            hunk.in_place = true;
        }
    }
    for hunk in placed {
        hunk.hunk.relocated = !hunk.in_place && hunk.old.is_some() && hunk.new.is_some();
    }
}

/// The longest run of hunks whose old places rise, by patience sorting: their indexes.
fn rising(both: &[(usize, usize, usize)]) -> Vec<usize> {
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(both.len());
    for (at, (_, old, _)) in both.iter().enumerate() {
        let pile = piles.partition_point(|top| both.get(*top).is_some_and(|(_, other, _)| other < old));
        before.push(pile.checked_sub(1).and_then(|below| piles.get(below).copied()));
        if let Some(top) = piles.get_mut(pile) {
            *top = at;
        } else {
            piles.push(at);
        }
    }
    let mut found = Vec::new();
    let mut next = piles.last().copied();
    while let Some(at) = next {
        found.extend(both.get(at).map(|(_, _, index)| *index));
        next = before.get(at).copied().flatten();
    }
    found
}

/// Passages and unchanged sentences in the order of the new text, gap by gap.
fn ordered(placed: Vec<Placed>, equal: &[(usize, usize)], old: &Side<'_>, new: &Side<'_>) -> Vec<Row> {
    // By gap: marks and removed passages with their old place; other passages with their new place.
    let mut gone: HashMap<usize, Vec<(usize, Row)>> = HashMap::new();
    let mut here: HashMap<usize, Vec<(usize, Option<usize>, Row)>> = HashMap::new();
    for hunk in placed {
        if hunk.hunk.relocated
            && let (Some(range), Some(side)) = (&hunk.old, &hunk.hunk.old)
        {
            let away = Away {
                id: hunk.hunk.id.clone(),
                old: side.clone(),
                heading_now: hunk.hunk.heading.clone(),
            };
            let at = gap(equal, range.start, |pair| pair.0);
            gone.entry(at).or_default().push((range.start, Row::Away(away)));
        }
        match (&hunk.old, &hunk.new) {
            (_, Some(range)) => {
                let fixed = hunk.in_place.then(|| hunk.old.as_ref().map(|old| old.start)).flatten();
                let at = gap(equal, range.start, |pair| pair.1);
                let row = Row::Hunk(Box::new(hunk.hunk));
                here.entry(at).or_default().push((range.start, fixed, row));
            }
            (Some(range), None) => {
                let at = gap(equal, range.start, |pair| pair.0);
                let row = Row::Hunk(Box::new(hunk.hunk));
                gone.entry(at).or_default().push((range.start, row));
            }
            (None, None) => {}
        }
    }
    let mut rows = Vec::new();
    for at in 0..=equal.len() {
        let mut olds = gone.remove(&at).unwrap_or_default();
        let mut news = here.remove(&at).unwrap_or_default();
        olds.sort_by_key(|(start, _)| *start);
        news.sort_by_key(|(start, _, _)| *start);
        let mut olds = olds.into_iter().peekable();
        let mut waiting = Vec::new();
        for (_, fixed, row) in news {
            let Some(fixed) = fixed else {
                waiting.push(row);
                continue;
            };
            while let Some((_, gone)) = olds.next_if(|(start, _)| *start < fixed) {
                rows.push(gone);
            }
            rows.append(&mut waiting);
            rows.push(row);
        }
        rows.extend(olds.map(|(_, row)| row));
        rows.append(&mut waiting);
        if let Some((left, right)) = equal.get(at) {
            push_equal(&mut rows, *left, *right, old, new);
        }
    }
    rows
}

fn push_equal(rows: &mut Vec<Row>, left: usize, right: usize, old: &Side<'_>, new: &Side<'_>) {
    let (Some(before), Some(after)) = (old.units.get(left), new.units.get(right)) else {
        return;
    };
    let sentence = EqualSentence {
        text: after.text.to_owned(),
        old: before.span,
        new: after.span,
    };
    if !matches!(rows.last(), Some(Row::Equal(_))) {
        rows.push(Row::Equal(EqualRun::default()));
    }
    let Some(Row::Equal(run)) = rows.last_mut() else { return };
    let Some(block) = new.text.blocks.get(after.block) else {
        return;
    };
    let whole = |sentences: usize| sentences == block.sentences.len();
    match run.blocks.last_mut() {
        Some(last) if last.new_block == after.block && last.old_block == before.block => {
            last.sentences.push(sentence);
            last.whole = whole(last.sentences.len());
        }
        _ => run.blocks.push(EqualBlock {
            kind: block.kind,
            level: block.level,
            old_block: before.block,
            new_block: after.block,
            whole: whole(1),
            sentences: vec![sentence],
        }),
    }
}
