//! The walk over a page's nodes that yields its blocks.
//!
//! Invariant: iterative, linear in the nodes; hidden nodes and form controls give no words; chrome is dropped only
//! where the content was found by us (a source's own selectors are obeyed to the letter).

use url::Url;

use crate::{
    builder::{self, Builder},
    element::Role,
    marker,
    page::Page,
    select::Kept,
    table,
};

/// The walk over one page.
pub struct Walk<'a> {
    /// The page.
    pub page: &'a Page,
    /// What relative links are relative to.
    pub base: Option<&'a Url>,
    /// Whether navigation, banners and the like inside what is kept are dropped.
    pub drop_around: bool,
}

/// What has to be done when an open node ends.
#[derive(Debug, Clone, Copy)]
enum Closing {
    Nothing,
    Flush,
    Heading,
    List,
    Item,
    Term,
    Quote,
    Bold,
    Link,
    Cell,
    Row,
    Table,
    Space,
    Part,
}

impl Walk<'_> {
    /// Writes what is kept of the page into the builder.
    pub fn piece(&self, kept: Kept, builder: &mut Builder) {
        let mut open: Vec<(usize, Closing)> = Vec::new();
        let layouts = table::layouts(self.page, kept);
        let mut tables: Vec<bool> = Vec::new();
        let (mut in_head, mut preformatted) = (0usize, 0usize);
        let mut at = kept.root;
        let root_end = self.page.nodes.get(kept.root).map_or(0, |node| node.end);
        while at < root_end {
            while let Some((end, closing)) = open.last().copied().filter(|(end, _)| *end <= at) {
                open.pop();
                close(closing, builder, &mut tables);
                in_head = if end <= in_head { 0 } else { in_head };
            }
            let Some(node) = self.page.nodes.get(at) else { break };
            // Outside the kept range, or without words for a reader: the whole subtree is passed over.
            let outside = node.end <= kept.start || at >= kept.end;
            // A source that selects a hidden element knows what it wants.
            let hidden = node.hidden && at != kept.root;
            if outside || hidden || node.role == Role::Void || self.is_chrome(at) || marker::leads_back(self.page, at) {
                at = node.end.max(at + 1);
                continue;
            }
            let as_rows = tables.last().copied().unwrap_or(false);
            let closing = match node.role {
                Role::Text => {
                    if at >= kept.start {
                        characters(&node.value, at < preformatted, builder);
                    }
                    Closing::Nothing
                }
                Role::Inline | Role::Void => Closing::Nothing,
                Role::Custom => {
                    builder.part();
                    Closing::Part
                }
                Role::Superscript => {
                    if at >= kept.start
                        && let Some(mark) = marker::read(self.page, at, builder.words_so_far())
                    {
                        if let Some(href) = &mark.href {
                            builder.link_open(self.absolute(href));
                        }
                        builder.text(&mark.words);
                        if mark.href.is_some() {
                            builder.link_close();
                        }
                        at = node.end.max(at + 1);
                        continue;
                    }
                    Closing::Nothing
                }
                Role::Preformatted => {
                    builder.flush();
                    preformatted = node.end;
                    Closing::Flush
                }
                Role::Button => {
                    builder.text(" ");
                    Closing::Space
                }
                Role::Heading(level) if !as_rows => {
                    builder.heading_open(level);
                    Closing::Heading
                }
                Role::List if !as_rows => {
                    builder.list_open();
                    Closing::List
                }
                Role::Item | Role::Detail if !as_rows => {
                    builder.item_open();
                    Closing::Item
                }
                Role::Definitions if !as_rows => {
                    builder.definitions_open();
                    Closing::List
                }
                Role::Term if !as_rows => {
                    builder.term_open();
                    Closing::Term
                }
                Role::Quote => {
                    builder.quote_open();
                    Closing::Quote
                }
                Role::Break => {
                    builder.line_break();
                    Closing::Nothing
                }
                Role::Bold => {
                    builder.bold_open();
                    Closing::Bold
                }
                Role::Link => {
                    builder.link_open(self.absolute(&node.value));
                    Closing::Link
                }
                Role::Table => {
                    let rows = layouts.get(&at).copied().unwrap_or(false);
                    tables.push(rows);
                    if rows {
                        builder.table_open();
                    } else {
                        builder.flush();
                    }
                    Closing::Table
                }
                Role::TableHead => {
                    in_head = node.end;
                    Closing::Nothing
                }
                Role::Row if as_rows => {
                    builder.row_open(at < in_head || self.all_header_cells(at, node.end));
                    Closing::Row
                }
                Role::Cell(_) if as_rows => Closing::Cell,
                Role::Block
                | Role::Definitions
                | Role::Heading(_)
                | Role::List
                | Role::Item
                | Role::Term
                | Role::Detail
                | Role::Row
                | Role::Cell(_) => {
                    builder.flush();
                    Closing::Flush
                }
            };
            if node.end > at + 1 || !matches!(closing, Closing::Nothing) {
                open.push((node.end, closing));
            }
            at += 1;
        }
        while let Some((_, closing)) = open.pop() {
            close(closing, builder, &mut tables);
        }
    }

    fn is_chrome(&self, at: usize) -> bool {
        let Some(node) = self.page.nodes.get(at) else {
            return false;
        };
        if node.role == Role::Button {
            // An accordion's button is its heading; any other is a control.
            return !self
                .page
                .nodes
                .get(at.saturating_sub(3)..at)
                .unwrap_or_default()
                .iter()
                .any(|before| matches!(before.role, Role::Heading(_)) && before.end >= node.end)
                && self
                    .page
                    .short_text(at, 200)
                    .is_some_and(|words| words.trim().len() < 40);
        }
        // A banner that holds the page's title, or most of the words, is no chrome.
        self.drop_around
            && node.around
            && self.page.bytes(at, node.end) < 20_000
            && !self
                .page
                .nodes
                .get(at..node.end)
                .unwrap_or_default()
                .iter()
                .any(|inner| inner.role == Role::Heading(1))
    }

    fn all_header_cells(&self, at: usize, end: usize) -> bool {
        let mut cells = self
            .page
            .nodes
            .get(at..end)
            .unwrap_or_default()
            .iter()
            .filter_map(|node| match node.role {
                Role::Cell(header) => Some(header),
                _ => None,
            });
        let first = cells.next();
        first == Some(true) && cells.all(|header| header)
    }

    fn absolute(&self, href: &str) -> String {
        let href = href.trim();
        if href.len() > 4096 || href.starts_with("javascript:") || href.starts_with("data:") {
            return String::new();
        }
        match self.base {
            Some(base) if !href.is_empty() => base.join(href).map_or_else(|_| href.to_owned(), String::from),
            _ => href.to_owned(),
        }
    }
}

