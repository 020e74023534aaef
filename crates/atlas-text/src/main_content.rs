//! Finds the content of a page for which no selector is known.
//!
//! Invariant: a landmark (`main`, `article`) wins if it holds most of the page's words; otherwise the smallest element
//! that holds nearly all words that are not links. Chrome is dropped inside what is found.

use crate::{
    element::{Landmark, Role},
    page::Page,
    select::Kept,
};

/// Share of the page's words that a landmark has to hold.
const LANDMARK_SHARE: (usize, usize) = (40, 100);
/// Words that make a landmark good enough whatever surrounds it.
const LANDMARK_WORDS: usize = 200;
/// Share of the parent's words that a child has to hold to be descended into.
const DESCENT_SHARE: (usize, usize) = (90, 100);

/// Words outside links, up to each node: `sums[b] - sums[a]` is the number in nodes `a..b`.
fn word_sums(page: &Page) -> Vec<usize> {
    let mut sums = Vec::with_capacity(page.nodes.len() + 1);
    let (mut total, mut skip_until) = (0, 0);
    sums.push(0);
    for (at, node) in page.nodes.iter().enumerate() {
        if node.hidden || node.around || matches!(node.role, Role::Link | Role::Void) {
            skip_until = skip_until.max(node.end);
        }
        if node.role == Role::Text && at >= skip_until {
            total += node.value.split_whitespace().count();
        }
        sums.push(total);
    }
    sums
}

/// The main content of a page.
pub fn find(page: &Page) -> Kept {
    let sums = word_sums(page);
    let words = |start: usize, end: usize| {
        sums.get(end)
            .copied()
            .unwrap_or_default()
            .saturating_sub(sums.get(start).copied().unwrap_or_default())
    };
    let whole = |at: usize| Kept {
        root: at,
        start: at,
        end: page.nodes.get(at).map_or(at, |node| node.end),
    };
    let total = words(0, page.nodes.len());
    let best = |wanted: Landmark, inside: &Kept| {
        let found = page
            .nodes
            .iter()
            .enumerate()
            .skip(inside.start)
            .take(inside.end.saturating_sub(inside.start));
        found
            .filter(|(_, node)| node.landmark == wanted && !node.hidden)
            .map(|(at, node)| (words(at, node.end), at))
            .max_by_key(|(count, at)| (*count, usize::MAX - at))
    };
    let enough = |count: usize, of: usize| {
        count > 0 && (count >= LANDMARK_WORDS || count * LANDMARK_SHARE.1 >= of * LANDMARK_SHARE.0)
    };
    let page_range = Kept {
        root: 0,
        start: 0,
        end: page.nodes.len(),
    };
    let mut chosen = best(Landmark::Main, &page_range)
        .filter(|(count, _)| enough(*count, total))
        .map(|(_, at)| whole(at));
    let inside = chosen.unwrap_or(page_range);
    if let Some((count, at)) = best(Landmark::Article, &inside) {
        let around = words(inside.start, inside.end);
        // One article that is the page; several articles are a list of articles.
        if count * 100 >= around * 80 {
            chosen = Some(whole(at));
        }
    }
    chosen.unwrap_or_else(|| densest(page, &words))
}

/// Whether the title stands between the start of a node and the child that holds its words.
fn titled(page: &Page, at: usize, child: usize) -> bool {
    let before = page.nodes.get(at..child).unwrap_or_default();
    let mut skip = 0;
    before.iter().enumerate().any(|(offset, node)| {
        if node.around || node.hidden {
            skip = skip.max(node.end);
        }
        at + offset >= skip && matches!(node.role, Role::Heading(1 | 2))
    })
}

/// Descends from the root while one child holds nearly all words.
fn densest(page: &Page, words: &dyn Fn(usize, usize) -> usize) -> Kept {
    let mut at = 0;
    while let Some(node) = page.nodes.get(at) {
        let total = words(at, node.end);
        let mut child = at + 1;
        let mut heavy = None;
        while let Some(inner) = page.nodes.get(child).filter(|_| child < node.end) {
            if words(child, inner.end) * DESCENT_SHARE.1 >= total * DESCENT_SHARE.0 {
                heavy = Some(child);
                break;
            }
            child = inner.end.max(child + 1);
        }
        let block = heavy.filter(|child| page.nodes.get(*child).is_some_and(|inner| inner.role == Role::Block));
        match block {
            Some(child) if total > 0 && !titled(page, at, child) => at = child,
            _ => break,
        }
    }
    Kept {
        root: at,
        start: at,
        end: page.nodes.get(at).map_or(at, |node| node.end),
    }
}
