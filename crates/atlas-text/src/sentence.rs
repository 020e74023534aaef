//! Sentences of a block: the boundaries of UAX 29, less those that legal writing makes false.
//!
//! Invariant: spans are in order, do not overlap, lie inside the text, hold no outer white space and are not empty.

use atlas_domain::Span;
use unicode_segmentation::UnicodeSegmentation as _;

/// Words after which a full stop does not end a sentence, lower case, without the stop.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "cf", "vs", "v", "viz", "al", "no", "nos", "art", "arts", "sec", "secs", "sect", "para",
    "paras", "par", "cl", "ch", "reg", "regs", "dir", "ex", "fig", "p", "pp", "vol", "ed", "eds", "approx", "incl",
    "esp", "resp", "mr", "mrs", "ms", "dr", "prof", "hon", "st", "sr", "jr", "rev", "gov", "sen", "rep", "gen", "attn",
    "tel", "ext", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec", "s", "ss", "n",
    "lit",
];
/// Words with a stop that may also end a sentence: they do so only before a word that starts one.
const MAYBE_FINAL: &[&str] = &[
    "inc", "ltd", "corp", "co", "llc", "l.l.c", "plc", "gmbh", "s.a", "b.v", "n.v", "pty", "u.s", "u.k", "u.s.a",
    "e.u", "u.n", "d.c", "a.m", "p.m", "etc", "seq", "ph.d", "bros", "dept", "est",
];
/// Words that rarely stand inside a sentence with a capital: after "Inc." they start a new one.
const STARTERS: &[&str] = &[
    "we",
    "you",
    "our",
    "your",
    "the",
    "this",
    "these",
    "those",
    "if",
    "for",
    "in",
    "it",
    "they",
    "when",
    "where",
    "however",
    "by",
    "to",
    "a",
    "an",
    "any",
    "all",
    "as",
    "please",
    "such",
    "no",
    "nothing",
    "except",
    "unless",
    "each",
    "on",
    "at",
    "upon",
    "under",
    "some",
    "there",
    "that",
    "with",
    "without",
    "subject",
    "notwithstanding",
    "i",
];

/// Bytes of a sentence at most; the longest that is known to us has 3,300.
const LONGEST: usize = 8_000;

/// The sentences of `text`, as byte spans shifted by `offset`.
pub fn spans(text: &str, offset: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        line_spans(line, offset + line_start, &mut spans);
        line_start += line.len() + 1;
    }
    spans
}

fn line_spans(line: &str, offset: usize, spans: &mut Vec<Span>) {
    let mut start = 0;
    for (at, piece) in line.split_sentence_bound_indices() {
        let end = at + piece.len();
        let done = line.get(start..end).unwrap_or_default();
        let rest = line.get(end..).unwrap_or_default();
        if rest.is_empty() || is_boundary(done, rest) {
            let mut from = 0;
            while let Some(cut) = enumerated_cut(done.get(from..).unwrap_or_default()) {
                push_trimmed(
                    done.get(from..from + cut).unwrap_or_default(),
                    offset + start + from,
                    spans,
                );
                from += cut;
            }
            push_trimmed(done.get(from..).unwrap_or_default(), offset + start + from, spans);
            start = end;
        }
    }
}

/// Where an enumerated sentence ("… spam. (b) Do not …") starts inside a piece: UAX 29 sees the lower-case letter in
/// brackets and goes on.
fn enumerated_cut(piece: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = piece.get(from..)?.find(". (") {
        let at = from + found + 2;
        let close = piece
            .as_bytes()
            .iter()
            .skip(at + 1)
            .take(8)
            .position(|byte| *byte == b')');
        let inner = close
            .and_then(|close| piece.get(at + 1..at + 1 + close))
            .unwrap_or_default();
        let after = piece.get(at + 2 + inner.len()..).unwrap_or_default();
        if is_enumerator(&inner.to_lowercase()) && after.trim_start().starts_with(char::is_uppercase) {
            return Some(at);
        }
        from = at;
    }
    None
}

/// Pushes a sentence; a run of words that nothing ends is cut where it is longer than any sentence, since what reads
/// sentences is quadratic in their length.
fn push_trimmed(text: &str, offset: usize, spans: &mut Vec<Span>) {
    let mut rest = text;
    while rest.len() > LONGEST {
        let room = rest.floor_char_boundary(LONGEST);
        let head = rest.get(..room).unwrap_or_default();
        let cut = head.rfind(' ').map_or(room, |space| space + 1);
        push_whole(
            rest.get(..cut).unwrap_or_default(),
            offset + text.len() - rest.len(),
            spans,
        );
        rest = rest.get(cut..).unwrap_or_default();
    }
    push_whole(rest, offset + text.len() - rest.len(), spans);
}

fn push_whole(text: &str, offset: usize, spans: &mut Vec<Span>) {
    let trimmed = text.trim_end();
    let inner = trimmed.trim_start();
    if !inner.is_empty() {
        let start = offset + (trimmed.len() - inner.len());
        spans.push(Span {
            start,
            end: start + inner.len(),
        });
    }
}

