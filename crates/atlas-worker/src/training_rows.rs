//! What persons corrected, as rows for `train-provisions`.
//!
//! Invariant: the same record gives the same rows in the same order, each a row as `models/rows` has them; of several
//! words on the same quotation the latest counts. A row never denies what stands on record for another type.

use std::collections::BTreeMap;

use atlas_db::curation::ReviewedFinding;
use atlas_reading::TrainedDetector;
use serde::Serialize;

/// A row, with the fields in the order of `models/rows`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainingRow {
    /// The quoted words on one line.
    pub text: String,
    /// The type on which they speak; `None` where they only sound like it.
    pub provision: Option<String>,
    /// The type that they must not be taken for.
    pub near: Option<String>,
    /// What they say on the proposition of the type, or `silent`.
    pub stance: &'static str,
}

/// The rows, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrainingRows {
    /// By type and words.
    pub rows: Vec<TrainingRow>,
    /// Findings that were found right: the model says so already.
    pub approved: usize,
    /// Reviews that a later one on the same words overtook, or that say the same again.
    pub repeated: usize,
    /// Rejected words that are on record for another type.
    pub read_otherwise: usize,
    /// Edited findings with a stance that no label of a row expresses.
    pub without_label: usize,
}

impl TrainingRows {
    /// How many rows say what words do not speak on.
    pub fn rejected(&self) -> usize {
        self.rows.iter().filter(|row| row.provision.is_none()).count()
    }
}

/// Makes rows of reviews.
pub fn training_rows(detector: &TrainedDetector, reviewed: &[ReviewedFinding]) -> TrainingRows {
    let mut latest: BTreeMap<(&str, String), &ReviewedFinding> = BTreeMap::new();
    for finding in reviewed {
        let text = finding.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
        let held = latest.entry((&finding.provision_type, text)).or_insert(finding);
        if held.reviewed_at <= finding.reviewed_at {
            *held = finding;
        }
    }
    let mut made = TrainingRows {
        repeated: reviewed.len() - latest.len(),
        ..TrainingRows::default()
    };
    for ((kind, text), finding) in latest {
        match finding.review.as_str() {
            "rejected" if finding.read_otherwise => made.read_otherwise += 1,
            "rejected" => made.rows.push(TrainingRow {
                text,
                provision: None,
                near: Some(kind.to_owned()),
                stance: "silent",
            }),
            "edited" => match detector.proposition_stance(&text, kind, finding.stance) {
                Some(stance) => made.rows.push(TrainingRow {
                    text,
                    provision: Some(kind.to_owned()),
                    near: None,
                    stance,
                }),
                None => made.without_label += 1,
            },
            _ => made.approved += 1,
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use atlas_db::curation::ReviewedFinding;
    use atlas_domain::Stance;
    use atlas_reading::{TrainedDetector, model::provision_rows};
    use time::{Duration, macros::datetime};

    use super::{TrainingRows, training_rows};

    fn reviewed(kind: &str, review: &str, stance: Stance, excerpt: &str, day: i64) -> ReviewedFinding {
        ReviewedFinding {
            provision_type: kind.to_owned(),
            review: review.to_owned(),
            stance,
            excerpt: excerpt.to_owned(),
            reviewed_at: datetime!(2026-11-01 00:00 UTC) + Duration::days(day),
            read_otherwise: false,
        }
    }

    fn rows(reviewed: &[ReviewedFinding]) -> (TrainingRows, Vec<String>) {
        let detector = TrainedDetector::new(atlas_catalog::taxonomy()).unwrap();
        let made = training_rows(&detector, reviewed);
        let lines = made
            .rows
            .iter()
            .map(|row| serde_json::to_string(row).unwrap())
            .collect();
        (made, lines)
    }

    #[test]
    fn corrections_become_rows_as_the_corpus_has_them() {
        let shoes = "Shoes are on sale\nthis  week.";
        let train = "We train our models on what you write unless you opt out.";
        let owned = "You own everything that you generate.";
        let (made, lines) = rows(&[
            reviewed("model-training-use", "edited", Stance::PermitsOptOut, train, 1),
            reviewed("data-sale", "rejected", Stance::Permits, shoes, 1),
            reviewed("output-ownership", "edited", Stance::Commits, owned, 1),
            reviewed(
                "arbitration",
                "approved",
                Stance::Requires,
                "Disputes are arbitrated.",
                1,
            ),
        ]);
        assert_eq!(
            lines,
            [
                r#"{"text":"Shoes are on sale this week.","provision":null,"near":"data-sale","stance":"silent"}"#,
                r#"{"text":"We train our models on what you write unless you opt out.","provision":"model-training-use","near":null,"stance":"permits_opt_out"}"#,
                // The sentence sets ask whether the provider owns the outputs, the catalogue whether the user does.
                r#"{"text":"You own everything that you generate.","provision":"output-ownership","near":null,"stance":"prohibits"}"#,
            ]
        );
        assert_eq!((made.approved, made.rejected()), (1, 1));
        let read = provision_rows(&lines.join("\n")).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].near.as_deref(), Some("data-sale"));
        assert!(read[0].types.is_empty());
        assert_eq!(read[1].types, ["model-training-use"]);
        assert_eq!(read[1].stance.as_deref(), Some("permits_opt_out"));
    }

    #[test]
    fn the_latest_word_on_the_same_quotation_counts() {
        let words = "We may sell your data.";
        let (made, _) = rows(&[
            reviewed("data-sale", "rejected", Stance::Permits, words, 1),
            reviewed("data-sale", "approved", Stance::Permits, "We may  sell your data.", 2),
        ]);
        assert!(made.rows.is_empty(), "{made:?}");
        assert_eq!((made.repeated, made.approved), (1, 1));
        let (made, _) = rows(&[
            reviewed("data-sale", "rejected", Stance::Permits, words, 3),
            reviewed("data-sale", "edited", Stance::Prohibits, words, 2),
        ]);
        assert_eq!((made.rows.len(), made.rejected(), made.repeated), (1, 1, 1));
    }

    #[test]
    fn a_row_denies_nothing_that_is_on_record_for_another_type_and_has_a_label() {
        let mut other = reviewed("data-sale", "rejected", Stance::Permits, "We share data.", 1);
        other.read_otherwise = true;
        let unsayable = reviewed("data-sale", "edited", Stance::Ambiguous, "It depends.", 1);
        let (made, _) = rows(&[other, unsayable]);
        assert!(made.rows.is_empty());
        assert_eq!((made.read_otherwise, made.without_label), (1, 1));
    }

    #[test]
    fn every_stance_of_every_type_that_the_detector_publishes_has_a_way_back() {
        let detector = TrainedDetector::new(atlas_catalog::taxonomy()).unwrap();
        for kind in &atlas_catalog::taxonomy().types {
            let found = kind
                .stances
                .keys()
                .filter(|stance| {
                    detector
                        .proposition_stance("They say so.", &kind.slug, **stance)
                        .is_some()
                })
                .count();
            assert!(found > 0, "{}", kind.slug);
        }
    }
}
