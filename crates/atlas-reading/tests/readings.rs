//! What the rules read in small policies: lists, neighbours, scopes, headings, and texts that are not policies.

use std::sync::OnceLock;

use atlas_domain::{Actor, Block, BlockKind, Confidence, PolicyText, Reading, Severity, Span, Stance};
use atlas_reading::{Detector, ProvisionReading, RuleDetector, json, merge};

/// A text of blocks, each with its sentences; `# ` opens a heading, `- ` an item of the paragraph before the list.
fn policy(blocks: &[&[&str]]) -> PolicyText {
    let mut text = PolicyText::default();
    let (mut heading, mut stem) = (None, None);
    for sentences in blocks {
        let first = sentences.first().copied().unwrap_or_default();
        let (kind, mark) = match first.get(..2) {
            Some("# ") => (BlockKind::Heading, 2),
            Some("- ") => (BlockKind::ListItem, 2),
            _ => (BlockKind::Paragraph, 0),
        };
        text.text.push_str(first.get(..mark).unwrap_or_default());
        let start = text.text.len();
        let mut spans = Vec::new();
        for (index, sentence) in sentences.iter().enumerate() {
            if index > 0 {
                text.text.push(' ');
            }
            let from = text.text.len();
            text.text.push_str(if index == 0 {
                sentence.get(mark..).unwrap_or_default()
            } else {
                sentence
            });
            spans.push(Span {
                start: from,
                end: text.text.len(),
            });
        }
        let index = text.blocks.len();
        text.blocks.push(Block {
            kind,
            level: u8::from(kind != BlockKind::Paragraph),
            start,
            end: text.text.len(),
            heading: if kind == BlockKind::Heading { None } else { heading },
            stem: if kind == BlockKind::ListItem { stem } else { None },
            anchor: format!("b{index}"),
            sentences: spans,
        });
        match kind {
            BlockKind::Heading => heading = Some(index),
            BlockKind::Paragraph => stem = Some(index),
            _ => {}
        }
        text.text.push('\n');
    }
    text
}

fn read(blocks: &[&[&str]]) -> Vec<Reading> {
    static DETECTOR: OnceLock<RuleDetector> = OnceLock::new();
    let text = policy(blocks);
    let readings = DETECTOR
        .get_or_init(|| RuleDetector::new(atlas_catalog::taxonomy()))
        .detect(&text);
    for reading in &readings {
        assert_eq!(text.text.get(reading.start..reading.end), Some(reading.quote.as_str()));
    }
    readings
}

fn stance(kind: &str, sentence: &str) -> Option<Stance> {
    read(&[&[sentence]])
        .into_iter()
        .find(|reading| reading.provision_type == kind)
        .map(|reading| reading.stance)
}

fn merged(kind: &str, blocks: &[&[&str]]) -> Option<ProvisionReading> {
    let readings = read(blocks);
    merge(atlas_catalog::taxonomy(), &readings)
        .into_iter()
        .find(|reading| reading.provision_type == kind)
}

#[test]
fn the_sentences_of_the_reference_page_are_read() {
    let training = |sentence| stance("model-training-use", sentence);
    assert_eq!(
        training("Writer does not use Customer Data to train its AI models without explicit customer permission."),
        Some(Stance::PermitsOptIn)
    );
    assert_eq!(
        training(
            "We may use the content you provide to us, including prompts and generated images, to train and improve \
             our AI models and services."
        ),
        Some(Stance::Permits)
    );
    assert_eq!(
        training("We may use what you submit to train our models unless you turn off Improve Halden in your settings."),
        Some(Stance::PermitsOptOut)
    );
    assert_eq!(
        stance(
            "third-party-model-providers",
            "When you use AI features of the Services, you acknowledge that your inputs may be processed by \
             third-party AI providers."
        ),
        Some(Stance::Permits)
    );
}

#[test]
fn a_promise_about_one_product_is_not_a_promise_about_all() {
    let aws = "We will not use Your Content to train the underlying models that are made available to you in Amazon \
               Bedrock.";
    assert_eq!(stance("model-training-use", aws), Some(Stance::CommitsQualified));
    assert_eq!(
        stance("model-training-use", "We never train our models on your content."),
        Some(Stance::Prohibits)
    );
}

#[test]
fn an_item_is_judged_with_its_stem_and_quoted_without_it() {
    let readings = read(&[
        &["We will never:"],
        &["- use your content to train our models;"],
        &["- share a joke."],
    ]);
    let training: Vec<_> = readings
        .iter()
        .filter(|reading| reading.provision_type == "model-training-use")
        .collect();
    assert_eq!(training.len(), 1);
    assert_eq!(training[0].stance, Stance::Prohibits);
    assert_eq!(training[0].quote, "use your content to train our models;");
}

