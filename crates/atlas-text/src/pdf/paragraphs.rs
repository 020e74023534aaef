//! Lines of a PDF to paragraphs: hyphens at line ends, soft line breaks, words that go on in the next column or page.
//!
//! Invariant: every word of every line is in exactly one paragraph, in reading order.

use std::collections::HashSet;

use super::layout::{Line, Page};
use crate::builder::lines;

/// Lines that differ more in height are of two kinds.
const OTHER_SIZE: f64 = 0.08;
/// White space between two lines, in heights of a line, that parts paragraphs.
const GAP: f64 = 0.75;
/// Share of the widest line of its block up to which a line ends early.
const EARLY: f64 = 0.8;

/// Words that stand together.
#[derive(Debug)]
pub struct Paragraph {
    /// The words.
    pub words: String,
    /// The page on which it starts, from 1.
    pub page: usize,
    /// Height of its first line in points.
    pub size: f64,
    /// Number of its lines.
    pub lines: usize,
}

/// The paragraphs of all pages.
pub fn of(pages: &[Page]) -> Vec<Paragraph> {
    let known = known_words(pages);
    let mut found: Vec<Paragraph> = Vec::new();
    let mut before: Option<(&Line, usize)> = None;
    for page in pages {
        let widths = widths(page);
        for (at, line) in page.lines.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or_default();
            let goes_on = before.is_some_and(|(last, on)| {
                found
                    .last()
                    .is_some_and(|paragraph| goes_on(paragraph, last, line, on == page.number, width))
            });
            match found.last_mut().filter(|_| goes_on) {
                Some(paragraph) => {
                    join(&mut paragraph.words, &line.words, &known);
                    paragraph.lines += 1;
                }
                None => found.push(Paragraph {
                    words: line.words.clone(),
                    page: page.number,
                    size: line.size(),
                    lines: 1,
                }),
            }
            before = Some((line, page.number));
        }
    }
    found
}

/// For each line of a page, the width of the widest line of its block.
fn widths(page: &Page) -> Vec<f64> {
    let width = |line: &Line| {
        let [left, _, right, _] = line.place;
        right - left
    };
    let mut widths = Vec::with_capacity(page.lines.len());
    for block in page.lines.chunk_by(|one, two| one.block == two.block) {
        let widest = block.iter().map(width).fold(0.0, f64::max);
        widths.extend(block.iter().map(|_| widest));
    }
    widths
}

fn ends(words: &str) -> bool {
    let core = words.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
    core.ends_with(['.', '!', '?', ':', ';', '。'])
}

fn goes_on(paragraph: &Paragraph, last: &Line, line: &Line, same_page: bool, width: f64) -> bool {
    let (size, other) = (last.size(), line.size());
    if lines::starts_item(&line.words) || (size - other).abs() > size * OTHER_SIZE {
        return false;
    }
    let lower = line.words.starts_with(char::is_lowercase);
    if !same_page || last.block != line.block {
        // Another column or page: only the middle of a sentence goes on there.
        return lower && !ends(&paragraph.words);
    }
    let ([left, _, right, bottom], [_, top, ..]) = (last.place, line.place);
    if top - bottom > size * GAP {
        return false;
    }
    let early = right - left < width * EARLY;
    // A short line that ends a sentence ends its paragraph; a short line that is none, above a capital, is a title.
    !(early && !lower && (ends(&last.words) || paragraph.lines == 1))
}

/// The words of the file, lower case, to tell a hyphen of its own from one of the line's end.
fn known_words(pages: &[Page]) -> HashSet<String> {
    let words = pages
        .iter()
        .flat_map(|page| &page.lines)
        .flat_map(|line| line.words.split(' '));
    words.map(bare).filter(|word| word.len() > 2).collect()
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-')
        .to_lowercase()
}

/// Adds a line to a paragraph. "under- stand" is one word; "third- party" keeps its hyphen where the file writes it
/// so elsewhere, or knows both halves and not the whole.
fn join(words: &mut String, line: &str, known: &HashSet<String>) {
    if let Some(shorter) = words.strip_suffix('\u{ad}').map(str::len) {
        words.truncate(shorter);
        words.push_str(line);
        return;
    }
    let half = words.rsplit(' ').next().unwrap_or_default();
    let Some(first) = half
        .strip_suffix(['-', '‐'])
        .filter(|first| first.ends_with(char::is_alphabetic) && line.starts_with(char::is_lowercase))
    else {
        words.push(' ');
        words.push_str(line);
        return;
    };
    let second = line.split(' ').next().unwrap_or_default();
    let (first, second) = (bare(first), bare(second));
    let whole = known.contains(&format!("{first}{second}"));
    let hyphened = known.contains(&format!("{first}-{second}"));
    let halves = known.contains(&first) && known.contains(&second);
    if whole || !(hyphened || halves) {
        words.pop();
    }
    words.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::{HashSet, join};

    #[test]
    fn a_hyphen_at_the_end_of_a_line_is_told_from_one_of_the_words() {
        let known: HashSet<String> = ["third-party", "opt", "out", "long", "term", "longterm"]
            .map(str::to_owned)
            .into();
        for (start, line, expected) in [
            ("we under-", "stand it", "we understand it"),
            ("a third-", "party owner", "a third-party owner"),
            ("you opt-", "out of it", "you opt-out of it"),
            ("a long-", "term loan", "a longterm loan"),
            ("the soft\u{ad}", "ware", "the software"),
            ("pages 3-", "5", "pages 3- 5"),
            ("a dash -", "then words", "a dash - then words"),
            ("plain", "words", "plain words"),
        ] {
            let mut words = start.to_owned();
            join(&mut words, line, &known);
            assert_eq!(words, expected);
        }
    }
}
