//! The words of a passage as the comparison reads them: contractions in full, "one month" as "1 month".
//!
//! Invariant: every word stands where it stood; two words of one contraction share their place.

use super::{cues::rules, quantity};
use crate::normal::{self, Word};

/// The words of a passage.
pub fn words(passage: &str) -> Vec<Word> {
    let mut plain = normal::words(passage);
    if passage.contains('[') {
        plain.retain(|word| !is_mark(passage, word));
    }
    let short = |word: &Word| word.form.contains('\'') || matches!(word.form.as_str(), "cannot" | "one" | "oneself");
    if !plain.iter().any(short) {
        return plain;
    }
    let mut full = Vec::with_capacity(plain.len() + 4);
    let mut rest = plain.into_iter().peekable();
    while let Some(mut word) = rest.next() {
        let unit = |next: &Word| {
            let form = next.form.trim_end_matches('\'');
            rules().words.units.contains(form) || quantity::BETWEEN.contains(&form)
        };
        if word.form == "one" && rest.peek().is_some_and(unit) {
            "1".clone_into(&mut word.form);
        }
        let Some((first, second)) = parts(&word.form) else {
            full.push(word);
            continue;
        };
        for form in [first, second] {
            full.push(Word {
                form,
                start: word.start,
                end: word.end,
            });
        }
    }
    full
}

/// The mark of a footnote, "[2]".
fn is_mark(passage: &str, word: &Word) -> bool {
    word.form.bytes().all(|byte| byte.is_ascii_digit())
        && passage.get(..word.start).is_some_and(|before| before.ends_with('['))
        && passage.get(word.end..).is_some_and(|after| after.starts_with(']'))
}

/// The two words of a contraction.
fn parts(form: &str) -> Option<(String, String)> {
    let pair = |one: &str, two: &str| Some((one.to_owned(), two.to_owned()));
    match form {
        "cannot" => return pair("can", "not"),
        "won't" => return pair("will", "not"),
        "shan't" => return pair("shall", "not"),
        "i'm" => return pair("i", "am"),
        "it's" | "that's" | "what's" | "there's" | "here's" | "who's" => return pair(form.strip_suffix("'s")?, "is"),
        _ => {}
    }
    [("n't", "not"), ("'re", "are"), ("'ll", "will"), ("'ve", "have")]
        .iter()
        .find_map(|(ending, word)| pair(form.strip_suffix(ending).filter(|stem| stem.len() > 1)?, word))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn contractions_are_read_in_full() {
        let forms = |passage: &str| {
            words(passage)
                .into_iter()
                .map(|word| word.form)
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (short, full) in [
            ("We don't sell it, and won't.", "We do not sell it, and will not."),
            (
                "You can't; we've said it's fine",
                "You can not; we have said it is fine",
            ),
            ("within one month", "within 1 month"),
            ("You’re asked", "You are asked"),
        ] {
            assert_eq!(forms(short), forms(full), "{short}");
        }
        assert_ne!(forms("one of us"), forms("1 of us"));
        assert_eq!(forms("the user's data"), "the user's data");
    }
}
