//! A comparison as plain text: for mails, for terminals, for whoever pastes it into a document.
//!
//! Invariant: the words of a passage are complete; lines are at most 72 characters wide where a word allows it, and hold
//! no control character of a document.

use std::fmt::Write as _;

use atlas_domain::{HunkKind, HunkSide};

use super::{Diff, DiffHunk, DiffSentence, Row};
use crate::words::{DiffKind, DiffSegment};

/// Characters in a line.
const WIDTH: usize = 72;

/// Text wrapped to the width of a mail, each line after `indent`; paragraphs are kept, control characters go.
pub fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = indent.to_owned();
        let mut is_empty = true;
        let plain: String = paragraph
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        for word in plain.split_whitespace() {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        if is_empty {
            line.clear();
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// The exact words of a passage before and after, at most `room` characters of each, after `indent`; their captions stand
/// two places further out. `marked` puts what differs between `[-` and `-]`, `{+` and `+}`.
pub fn passage_text(hunk: &DiffHunk, indent: &str, room: usize, marked: bool) -> String {
    let words = |side: &Option<HunkSide>, without: DiffKind| -> Option<String> {
        let side = side.as_ref()?;
        let text = if marked && hunk.old.is_some() && hunk.new.is_some() {
            marks(&hunk.sentences, without)
        } else {
            side.text.clone()
        };
        Some(wrapped(&cut(&text, room), indent))
    };
    let before = words(&hunk.old, DiffKind::Insert);
    let after = words(&hunk.new, DiffKind::Delete);
    let outer = indent.get(2..).unwrap_or_default();
    let mut text = String::new();
    if hunk.same_words()
        && let (Some(before), Some(after)) = (&hunk.old, &hunk.new)
    {
        let what = match hunk.kind {
            HunkKind::Moved => format!("MOVED, WORD FOR WORD{}", from_to(&before.heading, &after.heading)),
            _ if hunk.targets.is_some() => "SAME WORDS, ANOTHER LINK".to_owned(),
            _ => "SAME WORDS".to_owned(),
        };
        let _ = write!(text, "{outer}{what}\n{}", wrapped(&cut(&after.text, room), indent));
        if let Some((old, new)) = &hunk.targets {
            let _ = write!(text, "\n{indent}Link before: {}", one_line(old));
            let _ = write!(text, "\n{indent}Link after:  {}", one_line(new));
        }
        return text;
    }
    let nothing = |words: &str| format!("{indent}({words})");
    let _ = write!(
        text,
        "{outer}BEFORE\n{}\n\n{outer}AFTER\n{}",
        before.unwrap_or_else(|| nothing("not in the text")),
        after.unwrap_or_else(|| nothing("no longer in the text"))
    );
    text
}

fn from_to(old: &str, new: &str) -> String {
    match (old.is_empty(), new.is_empty() || old == new) {
        (true, _) => String::new(),
        (false, true) => format!(", under \"{}\"", one_line(old)),
        (false, false) => format!(", from \"{}\" to \"{}\"", one_line(old), one_line(new)),
    }
}

fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `room` characters, ended by an ellipsis.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    let whole = kept.rsplit_once(' ').map_or(kept.as_str(), |(head, _)| head);
    format!("{}…", whole.trim_end())
}

/// The words of one side with marks around what the other lacks.
fn marks(sentences: &[DiffSentence], without: DiffKind) -> String {
    let mut text = String::new();
    for segment in sentences.iter().flat_map(|sentence| &sentence.segments) {
        let (before, words, after) = segment.parts();
        let _ = match segment.kind {
            kind if kind == without => Ok(()),
            DiffKind::Equal => write!(text, "{}", segment.text),
            _ if words.is_empty() => write!(text, "{before}{after}"),
            DiffKind::Delete => write!(text, "{before}[-{words}-]{after}"),
            DiffKind::Insert => write!(text, "{before}{{+{words}+}}{after}"),
        };
    }
    text
}

impl DiffSegment {
    /// The white space before the words, the words, the white space after: only the words are marked.
    pub fn parts(&self) -> (&str, &str, &str) {
        let start = self.text.len() - self.text.trim_start().len();
        let (before, rest) = self.text.split_at_checked(start).unwrap_or(("", &self.text));
        let (words, after) = rest.split_at_checked(rest.trim_end().len()).unwrap_or((rest, ""));
        (before, words, after)
    }
}

impl Diff {
    /// The whole comparison as text; `address` is where its passages are linked.
    pub fn to_text(&self, address: &str) -> String {
        let mut text = String::new();
        let mut number = 0;
        for row in &self.rows {
            match row {
                Row::Equal(run) => {
                    let whole = run.blocks.iter().filter(|block| block.whole).count();
                    let rest: usize = (run.blocks.iter().filter(|block| !block.whole))
                        .map(|block| block.sentences.len())
                        .sum();
                    let words: Vec<String> = [(whole, "paragraph"), (rest, "sentence")]
                        .into_iter()
                        .filter(|(count, _)| *count > 0)
                        .map(|(count, noun)| format!("{count} unchanged {noun}{}", if count == 1 { "" } else { "s" }))
                        .collect();
                    let _ = write!(text, "    ... {} ...\n\n", words.join(", "));
                }
                Row::Away(away) => {
                    let _ = write!(
                        text,
                        "    ... moved from here: {}\n\n",
                        cut(&one_line(&away.old.text), WIDTH - 4)
                    );
                }
                Row::Hunk(hunk) => {
                    number += 1;
                    let reason = if hunk.reason.is_some() {
                        format!(" ({})", hunk.reason_words)
                    } else {
                        String::new()
                    };
                    let _ = write!(text, "[{number}] {}{reason}", hunk.title());
                    if !hunk.heading.is_empty() {
                        let _ = write!(text, ", under \"{}\"", one_line(&hunk.heading));
                    }
                    let _ = write!(
                        text,
                        "\n{address}#{}\n{}\n\n",
                        hunk.id,
                        passage_text(hunk, "  ", usize::MAX, true)
                    );
                }
            }
        }
        text
    }
}
