//! Sentences of two statements: each is judged by its own words.
#![cfg(test)]

use atlas_domain::{Block, BlockKind, PolicyText, Span, Stance};
use atlas_reading::{Detector as _, RuleDetector};

fn one_sentence(sentence: &str) -> PolicyText {
    let whole = Span {
        start: 0,
        end: sentence.len(),
    };
    let block = Block {
        kind: BlockKind::Paragraph,
        level: 0,
        start: whole.start,
        end: whole.end,
        heading: None,
        stem: None,
        anchor: "p1".to_owned(),
        sentences: vec![whole],
    };
    PolicyText {
        text: sentence.to_owned(),
        blocks: vec![block],
        links: Vec::new(),
    }
}

#[test]
fn only_the_statement_that_holds_the_predicate_is_denied_or_chosen() {
    let cases = [
        (
            "We do not show advertising in the Service, and we do not sell personal data.",
            "data-sale",
            Stance::Prohibits,
        ),
        (
            "We use the content you submit to train our models only if you turn on \"Improve everything\" in your settings.",
            "model-training-use",
            Stance::PermitsOptIn,
        ),
        (
            "We do not use recordings to train our general models unless you have given your explicit consent.",
            "model-training-use",
            Stance::PermitsOptIn,
        ),
    ];
    let detector = RuleDetector::new(atlas_catalog::taxonomy());
    for (sentence, kind, stance) in cases {
        let readings = detector.detect(&one_sentence(sentence));
        let found: Vec<_> = readings
            .iter()
            .map(|reading| (reading.provision_type.as_str(), reading.stance))
            .collect();
        assert_eq!(found, [(kind, stance)], "{sentence}");
    }
}
