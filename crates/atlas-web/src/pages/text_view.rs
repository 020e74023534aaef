//! An archived text as it is shown: blocks with anchors, marked quotations, links made anew.
//!
//! Invariant: whatever the text holds, only our own elements are written; a link leads only to `http`, `https` or
//! `mailto`; the words shown are exactly the archived words, in order.

use atlas_domain::{Block, BlockKind, PolicyText};

/// A range of bytes that is shown in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Words of a line that are shown alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// The words.
    pub text: String,
    /// Where they lead, if they are a link.
    pub href: Option<String>,
    /// Whether they are marked.
    pub marked: bool,
}

/// One block of the text.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Unique name of the block.
    pub anchor: String,
    /// Number of the block, from 1.
    pub number: usize,
    /// What it is.
    pub kind: BlockKind,
    /// Heading level or list depth.
    pub level: u8,
    /// The words.
    pub runs: Vec<Run>,
}

impl Line {
    /// Whether it is a heading.
    pub(super) fn is_heading(&self) -> bool {
        self.kind == BlockKind::Heading
    }
    /// Whether it is a heading below the first two ranks.
    pub(super) fn is_small_heading(&self) -> bool {
        self.is_heading() && self.level > 2
    }
    /// Whether it is an item of a list.
    pub(super) fn is_item(&self) -> bool {
        self.kind == BlockKind::ListItem
    }
}

/// The blocks of a text with `marks` shown on their words.
pub(super) fn lines(text: &PolicyText, marks: &[Mark]) -> Vec<Line> {
    text.blocks
        .iter()
        .enumerate()
        .map(|(index, block)| Line {
            anchor: block.anchor.clone(),
            number: index + 1,
            kind: block.kind,
            level: block.level,
            runs: runs(text, block, marks),
        })
        .collect()
}

fn runs(text: &PolicyText, block: &Block, marks: &[Mark]) -> Vec<Run> {
    let marks: Vec<&Mark> = marks
        .iter()
        .filter(|mark| mark.start < block.end && mark.end > block.start)
        .collect();
    let links: Vec<_> = text
        .links
        .iter()
        .filter(|link| link.start < block.end && link.end > block.start && is_harmless(&link.href))
        .collect();
    let mut cuts = vec![block.start, block.end];
    let edges = marks
        .iter()
        .flat_map(|mark| [mark.start, mark.end])
        .chain(links.iter().flat_map(|link| [link.start, link.end]));
    cuts.extend(edges.filter(|cut| *cut > block.start && *cut < block.end && text.text.is_char_boundary(*cut)));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .filter_map(|pair| {
            let (start, end) = (*pair.first()?, *pair.last()?);
            Some(Run {
                text: text.text.get(start..end)?.to_owned(),
                href: links
                    .iter()
                    .find(|link| link.start <= start && link.end >= end)
                    .map(|link| link.href.clone()),
                marked: marks.iter().any(|mark| mark.start <= start && mark.end >= end),
            })
        })
        .filter(|run| !run.text.is_empty())
        .collect()
}

/// Whether an address may be written into a page: absolute, of a scheme that runs nothing, without control letters.
pub(super) fn is_harmless(href: &str) -> bool {
    let lower = href.get(..8.min(href.len())).unwrap_or_default().to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme));
    known && !href.chars().any(|letter| letter.is_control() || letter.is_whitespace())
}

/// Places where `wanted` stands, upper and lower case of ASCII alike; at most `most`, not overlapping.
pub(super) fn find_all(text: &str, wanted: &str, most: usize) -> Vec<Mark> {
    let wanted = wanted.trim().to_ascii_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let lower = text.to_ascii_lowercase();
    lower
        .match_indices(&wanted)
        .take(most)
        .map(|(start, words)| Mark {
            start,
            end: start + words.len(),
        })
        .collect()
}

/// Whether words stand in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Letter for letter.
    Exact(Vec<Mark>),
    /// Apart from white space and the shape of quotation marks, dashes and apostrophes.
    NearlyExact(Vec<Mark>),
    /// Nowhere.
    Absent,
}

