//! The shipped analyses are complete and say nothing they cannot fill in.

use super::*;

#[test]
fn every_stance_of_every_type_has_a_block() {
    let analyses = load(crate::taxonomy()).unwrap_or_else(|fault| panic!("{fault}"));
    for kind in &crate::taxonomy().types {
        for stance in kind.stances.keys() {
            let found = analyses
                .get(&kind.slug)
                .is_some_and(|blocks| blocks.contains_key(stance));
            assert!(found, "{} has no text on {stance}", kind.slug);
        }
    }
}

#[test]
fn a_block_asks_and_answers_and_gives_steps() {
    for (slug, blocks) in load(crate::taxonomy()).expect("analyses") {
        for (stance, block) in blocks {
            assert!(block.compliance_considerations.len() >= 2, "{slug} {stance}");
            assert!(!block.faq.is_empty(), "{slug} {stance}");
            assert!(
                block.faq.iter().all(|(question, _)| question.ends_with('?')),
                "{slug} {stance}"
            );
            assert!(!block.jurisdiction_flags.is_empty(), "{slug} {stance}");
        }
    }
}

#[test]
fn a_text_never_decides_on_enforceability() {
    for (slug, blocks) in load(crate::taxonomy()).expect("analyses") {
        for (stance, block) in blocks {
            for (field, words) in fields(&block) {
                let words = words.to_lowercase();
                for verdict in [
                    "is enforceable",
                    "unenforceable",
                    "is illegal",
                    "is unlawful",
                    "violates the",
                ] {
                    assert!(!words.contains(verdict), "{slug} {stance} {field}: {verdict}");
                }
            }
        }
    }
}

#[test]
fn a_headline_is_one_short_sentence_without_a_full_stop() {
    for (slug, blocks) in load(crate::taxonomy()).expect("analyses") {
        for (stance, block) in blocks {
            assert!(
                block.headline.chars().count() <= 110,
                "{slug} {stance}: {}",
                block.headline
            );
            assert!(!block.headline.ends_with('.'), "{slug} {stance}");
        }
    }
}

#[test]
fn a_fault_names_the_file_the_stance_and_the_field() {
    let taxonomy = crate::taxonomy();
    let fault = |slug: &str, text: &str| {
        blocks(taxonomy, slug, "analysis/x.toml", text)
            .expect_err("a fault")
            .to_string()
    };
    let file = files::text("analysis/arbitration.toml").expect("the file");
    assert!(fault("unheard-of", &file).contains("analysis/x.toml"));
    assert!(fault("arbitration", &file.replacen("[requires]", "[prohibits]", 1)).contains("`prohibits`"));
    assert!(fault("arbitration", &file.replacen("{platform}", "{company}", 1)).contains("{company}"));
}
