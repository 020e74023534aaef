//! What the detector of the product reads, and how sure it is.

use atlas_domain::Stance;

use super::{SURE, TrainedDetector, certain};
use crate::Detector as _;

fn readings(markdown: &str) -> Vec<atlas_domain::Reading> {
    let detector = TrainedDetector::new(atlas_catalog::taxonomy()).unwrap();
    detector.detect(&atlas_text::parse_markdown(markdown))
}

#[test]
fn types_without_rules_are_read_and_quoted_exactly() {
    let markdown = "# Terms\n\nYou agree to indemnify and hold us harmless from any claim that arises from your use.\n\n\
        The service is provided as is, without warranty of any kind.\n\nOur office is in a brick building by the river.\n";
    let text = atlas_text::parse_markdown(markdown);
    let found = readings(markdown);
    for (slug, stance) in [
        ("customer-indemnity", Stance::Requires),
        ("accuracy-disclaimer", Stance::Disclaims),
    ] {
        let reading = found.iter().find(|reading| reading.provision_type == slug).unwrap();
        assert_eq!(reading.stance, stance);
        assert!(reading.score >= SURE, "{reading:?}");
        assert_eq!(text.text.get(reading.start..reading.end), Some(reading.quote.as_str()));
    }
    assert!(!found.iter().any(|reading| reading.quote.contains("brick")));
}

#[test]
fn a_label_states_nothing() {
    let found = readings("# Privacy\n\n- 11. Changes to the privacy policy\n- Data that we collect about you\n");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_heading_makes_no_reading_sure() {
    let sentences = [
        "Questions on this may be sent to the address below at any time.",
        "You keep what is yours.",
        "We may look at it where we think that something is wrong.",
        "It is kept as long as we see fit.",
        "You may not use it to build something like it.",
        "What you send us is handled with care by our people.",
    ];
    let detector = TrainedDetector::new(atlas_catalog::taxonomy()).unwrap();
    let mut lifted = 0;
    for kind in &atlas_catalog::taxonomy().types {
        for sentence in sentences {
            let plain = detector.model.classify(sentence);
            let own = |slug: &str| {
                let scores = plain.scores.iter();
                scores
                    .clone()
                    .find(|(known, _)| known == slug)
                    .map_or(0.0, |(_, score)| *score)
            };
            for reading in readings(&format!("# {}\n\n{sentence}\n", kind.title)) {
                if reading.reasons.first().is_none_or(|reason| reason != super::BY_MODEL) {
                    continue;
                }
                let slug = &reading.provision_type;
                let trusted = detector.model.threshold(slug).max(SURE);
                lifted += usize::from(reading.score > own(slug));
                assert!(reading.score < SURE || own(slug) >= trusted, "{slug}: {reading:?}");
            }
        }
    }
    assert!(lifted > 0, "no heading moved any reading");
}

#[test]
fn an_alert_rests_on_what_is_certain() {
    let found = readings("# Terms\n\nWe may change these terms at any time without notice.\n");
    let mut doubtful = found.clone();
    for reading in &mut doubtful {
        reading.reasons = vec!["model".to_owned()];
        reading.score = 0.7;
    }
    assert!(!found.is_empty() && certain(&found) == found);
    assert!(certain(&doubtful).is_empty());
}

#[test]
fn a_policy_that_repeats_itself_is_not_read_aloud() {
    let many = "You agree to indemnify us against every claim that arises from your use.\n\n".repeat(30);
    let found = readings(&format!("# Terms\n\n{many}"));
    assert_eq!(found.len(), super::MOST_PASSAGES);
    assert!(found.is_sorted_by_key(|reading| reading.start));
}

#[test]
fn a_definition_is_never_sure() {
    assert!(super::is_definition(
        "a.5. \"data subject request\" means a request to access or delete personal data."
    ));
    assert!(super::is_definition("\"filters\" shall mean what screens content."));
    assert!(!super::is_definition(
        "we sell \"audiences\" by all means to anybody who asks for them."
    ));
    assert!(!super::is_definition("you own the output (\"output\") of the service."));
    let found = readings(
        "# Terms\n\n\"Data Subject Request\" means a request from you to access, correct or delete your personal data.\n",
    );
    assert!(
        found
            .iter()
            .filter(|reading| reading.reasons.first().is_some_and(|reason| reason == super::BY_MODEL))
            .all(|reading| reading.score < SURE),
        "{found:?}"
    );
    assert!(!found.is_empty(), "it is read all the same, and waits for a person");
}
