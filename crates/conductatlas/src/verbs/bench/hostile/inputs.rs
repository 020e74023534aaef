//! Inputs that were made to hurt: one of each kind that a parser, an aligner or a matcher is known to suffer from.
//!
//! Invariant: made by arithmetic alone, so that two runs measure the same bytes.

use std::fmt::Write as _;

/// What is done with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `extract` of one file.
    Extract,
    /// `compare --json` of two files.
    Compare,
}

/// One input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    /// Its name on the command line and in the table.
    pub(super) name: &'static str,
    pub(super) verb: Verb,
    /// Extension of its files, by which the program knows what they are.
    pub(super) extension: &'static str,
    /// The bytes: of the file, or of the old and the new side.
    pub(super) make: fn() -> (Vec<u8>, Vec<u8>),
}

const KB: usize = 1_000;
const MB: usize = 1_000_000;

const fn page(name: &'static str, make: fn() -> (Vec<u8>, Vec<u8>)) -> Input {
    Input {
        name,
        verb: Verb::Extract,
        extension: "html",
        make,
    }
}

const fn text(name: &'static str, make: fn() -> (Vec<u8>, Vec<u8>)) -> Input {
    Input {
        extension: "md",
        ..page(name, make)
    }
}

const fn pair(name: &'static str, extension: &'static str, make: fn() -> (Vec<u8>, Vec<u8>)) -> Input {
    Input {
        name,
        verb: Verb::Compare,
        extension,
        make,
    }
}

/// All inputs, in the order in which they are measured.
pub(super) const INPUTS: &[Input] = &[
    page("nested-blocks", || alone(filled("<div>", 100 * KB, "deep"))),
    page("nested-inline", || alone(filled("<span>", 100 * KB, "deep"))),
    page("nested-lists", || alone(filled("<ul><li>", 100 * KB, "deep"))),
    page("nested-tables", || alone(filled("<table><tr><td>", 100 * KB, "deep"))),
    page("nested-at-the-limit", || {
        alone(filled(
            &format!("{}words {}", "<div>".repeat(1_000), "</div>".repeat(1_000)),
            80,
            "end",
        ))
    }),
    page("misnested-formatting", || {
        alone(filled("<b><i><u><p>", 100 * KB, "deep"))
    }),
    page("page-50-mb", || alone(document(&policy(50 * MB, 0)))),
    page("page-10-mb", || alone(document(&policy(10 * MB, 0)))),
    page("line-5-mb", || {
        alone(format!("<p>{}", policy(5 * MB, 0).replace('\n', " ")).into_bytes())
    }),
    page("word-5-mb", || alone(filled("x", 5 * MB, ""))),
    page("broken-utf8-10-mb", || alone(noise(10 * MB))),
    page("tiny-elements", || alone(filled("<i>x</i> ", MB, ""))),
    page("tiny-elements-below-the-limit", || {
        alone(filled("<i>x</i> ", 100 * KB, ""))
    }),
    page("tiny-blocks-below-the-limit", || alone(filled("<p>x1 ", 200 * KB, ""))),
    page("line-breaks", || alone(filled("x<br>", MB, ""))),
    page("wide-table", || {
        alone([b"<table><tr>".to_vec(), filled("<td>x", MB, "")].concat())
    }),
    page("long-table", || {
        alone([b"<table>".to_vec(), filled("<tr><td>a<td>b", 60 * KB, "")].concat())
    }),
    page("many-attributes", || {
        alone(format!("<p {}>x", "a=1 ".repeat(MB)).into_bytes())
    }),
    page("attributes-everywhere", || {
        let many: String = (0..100).fold(String::new(), |mut all, at| {
            let _ = write!(all, " a{at}=b");
            all
        });
        alone(filled(&format!("<p{many}>words"), 15 * KB, ""))
    }),
    page("entities", || {
        alone(filled("&amp;&nGt;&#x1F600;&notanentity;&", 400 * KB, ""))
    }),
    page("comments", || alone(filled("<!-- x --><!", 500 * KB, ""))),
    page("unclosed-quotes", || alone(filled("<a href='", 500 * KB, ""))),
    page("unclosed-brackets", || alone(filled("<", 10 * MB, ""))),
    page("raised-links", || {
        alone(filled("<sup><a href=#x>1</a></sup>", 40 * KB, ""))
    }),
    page("asides", || alone(filled("<aside>Words. ", 1_100, ""))),
    page("nul-and-controls", || {
        alone(filled("<p>\u{1}a\u{0}b\u{200b}\u{ad}", 500 * KB, ""))
    }),
    page("combining-marks", || alone(filled("a\u{301}\u{323}\u{327}", MB, ""))),
    text("text-50-mb", || alone(policy(50 * MB, 0).into_bytes())),
    text("text-10-mb", || alone(policy(10 * MB, 0).into_bytes())),
    text("text-line-5-mb", || {
        alone(policy(5 * MB, 0).replace('\n', " ").into_bytes())
    }),
    text("text-quotes", || alone(filled("> ", MB, "x"))),
    text("text-brackets", || alone(filled("[a](", MB, ""))),
    text("text-stars", || alone(filled("*a_ ", MB, ""))),
    text("text-ticks", || {
        alone(
            (1..2_000)
                .map(|at| "`".repeat(at) + " ")
                .collect::<String>()
                .into_bytes(),
        )
    }),
    text("text-tags", || alone(filled("<b>x ", MB, ""))),
    text("text-html-blocks", || alone(filled("<div>\nx\n\n", 500 * KB, ""))),
    text("text-table", || {
        alone([b"a|b\n-|-\n".to_vec(), filled("x|y\n", MB, "")].concat())
    }),
    text("text-bullets", || alone(filled("- x\n", MB, ""))),
    text("text-stops", || alone(filled("a. 1. (b) C. ", MB, ""))),
    pair("compare-equal-10-mb", "md", || {
        (policy(10 * MB, 0).into_bytes(), policy(10 * MB, 0).into_bytes())
    }),
    pair("compare-editions-10-mb", "md", || {
        (policy(10 * MB, 0).into_bytes(), policy(10 * MB, 1).into_bytes())
    }),
    pair("compare-different-10-mb", "md", || {
        (policy(10 * MB, 0).into_bytes(), other(10 * MB))
    }),
    pair("compare-different-2-mb", "md", || {
        (policy(2 * MB, 0).into_bytes(), other(2 * MB))
    }),
    pair("compare-50-mb", "md", || {
        (policy(50 * MB, 0).into_bytes(), policy(50 * MB, 1).into_bytes())
    }),
    pair("compare-pages-50-mb", "html", || {
        (document(&policy(50 * MB, 0)), document(&policy(50 * MB, 1)))
    }),
    pair("compare-lines-5-mb", "md", || {
        let line = |edition| policy(5 * MB, edition).replace(['\n', '#'], " ").into_bytes();
        (line(0), line(1))
    }),
    pair("compare-sentence-5-mb", "md", || {
        let sentence = |edition| policy(5 * MB, edition).replace(['\n', '#', '.'], " ").into_bytes();
        (sentence(0), sentence(1))
    }),
    pair("compare-one-word-repeated", "md", || {
        (filled("word ", MB, ""), filled("word words ", MB / 2, ""))
    }),
    pair("compare-one-sentence-repeated", "md", || {
        (
            filled("We may share it.\n\n", 300 * KB, ""),
            filled("We may not share it.\n\n", 300 * KB, ""),
        )
    }),
    pair("compare-two-sentences-alternating", "md", || {
        (
            filled("One is here.\n\nTwo is there.\n\n", 100 * KB, ""),
            filled("Two is there.\n\nOne is here.\n\nOne is here.\n\n", 70 * KB, ""),
        )
    }),
    pair("compare-reversed", "md", || {
        let text = policy(5 * MB, 0);
        let mut back: Vec<&str> = text.split("\n\n").collect();
        back.reverse();
        (text.clone().into_bytes(), back.join("\n\n").into_bytes())
    }),
    pair("compare-broken-utf8", "html", || (noise(5 * MB), noise(6 * MB))),
];

