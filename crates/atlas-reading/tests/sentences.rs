//! The rules against labelled sentences: our own, and quotations of real policies. Skipped with one line where the
//! data is not there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests: a broken data file has to fail, and the figures are the output"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use atlas_domain::{Block, BlockKind, PolicyText, Span, Stance};
use atlas_reading::{Detector, RuleDetector};

/// Labels of the sentence sets, and the provision type that each stands for.
const LABELS: [(&str, &str); 27] = [
    ("ai_training_use", "model-training-use"),
    ("human_review", "human-review"),
    ("data_retention", "retention-deletion"),
    ("third_party_sharing", "third-party-sharing"),
    ("targeted_advertising", "targeted-advertising"),
    ("data_sale", "data-sale"),
    ("cross_border_transfer", "international-transfers"),
    ("subprocessors", "subprocessors"),
    ("content_license", "content-licence-grant"),
    ("output_ownership", "output-ownership"),
    ("competing_use", "output-use-restrictions"),
    ("auto_renewal", "auto-renewal"),
    ("price_change", "price-changes"),
    ("arbitration", "arbitration"),
    ("class_action_waiver", "class-action-waiver"),
    ("governing_law", "governing-law"),
    ("liability_cap", "liability-cap"),
    ("warranty_disclaimer", "accuracy-disclaimer"),
    ("indemnification", "customer-indemnity"),
    ("unilateral_change", "unilateral-changes"),
    ("account_termination", "account-termination"),
    ("content_moderation", "content-monitoring"),
    ("data_rights", "data-subject-rights"),
    ("minors_age", "children-age"),
    ("breach_notice", "breach-notification"),
    ("government_disclosure", "government-access"),
    ("automated_decisions", "automated-decisions"),
];

/// The six types that the first release has to read.
const FIRST_SIX: [&str; 6] = [
    "model-training-use",
    "retention-deletion",
    "human-review",
    "unilateral-changes",
    "arbitration",
    "third-party-model-providers",
];

#[derive(Debug)]
struct Row {
    text: String,
    kind: Option<&'static str>,
    stance: String,
}

fn rows(file: &str) -> Option<Vec<Row>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/sentences")
        .join(file);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: the labelled sentences ({file}) are not here");
        return None;
    };
    let rows = text.lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let label = row["provision"].as_str();
        Row {
            text: row["text"].as_str().unwrap().to_owned(),
            kind: label.map(|label| LABELS.iter().find(|(name, _)| *name == label).unwrap().1),
            stance: row["stance"].as_str().unwrap().to_owned(),
        }
    });
    Some(rows.collect())
}

/// A text of one paragraph; a quotation of several sentences stays one sentence, as it was labelled.
fn paragraph(text: &str) -> PolicyText {
    let span = Span {
        start: 0,
        end: text.len(),
    };
    PolicyText {
        text: text.to_owned(),
        blocks: vec![Block {
            kind: BlockKind::Paragraph,
            level: 0,
            start: 0,
            end: text.len(),
            heading: None,
            stem: None,
            anchor: "p".to_owned(),
            sentences: vec![span],
        }],
        links: Vec::new(),
    }
}

/// Our stances that a label of the sets stands for, given the proposition of the type.
fn stands_for(kind: &str, label: &str, stance: Stance) -> bool {
    use Stance::{
        Commits, CommitsQualified, Conditional, Disclaims, Permits, PermitsOptIn, PermitsOptOut, Prohibits, Requires,
    };
    // What the sets call by the bare proposition, we call by what the words do.
    match (kind, label) {
        // "We delete after 90 days" is a condition on keeping for the set, and a commitment for us.
        ("retention-deletion", "conditional" | "prohibits")
        | ("unilateral-changes", "conditional" | "permits_opt_out") => matches!(stance, Commits | Conditional),
        ("retention-deletion", "permits_opt_out") | ("governing-law", "prohibits") => stance == Conditional,
        (
            "unilateral-changes" | "account-termination" | "international-transfers" | "output-ownership",
            "prohibits",
        ) => stance == Commits,
        ("output-ownership", "conditional") => matches!(stance, CommitsQualified | Conditional),
        ("liability-cap", "permits" | "conditional") => matches!(stance, Disclaims | CommitsQualified),
        ("subprocessors", "permits_opt_out" | "conditional") => matches!(stance, Commits | CommitsQualified),
        ("auto-renewal", "permits_opt_out") => matches!(stance, Permits | Conditional),
        (_, "permits") => matches!(stance, Permits | Requires),
        (_, "prohibits") => matches!(stance, Prohibits | Commits | CommitsQualified),
        (_, "permits_opt_out") => stance == PermitsOptOut,
        (_, "conditional") => matches!(stance, Conditional | PermitsOptIn | CommitsQualified),
        _ => false,
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    gold: u32,
    right: u32,
    wrong: u32,
    stance: u32,
}

#[derive(Debug, Default)]
struct Score {
    types: BTreeMap<&'static str, Count>,
    negatives: u32,
    kept_silent: u32,
}

impl Score {
    fn total(&self, wanted: impl Fn(&str) -> bool) -> Count {
        self.types
            .iter()
            .filter(|(kind, _)| wanted(kind))
            .fold(Count::default(), |sum, (_, count)| Count {
                gold: sum.gold + count.gold,
                right: sum.right + count.right,
                wrong: sum.wrong + count.wrong,
                stance: sum.stance + count.stance,
            })
    }
}

fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 {
        1.0
    } else {
        f64::from(part) / f64::from(whole)
    }
}