/// Looks for a quotation: letter for letter, then without regard to typography.
pub(super) fn look_for(text: &str, quotation: &str) -> Standing {
    let quotation = quotation.trim();
    if quotation.is_empty() {
        return Standing::Absent;
    }
    let exact: Vec<Mark> = text
        .match_indices(quotation)
        .take(20)
        .map(|(start, words)| Mark {
            start,
            end: start + words.len(),
        })
        .collect();
    if !exact.is_empty() {
        return Standing::Exact(exact);
    }
    let (plain, offsets) = plain_letters(text);
    let (wanted, _) = plain_letters(quotation);
    let wanted = wanted.trim_matches(['"', ' ']);
    if wanted.is_empty() {
        return Standing::Absent;
    }
    let near: Vec<Mark> = plain
        .match_indices(wanted)
        .take(20)
        .filter_map(|(at, words)| {
            let start = offsets.get(at)?.0;
            let end = offsets.get((at + words.len()).checked_sub(1)?)?.1;
            Some(Mark { start, end })
        })
        .collect();
    if near.is_empty() {
        Standing::Absent
    } else {
        Standing::NearlyExact(near)
    }
}

/// The text with plain quotation marks, dashes and single spaces, and for each of its bytes the range it came from.
fn plain_letters(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut plain = String::with_capacity(text.len());
    let mut offsets = Vec::with_capacity(text.len());
    for (start, letter) in text.char_indices() {
        let end = start + letter.len_utf8();
        let letter = match letter {
            '“' | '”' | '„' | '«' | '»' => '"',
            '‘' | '’' | '‚' | 'ʼ' => '\'',
            '‐' | '‑' | '–' | '—' | '−' => '-',
            '\u{200b}' | '\u{ad}' | '\u{feff}' => continue,
            letter if letter.is_whitespace() => ' ',
            other => other,
        };
        if letter == ' ' && plain.ends_with(' ') {
            continue;
        }
        plain.push(letter);
        for _ in 0..letter.len_utf8() {
            offsets.push((start, end));
        }
    }
    (plain, offsets)
}

#[cfg(test)]
mod tests {
    use atlas_domain::{Block, BlockKind, Link, PolicyText};

    use super::{Mark, Standing, find_all, is_harmless, lines, look_for};

    fn one_block(words: &str, links: Vec<Link>) -> PolicyText {
        PolicyText {
            text: words.to_owned(),
            blocks: vec![Block {
                kind: BlockKind::Paragraph,
                level: 0,
                start: 0,
                end: words.len(),
                heading: None,
                stem: None,
                anchor: "a".to_owned(),
                sentences: Vec::new(),
            }],
            links,
        }
    }

    #[test]
    fn marks_and_links_may_overlap_and_no_word_is_lost() {
        let text = one_block(
            "We keep logs for thirty days.",
            vec![Link {
                start: 3,
                end: 12,
                href: "https://example.org/".to_owned(),
            }],
        );
        let line = &lines(&text, &[Mark { start: 8, end: 20 }])[0];
        let words: String = line.runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(words, text.text);
        assert!(line.runs.iter().any(|run| run.marked));
        assert!(
            line.runs
                .iter()
                .any(|run| run.marked && run.href.is_some() && run.text == "logs")
        );
    }

    #[test]
    fn only_addresses_that_run_nothing_become_links() {
        for (href, expected) in [
            ("https://example.org/a", true),
            ("HTTP://example.org", true),
            ("mailto:privacy@example.org", true),
            ("javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            ("data:text/html,x", false),
            ("//example.org", false),
            ("/relative", false),
            ("https://example.org/a b", false),
            ("éé", false),
        ] {
            assert_eq!(is_harmless(href), expected, "{href}");
        }
    }

    #[test]
    fn a_quotation_is_found_in_spite_of_typography_and_never_invented() {
        let text = "We “never”  sell your\ndata — not to anyone’s partners.";
        assert!(matches!(look_for(text, "never"), Standing::Exact(_)));
        let Standing::NearlyExact(found) = look_for(text, "\"never\" sell your data - not to anyone's") else {
            panic!("not found");
        };
        assert_eq!(
            text.get(found[0].start..found[0].end),
            Some("never”  sell your\ndata — not to anyone’s")
        );
        assert_eq!(look_for(text, "we always sell"), Standing::Absent);
        assert_eq!(look_for(text, "   "), Standing::Absent);
    }

    #[test]
    fn find_ignores_case_and_stops_at_its_limit() {
        assert_eq!(find_all("Data data DATA", "data", 2).len(), 2);
        assert!(find_all("Data", "  ", 9).is_empty());
    }
}
