//! The normal form of words: what is left when every difference that no reader could rely on is taken away.
//!
//! Invariant: two passages with the same [`words`] differ only in white space, punctuation, quotes, dashes, case,
//! enumerators, invisible characters, or in the spelling of a number ("thirty (30)" = "30").

use std::sync::LazyLock;

use atlas_domain::{PolicyText, Sha256};
use regex::Regex;
use sha2::{Digest as _, Sha256 as Hasher};

/// One normalised word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The normal form.
    pub form: String,
    /// First byte in the passage.
    pub start: usize,
    /// One past the last byte in the passage.
    pub end: usize,
}

const MONTHS: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";

fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static DATE_NOTICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(&format!(
        r"(?ix)^\W*(?:this\ (?:[a-z]+\ ){{1,4}}(?:was|is)\ )?(?:(?:date\ of\ )?(?:the\ )?(?:last|latest|most\ recent(?:ly)?)\ )?
        (?:(?:[a-z]+\ ){{0,4}}?(?:last\ )?(?:updated?|modified|modification|revised|revision|reviewed|published|posted|changed?|effective(?:\ date)?|version|as\ of|date))
        (?:\ (?:on|of|as\ of|date|from|since|is|:))*\W*
        (?:\d{{1,2}}(?:st|nd|rd|th)?(?:\ of)?\W{{1,2}}(?:{MONTHS})(?-u:\b)|(?:{MONTHS})(?-u:\b)\W{{1,2}}\d{{1,4}}|\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|\d{{4}}(?-u:\b))[\W\d]*(?:st|nd|rd|th)?[\W\d]*(?:\(?(?:utc|gmt|pst|pdt|et)\)?)?\W*$"
    ))
});
static BARE_DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)^\W*(?:\d{{1,2}}(?:st|nd|rd|th)?\W{{1,2}}(?:{MONTHS})\W{{1,3}}\d{{4}}|(?:{MONTHS})\W{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?\W{{1,3}}\d{{4}}|\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}})\W*$"
    ))
});
static RELATIVE_DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)^\W*(?:last )?(?:updated|modified|edited|published):?(?: over| about| more than| almost)? (?:an?|\d+|yesterday|today|this|last|one|two|three|few|several|\W)+ ?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)?(?: ago)?\W*$",
    )
});
static ENUMERATOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?i)^(?:(?:section|article|part|clause|annex|schedule|§)\s*)?(?:\(?(?:\d{1,3}(?:\.\d{1,3}){0,5}[a-z]?|[ivx]{1,6}|[a-z])[.):]+|\d{1,3}(?:\.\d{1,3}){1,5}|\d{1,2})(?:\s+[-–—:]?\s*|$)",
    )
});

/// Whether a passage only says when the text was last changed, or is a bare date.
pub fn is_date_notice(passage: &str) -> bool {
    passage.len() < 160
        && passage.contains(|c: char| c.is_ascii_digit() || c == 'y' || c == 'g')
        && [&DATE_NOTICE, &BARE_DATE, &RELATIVE_DATE]
            .iter()
            .any(|pattern| pattern.as_ref().is_some_and(|pattern| pattern.is_match(passage)))
}

/// The passage without the number or letter that enumerates it ("4.2 Fees" → "Fees").
pub fn without_enumerator(passage: &str) -> &str {
    let starts = passage
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'(' | 0xc2));
    let short_letter = passage.bytes().take(20).any(|byte| matches!(byte, b'.' | b')' | b':'))
        || passage
            .get(..8)
            .is_some_and(|head| head.to_ascii_lowercase().starts_with("section"));
    if !starts && !short_letter {
        return passage;
    }
    let Some(found) = ENUMERATOR.as_ref().and_then(|pattern| pattern.find(passage)) else {
        return passage;
    };
    let rest = passage.get(found.end()..).unwrap_or_default();
    // A bare number enumerates only a title ("4 Fees"), not a sentence ("30 days after …").
    let bare = found.as_str().trim_end().bytes().all(|byte| byte.is_ascii_digit());
    if bare && !rest.starts_with(char::is_uppercase) || !rest.contains(char::is_alphanumeric) {
        return passage;
    }
    rest
}

