//! The shipped provision types and laws are complete and agree with each other.

use super::*;

fn shipped() -> Taxonomy {
    load().unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn ships_47_types_in_8_groups_in_reading_order() {
    let taxonomy = shipped();
    assert_eq!(taxonomy.types.len(), 47);
    let codes: Vec<&str> = taxonomy.groups.iter().map(|group| group.code.as_str()).collect();
    assert_eq!(codes, ["C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8"]);
    let order: Vec<usize> = taxonomy
        .types
        .iter()
        .map(|kind| codes.iter().position(|code| *code == kind.group).unwrap())
        .collect();
    assert!(order.is_sorted());
}

#[test]
fn every_type_can_be_unclear_and_every_rule_has_a_reason() {
    for kind in &shipped().types {
        assert!(kind.stances.contains_key(&Stance::Conflicting), "{}", kind.slug);
        assert!(kind.stances.contains_key(&Stance::Ambiguous), "{}", kind.slug);
        assert!(kind.stances.len() > 3, "{} has too few stances", kind.slug);
        assert!(
            kind.stances.values().all(|rule| !rule.reason.is_empty()),
            "{}",
            kind.slug
        );
    }
}

#[test]
fn every_reference_names_a_known_law_and_waits_for_its_check() {
    let taxonomy = shipped();
    for kind in &taxonomy.types {
        assert!(!kind.references.is_empty(), "{} has no reference", kind.slug);
        for reference in &kind.references {
            assert!(
                taxonomy.regulation(&reference.regulation).is_some(),
                "{}",
                reference.regulation
            );
            assert_eq!(reference.checked_at, None, "{} {}", kind.slug, reference.pinpoint);
        }
    }
}

#[test]
fn every_law_is_referred_to() {
    let taxonomy = shipped();
    for law in &taxonomy.regulations {
        let used = taxonomy
            .types
            .iter()
            .flat_map(|kind| &kind.references)
            .any(|entry| entry.regulation == law.slug);
        assert!(used, "{} is not referred to by any type", law.slug);
    }
}

const ONE_LAW: &str =
    "[[regulations]]\nslug = \"gdpr\"\nname = \"G\"\ntitle = \"T\"\njurisdiction = \"EU\"\nsummary = \"S\"\n";

fn entry(slug: &str, regulation: &str) -> String {
    format!(
        "[[types]]\nslug = \"{slug}\"\ntitle = \"T\"\ndefinition = \"D\"\nproposition = \"P\"\nquestion = \"Q?\"\n\
         [types.stances.silent]\nseverity = \"low\"\nreason = \"R\"\nfavours = \"neither\"\n\
         [[types.references]]\nregulation = \"{regulation}\"\npinpoint = \"1\"\nrelation = \"R\"\n"
    )
}

fn check(entries: &str, expected: &str) {
    let file = (
        "provision-types/x.toml".to_owned(),
        format!("code = \"C1\"\ntitle = \"T\"\n{entries}"),
    );
    let fault = build(&[file], ONE_LAW).expect_err("a fault").to_string();
    assert!(
        fault.contains("provision-types/x.toml") && fault.contains(expected),
        "{fault}"
    );
}

#[test]
fn a_fault_names_the_file_and_the_key() {
    check(&(entry("a", "gdpr") + &entry("a", "gdpr")), "`a`");
    check(&entry("a", "gpdr"), "unknown regulation gpdr");
    check(&entry("a", "gdpr").replace("silent", "quiet"), "quiet");
    check(&entry("a", "gdpr").replace("Q?", "Q"), "a.question");
    check(&entry("a", "gdpr").replace("title = \"T\"", "titel = \"T\""), "titel");
}