/// The characters of a text node. Where line breaks are kept, an empty line parts paragraphs.
fn characters(value: &str, preformatted: bool, builder: &mut Builder) {
    if !preformatted {
        builder.text(value);
        return;
    }
    let mut first = true;
    for line in value.lines() {
        if !first && line.trim().is_empty() {
            builder.flush();
        } else if !first && builder::lines::starts_item(line) {
            builder.line_break();
        } else if !first {
            builder.text(" ");
        }
        builder.text(line);
        first = false;
    }
}

fn close(closing: Closing, builder: &mut Builder, tables: &mut Vec<bool>) {
    match closing {
        Closing::Nothing => {}
        Closing::Flush => builder.flush(),
        Closing::Heading => builder.heading_close(),
        Closing::List => builder.list_close(),
        Closing::Item => builder.item_close(),
        Closing::Term => builder.term_close(),
        Closing::Quote => builder.quote_close(),
        Closing::Bold => builder.bold_close(),
        Closing::Link => builder.link_close(),
        Closing::Cell => builder.cell_close(),
        Closing::Row => builder.row_close(),
        Closing::Space => builder.text(" "),
        Closing::Part => builder.part(),
        Closing::Table => {
            if tables.pop().unwrap_or(false) {
                builder.table_close();
            } else {
                builder.flush();
            }
        }
    }
}
