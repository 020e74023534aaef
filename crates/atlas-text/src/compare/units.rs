//! Sentences as units of comparison.
//!
//! Invariant: units are in the order of the text and cover every sentence of every block; words are normalised only
//! for units that have no identical twin on the other side.

use std::{
    cell::OnceCell,
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use atlas_domain::{Block, BlockKind, PolicyText};

use super::{furniture, plain};
use crate::normal::{self, Word};

/// One sentence.
#[derive(Debug)]
pub struct Unit<'a> {
    /// Index of its block.
    pub block: usize,
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// The characters.
    pub text: &'a str,
    /// Equal for equal characters, in a heading or in none.
    pub raw: u64,
}

/// A side of the comparison.
#[derive(Debug)]
pub struct Side<'a> {
    /// The text.
    pub text: &'a PolicyText,
    /// Its sentences.
    pub units: Vec<Unit<'a>>,
    /// Fingerprints of its headings' words, made when they are first asked for.
    pub headings: OnceCell<HashSet<u64>>,
}

impl<'a> Side<'a> {
    /// The sentences of a text.
    pub fn new(text: &'a PolicyText) -> Self {
        let mut units = Vec::new();
        for (block, found) in text.blocks.iter().enumerate() {
            for sentence in &found.sentences {
                let words = text.slice(sentence.start, sentence.end);
                if words.is_empty() {
                    continue;
                }
                let mut hasher = DefaultHasher::new();
                words.hash(&mut hasher);
                // A line of a table of contents is not the heading that it names.
                (found.kind == BlockKind::Heading).hash(&mut hasher);
                units.push(Unit {
                    block,
                    start: sentence.start,
                    end: sentence.end,
                    text: words,
                    raw: hasher.finish(),
                });
            }
        }
        Self {
            text,
            units,
            headings: OnceCell::new(),
        }
    }

    /// A unit; the index comes from this side.
    pub fn unit(&self, index: usize) -> Option<&Unit<'a>> {
        self.units.get(index)
    }
    /// The block of a unit.
    pub fn block_of(&self, index: usize) -> Option<&'a Block> {
        self.unit(index).and_then(|unit| self.text.blocks.get(unit.block))
    }
    /// The words that introduce the unit's block, if it is an item or a row.
    pub fn stem_of(&self, index: usize) -> &'a str {
        let stem = self
            .block_of(index)
            .and_then(|block| block.stem)
            .and_then(|stem| self.text.blocks.get(stem));
        stem.map_or("", |block| self.text.block_text(block))
    }
    /// The heading that governs a unit; its own words if it is one.
    pub fn heading_of(&self, index: usize) -> &'a str {
        self.block_of(index).map_or("", |block| {
            if block.kind == BlockKind::Heading {
                self.text.block_text(block)
            } else {
                self.text.heading_text(block)
            }
        })
    }
}

/// A sentence without an identical twin.
#[derive(Debug)]
pub struct Loose {
    /// Index of the unit on its side.
    pub unit: usize,
    /// Its normalised words; empty once it is aligned.
    pub words: Vec<Word>,
    /// Equal for equal normalised words.
    pub normal: u64,
    /// It says only when the text was last changed.
    pub notice: bool,
    /// It has no word but a number at most.
    pub bare: bool,
    /// It belongs to the page and not to the policy.
    pub furniture: bool,
}

/// Normalises a unit.
pub fn loosen(side: &Side<'_>, unit: usize) -> Loose {
    let text = side.unit(unit).map_or("", |unit| unit.text);
    let mut words = plain::words(text);
    words.shrink_to_fit();
    let number = |form: &str| form.chars().all(|c| c.is_ascii_digit() || c == '.');
    Loose {
        unit,
        furniture: furniture::is_furniture(side, unit, &words),
        normal: normal::hash_words(words.iter().map(|word| word.form.as_str())),
        notice: normal::is_date_notice(text),
        bare: words.len() <= 1 && words.iter().all(|word| number(&word.form)),
        words,
    }
}
