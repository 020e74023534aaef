//! Which silences are worth a dated finding.
//!
//! Invariant: silence is recorded only where somebody would look for an answer, and it names what was searched.

/// Asked of everything that says how data is handled.
const DATA: [&str; 18] = [
    "model-training-use",
    "retention-deletion",
    "human-review",
    "third-party-model-providers",
    "third-party-sharing",
    "data-sale",
    "targeted-advertising",
    "data-subject-rights",
    "international-transfers",
    "government-access",
    "automated-decisions",
    "children-age",
    "sensitive-data",
    "security-commitments",
    "service-improvement-use",
    "legal-basis-purpose",
    "data-collection-scope",
    "deidentified-aggregate-use",
];

/// Asked of everything that is agreed to.
const TERMS: [&str; 28] = [
    "model-training-use",
    "retention-deletion",
    "human-review",
    "third-party-model-providers",
    "unilateral-changes",
    "account-termination",
    "arbitration",
    "class-action-waiver",
    "governing-law",
    "liability-cap",
    "customer-indemnity",
    "input-ownership",
    "output-ownership",
    "content-licence-grant",
    "price-changes",
    "auto-renewal",
    "refunds",
    "model-retirement",
    "portability-switching",
    "output-use-restrictions",
    "scraping-automation",
    "content-monitoring",
    "feedback-licence",
    "ip-indemnity",
    "confidentiality",
    "ai-disclosure",
    "high-risk-professional-use",
    "children-age",
];

/// Asked of an agreement on the processing of personal data.
const PROCESSING: [&str; 8] = [
    "dpa-processor-terms",
    "subprocessors",
    "breach-notification",
    "audit-rights",
    "confidentiality",
    "international-transfers",
    "security-commitments",
    "retention-deletion",
];

/// The types whose answer is looked for in documents of a terms type; empty for other documents.
pub(crate) fn expected_types(document_type: &str) -> &'static [&'static str] {
    let words = document_type.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["processor agreement", "processing agreement", "data processing"]) {
        &PROCESSING
    } else if has(&["privacy", "ai ", "artificial", "generative"]) {
        &DATA
    } else if has(&["terms", "service agreement"]) {
        &TERMS
    } else {
        &[]
    }
}

/// What a silent finding says of the search.
pub(crate) fn searched(title: &str, blocks: usize, detector: &str) -> String {
    format!("searched: all {blocks} passages of {title}, with {detector}")
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::{DATA, PROCESSING, TERMS, expected_types};

    #[test]
    fn every_question_that_knows_silence_is_looked_for_somewhere() {
        let looked_for: Vec<&str> = [&DATA[..], &TERMS, &PROCESSING].concat();
        for kind in &atlas_catalog::taxonomy().types {
            assert_eq!(
                looked_for.contains(&kind.slug.as_str()),
                kind.stances.contains_key(&Stance::Silent),
                "{}",
                kind.slug
            );
        }
    }

    #[test]
    fn arbitration_is_looked_for_in_terms_and_not_in_privacy_policies() {
        assert!(expected_types("Terms of Service").contains(&"arbitration"));
        assert!(expected_types("Commercial Terms").contains(&"arbitration"));
        assert!(!expected_types("Privacy Policy").contains(&"arbitration"));
        assert!(expected_types("Privacy Policy").contains(&"model-training-use"));
        assert!(expected_types("Trackers Policy").is_empty());
        assert!(expected_types("Data Processor Agreement").contains(&"subprocessors"));
        for kind in ["Privacy Policy", "Terms of Service", "Data Processor Agreement"] {
            for slug in expected_types(kind) {
                let known = atlas_catalog::taxonomy().provision_type(slug);
                assert!(
                    known.is_some_and(|kind| kind.stances.contains_key(&Stance::Silent)),
                    "{slug}"
                );
            }
        }
    }
}
