//! The layout of a PDF to policy text.
//!
//! Invariant: the expected text is what a person who reads the pages would write down.
#![cfg(test)]

use std::fmt::Write as _;

use atlas_domain::{BlockKind, CaptureOutcome, PolicyText};
use atlas_text::{Request, extract_page, extract_pdf, is_pdf};

/// Blocks of lines: left edge, upper edge, size, words.
type Lines = [(f64, f64, f64, &'static str)];

/// A layout as `pdftotext -bbox-layout` writes it: each inner list is a block.
fn layout(pages: &[&[&Lines]]) -> String {
    let mut layout = "<doc>\n".to_owned();
    for blocks in pages {
        layout.push_str("<page width=\"595.0\" height=\"842.0\">\n");
        for lines in *blocks {
            layout.push_str("<flow>\n<block xMin=\"0\">\n");
            for (left, top, size, words) in *lines {
                let width = size / 2.0 * f64::from(u32::try_from(words.len()).unwrap());
                let place = format!(
                    "xMin=\"{left}\" yMin=\"{top}\" xMax=\"{}\" yMax=\"{}\"",
                    left + width,
                    top + size
                );
                let _ = writeln!(layout, "<line {place}>");
                for word in words.split(' ') {
                    let _ = writeln!(layout, "<word {place}>{word}</word>");
                }
                layout.push_str("</line>\n");
            }
            layout.push_str("</block>\n</flow>\n");
        }
        layout.push_str("</page>\n");
    }
    layout
}

fn read(pages: &[&[&Lines]]) -> PolicyText {
    extract_pdf(&layout(pages), &Request::default()).unwrap().text
}

const HEADER: &Lines = &[(72.0, 30.0, 9.0, "Example Ltd terms, version 7")];

#[test]
fn furniture_is_left_out_and_words_go_on_over_lines_columns_and_pages() {
    let text = read(&[
        &[
            HEADER,
            &[(72.0, 70.0, 18.0, "Terms of Service")],
            &[(72.0, 110.0, 11.0, "1. Your content")],
            &[
                (
                    72.0,
                    140.0,
                    11.0,
                    "We may use what you post to train our models, and we keep docu-",
                ),
                (72.0, 154.0, 11.0, "ments about it for 30 days."),
                (
                    72.0,
                    168.0,
                    11.0,
                    "You may object to that at any time in your settings, and we will",
                ),
                (72.0, 182.0, 11.0, "then stop within a week, unless the law"),
            ],
            &[(290.0, 800.0, 9.0, "Page 1 of 3")],
        ],
        &[
            HEADER,
            &[
                (72.0, 70.0, 11.0, "asks us to go on. We do not:"),
                (72.0, 90.0, 11.0, "• sell it"),
                (
                    72.0,
                    104.0,
                    11.0,
                    "• rent it to anybody who is not bound by these terms or by a",
                ),
                (72.0, 118.0, 11.0, "contract with us"),
            ],
            &[(290.0, 800.0, 9.0, "Page 2 of 3")],
        ],
        &[
            HEADER,
            &[(72.0, 70.0, 14.0, "The law")],
            &[(72.0, 100.0, 11.0, "The law of Norway governs these terms.")],
            &[(290.0, 800.0, 9.0, "Page 3 of 3")],
        ],
    ]);
    assert_eq!(
        text.text,
        "# Terms of Service\n\n### 1. Your content\n\nWe may use what you post to train our models, and we keep documents \
         about it for 30 days.\n\nYou may object to that at any time in your settings, and we will then stop within a week, \
         unless the law asks us to go on. We do not:\n\n- sell it\n- rent it to anybody who is not bound by these terms or \
         by a contract with us\n\n## The law\n\nThe law of Norway governs these terms."
    );
    let anchors: Vec<&str> = text.blocks.iter().map(|block| block.anchor.as_str()).collect();
    let pages: Vec<&str> = anchors.iter().map(|anchor| anchor.get(..6).unwrap()).collect();
    assert_eq!(
        pages,
        [
            "page-1", "page-1", "page-1", "page-1", "page-2", "page-2", "page-3", "page-3"
        ]
    );
    assert_eq!((anchors[0], anchors[4], anchors[6]), ("page-1", "page-2", "page-3"));
    let item = &text.blocks[4];
    assert_eq!(item.kind, BlockKind::ListItem);
    assert!(
        text.block_text(&text.blocks[item.stem.unwrap()])
            .ends_with("We do not:")
    );
}

#[test]
fn what_stands_near_an_edge_once_or_counts_something_else_is_kept() {
    let text = read(&[
        &[
            &[(72.0, 30.0, 11.0, "Section 1 of these terms is about fees.")],
            &[(72.0, 400.0, 11.0, "You pay 5 euros for each month.")],
            &[(72.0, 800.0, 11.0, "Call 1 555 0100 for help.")],
        ],
        &[
            &[(72.0, 30.0, 11.0, "Section 2 of these terms is about fees.")],
            &[(72.0, 400.0, 11.0, "You pay 6 euros for each month.")],
            &[(72.0, 800.0, 11.0, "Call 1 555 0199 for help.")],
        ],
    ]);
    for kept in ["Section 1 of", "Section 2 of", "0100", "0199", "5 euros", "6 euros"] {
        assert!(text.text.contains(kept), "{kept}: {}", text.text);
    }
}

#[test]
fn a_pdf_is_told_by_its_bytes_and_one_without_text_is_empty() {
    assert!(is_pdf(b"%PDF-1.7 ...", Some("text/html")));
    assert!(!is_pdf(b"<p>%PDF-1.7", Some("text/html")));
    let error = extract_page(b"%PDF-1.7", &Request::default()).unwrap_err();
    assert!(error.to_string().contains("a PDF file"), "{error}");
    let error = extract_pdf(&layout(&[&[]]), &Request::default()).unwrap_err();
    assert_eq!(error.outcome(), CaptureOutcome::Empty);
    assert!(error.to_string().contains("pictures"), "{error}");
}