#[test]
fn a_stem_that_says_it_all_is_read_once_and_not_with_every_item() {
    let readings = read(&[
        &["We may change these Terms at any time, for example because of:"],
        &["- a new law;"],
        &["- a new feature;"],
    ]);
    let changes = readings
        .iter()
        .filter(|reading| reading.provision_type == "unilateral-changes")
        .count();
    assert_eq!(changes, 1);
}

#[test]
fn the_next_sentence_can_bring_the_choice_and_is_quoted_too() {
    let readings = read(&[&[
        "We may use your content to train our models.",
        "You can opt out at any time in your settings.",
        "We like tea.",
    ]]);
    let training = readings
        .iter()
        .find(|reading| reading.provision_type == "model-training-use")
        .unwrap();
    assert_eq!(training.stance, Stance::PermitsOptOut);
    assert!(training.quote.ends_with("in your settings."));
}

#[test]
fn what_users_may_not_do_is_no_practice_of_the_provider() {
    for sentence in [
        "You may not use outputs to train models that compete with ours.",
        "Our staff receive training on how to protect your personal data.",
        "Please review these terms carefully before you use our content.",
        "You agree to keep your password secret and not to store it.",
        "You may change your account settings at any time.",
        "Do you train on my content?",
    ] {
        let readings = read(&[&[sentence]]);
        assert!(readings.is_empty(), "{sentence}: {readings:?}");
    }
    let readings = read(&[
        &["# Prohibited uses"],
        &["Using customer content to train models without permission."],
    ]);
    assert!(readings.is_empty(), "{readings:?}");
}

#[test]
fn fixed_phrases_with_a_negative_word_deny_nothing() {
    let change = |sentence| stance("unilateral-changes", sentence);
    assert_eq!(
        change("We may change these terms at any time without notice."),
        Some(Stance::Permits)
    );
    assert_eq!(
        change("We will not change these terms without your agreement."),
        Some(Stance::Commits)
    );
    assert_eq!(
        stance(
            "model-training-use",
            "We may use your content, including but not limited to prompts, to train our models."
        ),
        Some(Stance::Permits)
    );
    assert_eq!(
        stance(
            "model-training-use",
            "If you do not opt out, we may use your content to train our models."
        ),
        Some(Stance::PermitsOptOut)
    );
}

#[test]
fn a_label_is_not_part_of_the_statement_that_follows_it() {
    let sale = stance(
        "data-sale",
        "How we may use it. No sale or advertising: Anysphere does not sell your personal data.",
    );
    assert_eq!(sale, Some(Stance::Prohibits));
}

#[test]
fn the_length_of_the_notice_decides_between_a_promise_and_a_condition() {
    let change = |sentence| stance("unilateral-changes", sentence);
    let long = "We will notify you at least thirty (30) days before changes to these terms take effect.";
    let short = "We will notify you five days before changes to these terms take effect.";
    let posted = "We may update this policy by posting a new version on this page.";
    assert_eq!(change(long), Some(Stance::Commits));
    assert_eq!(change(short), Some(Stance::Conditional));
    assert_eq!(change(posted), Some(Stance::Permits));
}

#[test]
fn retention_is_read_by_its_bound() {
    let kept = |sentence| stance("retention-deletion", sentence);
    assert_eq!(
        kept("Prompts and outputs are deleted within 30 days."),
        Some(Stance::Commits)
    );
    assert_eq!(
        kept("Prompts are deleted within 30 days, unless we are legally required to keep them."),
        Some(Stance::Conditional)
    );
    assert_eq!(
        kept("We retain your personal data for as long as necessary."),
        Some(Stance::Conditional)
    );
    assert_eq!(kept("We keep your conversations indefinitely."), Some(Stance::Permits));
}

#[test]
fn arbitration_with_small_claims_or_a_way_out_is_less_grave() {
    let read_one = |sentence| {
        read(&[&[sentence]])
            .into_iter()
            .find(|r| r.provision_type == "arbitration")
            .unwrap()
    };
    let plain = read_one("Any dispute will be resolved by final and binding arbitration.");
    assert_eq!((plain.stance, plain.severity), (Stance::Requires, Severity::High));
    let carved = read_one("Except for small claims, any dispute will be resolved by binding arbitration.");
    assert_eq!(
        (carved.stance, carved.severity),
        (Stance::Conditional, Severity::Medium)
    );
    let way_out = read_one("You may opt out of arbitration within 30 days.");
    assert_eq!(
        (way_out.stance, way_out.actor),
        (Stance::PermitsOptOut, Actor::Customer)
    );
}

