//! Lines that belong to the page around a policy: buttons and labels by their words, and titles, breadcrumbs and tables
//! of contents by where they stand.
//!
//! Invariant: a sentence, a heading and a row of a table are never furniture; what only repeats a heading is, since the
//! heading itself is compared.

use std::collections::HashSet;

use atlas_domain::{Block, BlockKind};

use super::{cues::rules, plain, units::Side};
use crate::normal::{self, Word};

/// Blocks below a title or a breadcrumb in which the heading that it repeats is looked for: a language menu and a date
/// may stand between.
const NEAR: usize = 4;
/// Words of the longest title or breadcrumb.
const LONGEST: usize = 40;
/// Bytes of the longest line that is tried against the patterns.
const LONGEST_LINE: usize = 240;
/// Words that a title may have besides its heading: the name of the site.
const SITE: usize = 6;
/// Lines in a row that repeat headings, from which they are a table of contents.
const CONTENTS: usize = 3;

/// Whether a unit belongs to the page and not to the policy; `words` are its normalised words.
pub fn is_furniture(side: &Side<'_>, unit: usize, words: &[Word]) -> bool {
    let Some(block) = side.block_of(unit) else { return false };
    if block.kind == BlockKind::TableRow {
        return false;
    }
    if words.len() <= 6 && listed(words) {
        return true;
    }
    let Some(at) = side.unit(unit).map(|unit| unit.block) else {
        return false;
    };
    if matches_line(side.text.block_text(block)) {
        return true;
    }
    is_line(side, block) && words.len() <= LONGEST && (repeats_heading(side, at, block) || in_contents(side, at))
}

fn listed(words: &[Word]) -> bool {
    let joined = words
        .iter()
        .map(|word| word.form.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    // "8 min read"
    let rest = joined.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let lists = &rules().words;
    lists.furniture.contains(&joined) || lists.furniture.contains(rest)
}

/// "© 2026 Example, Inc.", "12 people found this helpful": a whole line with words that vary.
fn matches_line(text: &str) -> bool {
    if text.len() > LONGEST_LINE {
        return false;
    }
    let line = text.trim().to_lowercase();
    rules()
        .furniture_lines
        .as_ref()
        .is_some_and(|lines| lines.is_match(&line))
}

/// A whole block that is no heading and does not end as a sentence does.
fn is_line(side: &Side<'_>, block: &Block) -> bool {
    matches!(block.kind, BlockKind::Paragraph | BlockKind::ListItem)
        && block.sentences.len() == 1
        && !side
            .text
            .block_text(block)
            .trim_end()
            .ends_with(['.', '!', '?', ':', ';', ',', '。'])
}

/// "Privacy Policy | Example" or "All collections Safeguards Privacy Policy", shortly above "Privacy Policy".
fn repeats_heading(side: &Side<'_>, at: usize, block: &Block) -> bool {
    let line = side.text.block_text(block).trim().to_lowercase();
    side.text
        .blocks
        .iter()
        .skip(at + 1)
        .take(NEAR)
        .filter(|below| below.kind == BlockKind::Heading)
        .any(|heading| {
            let heading = side.text.block_text(heading).trim().to_lowercase();
            if heading.chars().count() < 4 {
                return false;
            }
            let titled = line.strip_prefix(heading.as_str()).is_some_and(|rest| {
                let site = rest.trim_start();
                site.is_empty()
                    || site.starts_with(['|', '-', '–', '—', '·', '•', ':', '»', '›'])
                        && site.split_whitespace().count() <= SITE
            });
            titled || line.ends_with(heading.as_str())
        })
}

/// One of several lines in a row of which each repeats a heading.
fn in_contents(side: &Side<'_>, at: usize) -> bool {
    let headings = side.headings.get_or_init(|| headings(side));
    let repeats = |index: usize| {
        side.text
            .blocks
            .get(index)
            .is_some_and(|block| is_line(side, block) && headings.contains(&fingerprint(side.text.block_text(block))))
    };
    if headings.len() < CONTENTS || !repeats(at) {
        return false;
    }
    let above = (0..at).rev().take_while(|index| repeats(*index)).take(CONTENTS).count();
    let below = (at + 1..).take_while(|index| repeats(*index)).take(CONTENTS).count();
    above + 1 + below >= CONTENTS
}

fn headings(side: &Side<'_>) -> HashSet<u64> {
    side.text
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Heading)
        .map(|block| fingerprint(side.text.block_text(block)))
        .collect()
}

fn fingerprint(words: &str) -> u64 {
    normal::hash_words(plain::words(words).iter().map(|word| word.form.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::compare;
    use crate::parse_markdown;
    use atlas_domain::{HunkKind, IgnoredReason, Materiality};

    const BODY: &str =
        "## Fees\n\nYou pay in advance.\n\n## Support\n\nWrite to us.\n\n## Disputes\n\nIrish law governs.\n";

    fn with(before: &str, after: &str) -> atlas_domain::Comparison {
        let whole = |top: &str| parse_markdown(&format!("{top}\n\nUpdated: May 3, 2026\n\n# Service Terms\n\n{BODY}"));
        compare(&whole(before), &whole(after))
    }

    #[test]
    fn a_title_and_a_breadcrumb_are_furniture() {
        for line in [
            "Service Terms | Example",
            "Service Terms – Help Centre of Example",
            "All CollectionsGeneralService Terms",
            "Home / Legal / Service Terms",
            "* Fees\n* Support\n* Disputes",
        ] {
            let found = with("", line);
            assert_eq!(found.materiality, Materiality::Cosmetic, "{line}: {found:#?}");
            assert!(
                found
                    .hunks
                    .iter()
                    .all(|hunk| (hunk.kind, hunk.reason) == (HunkKind::Ignored, Some(IgnoredReason::Furniture))),
                "{line}: {found:#?}"
            );
        }
    }

    #[test]
    fn labels_with_words_that_vary_are_furniture() {
        for (before, after) in [
            (
                "© 2025 Example, Inc. All rights reserved.",
                "© 2026 Example, Inc. All rights reserved.",
            ),
            ("123 people found this helpful", "140 people found this helpful"),
            ("Written by Jane Doe", ""),
            ("Skip to navigation", ""),
            ("Share on Mastodon", ""),
            ("Print / Save as PDF", ""),
            ("English (US)", "English"),
            ("View all articles", ""),
            (
                "Related articles: How to export; How to close",
                "Related articles: How to cancel; How to upgrade",
            ),
            (
                "Last updated March 3, 2026 · 5 min read",
                "Last updated April 9, 2026 · 6 min read",
            ),
            ("Was this article helpful?", "Did this answer your question?"),
        ] {
            let found = with(before, after);
            assert_eq!(found.materiality, Materiality::Cosmetic, "{before}: {found:#?}");
        }
    }

    #[test]
    fn what_says_more_than_a_heading_is_no_furniture() {
        for line in [
            "Service Terms do not apply to free plans.",
            "Service Terms for customers in India",
            "* Fees\n* Support\n* Advertising partners",
            "Arbitration",
            "You may print or save a copy for personal use.",
            "Share on request with public authorities",
            "Written by a human being and checked by another, as we promise",
        ] {
            assert!(with("", line).materiality > Materiality::Cosmetic, "{line}");
        }
    }
}
