//! The laid-out words of a PDF, as `pdftotext -bbox-layout` writes them, to policy text.
//!
//! Invariant: linear in the words; headers, footers and page numbers are left out only where they repeat; a block's
//! anchor names the page on which it starts: `page-3` for the first of the page, `page-3-…` for the others.

mod furniture;
mod layout;
mod paragraphs;

use std::collections::HashMap;

use atlas_domain::PolicyText;

use self::paragraphs::Paragraph;
use crate::{
    TextError,
    builder::{Builder, lines},
    normal, outline,
};

/// Sizes of headings that are told apart.
const MAX_LEVELS: usize = 4;
/// A heading is larger than the words around it by a tenth at least.
const LARGER: f64 = 1.1;
/// Sizes that differ by less are one size.
const SAME_SIZE: f64 = 0.04;
/// Characters of a numbered line up to which it can be a heading in the size of the text.
const MAX_NUMBERED: usize = 80;

/// Reads the layout of a PDF.
pub fn parse(layout: &str) -> Result<PolicyText, TextError> {
    let mut pages = layout::parse(layout);
    furniture::drop_from(&mut pages);
    let paragraphs = paragraphs::of(&pages);
    let body = body_size(&paragraphs);
    let sizes = heading_sizes(&paragraphs, body);
    let mut builder = Builder::default();
    let mut started: Vec<usize> = Vec::new();
    for (at, paragraph) in paragraphs.iter().enumerate() {
        let next = paragraphs.get(at + 1);
        write(&mut builder, paragraph, level(paragraph, next, body, &sizes));
        started.resize(builder.blocks(), paragraph.page);
    }
    let mut text = builder.finish_bounded()?;
    name_pages(&mut text, &started);
    Ok(text)
}

fn write(builder: &mut Builder, paragraph: &Paragraph, level: Option<u8>) {
    if let Some(level) = level {
        builder.heading_open(level);
        builder.text(&paragraph.words);
        builder.heading_close();
    } else if lines::starts_item(&paragraph.words) {
        builder.item_open();
        builder.text(paragraph.words.get(lines::dash(&paragraph.words)..).unwrap_or_default());
        builder.item_close();
    } else {
        builder.text(&paragraph.words);
        builder.flush();
    }
}

/// The size in which most characters stand.
fn body_size(paragraphs: &[Paragraph]) -> f64 {
    let mut sizes: Vec<(f64, usize)> = paragraphs
        .iter()
        .map(|paragraph| (paragraph.size, paragraph.words.len()))
        .collect();
    sizes.sort_by(|one, two| one.0.total_cmp(&two.0));
    let half = sizes.iter().map(|(_, characters)| characters).sum::<usize>() / 2;
    let mut seen = 0;
    let median = sizes.iter().find(|(_, characters)| {
        seen += characters;
        seen > half
    });
    median.map_or(0.0, |(size, _)| *size)
}

/// The sizes of headings, the largest first.
fn heading_sizes(paragraphs: &[Paragraph], body: f64) -> Vec<f64> {
    let mut sizes: Vec<f64> = paragraphs
        .iter()
        .filter(|paragraph| paragraph.size > body * LARGER && outline::reads_as_heading(&paragraph.words))
        .map(|paragraph| paragraph.size)
        .collect();
    sizes.sort_by(|one, two| two.total_cmp(one));
    sizes.dedup_by(|one, two| (*two - *one).abs() < *two * SAME_SIZE);
    sizes.truncate(MAX_LEVELS);
    sizes
}

/// The level of a heading; `None` for anything else.
fn level(paragraph: &Paragraph, next: Option<&Paragraph>, body: f64, sizes: &[f64]) -> Option<u8> {
    if !outline::reads_as_heading(&paragraph.words) {
        return None;
    }
    let below = |at: usize| u8::try_from(at + 1).unwrap_or(6);
    if paragraph.size > body * LARGER {
        let known = sizes.iter().position(|size| paragraph.size > size * (1.0 - SAME_SIZE));
        return Some(below(known.unwrap_or(sizes.len())));
    }
    // "4. Your content" in the size of the text, above words that are not the next item of a list.
    let title = normal::without_enumerator(&paragraph.words);
    let numbered = title.len() < paragraph.words.len() && title.starts_with(char::is_uppercase);
    let heads = next.is_some_and(|next| next.words.len() > paragraph.words.len() && !lines::starts_item(&next.words));
    (numbered && heads && paragraph.lines == 1 && paragraph.words.len() <= MAX_NUMBERED)
        .then(|| below(sizes.len().max(1)))
}

/// Names blocks by their pages; `started` has the page of each block.
fn name_pages(text: &mut PolicyText, started: &[usize]) {
    let mut taken = HashMap::new();
    let mut last = 0;
    for index in 0..text.blocks.len() {
        let Some(page) = started.get(index).copied() else {
            continue;
        };
        let words = text
            .blocks
            .get(index)
            .map(|block| text.block_text(block))
            .unwrap_or_default();
        let name = if page == last {
            format!("page-{page}-{:08x}", normal::fingerprint(words) & 0xffff_ffff)
        } else {
            format!("page-{page}")
        };
        last = page;
        let name = outline::unique(name, &mut taken);
        if let Some(block) = text.blocks.get_mut(index) {
            block.anchor = name;
        }
    }
}