/// The number, sign or spelling that a word stands for.
fn number_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" => "9",
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        "thirteen" => "13",
        "fourteen" => "14",
        "fifteen" => "15",
        "sixteen" => "16",
        "eighteen" => "18",
        "twenty" => "20",
        "twenty-one" => "21",
        "twenty-four" => "24",
        "thirty" => "30",
        "thirty-six" => "36",
        "forty" => "40",
        "forty-five" => "45",
        "forty-eight" => "48",
        "fifty" => "50",
        "sixty" => "60",
        "seventy-two" => "72",
        "eighty" => "80",
        "ninety" => "90",
        "hundred" => "100",
        "percent" | "per-cent" => "%",
        "usd" | "us$" => "$",
        "eur" => "€",
        "can't" => "cannot",
        "licence" => "license",
        "licences" => "licenses",
        _ => return None,
    })
}

fn is_inner(c: char) -> bool {
    matches!(c, '-' | '\'' | '.' | ',' | '@' | '_' | '/' | ':' | '&')
}

/// Folds a character: typographic quotes and hyphens to their plain relatives. Dashes part words.
const fn fold(c: char) -> char {
    match c {
        '‘' | '’' | '‛' | '′' | '`' | '´' => '\'',
        '‐' | '‑' => '-',
        c => c,
    }
}

/// What pages and archives add to a link without saying anything, and markers of footnotes, whose numbers move.
static LINK_NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\(opens? (?:in|a) (?:a )?new (?:window|tab)\)|\]\(https?://[^)\s]*\)|\[(?:\d{1,3}|[a-z*†‡§¶])\]")
});

/// The words of a passage in their normal form, with their places.
pub fn words(passage: &str) -> Vec<Word> {
    let mut found = all_words(passage);
    if passage.contains(['(', '['])
        && let Some(noise) = LINK_NOISE.as_ref()
    {
        let mut hits = noise.find_iter(passage).peekable();
        found.retain(|word| {
            while hits.next_if(|hit| hit.end() <= word.start).is_some() {}
            hits.peek().is_none_or(|hit| word.end <= hit.start())
        });
    }
    found
}

fn all_words(passage: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::with_capacity(passage.len() / 6);
    let skipped = passage.len() - without_enumerator(passage).len();
    let mut chars = passage.get(skipped..).unwrap_or_default().char_indices().peekable();
    let mut form = String::new();
    let (mut start, mut end) = (0, 0);
    while let Some((at, c)) = chars.next() {
        let at = at + skipped;
        let c = fold(c);
        let joins = |next: Option<&(usize, char)>| next.is_some_and(|(_, next)| next.is_alphanumeric());
        if c.is_alphanumeric() || !form.is_empty() && is_inner(c) && joins(chars.peek()) && dash_joins(c, &form) {
            if form.is_empty() {
                start = at;
            }
            if c.is_ascii() {
                form.push(c.to_ascii_lowercase());
            } else {
                form.extend(c.to_lowercase());
            }
            end = chars.peek().map_or(passage.len(), |(next, _)| next + skipped);
        } else {
            close(&mut form, start, end, &mut found);
            if matches!(c, '$' | '€' | '£' | '¥' | '%') {
                let end = chars.peek().map_or(passage.len(), |(next, _)| next + skipped);
                found.push(Word {
                    form: c.to_string(),
                    start: at,
                    end,
                });
            }
        }
    }
    close(&mut form, start, end, &mut found);
    fold_repeated_numbers(passage, found)
}

/// "either/or" and "terms:section" are two words; "4.2", "e-mail" and "o'clock" are one.
fn dash_joins(c: char, form: &str) -> bool {
    match c {
        '/' | ':' | '&' => form.contains("//") || form.ends_with("http") || form.ends_with("https"),
        ',' => form.ends_with(|last: char| last.is_ascii_digit()),
        _ => true,
    }
}

fn close(form: &mut String, start: usize, end: usize, found: &mut Vec<Word>) {
    if form.is_empty() {
        return;
    }
    let mut word = std::mem::take(form);
    if word.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') {
        word.retain(|c| c != ',');
    }
    if let Some(known) = number_word(&word) {
        known.clone_into(&mut word);
    }
    found.push(Word { form: word, start, end });
}

