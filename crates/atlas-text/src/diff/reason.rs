//! What an ignored difference is, in a word that a reader understands.
//!
//! Invariant: the comparison's own reason is never contradicted, only told more closely; a record of an older version,
//! which has none, gets one from its words.

use atlas_domain::IgnoredReason;

use crate::normal::{is_date_notice, without_enumerator, words};

/// A reason and its words.
pub(super) type Told = (IgnoredReason, &'static str);

/// The reason as pages show it, where the words of both sides tell no more.
const fn broad(reason: IgnoredReason) -> &'static str {
    match reason {
        IgnoredReason::UpdateNotice => "date of the last update",
        IgnoredReason::Numbering => "renumbered",
        IgnoredReason::Typography => "spelled in another way",
        IgnoredReason::Regrouped => "same words, divided in another way",
        IgnoredReason::Structure => "same words in another structure",
        IgnoredReason::LinkAddress => "address of a link",
        IgnoredReason::Furniture => "page furniture",
    }
}

/// Letters and marks with typographic quotes, dashes and white space made plain.
fn plain(text: &str) -> String {
    let folded: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
        .map(|c| match c {
            '‘' | '’' | '‛' | '′' | '`' | '´' | '“' | '”' | '„' | '«' | '»' | '"' => '\'',
            '‐' | '‑' | '–' | '—' | '−' => '-',
            c => c,
        })
        .collect();
    spaced(&folded)
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_numbers(text: &str) -> String {
    let bare: String = without_enumerator(text)
        .chars()
        .filter(|c| c.is_alphabetic() || c.is_whitespace())
        .collect();
    spaced(&bare)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Why the difference of two sides is ignored. `known` is what the comparison said; `targets` are the old and the new
/// address where a link differs.
pub(super) fn told(
    known: Option<IgnoredReason>,
    old: Option<&str>,
    new: Option<&str>,
    targets: Option<&(String, String)>,
) -> Told {
    let (found, words) = from_words(old, new, targets);
    match known {
        Some(known) if known != found => (known, broad(known)),
        _ => (found, words),
    }
}

fn from_words(old: Option<&str>, new: Option<&str>, targets: Option<&(String, String)>) -> Told {
    let plainly = |reason| (reason, broad(reason));
    let (Some(old), Some(new)) = (old, new) else {
        let only = old.or(new).unwrap_or_default();
        return plainly(if is_date_notice(only) {
            IgnoredReason::UpdateNotice
        } else if without_numbers(only).is_empty() {
            IgnoredReason::Numbering
        } else {
            IgnoredReason::Furniture
        });
    };
    if old == new {
        return match targets {
            Some((a, b)) if without_parameters(a) == without_parameters(b) => {
                (IgnoredReason::LinkAddress, "link parameter")
            }
            Some(_) => plainly(IgnoredReason::LinkAddress),
            None => plainly(IgnoredReason::Structure),
        };
    }
    if is_date_notice(old) && is_date_notice(new) {
        return plainly(IgnoredReason::UpdateNotice);
    }
    let typography = |words| (IgnoredReason::Typography, words);
    if spaced(old) == spaced(new) {
        return typography("white space");
    }
    let (a, b) = (plain(old), plain(new));
    if a == b {
        return typography("quotation marks");
    }
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    if a == b {
        return typography("capital letters");
    }
    if letters(&a) == letters(&b) {
        let sentences = |text| crate::sentence::spans(text, 0).len();
        return if sentences(old) == sentences(new) {
            typography("punctuation")
        } else {
            plainly(IgnoredReason::Regrouped)
        };
    }
    if without_numbers(&a) == without_numbers(&b) {
        return plainly(IgnoredReason::Numbering);
    }
    let forms = |text| words(text).into_iter().map(|word| word.form).collect::<Vec<_>>();
    if forms(old) == forms(new) {
        plainly(IgnoredReason::Typography)
    } else {
        plainly(IgnoredReason::Regrouped)
    }
}

/// An address up to its query and fragment, without scheme and final slash.
fn without_parameters(href: &str) -> &str {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    path.trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use atlas_domain::IgnoredReason;

    use super::told;

    #[test]
    fn every_ignored_difference_is_named() {
        let cases = [
            ("4.1 Fees", "5.1 Fees", "renumbered"),
            ("See Section 4.2 for it.", "See Section 5.2 for it.", "renumbered"),
            ("Paid[1] monthly.", "Paid[2] monthly.", "renumbered"),
            ("the “Services”", "the \"Services\"", "quotation marks"),
            ("We  may.", "We may.", "white space"),
            ("FEES", "Fees", "capital letters"),
            ("logs, and data", "logs and data", "punctuation"),
            (
                "Last updated: 1 May 2025",
                "Last updated: 2 May 2025",
                "date of the last update",
            ),
            ("after thirty (30) days", "after 30 days", "spelled in another way"),
            ("Same.", "Same.", "same words in another structure"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(told(None, Some(old), Some(new), None).1, expected, "{old} / {new}");
        }
        let link = |a: &str, b: &str| told(None, Some("x"), Some("x"), Some(&(a.to_owned(), b.to_owned()))).1;
        assert_eq!(
            link("https://a.example/x?utm_source=y", "https://a.example/x/"),
            "link parameter"
        );
        assert_eq!(link("https://a.example/x", "https://a.example/y"), "address of a link");
        assert_eq!(told(None, Some("2.2."), None, None).0, IgnoredReason::Numbering);
    }

    #[test]
    fn the_reason_of_the_comparison_stands() {
        let furniture = told(Some(IgnoredReason::Furniture), Some("Menu"), Some("MENU"), None);
        assert_eq!(furniture, (IgnoredReason::Furniture, "page furniture"));
        let closer = told(Some(IgnoredReason::Typography), Some("Menu"), Some("MENU"), None);
        assert_eq!(closer, (IgnoredReason::Typography, "capital letters"));
    }
}
