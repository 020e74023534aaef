//! Which tables are tables of facts, whose rows are blocks, and which only lay out a page.
//!
//! Invariant: a table that holds another table, headings or whole passages in its cells is read cell by cell.

use std::collections::HashMap;

use crate::{element::Role, page::Page, select::Kept};

/// Characters in one cell from which a table is a layout.
const LONG_CELL: usize = 1_200;

/// For each table of a piece, by position: whether its rows are blocks.
pub fn layouts(page: &Page, kept: Kept) -> HashMap<usize, bool> {
    let mut found = HashMap::new();
    let end = page.nodes.get(kept.root).map_or(0, |node| node.end);
    let mut open: Vec<(usize, usize)> = Vec::new();
    for at in kept.root..end {
        let Some(node) = page.nodes.get(at) else { break };
        while open.last().is_some_and(|(_, end)| *end <= at) {
            open.pop();
        }
        match node.role {
            Role::Table => {
                // A table around a table is a layout, and so is everything around that.
                for (outer, _) in &open {
                    found.insert(*outer, false);
                }
                found.insert(at, true);
                open.push((at, node.end));
            }
            Role::Row => {
                let cells = cells(page, at, node.end);
                if let Some((table, _)) = open.last()
                    && (cells.iter().any(|cell| cell.is_passage) || open.len() > 40)
                {
                    found.insert(*table, false);
                }
            }
            _ => {}
        }
    }
    for (table, rows) in &mut found {
        if *rows {
            let end = page.nodes.get(*table).map_or(0, |node| node.end);
            *rows = widest(page, *table, end) > 1;
        }
    }
    found
}

struct CellShape {
    is_passage: bool,
}

fn cells(page: &Page, at: usize, end: usize) -> Vec<CellShape> {
    let mut cells = Vec::new();
    let mut index = at + 1;
    while let Some(node) = page.nodes.get(index).filter(|_| index < end) {
        if matches!(node.role, Role::Table) {
            break;
        }
        if let Role::Cell(header) = node.role {
            let inner = page.nodes.get(index..node.end).unwrap_or_default();
            let long = inner
                .iter()
                .filter(|node| node.role == Role::Text)
                .map(|node| node.value.len())
                .sum::<usize>()
                > LONG_CELL;
            let titled = !header && inner.iter().any(|node| matches!(node.role, Role::Heading(_)));
            cells.push(CellShape {
                is_passage: long || titled,
            });
            index = node.end.max(index + 1);
        } else {
            index += 1;
        }
    }
    cells
}

fn widest(page: &Page, table: usize, end: usize) -> usize {
    let mut widest = 0;
    for at in table..end {
        let Some(node) = page.nodes.get(at) else { break };
        if node.role == Role::Row {
            let count = page
                .nodes
                .get(at..node.end)
                .unwrap_or_default()
                .iter()
                .filter(|node| matches!(node.role, Role::Cell(_)))
                .count();
            widest = widest.max(count);
        }
    }
    widest
}
