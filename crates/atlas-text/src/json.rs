//! The shapes that `extract --json` and `compare --json` print.
//!
//! Invariant: fields are only ever added; `docs/schemas/` describes them and a test holds the two together.

use atlas_domain::{BlockKind, Comparison, PolicyText, Sha256};
use serde::{Deserialize, Serialize};

use crate::{Extract, normal};

/// The output of `extract --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractOutput {
    /// The whole text; every offset points into it.
    pub text: String,
    /// SHA-256 of the text.
    pub text_sha256: Sha256,
    /// SHA-256 of its normalised words.
    pub normal_sha256: Sha256,
    /// Number of words.
    pub words: usize,
    /// Its blocks, in order.
    pub blocks: Vec<BlockOutput>,
    /// Its links, in order.
    pub links: Vec<LinkOutput>,
    /// A selector that finds the same content, where none was given and a short one is good enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_selector: Option<String>,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockOutput {
    /// What it is.
    pub kind: BlockKind,
    /// Heading level or list depth; 0 otherwise.
    pub level: u8,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The words.
    pub text: String,
    /// The words of the heading that governs it; empty if none does.
    pub heading: String,
    /// Index of the block that introduces it.
    pub stem: Option<usize>,
    /// A name for links to it.
    pub anchor: String,
    /// Its sentences.
    pub sentences: Vec<SentenceOutput>,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentenceOutput {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkOutput {
    /// First byte of the linked words.
    pub start: usize,
    /// One past their last byte.
    pub end: usize,
    /// The target.
    pub href: String,
}

impl From<&PolicyText> for ExtractOutput {
    fn from(text: &PolicyText) -> Self {
        Self {
            text: text.text.clone(),
            text_sha256: normal::text_sha256(text),
            normal_sha256: normal::normal_sha256(text),
            words: text.word_count(),
            blocks: text
                .blocks
                .iter()
                .map(|block| BlockOutput {
                    kind: block.kind,
                    level: block.level,
                    start: block.start,
                    end: block.end,
                    text: text.block_text(block).to_owned(),
                    heading: text.heading_text(block).to_owned(),
                    stem: block.stem,
                    anchor: block.anchor.clone(),
                    sentences: block
                        .sentences
                        .iter()
                        .map(|sentence| SentenceOutput {
                            start: sentence.start,
                            end: sentence.end,
                        })
                        .collect(),
                })
                .collect(),
            links: text
                .links
                .iter()
                .map(|link| LinkOutput {
                    start: link.start,
                    end: link.end,
                    href: link.href.clone(),
                })
                .collect(),
            proposed_selector: None,
        }
    }
}

impl From<&Extract> for ExtractOutput {
    fn from(extract: &Extract) -> Self {
        Self {
            proposed_selector: extract.proposed_selector.clone(),
            ..Self::from(&extract.text)
        }
    }
}

/// The output of `compare --json`: the judged difference itself.
pub type CompareOutput = Comparison;
