//! The label names of the public sentence sets, and the provision types for which they stand. Invariant: each label
//! stands for one type; a label of no type of ours is named here too, so that a wrong name is told from an unused one.

/// Labels of the sentence sets of this project's data (`taxonomy.md` of the design), and their types.
const SENTENCE_SETS: [(&str, &str); 27] = [
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

/// Labels of UNFAIR-ToS (Lippi et al. 2019) and their types; acceptance by use is no type of ours.
const UNFAIR_TOS: [(&str, &[&str]); 8] = [
    ("limitation_of_liability", &["liability-cap"]),
    ("unilateral_termination", &["account-termination"]),
    ("unilateral_change", &["unilateral-changes"]),
    ("content_removal", &["content-monitoring"]),
    ("contract_by_using", &[]),
    ("choice_of_law", &["governing-law"]),
    ("jurisdiction", &["governing-law"]),
    ("arbitration", &["arbitration"]),
];

/// The type for which a label of the sentence sets stands; a slug stands for itself.
pub(super) fn type_of(label: &str) -> &str {
    SENTENCE_SETS
        .iter()
        .find(|(name, _)| *name == label)
        .map_or(label, |(_, slug)| slug)
}

/// The types that the sentence sets label.
pub(super) fn in_sentence_sets(slug: &str) -> bool {
    SENTENCE_SETS.iter().any(|(_, labelled)| *labelled == slug)
}

/// The types for which a label of UNFAIR-ToS stands, none for one of no type; `None` for an unknown label.
pub(super) fn of_unfair_tos(label: &str) -> Option<&'static [&'static str]> {
    UNFAIR_TOS
        .iter()
        .find(|(name, _)| *name == label)
        .map(|(_, slugs)| *slugs)
}

#[cfg(test)]
mod tests {
    use super::{SENTENCE_SETS, UNFAIR_TOS};

    #[test]
    fn every_label_stands_for_a_known_type() {
        let slugs = SENTENCE_SETS.iter().map(|(_, slug)| *slug);
        for slug in slugs.chain(UNFAIR_TOS.iter().flat_map(|(_, slugs)| slugs.iter().copied())) {
            assert!(atlas_catalog::taxonomy().provision_type(slug).is_some(), "{slug}");
        }
    }
}
