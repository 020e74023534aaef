//! Gathers words into blocks: the one place where the normal form of a policy text is made, for HTML and Markdown.
//!
//! Invariant: what comes out keeps the invariants of [`PolicyText`], whatever is called in whatever order; every
//! block has at least one letter or digit.

use atlas_domain::{Block, BlockKind, Link, PolicyText};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use crate::outline;

/// Nesting of lists that is told apart.
const MAX_LIST_DEPTH: usize = 9;
/// A paragraph in bold up to this many bytes is a heading.
const MAX_BOLD_HEADING: usize = 100;

/// White space that stands before the next word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    Break,
}

#[derive(Debug, Clone, Copy)]
struct List {
    stem: Option<usize>,
    /// The next block is the item's first.
    fresh_item: bool,
}

#[derive(Debug, Clone, Default)]
struct Row {
    cells: Vec<(String, Vec<Link>)>,
    header: bool,
}

/// Gathers words into blocks.
#[derive(Debug, Default)]
pub struct Builder {
    out: PolicyText,
    words: String,
    links: Vec<Link>,
    open_link: Option<(usize, String)>,
    gap: Gap,
    heading: Option<u8>,
    real_level: u8,
    lists: Vec<List>,
    quotes: usize,
    bold: usize,
    plain_seen: bool,
    bold_seen: bool,
    row: Option<Row>,
    tables: Vec<Option<usize>>,
    bullet_stem: Option<usize>,
}