/// "thirty (30)" and "30 (thirty)" say one number; "US$5" and "$5" one amount.
fn fold_repeated_numbers(passage: &str, found: Vec<Word>) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::with_capacity(found.len());
    for word in found {
        if let Some(last) = kept.last_mut() {
            if word.form == "$" && matches!(last.form.as_str(), "us" | "usd" | "$") {
                *last = word;
                continue;
            }
            let number = word.form == last.form && word.form.bytes().all(|byte| byte.is_ascii_digit());
            if number
                && passage
                    .get(last.end..word.start)
                    .is_some_and(|between| between.contains('('))
            {
                last.end = word.end;
                continue;
            }
        }
        kept.push(word);
    }
    kept
}

/// The normal words of a passage, each followed by a space.
pub fn normal_words(passage: &str) -> String {
    words(passage).into_iter().fold(String::new(), |mut joined, word| {
        joined.push_str(&word.form);
        joined.push(' ');
        joined
    })
}

/// A number that equal normal words share; not cryptographic, the same on every machine.
pub fn fingerprint(passage: &str) -> u64 {
    hash_words(words(passage).iter().map(|word| word.form.as_str()))
}

/// FNV-1a over words with a separator.
pub fn hash_words<'a>(words: impl Iterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in words {
        for byte in word.bytes().chain(std::iter::once(0)) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

/// SHA-256 of the exact text.
pub fn text_sha256(text: &PolicyText) -> Sha256 {
    Sha256(Hasher::digest(text.text.as_bytes()).into())
}

/// SHA-256 of the normalised words alone: equal for texts that differ only in ways no reader could rely on
/// (white space, quotes, case, enumerators, markup, notices of the last update).
pub fn normal_sha256(text: &PolicyText) -> Sha256 {
    let mut hasher = Hasher::new();
    for block in &text.blocks {
        for sentence in &block.sentences {
            let passage = text.slice(sentence.start, sentence.end);
            if is_date_notice(passage) {
                continue;
            }
            for word in words(passage) {
                hasher.update(word.form.as_bytes());
                hasher.update([0]);
            }
        }
    }
    Sha256(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{is_date_notice, without_enumerator, words};

    fn forms(passage: &str) -> String {
        words(passage)
            .into_iter()
            .map(|word| word.form)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn differences_that_no_reader_could_rely_on_fold() {
        for (one, two) in [
            ("We delete logs after thirty (30) days.", "We delete logs after 30 days"),
            ("“Services” — the site", "\"Services\" - the site"),
            ("4.2. Fees", "5.1 Fees"),
            ("(a) spam", "(b) spam"),
            ("US$1,000", "$1000"),
            ("Section 4: Fees", "Section 5: FEES"),
            ("5 percent", "5%"),
            ("don’t", "don't"),
        ] {
            assert_eq!(forms(one), forms(two), "{one} / {two}");
        }
        assert_ne!(forms("30 days after notice"), forms("60 days after notice"));
        assert_ne!(forms("will not"), forms("will"));
        assert_ne!(forms("US$500"), forms("US$100"));
    }

    #[test]
    fn an_enumerator_is_told_from_a_number_that_counts() {
        assert_eq!(without_enumerator("4.2 Fees"), "Fees");
        assert_eq!(without_enumerator("iv) Fees"), "Fees");
        assert_eq!(without_enumerator("30 days"), "30 days");
        assert_eq!(without_enumerator("We may"), "We may");
        assert_eq!(without_enumerator("e.g. this"), "e.g. this");
    }

    #[test]
    fn a_notice_of_the_last_update_is_recognised() {
        for notice in [
            "Last updated: 1 March.",
            "Last Updated: August 20, 2026",
            "Effective: June 3rd, 2024",
            "Updated on 2025-01-02",
            "Effective date: 01/02/2024",
            "Last modified on January 5, 2024",
            "Version of 3 May 2023",
            "March 4, 2024",
            "This policy was last updated on March 4, 2024.",
            "Updated over a week ago",
            "Updated 3 days ago",
            "Date of last revision: 12 June 2025",
            "Published: Jan 3, 2025",
        ] {
            assert!(is_date_notice(notice), "{notice}");
        }
        for other in [
            "We may update these terms.",
            "Payment is due on 1 March 2026 for all customers.",
            "You may cancel within 30 days.",
            "If you signed up before March 4, 2024, the old terms apply.",
        ] {
            assert!(!is_date_notice(other), "{other}");
        }
    }
}
