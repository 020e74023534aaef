//! Any bytes, as HTML, Markdown or the layout of a PDF, end in a text whose offsets hold or in a typed error.
#![no_main]

use atlas_domain::{ExtractRules, PolicyText, Selector};
use atlas_text::{Request, extract_page, extract_pdf, parse_markdown};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    let rules = ExtractRules {
        select: vec![Selector::Css("main, div > p, [role=main]".to_owned())],
        remove: vec![Selector::Css("nav, .x, p:last-child".to_owned())],
    };
    let request = Request {
        content_type: [
            Some("text/html"),
            Some("text/markdown"),
            None,
            Some("text/html; charset=utf-8"),
        ][usize::from(kind & 3)],
        rules: (kind & 4 != 0).then_some(&rules),
        locale: (kind & 8 != 0).then_some("de"),
        propose: kind & 16 != 0,
        ..Request::default()
    };
    if let Ok(extract) = extract_page(bytes, &request) {
        check(&extract.text);
    }
    let text = String::from_utf8_lossy(bytes);
    if kind & 32 != 0
        && let Ok(extract) = extract_pdf(&text, &request)
    {
        check(&extract.text);
    }
    if kind & 64 != 0 {
        check(&parse_markdown(&text));
    }
});

fn check(text: &PolicyText) {
    let mut at = 0;
    for block in &text.blocks {
        assert!(at <= block.start && block.start < block.end);
        assert!(text.text.get(block.start..block.end).is_some());
        let mut inner = block.start;
        for sentence in &block.sentences {
            assert!(inner <= sentence.start && sentence.start < sentence.end && sentence.end <= block.end);
            assert!(text.text.get(sentence.start..sentence.end).is_some());
            inner = sentence.end;
        }
        at = block.end;
    }
    for link in &text.links {
        assert!(text.text.get(link.start..link.end).is_some());
    }
}