/// Whether a sentence truly ends between `done` and `rest`.
fn is_boundary(done: &str, rest: &str) -> bool {
    let done = done.trim_end();
    let core = done.trim_end_matches(['"', '\'', '”', '’', ')', ']', '»']);
    if !core.ends_with('.') {
        return true;
    }
    let before = core.trim_end_matches('.');
    let word = before
        .rsplit([' ', '\u{a0}', '(', '[', '"', '“', '‘', '—', '/'])
        .next()
        .unwrap_or_default();
    let lower = word.to_lowercase();
    let next = rest.trim_start().trim_start_matches(['"', '“', '‘', '(', '[', '\'']);
    let next_word: String = next
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '\'' || *c == '’')
        .collect();
    // Enumerators at the start ("1.", "4.2.", "a.", "iv.") belong to what follows them.
    if before.trim_start() == word && is_enumerator(&lower) {
        return false;
    }
    if ABBREVIATIONS.contains(&lower.as_str()) {
        // "no." is also an answer: then a sentence of its own follows a short one.
        return lower == "no" && !next.starts_with(|c: char| c.is_ascii_digit());
    }
    let single_letter = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let initials = word.contains('.') && word.split('.').all(|part| part.chars().count() == 1);
    if MAYBE_FINAL.contains(&lower.as_str()) || single_letter || initials {
        return STARTERS.contains(&next_word.to_lowercase().as_str()) && next.starts_with(char::is_uppercase);
    }
    // "Section 4." followed by a lower-case word or a closing comma goes on.
    !next.starts_with(|c: char| c.is_lowercase() || matches!(c, ',' | ';' | ')'))
}

fn is_enumerator(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() <= 5
        && parts.iter().all(|part| {
            !part.is_empty()
                && part.len() <= 4
                && (part.chars().all(|c| c.is_ascii_digit())
                    || part.len() == 1 && part.chars().all(|c| c.is_ascii_alphabetic())
                    || part.chars().all(|c| matches!(c, 'i' | 'v' | 'x')))
        })
}

#[cfg(test)]
mod tests {
    use super::spans;

    #[test]
    fn legal_writing_is_split_where_a_reader_would() {
        let table: &[(&str, &[&str])] = &[
            ("We may. You must.", &["We may.", "You must."]),
            (
                "Use logs, e.g. IP addresses. We keep them.",
                &["Use logs, e.g. IP addresses.", "We keep them."],
            ),
            ("See i.e. The Policy.", &["See i.e. The Policy."]),
            ("Acme, Inc. is the controller.", &["Acme, Inc. is the controller."]),
            (
                "The provider is Acme, Inc. You agree.",
                &["The provider is Acme, Inc.", "You agree."],
            ),
            (
                "Data goes to the U.S. Department of Commerce.",
                &["Data goes to the U.S. Department of Commerce."],
            ),
            (
                "Data goes to the U.S. We protect it.",
                &["Data goes to the U.S.", "We protect it."],
            ),
            (
                "See Section 4.2 for more. It applies.",
                &["See Section 4.2 for more.", "It applies."],
            ),
            ("See Section 4. This applies.", &["See Section 4.", "This applies."]),
            ("Item No. 5 applies.", &["Item No. 5 applies."]),
            (
                "Regulation (EU) No. 2016/679 applies. It is law.",
                &["Regulation (EU) No. 2016/679 applies.", "It is law."],
            ),
            (
                "1. You may not sell. 2. You may not rent.",
                &["1. You may not sell.", "2. You may not rent."],
            ),
            ("4.2. Fees. You pay.", &["4.2. Fees.", "You pay."]),
            (
                "(a) Do not spam. (b) Do not scrape.",
                &["(a) Do not spam.", "(b) Do not scrape."],
            ),
            (
                "Do we sell data? No. We never did!",
                &["Do we sell data?", "No.", "We never did!"],
            ),
            ("“We will not.” You may.", &["“We will not.”", "You may."]),
            ("Under Art. 6 GDPR. We act.", &["Under Art. 6 GDPR.", "We act."]),
            (
                "Contact John A. Smith at the office.",
                &["Contact John A. Smith at the office."],
            ),
            (
                "Version 1.0 costs $4.50. Buy it.",
                &["Version 1.0 costs $4.50.", "Buy it."],
            ),
            ("Acme\n12 High Street", &["Acme", "12 High Street"]),
            (
                "We use cookies, pixels, etc. to serve you.",
                &["We use cookies, pixels, etc. to serve you."],
            ),
            ("Visit example.com. Then go.", &["Visit example.com.", "Then go."]),
            ("", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<&str> = spans(text, 0)
                .iter()
                .map(|span| text.get(span.start..span.end).unwrap())
                .collect();
            assert_eq!(&found, expected, "{text}");
        }
    }

    #[test]
    fn a_run_of_words_without_an_end_is_cut_between_words() {
        let words = "word ".repeat(5_000);
        let found = spans(&words, 7);
        assert_eq!(found.len(), 4);
        for span in &found {
            let sentence = words.get(span.start - 7..span.end - 7).unwrap();
            assert!(sentence.starts_with("word") && sentence.ends_with("word"), "{sentence}");
        }
        let covered: usize = found.iter().map(|span| span.end - span.start + 1).sum();
        assert_eq!(covered, words.len());
        assert_eq!(spans(&"é".repeat(10_000), 0).len(), 3);
    }

    #[test]
    fn offsets_are_shifted() {
        let found = spans(" Yes. ", 10);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start, found[0].end), (11, 15));
    }
}
