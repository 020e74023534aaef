//! The outline of a text: which heading governs which block, names for links to blocks, sentences; joining texts.
//!
//! Invariant: anchors are unique within a text and depend on the words of the block and its heading alone, unless
//! two blocks say the same.

use std::collections::HashMap;

use atlas_domain::{BlockKind, PolicyText};

use crate::{normal, sentence};

/// Longest anchor made from a heading, in characters.
const MAX_SLUG: usize = 48;

/// Bytes of a block by which it is told from others.
const MAX_PRINTED: usize = 16_000;

/// Characters that some pages write instead of a list.
const BULLETS: &[char] = &['•', '·', '▪', '◦', '‣', '●', '○', '■', '∙', '⁃'];

/// Bytes of a bullet written by hand in front of some words, with the space after it; 0 if there is none.
pub fn bullet(words: &str) -> usize {
    let rest = words.trim_start_matches(BULLETS);
    if rest.len() == words.len() {
        return 0;
    }
    words.len() - rest.trim_start().len()
}

/// Whether a short line in bold is a heading rather than an emphasised sentence.
pub fn reads_as_heading(words: &str) -> bool {
    words.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        && !words.ends_with(['.', ':', ';', ',', '!'])
        && words.split_whitespace().count() <= 14
        && !words.contains(['\n', '@'])
        && !(normal::is_date_notice(words))
}

/// Fills in headings, anchors and sentences of a text whose blocks are in order.
pub fn complete(text: &mut PolicyText) {
    let mut open: Vec<(u8, usize)> = Vec::new();
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut section = String::new();
    for index in 0..text.blocks.len() {
        let Some((words, kind, level, start)) = text
            .blocks
            .get(index)
            .map(|block| (text.block_text(block).to_owned(), block.kind, block.level, block.start))
        else {
            continue;
        };
        let name = if kind == BlockKind::Heading {
            open.retain(|(above, _)| *above < level);
            section = slug(&words);
            section.clone()
        } else {
            let head = words.get(..words.floor_char_boundary(MAX_PRINTED)).unwrap_or_default();
            let print = normal::fingerprint(head) & 0xffff_ffff;
            if section.is_empty() {
                format!("p-{print:08x}")
            } else {
                format!("{section}-{print:08x}")
            }
        };
        let heading = open.last().map(|(_, index)| *index);
        if kind == BlockKind::Heading {
            open.push((level, index));
        }
        let anchor = unique(name, &mut taken);
        if let Some(block) = text.blocks.get_mut(index) {
            block.heading = heading;
            block.anchor = anchor;
            block.sentences = sentence::spans(&words, start);
        }
    }
}

/// A name that is not taken yet: the name itself, or with a number behind it.
pub fn unique(name: String, taken: &mut HashMap<String, usize>) -> String {
    let count = taken.entry(name.clone()).and_modify(|count| *count += 1).or_insert(1);
    if *count == 1 {
        return name;
    }
    let mut number = *count;
    loop {
        let candidate = format!("{name}-{number}");
        if !taken.contains_key(&candidate) {
            taken.insert(candidate.clone(), 1);
            taken.insert(name, number);
            return candidate;
        }
        number += 1;
    }
}

/// Lower-case words joined by hyphens, without the enumerator in front.
fn slug(words: &str) -> String {
    let mut slug = String::new();
    for c in normal::without_enumerator(words).chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() && !matches!(c, '\'' | '’') {
            slug.push('-');
        }
        if slug.chars().count() >= MAX_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "section".to_owned()
    } else {
        slug.to_owned()
    }
}

/// Joins the texts of several locations into one, in order; anchors are made unique again.
pub fn join(parts: Vec<PolicyText>) -> PolicyText {
    let mut joined = PolicyText::default();
    for part in parts {
        if part.blocks.is_empty() {
            continue;
        }
        if !joined.text.is_empty() {
            joined.text.push_str("\n\n");
        }
        let (shift, first) = (joined.text.len(), joined.blocks.len());
        joined.text.push_str(&part.text);
        joined.blocks.extend(part.blocks.into_iter().map(|mut block| {
            block.start += shift;
            block.end += shift;
            block.heading = block.heading.map(|index| index + first);
            block.stem = block.stem.map(|index| index + first);
            for sentence in &mut block.sentences {
                sentence.start += shift;
                sentence.end += shift;
            }
            block
        }));
        joined.links.extend(part.links.into_iter().map(|mut link| {
            link.start += shift;
            link.end += shift;
            link
        }));
    }
    let mut taken = HashMap::new();
    for block in &mut joined.blocks {
        block.anchor = unique(std::mem::take(&mut block.anchor), &mut taken);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::join;
    use crate::parse_markdown;

    #[test]
    fn joined_texts_keep_their_words_at_shifted_offsets_and_have_unique_anchors() {
        let one = parse_markdown("# Terms\n\nWe may. See [here](https://a.example/x).\n\n- one\n- two");
        let joined = join(vec![one.clone(), one.clone()]);
        assert_eq!(joined.blocks.len(), 2 * one.blocks.len());
        let second = &joined.blocks[one.blocks.len() + 1];
        assert_eq!(joined.block_text(second), "We may. See here.");
        assert_eq!(joined.heading_text(second), "Terms");
        assert_eq!(
            joined.slice(second.sentences[0].start, second.sentences[0].end),
            "We may."
        );
        assert_eq!(joined.slice(joined.links[1].start, joined.links[1].end), "here");
        let mut anchors: Vec<_> = joined.blocks.iter().map(|block| block.anchor.clone()).collect();
        anchors.sort();
        anchors.dedup();
        assert_eq!(anchors.len(), joined.blocks.len());
    }
}
