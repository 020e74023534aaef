//! A sentence as the model sees it: lower-case words. Invariant: stop words stay, because "not", "at any time" and "you"
//! carry the stance; digits become 0, because one period says as much as another.

/// Ends of words that two spellings of English write differently; both become the second.
const SPELLINGS: [(&str, &str); 12] = [
    ("licence", "license"),
    ("licences", "licenses"),
    ("cheque", "check"),
    ("programme", "program"),
    ("favour", "favor"),
    ("behaviour", "behavior"),
    ("isation", "ization"),
    ("isations", "izations"),
    ("ise", "ize"),
    ("ised", "ized"),
    ("ises", "izes"),
    ("ising", "izing"),
];

/// The words of a text, each as the model counts it.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::with_capacity(text.len() / 5);
    let mut word = String::new();
    for letter in text.chars() {
        match letter {
            '\u{2018}' | '\u{2019}' | '\u{2032}' | '\'' => word.push('\''),
            '\u{00AD}' | '\u{200B}' | '\u{FEFF}' => {}
            digit if digit.is_ascii_digit() => word.push('0'),
            letter if letter.is_alphanumeric() => word.extend(letter.to_lowercase()),
            other => {
                push(&mut words, &mut word);
                // A colon opens a list, a question states nothing, money and percentages are bounds.
                if matches!(other, ':' | '?' | '%' | '$' | '€' | '£' | ';') {
                    words.push(other.to_string());
                }
            }
        }
    }
    push(&mut words, &mut word);
    words
}

/// Ends a word: contractions of "not" are written out, quotation marks and possessives dropped, spellings made one.
fn push(words: &mut Vec<String>, word: &mut String) {
    let own = std::mem::take(word);
    let trimmed = own.trim_matches('\'');
    if trimmed.is_empty() {
        return;
    }
    let (stem, negated) = match trimmed {
        "cannot" | "can't" => ("can", true),
        "won't" => ("will", true),
        "shan't" => ("shall", true),
        "n't" => ("", true),
        other => other.strip_suffix("n't").map_or((other, false), |stem| (stem, true)),
    };
    let stem = stem.split_once('\'').map_or(stem, |(before, _)| before);
    if !stem.is_empty() {
        words.push(spelling(stem));
    }
    if negated {
        words.push("not".to_owned());
    }
}

fn spelling(word: &str) -> String {
    if word.len() < 6
        || matches!(
            word,
            "otherwise" | "exercise" | "promise" | "premises" | "advise" | "raised"
        )
    {
        return word.to_owned();
    }
    for (from, to) in SPELLINGS {
        if let Some(stem) = word.strip_suffix(from) {
            return format!("{stem}{to}");
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn negations_are_written_out_and_numbers_are_alike() {
        assert_eq!(
            words("We don\u{2019}t keep it for 30 days; you can't opt-out."),
            [
                "we", "do", "not", "keep", "it", "for", "00", "days", ";", "you", "can", "not", "opt", "out"
            ]
        );
        assert_eq!(
            words("Authorised licences of 'the provider's'"),
            words("authorized licenses of the provider")
        );
    }
}
