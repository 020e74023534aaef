//! Tables whose rows are blocks: cells are gathered, and a row is written when it ends.
//!
//! Invariant: a row without a word is no block; an empty cell keeps its place.

use atlas_domain::{BlockKind, Link};

use super::{Builder, Gap, Row};
use crate::guard;

impl Builder {
    /// Starts a table whose rows are blocks.
    pub fn table_open(&mut self) {
        self.flush();
        self.tables.push(None);
    }
    /// Ends a table.
    pub fn table_close(&mut self) {
        self.row_close();
        self.tables.pop();
    }
    /// Starts a row; `header` if it names the columns.
    pub fn row_open(&mut self, header: bool) {
        self.row_close();
        self.flush();
        self.row = Some(Row {
            cells: Vec::new(),
            header,
        });
    }
    /// Ends a cell.
    pub fn cell_close(&mut self) {
        let reopened = self.suspend_link();
        if let Some(row) = &mut self.row {
            row.cells
                .push((std::mem::take(&mut self.words), std::mem::take(&mut self.links)));
            self.gap = Gap::None;
            (self.bold_seen, self.plain_seen) = (false, false);
        }
        self.open_link = reopened;
    }
    /// Ends a row.
    pub fn row_close(&mut self) {
        if self.row.is_none() {
            return;
        }
        if !self.words.is_empty() {
            self.cell_close();
        }
        let Some(row) = self.row.take() else { return };
        let mut words = String::new();
        let mut links = Vec::new();
        for (index, (cell, cell_links)) in row.cells.into_iter().enumerate() {
            if index > 0 {
                words.push_str(" | ");
            }
            let shift = words.len();
            links.extend(cell_links.into_iter().map(|link| Link {
                start: link.start + shift,
                end: link.end + shift,
                ..link
            }));
            words.push_str(&cell);
        }
        if !words.contains(char::is_alphanumeric) {
            return;
        }
        if self.out.blocks.len() >= guard::MAX_BLOCKS {
            self.left_out += 1;
            return;
        }
        let header = self.tables.last().copied().flatten();
        self.append(BlockKind::TableRow, 0, header, "| ", &words, " |", &links, 0);
        if let Some(slot) = self.tables.last_mut().filter(|_| row.header) {
            *slot = self.out.blocks.len().checked_sub(1);
        }
    }
}
