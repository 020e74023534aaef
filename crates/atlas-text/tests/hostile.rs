//! Pages that were made to hurt.
//!
//! Invariant: each ends in a text or in a typed error.
#![cfg(test)]

use atlas_domain::{CaptureOutcome, ExtractRules};
use atlas_text::{extract, parse_markdown};

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
        let _ = extract(&bytes, Some("text/html"), None, &ExtractRules::default());
        let _ = parse_markdown(&String::from_utf8_lossy(&bytes));
    }
    let large = vec![b' '; atlas_text::MAX_BYTES + 1];
    assert_eq!(
        extract(&large, None, None, &ExtractRules::default())
            .unwrap_err()
            .outcome(),
        CaptureOutcome::TooLarge
    );
}
