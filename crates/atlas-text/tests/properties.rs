//! What holds for every input: no panic, valid offsets, nothing from nothing, both sides spelled by the diff.
#![cfg(test)]

use std::collections::HashSet;

use atlas_domain::{ExtractRules, Materiality, PolicyText};
use atlas_text::{DiffKind, compare, extract_html, join, parse_markdown, text_sha256, words_diff};
use proptest::prelude::*;

fn assert_valid(text: &PolicyText) {
    let mut at = 0;
    let mut anchors = HashSet::new();
    for (index, block) in text.blocks.iter().enumerate() {
        assert!(at <= block.start && block.start < block.end && block.end <= text.text.len());
        assert!(text.text.is_char_boundary(block.start) && text.text.is_char_boundary(block.end));
        assert!(text.block_text(block).contains(char::is_alphanumeric));
        assert!(block.heading.is_none_or(|heading| heading < index));
        assert!(block.stem.is_none_or(|stem| stem < index));
        assert!(anchors.insert(block.anchor.clone()), "{}", block.anchor);
        let mut inner = block.start;
        for sentence in &block.sentences {
            assert!(inner <= sentence.start && sentence.start < sentence.end && sentence.end <= block.end);
            assert!(text.text.get(sentence.start..sentence.end).is_some());
            inner = sentence.end;
        }
        at = block.end;
    }
    for link in &text.links {
        assert!(
            text.text
                .get(link.start..link.end)
                .is_some_and(|words| !words.is_empty())
        );
    }
}

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 .,;:!?()“”—|•*#_\\[\\]-]{0,24}",
        "\\PC{0,6}",
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<ul><li>".to_owned()),
        Just("</ul>".to_owned()),
        Just("<li>".to_owned()),
        Just("<table><tr><td>".to_owned()),
        Just("<td>".to_owned()),
        Just("<th>".to_owned()),
        Just("<tr>".to_owned()),
        Just("</table>".to_owned()),
        Just("<h2>".to_owned()),
        Just("</h2>".to_owned()),
        Just("<a href='/x'>".to_owned()),
        Just("</a>".to_owned()),
        Just("<b>".to_owned()),
        Just("</b>".to_owned()),
        Just("<br>".to_owned()),
        Just("<div hidden>".to_owned()),
        Just("</div>".to_owned()),
        Just("<dl><dd>".to_owned()),
        Just("<script>".to_owned()),
        Just("</script>".to_owned()),
        Just("<iframe/>".to_owned()),
        Just("<!--".to_owned()),
        Just("&nbsp;".to_owned()),
        Just("<button>".to_owned()),
        Just("<blockquote>".to_owned()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn prose() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "we",
        "may",
        "will",
        "not",
        "sell",
        "share",
        "your",
        "data",
        "thirty",
        "(30)",
        "30",
        "days",
        "unless",
        "you",
        "opt",
        "out.",
        "Section",
        "4.2",
        "\n\n",
        "\n- ",
        "# ",
        "Terms",
        "law",
        "of",
        "Ireland.",
        "notice",
        "never",
        "e.g.",
        "U.S.",
        "| a | b |",
        "“quoted”",
        "Last updated: 1 May 2025.",
    ]);
    prop::collection::vec(word, 0..80).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_markup_gives_a_valid_text_or_a_typed_error(html in markup()) {
        if let Ok(text) = extract_html(html.as_bytes(), None, None, &ExtractRules::default()) {
            assert_valid(&text);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = atlas_text::extract(&bytes, Some("text/html"), None, &ExtractRules::default()) {
            assert_valid(&text);
        }
    }

    #[test]
    fn any_characters_are_markdown(source in markup(), more in prose()) {
        let (one, two) = (parse_markdown(&source), parse_markdown(&more));
        assert_valid(&one);
        assert_valid(&join(vec![one, two.clone(), two]));
    }

    #[test]
    fn a_text_does_not_differ_from_itself(source in prose()) {
        let text = parse_markdown(&source);
        let found = compare(&text, &text);
        prop_assert!(found.hunks.is_empty());
        prop_assert_eq!(found.materiality, Materiality::Cosmetic);
        prop_assert_eq!(text_sha256(&text), text_sha256(&text.clone()));
    }

    #[test]
    fn hunks_quote_their_sides_and_the_comparison_is_deterministic(old in prose(), new in prose()) {
        let (old, new) = (parse_markdown(&old), parse_markdown(&new));
        let found = compare(&old, &new);
        for hunk in &found.hunks {
            prop_assert!(hunk.old.is_some() || hunk.new.is_some());
            for (side, text) in [(&hunk.old, &old), (&hunk.new, &new)] {
                if let Some(side) = side {
                    prop_assert_eq!(text.slice(side.start, side.end), side.text.as_str());
                }
            }
        }
        prop_assert_eq!(&found, &compare(&old, &new));
        if atlas_text::normal_sha256(&old) == atlas_text::normal_sha256(&new) {
            prop_assert!(found.materiality <= Materiality::Editorial);
        }
    }

    #[test]
    fn the_word_diff_spells_both_sides(old in "[a-c ,.\\n]{0,60}|\\PC{0,20}", new in "[a-c ,.\\n]{0,60}|\\PC{0,20}") {
        let segments = words_diff(&old, &new);
        let side = |left: DiffKind| segments.iter().filter(|segment| segment.kind == DiffKind::Equal || segment.kind == left).map(|segment| segment.text.as_str()).collect::<String>();
        prop_assert_eq!(side(DiffKind::Delete), old);
        prop_assert_eq!(side(DiffKind::Insert), new);
        for pair in segments.windows(2) {
            prop_assert!(pair[0].kind != pair[1].kind);
            prop_assert!(!(pair[0].kind == DiffKind::Insert && pair[1].kind == DiffKind::Delete));
        }
    }
}
