//! The text of a policy as we hold it: one string, and an ordered list of blocks that point into it.
//!
//! Invariant: every offset is a byte offset on a character boundary of `text`, blocks are in order and do not
//! overlap, and sentences lie inside their block. `text` is Markdown in its block structure only (`# `, `- `,
//! `| a | b |`); inline marks are not written, so a quotation is what a reader sees. Links are kept beside it.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// A heading; `level` is 1 to 6.
    Heading,
    /// A paragraph.
    Paragraph,
    /// One item of a list; `level` is the nesting depth, from 1.
    ListItem,
    /// One row of a table, cells joined by ` | `.
    TableRow,
    /// A quotation block.
    Quote,
}

/// A paragraph-sized piece of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Heading level or list depth; 0 otherwise.
    pub level: u8,
    /// First byte of the block's words (after any Markdown mark such as `## ` or `- `).
    pub start: usize,
    /// One past the block's last byte.
    pub end: usize,
    /// Index of the nearest governing heading block, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<usize>,
    /// Index of the block that introduces this list item ("We do not:") or of a table's header row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stem: Option<usize>,
    /// A name for links to this block, unique within the text and stable while the words stand.
    pub anchor: String,
    /// The sentences of the block, in order.
    pub sentences: Vec<Span>,
}

/// A hyperlink on some of the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// First byte of the linked words.
    pub start: usize,
    /// One past the last byte of the linked words.
    pub end: usize,
    /// The target as written, made absolute where a base was known.
    pub href: String,
}

/// The text of one policy with its structure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyText {
    /// The whole text.
    pub text: String,
    /// Its blocks, in order.
    pub blocks: Vec<Block>,
    /// Its links, in order.
    #[serde(default)]
    pub links: Vec<Link>,
}

impl PolicyText {
    /// The words between two byte offsets; empty where they do not fall on the text.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }
    /// The words of a block.
    pub fn block_text(&self, block: &Block) -> &str {
        self.slice(block.start, block.end)
    }
    /// The words of the heading that governs a block; empty if none does.
    pub fn heading_text(&self, block: &Block) -> &str {
        block
            .heading
            .and_then(|index| self.blocks.get(index))
            .map_or("", |heading| self.block_text(heading))
    }
    /// The block that holds a byte offset.
    pub fn block_at(&self, offset: usize) -> Option<&Block> {
        let index = self.blocks.partition_point(|block| block.end <= offset);
        self.blocks.get(index).filter(|block| block.start <= offset)
    }
    /// Number of whitespace-separated words.
    pub fn word_count(&self) -> usize {
        self.text.split_whitespace().count()
    }
}