fn measure(rows: &[Row], show: bool) -> Score {
    let detector = RuleDetector::new(atlas_catalog::taxonomy());
    let covered = RuleDetector::covered();
    let mut score = Score::default();
    for row in rows {
        let text = paragraph(&row.text);
        let readings = detector.detect(&text);
        for reading in &readings {
            assert_eq!(text.slice(reading.start, reading.end), reading.quote);
        }
        let gold = row.kind.filter(|kind| covered.contains(kind));
        if row.kind.is_none() {
            score.negatives += 1;
            score.kept_silent += u32::from(readings.is_empty());
        }
        for kind in &covered {
            let found = readings.iter().find(|reading| reading.provision_type == *kind);
            let count = score.types.entry(kind).or_default();
            match (gold == Some(*kind), found) {
                (true, Some(reading)) => {
                    count.gold += 1;
                    count.right += 1;
                    let agrees = stands_for(kind, &row.stance, reading.stance);
                    count.stance += u32::from(agrees);
                    if show && !agrees {
                        println!(
                            "STANCE {kind} {}≠{} {:?}: {}",
                            row.stance, reading.stance, reading.reasons, row.text
                        );
                    }
                }
                (true, None) => {
                    count.gold += 1;
                    if show {
                        println!("MISSED {kind} {}: {}", row.stance, row.text);
                    }
                }
                (false, Some(reading)) => {
                    count.wrong += 1;
                    if show {
                        println!("WRONG {kind} (is {:?}) {:?}: {}", row.kind, reading.reasons, row.text);
                    }
                }
                (false, None) => {}
            }
        }
    }
    for (kind, count) in &score.types {
        println!(
            "{kind:30} gold {:4} recall {:.2} precision {:.2} stance {:.2}",
            count.gold,
            share(count.right, count.gold),
            share(count.right, count.right + count.wrong),
            share(count.stance, count.right),
        );
    }
    println!("negatives kept silent: {} of {}", score.kept_silent, score.negatives);
    score
}

#[track_caller]
fn at_least(what: &str, value: f64, floor: f64) {
    println!("{what}: {value:.3} (floor {floor})");
    assert!(value >= floor, "{what} is {value:.3}, under the floor of {floor}");
}

#[test]
fn our_own_sentences_are_read_above_the_floor() {
    let Some(rows) = rows("stance.dev.jsonl") else { return };
    let score = measure(&rows, std::env::var_os("SHOW_ERRORS").is_some());
    let six = score.total(|kind| FIRST_SIX.contains(&kind));
    at_least("first six, recall", share(six.right, six.gold), 0.90);
    at_least("first six, precision", share(six.right, six.right + six.wrong), 0.95);
    at_least("first six, stance", share(six.stance, six.right), 0.95);
    let all = score.total(|_| true);
    at_least("all, recall", share(all.right, all.gold), 0.65);
    at_least("all, precision", share(all.right, all.right + all.wrong), 0.97);
    at_least("all, stance", share(all.stance, all.right), 0.92);
    at_least(
        "hard negatives kept silent",
        share(score.kept_silent, score.negatives),
        0.98,
    );
}

#[test]
fn quotations_of_real_policies_are_read_above_the_floor() {
    let Some(rows) = rows("tosdr_provisions.train.jsonl") else {
        return;
    };
    let score = measure(&rows, std::env::var_os("SHOW_ERRORS").is_some());
    let six = score.total(|kind| FIRST_SIX.contains(&kind));
    at_least("first six, recall", share(six.right, six.gold), 0.58);
    at_least("first six, precision", share(six.right, six.right + six.wrong), 0.83);
    at_least("first six, stance", share(six.stance, six.right), 0.78);
    let all = score.total(|_| true);
    at_least("all, recall", share(all.right, all.gold), 0.50);
    at_least("all, precision", share(all.right, all.right + all.wrong), 0.80);
    at_least("all, stance", share(all.stance, all.right), 0.80);
    at_least(
        "quotations on other subjects kept silent",
        share(score.kept_silent, score.negatives),
        0.96,
    );
}
