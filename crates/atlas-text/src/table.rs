//! Which tables are tables of facts, whose rows are blocks, and which only lay out a page.
//!
//! Invariant: a table that holds another table, headings or whole passages in its cells is read cell by cell; so is one
//! that sets a clause beside its summary in plain words, since both have to stand as sentences of their own.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use crate::{element::Role, page::Page, select::Kept};

/// Characters in one cell from which a table is a layout.
const LONG_CELL: usize = 1_200;
/// Characters from which a cell that ends a sentence is a clause rather than a fact.
const CLAUSE: usize = 180;

/// What a table has shown so far.
#[derive(Debug, Default)]
struct Shape {
    layout: bool,
    rows: usize,
    clauses: usize,
    widest: usize,
    summarised: bool,
}

impl Shape {
    fn keeps_rows(&self) -> bool {
        let beside = self.widest == 2 && (self.summarised || self.clauses > 0 && self.clauses * 2 >= self.rows);
        !self.layout && self.widest > 1 && !beside
    }
}

/// For each table of a piece, by position: whether its rows are blocks.
pub fn layouts(page: &Page, kept: Kept) -> HashMap<usize, bool> {
    let mut found: HashMap<usize, Shape> = HashMap::new();
    let end = page.nodes.get(kept.root).map_or(0, |node| node.end);
    let mut open: Vec<(usize, usize)> = Vec::new();
    for at in kept.root..end {
        let Some(node) = page.nodes.get(at) else { break };
        match node.role {
            Role::Table => {
                while open.last().is_some_and(|(_, end)| *end <= at) {
                    open.pop();
                }
                // A table around a table is a layout; what is around that was marked before.
                if let Some((outer, _)) = open.last() {
                    found.entry(*outer).or_default().layout = true;
                }
                found.insert(at, Shape::default());
                open.push((at, node.end));
            }
            Role::Row => {
                while open.last().is_some_and(|(_, end)| *end <= at) {
                    open.pop();
                }
                if let Some((table, _)) = open.last() {
                    row(page, at, node.end, found.entry(*table).or_default());
                }
            }
            _ => {}
        }
    }
    found.into_iter().map(|(at, shape)| (at, shape.keeps_rows())).collect()
}

/// Adds what a row shows of its table.
fn row(page: &Page, at: usize, end: usize, shape: &mut Shape) {
    let mut count = 0;
    let mut clauses = 0;
    let mut index = at + 1;
    while let Some(node) = page.nodes.get(index).filter(|_| index < end) {
        if matches!(node.role, Role::Table) {
            break;
        }
        let Role::Cell(header) = node.role else {
            index += 1;
            continue;
        };
        count += 1;
        let inner = page.nodes.get(index..node.end).unwrap_or_default();
        let bytes = page.bytes(index, node.end);
        let titled = !header && inner.iter().any(|node| matches!(node.role, Role::Heading(_)));
        shape.layout |= bytes > LONG_CELL || titled;
        shape.summarised |= header && page.short_text(index, 60).is_some_and(|words| names_a_summary(&words));
        clauses += usize::from(ends_a_sentence(inner) && (count > 1 || bytes >= CLAUSE));
        index = node.end.max(index + 1);
    }
    shape.rows += usize::from(count > 0);
    shape.clauses += usize::from(count == 2 && clauses == 2);
    shape.widest = shape.widest.max(count);
}

fn ends_a_sentence(inner: &[crate::page::Node]) -> bool {
    inner
        .iter()
        .rev()
        .filter(|node| node.role == Role::Text)
        .map(|node| node.value.trim_end())
        .find(|words| !words.is_empty())
        .is_some_and(|words| words.ends_with(['.', '!', '?', '”', '"', ')']))
}

/// Whether the head of a column says that it puts the other column into plain words.
fn names_a_summary(words: &str) -> bool {
    static SUMMARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:summary|plain (?:english|language|words)|in short|basically|(?:this|it) means|tl;?dr|in a nutshell|annotations?)\b").ok()
    });
    SUMMARY.as_ref().is_some_and(|summary| summary.is_match(words))
}
