//! Gathers words into blocks: the one place where the normal form of a policy text is made, for HTML and Markdown.
//!
//! Invariant: what comes out keeps the invariants of [`PolicyText`], whatever is called in whatever order; every
//! block has at least one letter or digit.

pub mod lines;
mod lists;
mod rows;

use atlas_domain::{Block, BlockKind, Link, PolicyText};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use self::lines::Line;
use crate::{TextError, guard, outline};

/// Nesting of lists that is told apart.
const MAX_LIST_DEPTH: usize = 9;
/// A paragraph in bold up to this many bytes is a heading.
const MAX_BOLD_HEADING: usize = 100;

/// Characters that are not seen and mean nothing: hyphenation hints, marks of direction, watermarks.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\0' | '\u{ad}'
            | '\u{34f}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// White space that stands before the next word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Gap {
    #[default]
    None,
    Space,
    Break,
}

#[derive(Debug, Clone, Copy, Default)]
struct List {
    stem: Option<usize>,
    /// The next block is the item's first.
    fresh_item: bool,
    /// Opened by an item that stands in no list; it ends with the item.
    implicit: bool,
}

/// A run of bullets written by hand.
#[derive(Debug, Clone, Copy)]
struct Bullets {
    stem: Option<usize>,
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
    parted: bool,
    heading: Option<u8>,
    real_level: u8,
    lists: Vec<List>,
    quotes: usize,
    bold: usize,
    plain_seen: bool,
    bold_seen: bool,
    row: Option<Row>,
    tables: Vec<Option<usize>>,
    bullets: Option<Bullets>,
    /// Blocks beyond what a text may have.
    left_out: usize,
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
                c if is_invisible(c) => {}
                // Joiners shape some scripts; between Latin letters they only hide a difference.
                '\u{200c}' | '\u{200d}' if self.words.ends_with(|last: char| last.is_ascii()) => {}
                c if c.is_whitespace() || c.is_control() => self.put_space(),
                c => self.visible(c),
            }
        }
    }

    /// The words of the present block so far, unless white space follows them.
    pub fn words_so_far(&self) -> &str {
        if self.gap == Gap::None { &self.words } else { "" }
    }

    /// Blocks that are written so far.
    pub fn blocks(&self) -> usize {
        self.out.blocks.len()
    }

    /// Parts what follows from the word before it where both would be read as one.
    pub fn part(&mut self) {
        self.parted = true;
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
        let glued = self.gap == Gap::None && std::mem::take(&mut self.parted);
        if glued && c.is_alphanumeric() && self.words.ends_with(char::is_alphanumeric) {
            self.words.push(' ');
        }
        self.parted = false;
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
        match lines::split(&words).filter(|_| self.heading.is_none()) {
            Some(lines) => {
                for (line, range) in lines {
                    let inside = links
                        .iter()
                        .filter_map(|link| lines::within(link, &range))
                        .collect::<Vec<_>>();
                    self.block(words.get(range).unwrap_or_default(), &inside, line, false);
                }
            }
            None => self.block(&words, &links, Line::Plain, bold),
        }
        self.open_link = reopened;
    }

    fn suspend_link(&mut self) -> Option<(usize, String)> {
        let (start, href) = self.open_link.take()?;
        self.push_link(start, href.clone());
        Some((usize::MAX, href))
    }

    fn block(&mut self, words: &str, links: &[Link], line: Line, bold: bool) {
        if !words.contains(char::is_alphanumeric) {
            return;
        }
        if self.out.blocks.len() >= guard::MAX_BLOCKS {
            self.left_out += 1;
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
        let mut shift = outline::bullet(words);
        if kind == BlockKind::Paragraph && (line != Line::Plain || stem.is_none() && shift > 0) {
            // Bullets written by hand: what introduces the first of them introduces them all.
            shift = if line == Line::Dashed {
                lines::dash(words)
            } else {
                shift
            };
            let under = u8::try_from(depth.min(MAX_LIST_DEPTH - 1)).unwrap_or_default();
            let introduced = last.filter(|index| self.introduces(*index));
            let run = self.bullets.get_or_insert(Bullets { stem: introduced });
            (kind, level, stem) = (BlockKind::ListItem, under + 1, run.stem);
        } else {
            shift = 0;
            self.bullets = None;
        }
        let words = words.get(shift..).unwrap_or_default();
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

    /// Ends a text that has to keep the bounds of [`guard`].
    pub fn finish_bounded(mut self) -> Result<PolicyText, TextError> {
        self.end();
        let left_out = self.left_out;
        let text = self.finish();
        guard::check_size(&text, left_out)?;
        Ok(text)
    }

    fn end(&mut self) {
        self.row_close();
        self.flush();
    }

    /// Ends the text: headings, anchors and sentences are filled in.
    pub fn finish(mut self) -> PolicyText {
        self.end();
        let mut text = self.out;
        text.links.sort_by_key(|link| (link.start, link.end));
        outline::complete(&mut text);
        text
    }
}
