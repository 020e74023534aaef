//! Which silences are worth a dated finding.
//!
//! Invariant: silence is recorded only where somebody would look for an answer, and it names what was searched.

/// The types whose answer is looked for in documents of a terms type; empty for other documents.
pub(crate) fn expected_types(document_type: &str) -> &'static [&'static str] {
    let words = document_type.to_ascii_lowercase();
    if ["privacy", "ai ", "artificial", "generative"]
        .iter()
        .any(|word| words.contains(word))
    {
        &[
            "model-training-use",
            "retention-deletion",
            "human-review",
            "third-party-model-providers",
        ]
    } else if words.contains("terms") || words.contains("service agreement") {
        &[
            "model-training-use",
            "retention-deletion",
            "human-review",
            "unilateral-changes",
            "arbitration",
            "third-party-model-providers",
        ]
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
    use super::expected_types;

    #[test]
    fn arbitration_is_looked_for_in_terms_and_not_in_privacy_policies() {
        assert!(expected_types("Terms of Service").contains(&"arbitration"));
        assert!(expected_types("Commercial Terms").contains(&"arbitration"));
        assert!(!expected_types("Privacy Policy").contains(&"arbitration"));
        assert!(expected_types("Privacy Policy").contains(&"model-training-use"));
        assert!(expected_types("Trackers Policy").is_empty());
    }
}
