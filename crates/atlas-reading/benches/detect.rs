//! How long it takes to read one policy of 100 KB.

use atlas_domain::{Block, BlockKind, PolicyText, Span};
use atlas_reading::{Detector, RuleDetector, TrainedDetector, model::ProvisionModel};

fn main() {
    divan::main();
}

/// Sentences in the manner of real policies; about one in six speaks on a provision type.
const SENTENCES: [&str; 12] = [
    "We may use the content you provide, including prompts and files, to train and improve our models unless you opt out in your settings.",
    "The Services are offered by Example Corporation, which has its registered office at the address below.",
    "We collect information about the device from which you visit the Services, such as its operating system and language.",
    "Authorised employees may review conversations only where we suspect a violation of our policies.",
    "When you contact our support team, we receive your name, your address and the contents of your message.",
    "We retain personal data for as long as it is necessary to provide the Services and to comply with the law.",
    "You are responsible for all activity under your account and for keeping the password to it confidential.",
    "We may change these Terms from time to time and will notify you at least thirty (30) days before material changes take effect.",
    "The headings in this document are for convenience only and do not affect how it is read.",
    "Any dispute arising out of or relating to these Terms will be resolved by final and binding arbitration.",
    "Some features of the Services are experimental and may be withdrawn after a period of trial.",
    "Links to other sites are provided for your convenience; we do not control what is published there.",
];

fn policy(bytes: usize) -> PolicyText {
    let mut text = PolicyText::default();
    while text.text.len() < bytes {
        let start = text.text.len();
        let mut sentences = Vec::new();
        for offset in 0..4 {
            let index = (text.blocks.len() * 4 + offset) % SENTENCES.len();
            let from = text.text.len();
            text.text.push_str(SENTENCES.get(index).copied().unwrap_or_default());
            sentences.push(Span {
                start: from,
                end: text.text.len(),
            });
            text.text.push(' ');
        }
        let end = text.text.len() - 1;
        text.text.push('\n');
        text.blocks.push(Block {
            kind: BlockKind::Paragraph,
            level: 0,
            start,
            end,
            heading: None,
            stem: None,
            anchor: format!("b{start}"),
            sentences,
        });
    }
    text
}

#[divan::bench]
fn policy_of_100_kilobytes(bencher: divan::Bencher) {
    let detector = RuleDetector::new(atlas_catalog::taxonomy());
    let text = policy(100_000);
    bencher.bench(|| detector.detect(divan::black_box(&text)));
}

#[divan::bench]
fn policy_of_100_kilobytes_with_the_model(bencher: divan::Bencher) {
    let Ok(detector) = TrainedDetector::new(atlas_catalog::taxonomy()) else {
        return;
    };
    let text = policy(100_000);
    bencher.bench(|| detector.detect(divan::black_box(&text)));
}

#[divan::bench]
fn a_thousand_sentences_by_the_model(bencher: divan::Bencher) {
    let Ok(model) = ProvisionModel::shipped() else { return };
    bencher.bench(|| {
        let sentences = SENTENCES.iter().cycle().take(1_000);
        sentences
            .filter(|text| model.classify(divan::black_box(text)).provision_type.is_some())
            .count()
    });
}

#[divan::bench]
fn load_the_model() -> bool {
    ProvisionModel::shipped().is_ok()
}

#[divan::bench]
fn compile_the_rules() -> RuleDetector {
    RuleDetector::new(atlas_catalog::taxonomy())
}
