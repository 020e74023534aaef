//! A source's rules on a page: what is dropped, what is kept.
//!
//! Invariant: a rule that selects nothing to keep is an error that names it; a rule that finds nothing to drop is not.

use atlas_domain::{RangeBound, Selector};
use dom_query::{Matcher, NodeId};

use crate::{
    TextError,
    page::{Page, Tree},
};

/// A piece of the page to walk: nodes from `root`, of which those from `start` up to `end` are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Where the walk begins.
    pub root: usize,
    /// First kept node.
    pub start: usize,
    /// One past the last kept node.
    pub end: usize,
}

fn matcher(selector: &str) -> Result<Matcher, TextError> {
    Matcher::new(selector).map_err(|_| TextError::InvalidSelector {
        selector: selector.to_owned(),
    })
}

fn matches(tree: &Tree, selector: &str) -> Result<Vec<NodeId>, TextError> {
    let matcher = matcher(selector)?;
    Ok(tree
        .document()
        .select_matcher(&matcher)
        .nodes()
        .iter()
        .map(|node| node.id)
        .collect())
}

/// Drops what a rule selects from the tree.
pub fn remove(tree: &Tree, rule: &Selector) -> Result<(), TextError> {
    match rule {
        Selector::Css(selector) => {
            let matcher = matcher(selector)?;
            for node in tree.document().select_matcher(&matcher).nodes() {
                node.remove_from_parent();
            }
        }
        Selector::Range { start, end } => {
            let page = tree.flatten()?;
            let Some((start, end)) = range(tree, &page, start, end)? else {
                return Ok(());
            };
            let mut at = start;
            while let Some(node) = page.nodes.get(at).filter(|_| at < end) {
                if node.end <= end {
                    if let Some(found) = tree.document().tree.get(&node.id) {
                        found.remove_from_parent();
                    }
                    at = node.end.max(at + 1);
                } else {
                    at += 1;
                }
            }
        }
    }
    Ok(())
}

/// What the rules keep, in the order of the rules; nothing twice.
pub fn keep(tree: &Tree, page: &Page, rules: &[Selector]) -> Result<Vec<Kept>, TextError> {
    let mut kept: Vec<Kept> = Vec::new();
    let mut missing = None;
    for rule in rules {
        let before = kept.len();
        match rule {
            Selector::Css(selector) => {
                for id in matches(tree, selector)? {
                    let Some(at) = page.positions.get(&id).copied() else {
                        continue;
                    };
                    let end = page.nodes.get(at).map_or(at, |node| node.end);
                    if !kept.iter().any(|other| other.start <= at && end <= other.end) {
                        kept.push(Kept {
                            root: at,
                            start: at,
                            end,
                        });
                    }
                }
            }
            Selector::Range { start, end } => {
                if let Some((start, end)) = range(tree, page, start, end)? {
                    kept.push(Kept { root: 0, start, end });
                }
            }
        }
        if kept.len() == before && missing.is_none() {
            missing = Some(describe(rule));
        }
    }
    match missing {
        // Several rules are alternatives as often as they are parts: one that keeps something is enough.
        Some(selector) if kept.is_empty() => Err(TextError::SelectorMatchesNothing { selector }),
        _ => Ok(kept),
    }
}

/// The positions of a range; `None` if an end is missing or the ends are in the wrong order.
fn range(tree: &Tree, page: &Page, start: &RangeBound, end: &RangeBound) -> Result<Option<(usize, usize)>, TextError> {
    let edge = |bound: &RangeBound| -> Result<Option<usize>, TextError> {
        let (RangeBound::Before(selector) | RangeBound::After(selector)) = bound;
        let found = matches(tree, selector)?
            .first()
            .and_then(|id| page.positions.get(id).copied());
        Ok(found.and_then(|at| match bound {
            RangeBound::Before(_) => Some(at),
            RangeBound::After(_) => page.nodes.get(at).map(|node| node.end),
        }))
    };
    Ok(match (edge(start)?, edge(end)?) {
        (Some(start), Some(end)) if start < end => Some((start, end)),
        _ => None,
    })
}

fn describe(rule: &Selector) -> String {
    let bound = |edge: &RangeBound| match edge {
        RangeBound::Before(selector) => format!("before {selector}"),
        RangeBound::After(selector) => format!("after {selector}"),
    };
    match rule {
        Selector::Css(selector) => selector.clone(),
        Selector::Range { start, end } => format!("{} … {}", bound(start), bound(end)),
    }
}
