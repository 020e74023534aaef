//! Pages that were made to hurt.
//!
//! Invariant: each ends in a text or in a typed error that names the bound, and what is within the bounds is read whole.
//! Seconds and memory are measured by `conductatlas bench hostile`.
#![cfg(test)]

use atlas_domain::{CaptureOutcome, ExtractRules, PolicyText};
use atlas_text::{TextError, compare, extract, parse_markdown};

fn page(bytes: &[u8]) -> Result<PolicyText, TextError> {
    extract(bytes, Some("text/html"), None, &ExtractRules::default())
}

fn text(words: &str) -> Result<PolicyText, TextError> {
    extract(words.as_bytes(), Some("text/markdown"), None, &ExtractRules::default())
}

#[test]
fn hostile_pages_end_in_a_value_or_a_typed_error() {
    let pages: Vec<Vec<u8>> = vec![
        b"<div>".repeat(50_000),
        b"<b><p>".repeat(20_000),
        b"<table><tr><td>".repeat(300),
        b"<ul><li>".repeat(500),
        [b"<p>".as_slice(), &b"x".repeat(3_000_000)].concat(),
        [b"<p ".as_slice(), &b"a=1 ".repeat(50_000)].concat(),
        b"<a href='".repeat(10_000),
        vec![0xff; 100_000],
        b"&#xD800;&#0;&amp".repeat(10_000),
    ];
    for bytes in pages {
        let _ = page(&bytes);
        let _ = parse_markdown(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn what_is_beyond_a_bound_is_refused_by_its_name() {
    let attributes = (0..490).fold(String::new(), |all, at| all + " a" + &at.to_string() + "=b");
    for (name, bytes, bound) in [
        ("bytes", vec![b' '; atlas_text::MAX_BYTES + 1], "more than 16 MB"),
        ("depth", b"<div>".repeat(2_000), "nested elements"),
        ("elements", b"<p>x".repeat(200_001), "elements"),
        ("tags", b"</p>".repeat(600_001), "tags, entities or marks"),
        ("entities", b"&amp;".repeat(600_001), "tags, entities or marks"),
        ("brackets", b"<".repeat(600_001), "tags, entities or marks"),
        (
            "attributes of one",
            [b"<p ".as_slice(), &b"a=1 ".repeat(501), b">"].concat(),
            "attributes on one element",
        ),
        (
            "attributes",
            format!("<p{attributes}>").repeat(1_300).into_bytes(),
            "attributes",
        ),
        ("blocks", b"<p>words".repeat(100_001), "blocks"),
        (
            "blocks in one element",
            [b"<pre>".as_slice(), &b"x\n\n".repeat(100_001)].concat(),
            "blocks",
        ),
        (
            "rows",
            [b"<table>".as_slice(), &b"<tr><td>a<td>b".repeat(66_000)].concat(),
            "",
        ),
        (
            "sentences",
            [b"<p>".as_slice(), &b"It is so. ".repeat(150_001)].concat(),
            "sentences",
        ),
    ] {
        match page(&bytes) {
            Err(error @ TextError::TooLarge { .. }) => {
                assert!(error.to_string().contains(bound), "{name}: {error}");
                assert_eq!(error.outcome(), CaptureOutcome::TooLarge, "{name}");
                assert!(!error.outcome().repair().is_empty());
            }
            other => assert!(bound.is_empty(), "{name}: {:?}", other.map(|text| text.blocks.len())),
        }
    }
    for (name, words, bound) in [
        ("lines", "- x\n".repeat(400_001), "lines"),
        ("marks", "[a](".repeat(300_001), "tags, entities or marks"),
        ("paragraphs", "words\n\n".repeat(100_001), "blocks"),
        ("sentences", "It is so. ".repeat(150_001), "sentences"),
    ] {
        match text(&words) {
            Err(error @ TextError::TooLarge { .. }) => assert!(error.to_string().contains(bound), "{name}: {error}"),
            other => panic!("{name}: {:?}", other.map(|text| text.blocks.len())),
        }
    }
}

#[test]
fn a_page_far_larger_than_any_policy_is_read_whole() {
    let sentence = "We keep your data for 30 days, and we will not sell it unless you agree to that. ";
    let paragraph = format!("<p>{}", sentence.repeat(4));
    let html = format!("<main><h1>Terms</h1>{}</main>", paragraph.repeat(15_000));
    let read = page(html.as_bytes()).unwrap();
    assert_eq!(read.blocks.len(), 15_001);
    assert_eq!(
        read.blocks.iter().map(|block| block.sentences.len()).sum::<usize>(),
        60_001
    );
}

#[test]
fn two_runs_of_words_without_an_end_are_compared_piece_by_piece() {
    let words = |changed: &str| {
        let mut words = "the quick service keeps some records of all the people who use it ".repeat(20_000);
        words.insert_str(700_000 - 700_000 % 67, changed);
        text(&words).unwrap()
    };
    let (old, new) = (words(""), words("and shares them with advertisers "));
    let found = compare(&old, &new);
    assert!(!found.hunks.is_empty());
    let shown: usize = found
        .hunks
        .iter()
        .filter_map(|hunk| hunk.new.as_ref())
        .map(|side| side.text.len())
        .sum();
    assert!(shown < 1_500_000, "{shown}");
    assert!(found.hunks.iter().any(|hunk| {
        hunk.new
            .as_ref()
            .is_some_and(|side| side.text.contains("shares them with advertisers"))
    }));
}