impl Builder {
    /// Adds words as they stand in the source; white space is folded, invisible characters are dropped.
    pub fn text(&mut self, text: &str) {
        if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            self.chars(text.chars());
        } else {
            self.chars(text.nfc());
        }
    }

    fn chars(&mut self, chars: impl Iterator<Item = char>) {
        for c in chars {
            match c {
                '\u{ad}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2060}'
                | '\u{feff}'
                | '\u{202a}'..='\u{202e}'
                | '\0' => {}
                c if c.is_whitespace() || c.is_control() => self.put_space(),
                c => self.visible(c),
            }
        }
    }

    fn put_space(&mut self) {
        if self.gap == Gap::None {
            self.gap = Gap::Space;
        }
    }

    fn visible(&mut self, c: char) {
        if self.words.is_empty() {
            self.gap = Gap::None;
        }
        if self.gap == Gap::Break {
            self.words.push('\n');
        } else if self.gap == Gap::Space {
            self.words.push(' ');
        }
        self.gap = Gap::None;
        if let Some((start, _)) = &mut self.open_link
            && *start == usize::MAX
        {
            *start = self.words.len();
        }
        self.words.push(c);
        if c.is_alphanumeric() {
            if self.bold > 0 {
                self.bold_seen = true;
            } else {
                self.plain_seen = true;
            }
        }
    }

    /// A line break inside a block; two in a row end the block.
    pub fn line_break(&mut self) {
        if self.row.is_some() || self.heading.is_some() {
            self.put_space();
        } else if self.gap == Gap::Break {
            self.flush();
        } else if !self.words.is_empty() {
            self.gap = Gap::Break;
        }
    }

    /// Words up to [`Self::bold_close`] are bold.
    pub fn bold_open(&mut self) {
        self.bold += 1;
    }
    /// Ends bold words.
    pub fn bold_close(&mut self) {
        self.bold = self.bold.saturating_sub(1);
    }

    /// Words up to [`Self::link_close`] lead to `href`.
    pub fn link_open(&mut self, href: String) {
        self.link_close();
        self.open_link = Some((usize::MAX, href));
    }
    /// Ends [`Self::link_open`].
    pub fn link_close(&mut self) {
        if let Some((start, href)) = self.open_link.take() {
            self.push_link(start, href);
        }
    }
    fn push_link(&mut self, start: usize, href: String) {
        let end = self.words.len();
        if start < end && !href.is_empty() {
            self.links.push(Link { start, end, href });
        }
    }

    /// Ends the block that is being gathered. Inside a table row it only parts words.
    pub fn flush(&mut self) {
        if self.row.is_some() {
            self.put_space();
            return;
        }
        let reopened = self.suspend_link();
        let words = std::mem::take(&mut self.words);
        let links = std::mem::take(&mut self.links);
        let bold = self.bold_seen && !self.plain_seen;
        self.gap = Gap::None;
        (self.bold_seen, self.plain_seen) = (false, false);
        self.block(&words, &links, bold);
        self.open_link = reopened;
    }

    fn suspend_link(&mut self) -> Option<(usize, String)> {
        let (start, href) = self.open_link.take()?;
        self.push_link(start, href.clone());
        Some((usize::MAX, href))
    }

    fn block(&mut self, words: &str, links: &[Link], bold: bool) {
        if !words.contains(char::is_alphanumeric) {
            return;
        }
        let last = self.out.blocks.len().checked_sub(1);
        let depth = self.lists.len();
        let (mut kind, mut level, mut stem) = (BlockKind::Paragraph, 0, None);
        if let Some(heading) = self.heading {
            (kind, level) = (BlockKind::Heading, heading);
            self.real_level = heading;
        } else if let Some(list) = self.lists.last_mut() {
            stem = list.stem;
            if list.fresh_item {
                list.fresh_item = false;
                kind = BlockKind::ListItem;
                level = u8::try_from(depth.min(MAX_LIST_DEPTH)).unwrap_or(1);
            }
        } else if self.quotes > 0 {
            kind = BlockKind::Quote;
        } else if bold && words.len() <= MAX_BOLD_HEADING && outline::reads_as_heading(words) {
            (kind, level) = (BlockKind::Heading, (self.real_level + 1).clamp(2, 6));
        }
        let mut shift = 0;
        if kind == BlockKind::Paragraph && stem.is_none() && outline::bullet(words) > 0 {
            shift = outline::bullet(words);
            (kind, level, stem) = (BlockKind::ListItem, 1, self.bullet_stem);
        } else if kind != BlockKind::Paragraph || depth == 0 {
            self.bullet_stem = None;
        }
        let words = words.get(shift..).unwrap_or_default();
        if kind == BlockKind::ListItem && stem.is_none() && shift > 0 {
            stem = last.filter(|index| self.introduces(*index));
            self.bullet_stem = stem;
        }
        let mark = match kind {
            BlockKind::Heading => format!("{} ", "#".repeat(usize::from(level))),
            BlockKind::ListItem => format!("{}- ", "  ".repeat(usize::from(level).saturating_sub(1))),
            BlockKind::Quote => "> ".to_owned(),
            BlockKind::Paragraph | BlockKind::TableRow => String::new(),
        };
        self.append(kind, level, stem, &mark, words, "", links, shift);
    }

    #[expect(clippy::too_many_arguments, reason = "one private writer for every kind of block")]
    fn append(
        &mut self,
        kind: BlockKind,
        level: u8,
        stem: Option<usize>,
        mark: &str,
        words: &str,
        tail: &str,
        links: &[Link],
        shift: usize,
    ) {
        let tight = |kind| matches!(kind, BlockKind::ListItem | BlockKind::TableRow);
        if let Some(previous) = self.out.blocks.last() {
            let joined = previous.kind == kind && tight(kind);
            self.out.text.push_str(if joined { "\n" } else { "\n\n" });
        }
        self.out.text.push_str(mark);
        let start = self.out.text.len();
        self.out.text.push_str(words);
        let end = self.out.text.len();
        self.out.text.push_str(tail);
        self.out
            .links
            .extend(links.iter().filter(|link| link.end > shift).map(|link| Link {
                start: start + link.start.saturating_sub(shift),
                end: start + (link.end - shift),
                href: link.href.clone(),
            }));
        self.out.blocks.push(Block {
            kind,
            level,
            start,
            end,
            heading: None,
            stem,
            anchor: String::new(),
            sentences: Vec::new(),
        });
    }

    fn introduces(&self, index: usize) -> bool {
        self.out.blocks.get(index).is_some_and(|block| {
            matches!(
                block.kind,
                BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quote
            ) && !self.out.block_text(block).ends_with(['.', '!', '?'])
        })
    }

    /// Starts a heading of a level from 1 to 6.
    pub fn heading_open(&mut self, level: u8) {
        self.flush();
        self.heading = Some(level.clamp(1, 6));
    }
    /// Ends a heading.
    pub fn heading_close(&mut self) {
        self.flush();
        self.heading = None;
    }

    /// Starts a list; the block before it introduces its items if it does not end a sentence.
    pub fn list_open(&mut self) {
        self.flush();
        let last = self.out.blocks.len().checked_sub(1);
        let stem = last.filter(|index| self.introduces(*index));
        self.lists.push(List {
            stem,
            fresh_item: false,
        });
    }
    /// Ends a list.
    pub fn list_close(&mut self) {
        self.flush();
        self.lists.pop();
    }
    /// Starts an item; an item outside any list is an item of a list of its own.
    pub fn item_open(&mut self) {
        self.flush();
        if let Some(list) = self.lists.last_mut() {
            list.fresh_item = true;
        } else {
            self.lists.push(List {
                stem: None,
                fresh_item: true,
            });
        }
    }
    /// Ends an item.
    pub fn item_close(&mut self) {
        self.flush();
        if let Some(list) = self.lists.last_mut() {
            list.fresh_item = false;
        }
    }

    /// Starts a quotation.
    pub fn quote_open(&mut self) {
        self.flush();
        self.quotes += 1;
    }
    /// Ends a quotation.
    pub fn quote_close(&mut self) {
        self.flush();
        self.quotes = self.quotes.saturating_sub(1);
    }

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
        let header = self.tables.last().copied().flatten();
        self.append(BlockKind::TableRow, 0, header, "| ", &words, " |", &links, 0);
        if let Some(slot) = self.tables.last_mut().filter(|_| row.header) {
            *slot = self.out.blocks.len().checked_sub(1);
        }
    }

    /// Ends the text: headings, anchors and sentences are filled in.
    pub fn finish(mut self) -> PolicyText {
        self.row_close();
        self.flush();
        let mut text = self.out;
        text.links.sort_by_key(|link| (link.start, link.end));
        outline::complete(&mut text);
        text
    }
}
