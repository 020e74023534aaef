//! What the strongest signal of a comparison says, in words.
//!
//! Invariant: the words come from the signal, which quotes the texts, and from the hunk on which it fired.

use atlas_domain::{Comparison, Hunk, HunkKind, Signal};

/// The least weight of a signal that is worth a sentence: below it only wording changed.
const LEAST: f64 = 1.5;
/// Characters of a quotation in a headline or line.
const QUOTE: usize = 90;

/// What one signal says: "removes “within 72 hours”", and where.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// What was done, as the end of "Acme …" without its place: "removes a right: “You may …”".
    pub deed: String,
    /// What it was done to, as the head of a sentence: "Right removed: “You may …”".
    pub sentence: String,
    /// Index of the hunk.
    pub hunk: usize,
}

/// The strongest signal of a comparison that can be told.
pub(super) fn of(comparison: &Comparison) -> Option<Told> {
    comparison
        .signals
        .iter()
        .find_map(|signal| tell(signal, &comparison.hunks))
}

/// The strongest signal of one hunk.
pub(super) fn of_hunk(comparison: &Comparison, hunk: usize) -> Option<Told> {
    let mut fired = comparison.signals.iter().filter(|signal| signal.hunk == Some(hunk));
    fired.find_map(|signal| tell(signal, &comparison.hunks))
}

fn tell(signal: &Signal, hunks: &[Hunk]) -> Option<Told> {
    let index = signal.hunk.filter(|_| signal.weight >= LEAST)?;
    let hunk = hunks.get(index)?;
    let evidence = signal.evidence.trim();
    let told = |deed: String, sentence: String| {
        Some(Told {
            deed,
            sentence,
            hunk: index,
        })
    };
    if signal.name == "stance" {
        return None;
    }
    if let Some((old, new)) = evidence.split_once('→') {
        let (old, new) = (quote(old), quote(new));
        return match (old.as_str(), new.as_str()) {
            ("", "") => None,
            ("", new) => told(format!("adds “{new}”"), format!("“{new}” added")),
            (old, "") => told(format!("removes “{old}”"), format!("“{old}” removed")),
            (old, new) => told(
                format!("changes “{old}” to “{new}”"),
                format!("“{old}” becomes “{new}”"),
            ),
        };
    }
    let words = quote(evidence);
    if words.is_empty() {
        return None;
    }
    let came = match hunk.kind {
        HunkKind::Added => true,
        HunkKind::Removed => false,
        _ => {
            let says = |side: Option<&atlas_domain::HunkSide>| side.is_some_and(|side| side.text.contains(evidence));
            match (says(hunk.old.as_ref()), says(hunk.new.as_ref())) {
                (false, true) => true,
                (true, false) => false,
                // On both sides, or on neither: what happened to it is not for a rule to say.
                _ => return None,
            }
        }
    };
    let (deed, done) = if came {
        ("adds", "added")
    } else {
        ("removes", "removed")
    };
    match noun(&signal.name) {
        Some(noun) => {
            // A lone phrase says little: the passage it stands in says what was meant.
            let side = if came { hunk.new.as_ref() } else { hunk.old.as_ref() };
            let whole = hunk.kind != HunkKind::Modified;
            let words = side.filter(|_| whole).map_or(words, |side| quote(&side.text));
            told(
                format!("{deed} {noun}: “{words}”"),
                format!(
                    "{} {done}: “{words}”",
                    super::capitalised(noun.rsplit_once("a ").map_or(noun, |part| part.1))
                ),
            )
        }
        None => told(format!("{deed} “{words}”"), format!("“{words}” {done}")),
    }
}

/// What a rule finds, with its article; `None` where the quotation says it better.
fn noun(rule: &str) -> Option<&'static str> {
    Some(match rule {
        "right" | "consent" => "a right or choice",
        "duty" => "a duty",
        "promise" | "reversal" => "a promise",
        "permission" | "practice" => "a practice",
        "prohibition" => "a rule",
        "waiver" => "a disclaimer",
        "law" => "a clause on law or disputes",
        "security" => "a promise about security",
        "grant" => "a clause on rights in content",
        "passage-added" | "passage-removed" => "a passage",
        _ => return None,
    })
}

/// The first words of a passage on one line, cut at a word.
fn quote(words: &str) -> String {
    quoted(words, QUOTE)
}

/// The first words of a passage on one line, cut at a word after so many characters.
pub(super) fn quoted(words: &str, longest: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_matches(|c: char| matches!(c, ',' | ';' | ':'));
    let Some((end, _)) = line.char_indices().nth(longest) else {
        return line.to_owned();
    };
    let cut = line.get(..end).unwrap_or(line);
    let cut = cut.rsplit_once(' ').map_or(cut, |(head, _)| head);
    format!("{cut} …")
}

#[cfg(test)]
mod tests {
    use super::{of, quote};

    #[test]
    fn the_strongest_signal_is_told_with_its_words() {
        let base = "## Breach notice\n\nWe tell you of a breach within 72 hours.\n\n## Audits\n\nYou may audit us once a year.";
        let judge = |old: &str, new: &str| {
            atlas_text::compare(&atlas_text::parse_markdown(old), &atlas_text::parse_markdown(new))
        };
        for (old, new, deed) in [
            (" within 72 hours", "", "removes “within 72 hours”"),
            (
                "You may audit us once a year.",
                "",
                "removes a right or choice: “You may audit us once a year.”",
            ),
            ("72 hours", "10 days", "changes “within 72 hours” to “within 10 days”"),
        ] {
            let found = judge(base, &base.replace(old, new));
            assert_eq!(of(&found).map(|told| told.deed).as_deref(), Some(deed), "{found:#?}");
        }
    }

    #[test]
    fn a_quotation_ends_with_a_word() {
        assert_eq!(quote(" a\n b, "), "a b");
        let long = quote(&"word ".repeat(40));
        assert!(long.ends_with("word …") && long.chars().count() <= 92, "{long}");
    }
}
