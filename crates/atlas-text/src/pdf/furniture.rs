//! Running headers, footers and page numbers.
//!
//! Invariant: a line is left out only if it stands near an edge and either stands there on at least half of the pages,
//! with no other difference than a number that counts with the pages, or is nothing but its page's number.

use std::collections::{HashMap, HashSet};

use super::layout::{Line, Page};

/// Share of the page's height, above and below, in which furniture stands.
const EDGE: f64 = 0.12;
/// Lines near one edge that are looked at.
const LINES: usize = 4;
/// Words whose number is the policy's own, not the page's.
const COUNTED: &[&str] = &[
    "section", "article", "clause", "part", "chapter", "schedule", "annex", "appendix", "exhibit",
];
/// Words that stand beside a page number.
const BESIDE: &[&str] = &["page", "of", "p", "pg", "seite", "von", "de", "página", "pagina"];

/// A line near an edge: index of its page, its place there, its numbers.
type Edge = (usize, usize, Vec<usize>);

/// What a line says without its numbers.
fn shape(words: &str) -> (String, Vec<usize>) {
    let mut shape = String::with_capacity(words.len());
    let mut numbers = Vec::new();
    let mut digits = String::new();
    for c in words.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            numbers.push(digits.parse().unwrap_or(usize::MAX));
            digits.clear();
            shape.push('#');
        }
        shape.extend(c.to_lowercase().filter(|c| *c != '\0'));
    }
    (shape, numbers)
}

/// Lines near the edges, by their place on the page, and whether they stand above.
fn edges(page: &Page) -> Vec<(usize, bool)> {
    let near = |line: &Line| {
        let [_, top, _, bottom] = line.place;
        if bottom < page.height * EDGE {
            Some(true)
        } else {
            (top > page.height * (1.0 - EDGE)).then_some(false)
        }
    };
    let all: Vec<(usize, bool)> = page
        .lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((at, near(line)?)))
        .collect();
    let above = all.iter().filter(|(_, above)| *above).take(LINES);
    let below = all.iter().rev().filter(|(_, above)| !*above).take(LINES);
    above.chain(below).copied().collect()
}

/// Whether a line is nothing but its page's number: "3", "- 3 -", "Page 3 of 12".
fn is_number(shape: &str, numbers: &[usize], page: usize) -> bool {
    let only = shape
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| BESIDE.contains(&word));
    only && numbers.len() <= 2 && numbers.first() == Some(&page)
}

/// Leaves them out.
pub fn drop_from(pages: &mut [Page]) {
    let mut seen: HashMap<(String, bool), Vec<Edge>> = HashMap::new();
    let mut dropped: HashSet<(usize, usize)> = HashSet::new();
    for (index, page) in pages.iter().enumerate() {
        for (at, above) in edges(page) {
            let Some(line) = page.lines.get(at) else { continue };
            let (shape, numbers) = shape(&line.words);
            if is_number(&shape, &numbers, page.number) {
                dropped.insert((index, at));
            } else {
                seen.entry((shape, above)).or_default().push((index, at, numbers));
            }
        }
    }
    let enough = pages.len().div_ceil(2).max(2);
    for ((shape, _), places) in seen {
        let on: HashSet<usize> = places.iter().map(|(page, ..)| *page).collect();
        let counted = shape.contains('#')
            && shape
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| COUNTED.contains(&word));
        if on.len() >= enough && !counted && counts_with_pages(&places) {
            dropped.extend(places.iter().map(|(page, at, _)| (*page, *at)));
        }
    }
    for (index, page) in pages.iter_mut().enumerate() {
        let mut at = 0;
        page.lines.retain(|_| {
            at += 1;
            !dropped.contains(&(index, at - 1))
        });
    }
}

/// Whether every number in a line either stays the same or grows as the pages do.
fn counts_with_pages(places: &[Edge]) -> bool {
    let Some((first_page, _, first)) = places.first() else {
        return false;
    };
    (0..first.len()).all(|slot| {
        let start = first.get(slot).copied().unwrap_or_default();
        let same = places.iter().all(|(.., numbers)| numbers.get(slot) == Some(&start));
        let grows = places.iter().all(|(page, _, numbers)| {
            let passed = page.saturating_sub(*first_page);
            numbers.get(slot).copied() == start.checked_add(passed)
        });
        same || grows
    })
}
