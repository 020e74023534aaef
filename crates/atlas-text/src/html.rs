//! The walk over a page's nodes that yields its blocks.
//!
//! Invariant: iterative, linear in the nodes; hidden nodes and form controls give no words; chrome is dropped only
//! where the content was found by us (a source's own selectors are obeyed to the letter).

use atlas_domain::{ExtractRules, PolicyText};
use url::Url;

use crate::{
    TextError,
    builder::Builder,
    element::Role,
    main_content,
    page::{Page, Tree},
    select::{self, Kept},
    table,
};

/// A page's text with what the content gate wants to know about the page.
#[derive(Debug)]
pub struct Extracted {
    /// The text.
    pub text: PolicyText,
    /// `<title>`.
    pub title: String,
    /// Whether a password is asked for.
    pub asks_password: bool,
}

/// Extracts the text of a decoded page by a source's rules.
pub fn extract(html: &str, url: Option<&Url>, rules: &ExtractRules) -> Result<Extracted, TextError> {
    let tree = Tree::parse(html)?;
    tree.remove(rules)?;
    let page = tree.flatten()?;
    let found_by_us = rules.select.is_empty();
    let kept = if found_by_us {
        vec![main_content::find(&page)]
    } else {
        select::keep(&tree, &page, &rules.select)?
    };
    let base = page
        .base
        .as_deref()
        .and_then(|href| url.map_or_else(|| Url::parse(href).ok(), |url| url.join(href).ok()));
    let walk = Walk {
        page: &page,
        base: base.as_ref().or(url),
        drop_around: found_by_us,
    };
    let mut builder = Builder::default();
    for piece in &kept {
        walk.piece(*piece, &mut builder);
        builder.flush();
    }
    Ok(Extracted {
        text: builder.finish(),
        title: page.title,
        asks_password: page.asks_password,
    })
}

struct Walk<'a> {
    page: &'a Page,
    base: Option<&'a Url>,
    drop_around: bool,
}

/// What has to be done when an open node ends.
#[derive(Debug, Clone, Copy)]
enum Closing {
    Nothing,
    Flush,
    Heading,
    List,
    Item,
    Quote,
    Bold,
    Link,
    Cell,
    Row,
    Table,
    Space,
}

impl Walk<'_> {
    fn piece(&self, kept: Kept, builder: &mut Builder) {
        let mut open: Vec<(usize, Closing)> = Vec::new();
        let layouts = table::layouts(self.page, kept);
        let mut tables: Vec<bool> = Vec::new();
        let mut in_head = 0usize;
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
            if outside || node.hidden || node.role == Role::Void || self.is_chrome(at) {
                at = node.end.max(at + 1);
                continue;
            }
            let as_rows = tables.last().copied().unwrap_or(false);
            let closing = match node.role {
                Role::Text => {
                    if at >= kept.start {
                        builder.text(&node.value);
                    }
                    Closing::Nothing
                }
                Role::Inline | Role::Void => Closing::Nothing,
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
                Role::Item if !as_rows => {
                    if self.is_definition_start(at, &open) {
                        builder.list_open();
                        builder.item_open();
                        Closing::List
                    } else {
                        builder.item_open();
                        Closing::Item
                    }
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
        let inside = self.page.nodes.get(at..node.end).unwrap_or_default();
        if node.role == Role::Button {
            // An accordion's button is its heading; any other is a control.
            return !self
                .page
                .nodes
                .get(at.saturating_sub(3)..at)
                .unwrap_or_default()
                .iter()
                .any(|before| matches!(before.role, Role::Heading(_)) && before.end >= node.end)
                && inside
                    .iter()
                    .filter(|inner| inner.role == Role::Text)
                    .map(|inner| inner.value.trim().len())
                    .sum::<usize>()
                    < 40;
        }
        // A banner that holds the page's title, or most of the words, is no chrome.
        self.drop_around
            && node.around
            && !inside.iter().any(|inner| inner.role == Role::Heading(1))
            && inside
                .iter()
                .filter(|inner| inner.role == Role::Text)
                .map(|inner| inner.value.len())
                .sum::<usize>()
                < 20_000
    }

    fn is_definition_start(&self, at: usize, open: &[(usize, Closing)]) -> bool {
        // A `dd` stands in a `dl`, whose closing is a plain flush; an `li` stands in a list.
        !open.iter().rev().any(|(_, closing)| matches!(closing, Closing::List)) && self.page.nodes.get(at).is_some()
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

fn close(closing: Closing, builder: &mut Builder, tables: &mut Vec<bool>) {
    match closing {
        Closing::Nothing => {}
        Closing::Flush => builder.flush(),
        Closing::Heading => builder.heading_close(),
        Closing::List => builder.list_close(),
        Closing::Item => builder.item_close(),
        Closing::Quote => builder.quote_close(),
        Closing::Bold => builder.bold_close(),
        Closing::Link => builder.link_close(),
        Closing::Cell => builder.cell_close(),
        Closing::Row => builder.row_close(),
        Closing::Space => builder.text(" "),
        Closing::Table => {
            if tables.pop().unwrap_or(false) {
                builder.table_close();
            } else {
                builder.flush();
            }
        }
    }
}
