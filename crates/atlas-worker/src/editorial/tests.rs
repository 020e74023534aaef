//! What headlines and summaries say.

use atlas_domain::{Comparison, Direction, Hunk, HunkKind, HunkSide, Materiality, Severity, Stance, Taxonomy};

use super::{Names, duration_change, headline, severity, summary};
use crate::effects::tests::{finding, hunk};
use crate::effects::touched;

const SEEN: time::Date = time::macros::date!(2026 - 02 - 01);
const NAMES: Names<'_> = Names {
    platform: "Halden AI",
    document: "Privacy Policy",
};

fn comparison(materiality: Materiality, hunks: Vec<Hunk>) -> Comparison {
    Comparison {
        materiality,
        direction: Direction::Worse,
        labels: Vec::new(),
        effective_date: None,
        retroactive: None,
        affected: Vec::new(),
        hunks,
        signals: Vec::new(),
        rule_version: 1,
    }
}

fn taxonomy() -> &'static Taxonomy {
    atlas_catalog::taxonomy()
}

fn reworded(old: &str, new: &str, heading: &str) -> Hunk {
    let side = |text: &str| {
        Some(HunkSide {
            text: text.to_owned(),
            start: 0,
            end: text.len(),
            heading: heading.to_owned(),
        })
    };
    Hunk {
        kind: HunkKind::Modified,
        old: side(old),
        new: side(new),
        reason: None,
    }
}

#[test]
fn a_reversed_position_is_the_headline() {
    let (old, new) = (
        [finding("model-training-use", Stance::PermitsOptIn, Some((0, 10)))],
        [finding("model-training-use", Stance::PermitsOptOut, Some((0, 12)))],
    );
    let change = comparison(
        Materiality::Critical,
        vec![hunk(HunkKind::Modified, Some((0, 10)), Some((0, 12)))],
    );
    let touched = touched(&old, &new, &change.hunks);
    let told = headline(NAMES, &change, &touched, taxonomy());
    assert!(
        told.starts_with("Halden AI moves ") && told.ends_with(" from opt-in to opt-out"),
        "{told}"
    );
    assert_eq!(severity(&change, &touched), Severity::High);
    let lines = summary(&change, &touched, taxonomy(), SEEN);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].hunks, [0]);
    assert!(
        lines[0]
            .text
            .ends_with("was “permits, opt-in”, now “permits, opt-out”."),
        "{}",
        lines[0].text
    );
}

#[test]
fn a_period_that_changed_is_named_with_both_lengths() {
    let hunk = reworded(
        "We delete logs after 90 days.",
        "We delete logs after thirty (30) or 30 days.",
        "Retention",
    );
    let change = duration_change(&hunk).unwrap();
    assert_eq!(
        (change.verb, change.from.as_str(), change.to.as_str()),
        ("shortens", "90 days", "30 days")
    );
    let told = headline(NAMES, &comparison(Materiality::Material, vec![hunk]), &[], taxonomy());
    assert_eq!(
        told,
        "Halden AI shortens a period under “Retention” from 90 days to 30 days"
    );
}

#[test]
fn two_periods_at_once_are_not_guessed_at() {
    let hunk = reworded(
        "Within 10 days, or 2 years.",
        "Within 20 days, or 3 years.",
        "Retention",
    );
    assert_eq!(duration_change(&hunk), None);
}

#[test]
fn without_a_rule_the_headline_counts_passages_and_names_the_place() {
    let one = reworded("Old words.", "New words.", "Sharing");
    let told = headline(
        NAMES,
        &comparison(Materiality::Minor, vec![one.clone(), one.clone()]),
        &[],
        taxonomy(),
    );
    assert_eq!(told, "Privacy Policy: 2 passages changed in “Sharing”");
    let told = headline(NAMES, &comparison(Materiality::Editorial, vec![one]), &[], taxonomy());
    assert_eq!(told, "Privacy Policy: 1 passage reworded in “Sharing”");
    let told = headline(NAMES, &comparison(Materiality::Cosmetic, Vec::new()), &[], taxonomy());
    assert_eq!(told, "Privacy Policy: nothing that a reader could rely on changed");
}

#[test]
fn a_long_summary_ends_with_the_number_of_further_passages() {
    let hunks = (0..40).map(|_| reworded("Old.", "New.", "Terms")).collect();
    let lines = summary(&comparison(Materiality::Minor, hunks), &[], taxonomy(), SEEN);
    assert_eq!(lines.len(), 12);
    assert_eq!(lines[11].text, "29 more passages changed.");
    assert_eq!(lines[11].hunks, (11..40).collect::<Vec<_>>());
}
