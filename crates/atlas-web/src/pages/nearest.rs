//! The passage of a text that comes nearest to words which do not stand in it.
//!
//! Invariant: what is named is a sentence of the text, never of the quotation, and only where at least
//! [`LEAST_PERCENT`] of the pairs of neighbouring words agree.

use std::collections::HashSet;

use atlas_domain::PolicyText;

use super::text_view::Mark;

/// Least share of agreeing word pairs, in percent of the pairs of both passages (Dice coefficient).
const LEAST_PERCENT: usize = 35;
/// Most words of a quotation that are compared.
const MOST_WORDS: usize = 400;

/// The sentence that shares the most pairs of neighbouring words with a quotation, and how many, in percent.
pub(super) fn nearest(text: &PolicyText, quotation: &str) -> Option<(Mark, usize)> {
    let wanted = pairs(quotation);
    if wanted.is_empty() {
        return None;
    }
    text.blocks
        .iter()
        .flat_map(|block| block.sentences.iter().map(|sentence| (sentence.start, sentence.end)))
        .filter_map(|(start, end)| {
            let held = pairs(text.text.get(start..end)?);
            let shared = held.intersection(&wanted).count();
            let percent = (200 * shared).checked_div(held.len() + wanted.len())?;
            Some((Mark { start, end }, percent))
        })
        .filter(|(_, percent)| *percent >= LEAST_PERCENT)
        // The first of equals, in order of the text.
        .fold(None, |best: Option<(Mark, usize)>, found| match best {
            Some(best) if best.1 >= found.1 => Some(best),
            _ => Some(found),
        })
}

/// Pairs of neighbouring words, in lower case and without punctuation.
fn pairs(passage: &str) -> HashSet<(String, String)> {
    let words: Vec<String> = passage
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .map(str::to_lowercase)
        .collect();
    words
        .windows(2)
        .filter_map(|pair| Some((pair.first()?.clone(), pair.last()?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use atlas_domain::{Block, BlockKind, PolicyText, Span};

    use super::nearest;

    fn text(sentences: &[&str]) -> PolicyText {
        let mut text = String::new();
        let mut spans = Vec::new();
        for sentence in sentences {
            let start = text.len();
            text.push_str(sentence);
            spans.push(Span { start, end: text.len() });
            text.push(' ');
        }
        PolicyText {
            blocks: vec![Block {
                kind: BlockKind::Paragraph,
                level: 0,
                start: 0,
                end: text.len(),
                heading: None,
                stem: None,
                anchor: "a".to_owned(),
                sentences: spans,
            }],
            text,
            links: Vec::new(),
        }
    }

    #[test]
    fn the_sentence_with_most_agreeing_word_pairs_is_nearest_and_a_stranger_is_none() {
        let text = text(&[
            "We keep logs for thirty days.",
            "We may use content you submit to train our models unless you turn this off.",
            "Write to us at any time.",
        ]);
        let (mark, percent) = nearest(&text, "We will use the content you submit to train our models.").unwrap();
        assert!(
            text.text
                .get(mark.start..mark.end)
                .unwrap()
                .starts_with("We may use content")
        );
        assert!((35..100).contains(&percent), "{percent}");
        assert!(nearest(&text, "Arbitration is binding in every case.").is_none());
        for nothing in ["", "one", "\u{0}", "….— !"] {
            assert!(nearest(&text, nothing).is_none(), "{nothing}");
        }
        assert!(nearest(&text, &"word ".repeat(200_000)).is_none());
    }
}
