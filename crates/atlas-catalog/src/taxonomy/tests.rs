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

const ONE_LAW: &str = "entered_at = \"2026-11-27\"\n[[regulations]]\nslug = \"gdpr\"\nname = \"G\"\ntitle = \"T\"\n\
     jurisdiction = \"EU\"\nsummary = \"S.\"\nreach = \"R.\"\n";

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

#[test]
fn an_article_is_listed_once_with_a_sentence_and_only_if_a_type_refers_to_it() {
    let file = |pinpoint: &str| {
        let text = entry("a", "gdpr").replace("pinpoint = \"1\"", &format!("pinpoint = \"{pinpoint}\""));
        let whole = format!("code = \"C1\"\ntitle = \"T\"\n{text}");
        ("provision-types/x.toml".to_owned(), whole)
    };
    let article = "[[regulations.articles]]\ncite = \"Art. 5\"\ntitle = \"T\"\nsays = \"S.\"\n";
    let told = |pinpoint: &str, laws: &str| build(&[file(pinpoint)], laws).map_err(|fault| fault.to_string());
    let laws = format!("{ONE_LAW}{article}");
    let taxonomy = told("Art. 5(1)(b)", &laws).unwrap();
    assert_eq!(taxonomy.laws_entered_at, "2026-11-27");
    assert_eq!(
        taxonomy.regulation("gdpr").unwrap().article("art-5").unwrap().cite,
        "Art. 5"
    );
    for (pinpoint, laws, expected) in [
        ("Art. 6", laws.clone(), "lacks what a refers to: Art. 6"),
        ("Art. 5", format!("{laws}{}", article.replace('5', "7")), "lists Art. 7"),
        ("Art. 5", format!("{laws}{article}"), "Art. 5 is there twice"),
        (
            "Art. 5",
            laws.replace("says = \"S.\"", "says = \"S\""),
            "Art. 5 lacks a title or a sentence",
        ),
        ("Art. 5", laws.replace("2026-11-27", "27 Nov"), "27 Nov is no day"),
        ("Art. 5", laws.replace("reach = \"R.\"", "reach = \"\""), "gdpr.reach"),
    ] {
        let fault = told(pinpoint, &laws).expect_err("a fault");
        assert!(
            fault.contains("regulations.toml") && fault.contains(expected),
            "{fault}"
        );
    }
}
