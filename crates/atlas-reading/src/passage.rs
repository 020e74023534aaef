//! A sentence as the rules see it: its words in one plain form, with what introduces it and what follows it.
//! Invariant: `start` and `end` are offsets of the sentence itself in the policy text; the words that rules match
//! may begin with a list's stem, which is never part of the quotation.

use atlas_domain::{Block, BlockKind, PolicyText};

/// Sentences longer than this are tables of contents or missing full stops; no rule can say what they mean.
const LONGEST: usize = 2_400;
/// A stem longer than this is a paragraph of its own, not the opening of a list item's sentence.
const LONGEST_STEM: usize = 400;

/// One sentence with its surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// First byte of the sentence.
    pub(crate) start: usize,
    /// One past the last byte of the sentence.
    pub(crate) end: usize,
    /// The plain words, list stem first.
    pub(crate) words: String,
    /// Length of the stem in `words`, in bytes: a match inside it belongs to the stem's own sentence.
    pub(crate) stem_len: usize,
    /// The plain words of the governing heading.
    pub(crate) heading: String,
    /// The sentence after it in the same block, with its end.
    pub(crate) next: Option<(String, usize)>,
}

/// Every sentence that a rule could read, in order.
pub(crate) fn passages(text: &PolicyText) -> Vec<Passage> {
    let mut found = Vec::new();
    for block in text.blocks.iter().filter(|block| block.kind != BlockKind::Heading) {
        let heading = plain(text.heading_text(block));
        let stem = stem(text, block);
        let sentences: Vec<(usize, usize, String)> = block
            .sentences
            .iter()
            .filter(|span| span.end > span.start && span.end - span.start <= LONGEST)
            .map(|span| (span.start, span.end, plain(text.slice(span.start, span.end))))
            .collect();
        for (index, (start, end, sentence)) in sentences.iter().enumerate() {
            let (stem_len, words) = match &stem {
                Some(stem) if index == 0 => (stem.len(), format!("{stem} {sentence}")),
                _ => (0, sentence.clone()),
            };
            // A question states nothing; its answer is a sentence of its own.
            if words.trim_end().ends_with('?') {
                continue;
            }
            let next = sentences.get(index + 1).map(|(_, end, words)| (words.clone(), *end));
            found.push(Passage {
                start: *start,
                end: *end,
                words,
                stem_len,
                heading: heading.clone(),
                next,
            });
        }
    }
    found
}

/// The words that open a list item's sentence ("we do not"), without their colon.
fn stem(text: &PolicyText, block: &Block) -> Option<String> {
    if block.kind != BlockKind::ListItem {
        return None;
    }
    let parent = text.blocks.get(block.stem?)?;
    if parent.kind == BlockKind::Heading {
        return None;
    }
    let opening = parent
        .sentences
        .last()
        .map_or_else(|| text.block_text(parent), |s| text.slice(s.start, s.end));
    let opening = plain(opening);
    let opening = opening.strip_suffix(':')?.trim_end();
    if opening.len() > LONGEST_STEM {
        return None;
    }
    // A nested list: its stem is an item that has a stem of its own.
    match stem(text, parent) {
        Some(outer) if outer.len() + opening.len() <= LONGEST_STEM => Some(format!("{outer} {opening}")),
        _ => Some(opening.to_owned()),
    }
}

/// ASCII, lower case, straight quotes, plain hyphens, single spaces: the form in which every rule is written.
pub(crate) fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut space = true;
    for letter in text.chars() {
        let letter = match letter {
            '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' => '\'',
            '\u{201C}' | '\u{201D}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            '\u{200B}' | '\u{00AD}' | '\u{FEFF}' => continue,
            other => other,
        };
        if letter.is_whitespace() {
            if !space {
                words.push(' ');
            }
            space = true;
        } else {
            // Patterns are English; a letter beyond ASCII only has to keep its place.
            words.push(if letter.is_ascii() {
                letter.to_ascii_lowercase()
            } else {
                '~'
            });
            space = false;
        }
    }
    if words.ends_with(' ') {
        words.pop();
    }
    words
}