fn alone(bytes: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    (bytes, Vec::new())
}

fn filled(piece: &str, times: usize, end: &str) -> Vec<u8> {
    let mut bytes = piece.as_bytes().repeat(times);
    bytes.extend(end.as_bytes());
    bytes
}

fn document(text: &str) -> Vec<u8> {
    format!(
        "<!doctype html><html><body><main><p>{}</main></body></html>",
        text.replace("\n\n", "\n<p>")
    )
    .into_bytes()
}

/// Bytes without any order, few of which are UTF-8 (xorshift, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = b"<html><body><p>".to_vec();
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // No NUL and no mark: by many of them it would be refused before it is read.
        bytes.extend(
            state
                .to_le_bytes()
                .map(|byte| if matches!(byte, 0 | b'<' | b'&') { b' ' } else { byte }),
        );
    }
    bytes
}

/// A policy of about `size` bytes in which every twentieth sentence depends on `edition`.
fn policy(size: usize, edition: usize) -> String {
    let mut text = String::with_capacity(size + 200);
    let mut number = 0_usize;
    while text.len() < size {
        number += 1;
        if number.is_multiple_of(12) {
            let _ = write!(text, "\n\n## {number}. Section about topic {}\n\n", number * 7);
        }
        let days = if number.is_multiple_of(20) { 30 + edition } else { 30 };
        let _ = write!(
            text,
            "We keep record {number} of kind {} for {days} days, and we will not share it with partner {} unless you agree. ",
            number * 13,
            number % 37
        );
        if number.is_multiple_of(3) {
            text.push_str("\n\n");
        }
    }
    text
}

/// A policy that shares no sentence with [`policy`] and hardly a word.
fn other(size: usize) -> Vec<u8> {
    policy(size, 0).replace(' ', "x ").into_bytes()
}