#[test]
fn a_plan_is_kept_as_the_scope_in_its_own_words() {
    let readings = read(&[&["We do not use Inputs from Enterprise customers to train our models."]]);
    assert_eq!(readings[0].scope.as_deref(), Some("Enterprise customers"));
    assert_eq!(readings[0].stance, Stance::CommitsQualified);
}

#[test]
fn two_open_passages_that_disagree_conflict() {
    let found = merged(
        "model-training-use",
        &[
            &["We do not use your content to train our models."],
            &["We may use the content you provide to train our models."],
        ],
    )
    .unwrap();
    assert_eq!(found.stance, Stance::Conflicting);
    assert_eq!(found.supporting.len(), 1);
}

#[test]
fn passages_about_different_plans_make_a_condition() {
    let found = merged(
        "model-training-use",
        &[
            &["We do not use content from Enterprise customers to train our models."],
            &["We may use the content you provide to train our models."],
        ],
    )
    .unwrap();
    assert_eq!(found.stance, Stance::Conditional);
}

#[test]
fn a_way_out_stated_elsewhere_qualifies_the_permission() {
    let found = merged(
        "model-training-use",
        &[
            &["We may use the content you provide to train our models."],
            &["To opt out of training, open your settings."],
        ],
    )
    .unwrap();
    assert_eq!(found.stance, Stance::PermitsOptOut);
    assert_eq!(found.primary.stance, Stance::PermitsOptOut);
}

#[test]
fn every_merged_stance_is_one_that_the_taxonomy_allows() {
    let taxonomy = atlas_catalog::taxonomy();
    for kind in RuleDetector::covered() {
        let allowed = &taxonomy.provision_type(kind).expect(kind).stances;
        for first in allowed.keys() {
            for second in allowed.keys() {
                let reading = |stance: Stance, start: usize| Reading {
                    provision_type: kind.to_owned(),
                    stance,
                    severity: allowed[&stance].severity,
                    confidence: Confidence::Explicit,
                    start,
                    end: start + 1,
                    quote: "x".to_owned(),
                    basis: atlas_domain::Basis::Explicit,
                    actor: Actor::Vendor,
                    scope: None,
                    score: 0.9,
                    reasons: Vec::new(),
                };
                let found = merge(taxonomy, &[reading(*first, 0), reading(*second, 5)]);
                assert_eq!(found.len(), 1);
                assert!(allowed.contains_key(&found[0].stance), "{kind}: {}", found[0].stance);
            }
        }
    }
}

#[test]
fn a_text_that_is_no_policy_is_silent_and_does_no_harm() {
    assert!(read(&[]).is_empty());
    assert!(read(&[&["Größe, naïve façade — “quoted” … 日本語 🙂."]]).is_empty());
    let long = "train our models on your content ".repeat(2_000);
    assert!(read(&[&[long.as_str()]]).is_empty(), "a sentence of 60 KB says nothing");
    // Spans beside the text: a fault elsewhere must not end in a panic here.
    let mut broken = policy(&[&["We may use your content to train our models."]]);
    broken.blocks[0].sentences[0] = Span { start: 40, end: 4_000 };
    broken.blocks[0].stem = Some(99);
    broken.blocks[0].kind = BlockKind::ListItem;
    assert!(RuleDetector::new(atlas_catalog::taxonomy()).detect(&broken).is_empty());
}

#[test]
fn a_quotation_keeps_letters_beyond_ascii_and_exact_offsets() {
    let readings = read(&[
        &["Café terms — é."],
        &["We don’t use your content — ever — to train our models."],
    ]);
    assert_eq!(
        readings[0].quote,
        "We don’t use your content — ever — to train our models."
    );
    assert_eq!(readings[0].stance, Stance::Prohibits);
}

#[test]
fn the_printed_form_has_the_documented_keys_in_the_order_of_the_text() {
    let readings = read(&[
        &["Any dispute will be resolved by binding arbitration."],
        &["We keep your conversations indefinitely."],
    ]);
    let printed = serde_json::to_value(json::Detection::from(readings.as_slice())).unwrap();
    let first = &printed["findings"][0];
    assert_eq!(first["type"], "arbitration");
    let mut keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["confidence", "end", "quote", "severity", "stance", "start", "type"]
    );
    assert!(printed["findings"][1]["start"].as_u64() > first["start"].as_u64());
}
