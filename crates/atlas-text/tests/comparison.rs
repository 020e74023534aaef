//! What a comparison finds and how it ranks it.
//!
//! Invariant: a difference that nobody could rely on is cosmetic; one word that turns a promise is not.
#![cfg(test)]

use std::collections::BTreeMap;

use atlas_domain::{
    Actor, Basis, ChangeLabel, Comparison, Confidence, Direction, Favours, HunkKind, Materiality, PolicyText, Reading,
    Severity, Stance,
};
use atlas_text::{compare, compare_with_readings, parse_markdown};

fn judge(old: &str, new: &str) -> Comparison {
    compare(&parse_markdown(old), &parse_markdown(new))
}

const BASE: &str = "# Terms\n\nLast updated: 1 March 2026\n\n## 1. Data\n\nWe will not sell your data. We keep logs for thirty (30) days.\n\nWe share data with:\n\n* processors\n* auditors\n\n## 2. Law\n\nThese Terms are governed by the laws of Ireland. See our [Privacy Policy](https://acme.example/privacy).\n\n| Name | Place |\n| --- | --- |\n| Alpha | EU |\n| Beta | US |\n";

#[test]
fn differences_that_nobody_could_rely_on_are_cosmetic() {
    let changes: &[(&str, &str, &str)] = &[
        ("white space", "We will not sell", "We  will\nnot sell"),
        ("update notice", "1 March 2026", "9 May 2026"),
        ("renumbering", "## 2. Law", "## 3. Law"),
        ("quotes", "These Terms", "These “Terms”"),
        ("case of a heading", "## 1. Data", "## 1. DATA"),
        ("number format", "thirty (30) days", "30 days"),
        ("nesting", "* processors\n* auditors", "* processors\n    * auditors"),
        (
            "tracking",
            "acme.example/privacy",
            "acme.example/privacy?utm_source=mail",
        ),
        ("emphasis", "not sell", "**not** sell"),
        ("punctuation", "your data.", "your data;"),
        ("joined sentences", "data. We keep", "data.\n\nWe keep"),
    ];
    for (name, from, to) in changes {
        assert!(BASE.contains(from), "{name}");
        let found = judge(BASE, &BASE.replacen(from, to, 1));
        assert_eq!(found.materiality, Materiality::Cosmetic, "{name}: {found:#?}");
        assert!(
            found.hunks.iter().all(|hunk| hunk.kind == HunkKind::Ignored),
            "{name}: {found:#?}"
        );
    }
}

#[test]
fn a_moved_section_is_moved_and_cosmetic() {
    let one = "## Fees\n\nYou pay monthly in advance. Fees are not refundable.\n\n";
    let two = "## Data\n\nWe will not sell your data to anybody. We keep logs.\n\n";
    let three = "## Law\n\nThe laws of Ireland apply to these terms.\n\n";
    let found = judge(&[one, two, three].concat(), &[two, three, one].concat());
    assert_eq!(found.materiality, Materiality::Cosmetic, "{found:#?}");
    assert!(found.hunks.iter().any(|hunk| hunk.kind == HunkKind::Moved));
}

#[test]
fn one_word_that_matters_is_material_and_its_sentence_is_shown() {
    let changes: &[(&str, &str, &str, ChangeLabel)] = &[
        ("flip", "will not sell", "may sell", ChangeLabel::ProtectionRemoved),
        (
            "bare negation",
            "will not sell",
            "will sell",
            ChangeLabel::ProtectionRemoved,
        ),
        (
            "number",
            "thirty (30) days",
            "ninety (90) days",
            ChangeLabel::NumberChange,
        ),
        ("unit", "thirty (30) days", "30 months", ChangeLabel::NumberChange),
        (
            "recipient",
            "* auditors",
            "* auditors\n* advertisers",
            ChangeLabel::ScopeShift,
        ),
        (
            "law",
            "laws of Ireland",
            "laws of Delaware",
            ChangeLabel::PartyOrLawChange,
        ),
        (
            "removed clause",
            "We will not sell your data. ",
            "",
            ChangeLabel::ProtectionRemoved,
        ),
        (
            "new duty",
            "## 2. Law\n",
            "## 2. Law\n\nYou agree to arbitrate every dispute.\n",
            ChangeLabel::ChoiceRemoved,
        ),
    ];
    for (name, from, to, label) in changes {
        assert!(BASE.contains(from), "{name}");
        let found = judge(BASE, &BASE.replacen(from, to, 1));
        assert!(found.materiality >= Materiality::Material, "{name}: {found:#?}");
        assert!(found.labels.contains(label), "{name}: {:?}", found.labels);
        assert_eq!(
            found.hunks.iter().filter(|hunk| hunk.kind != HunkKind::Ignored).count(),
            1,
            "{name}: {found:#?}"
        );
    }
    let found = judge(BASE, &BASE.replacen("will not sell", "may sell", 1));
    let hunk = &found.hunks[0];
    assert_eq!(hunk.old.as_ref().unwrap().text, "We will not sell your data.");
    assert_eq!(hunk.new.as_ref().unwrap().text, "We may sell your data.");
    assert_eq!(hunk.new.as_ref().unwrap().heading, "1. Data");
    assert_eq!(found.direction, Direction::Worse);
    assert_eq!(found.materiality, Materiality::Critical);
    assert_eq!(found.signals[0].name, "reversal");
}

#[test]
fn a_table_row_that_goes_or_comes_is_found() {
    let found = judge(BASE, &BASE.replace("| Beta | US |\n", ""));
    assert!(found.materiality >= Materiality::Minor, "{found:#?}");
    assert_eq!(found.hunks[0].kind, HunkKind::Removed);
    assert_eq!(found.hunks[0].old.as_ref().unwrap().text, "Beta | US");
}

#[test]
fn spelling_references_and_contacts_are_editorial() {
    for (old, new) in [
        (
            "We recieve your messages and answer them.",
            "We receive your messages and answer them.",
        ),
        (
            "See Section 4.2 for details of the plan.",
            "See Section 5.1 for details of the plan.",
        ),
        (
            "Write to privacy@old.example about this.",
            "Write to legal@new.example about this.",
        ),
    ] {
        let found = judge(old, new);
        assert_eq!(found.materiality, Materiality::Editorial, "{old}: {found:#?}");
        assert_eq!(found.labels, [ChangeLabel::Editorial]);
    }
}

#[test]
fn a_new_section_without_cues_is_at_least_minor() {
    let added = format!(
        "{BASE}\n## History\n\nThe company was founded long ago by three friends from the mountains, among goats, rivers and old stone houses of the valley.\n"
    );
    assert!(judge(BASE, &added).materiality >= Materiality::Minor);
}

#[test]
fn another_incorporated_document_behind_the_same_words_is_material_and_shown() {
    let found = judge(
        BASE,
        &BASE.replace("acme.example/privacy", "acme.example/business-data-terms"),
    );
    assert_eq!(found.materiality, Materiality::Material, "{found:#?}");
    assert_eq!(found.signals[0].name, "link-target");
}

#[test]
fn a_rename_applied_throughout_is_one_editorial_change() {
    let old = "Robotica stores files. Robotica answers mail. Please write to Robotica soon. Robotica sits in Rome. All about Robotica here.";
    let found = judge(old, &old.replace("Robotica", "Automata"));
    assert_eq!(found.materiality, Materiality::Editorial, "{found:#?}");
}

#[test]
fn a_first_record_is_all_added() {
    let text = parse_markdown(BASE);
    let found = compare(&PolicyText::default(), &text);
    assert!(found.hunks.iter().all(|hunk| hunk.old.is_none()));
    let gone = compare(&text, &PolicyText::default());
    assert!(gone.hunks.iter().all(|hunk| hunk.new.is_none()));
    assert_eq!(
        compare(&PolicyText::default(), &PolicyText::default()).materiality,
        Materiality::Cosmetic
    );
}

#[test]
fn the_stated_effective_date_is_read_from_the_new_text() {
    let found = judge(BASE, &format!("Effective December 1, 2026\n\n{BASE}"));
    assert_eq!(found.effective_date.as_deref(), Some("2026-12-01"));
    assert_eq!(judge(BASE, BASE).effective_date, None);
}

fn reading(text: &PolicyText, quote: &str, stance: Stance) -> Reading {
    let start = text.text.find(quote).unwrap_or_default();
    Reading {
        provision_type: "model-training-use".to_owned(),
        stance,
        severity: Severity::High,
        confidence: Confidence::Explicit,
        start,
        end: start + quote.len(),
        quote: quote.to_owned(),
        basis: Basis::Explicit,
        actor: Actor::Vendor,
        scope: None,
        score: 1.0,
        reasons: Vec::new(),
    }
}

#[test]
fn a_changed_stance_counts_only_where_a_hunk_touches_it() {
    let favours = |_: &str, stance: Stance| {
        if stance == Stance::Permits {
            Favours::Provider
        } else {
            Favours::User
        }
    };
    let old = parse_markdown("Content stays out of training. Weather is fine today in the valley.");
    let new = parse_markdown("Content goes into training. Weather is fine today in the valley.");
    let was = [reading(&old, "Content stays out of training.", Stance::Prohibits)];
    let is = [reading(&new, "Content goes into training.", Stance::Permits)];
    let found = compare_with_readings(&old, &new, &was, &is, &favours);
    assert_eq!(found.signals[0].name, "stance");
    assert_eq!(found.materiality, Materiality::Critical);
    assert_eq!(found.direction, Direction::Worse);
    // The detector changed its mind on words that did not change.
    let was = [reading(&old, "Weather is fine today in the valley.", Stance::Prohibits)];
    let is = [reading(&new, "Weather is fine today in the valley.", Stance::Permits)];
    let found = compare_with_readings(&old, &new, &was, &is, &favours);
    assert!(found.signals.iter().all(|signal| signal.name != "stance"));
    assert!(
        compare_with_readings(&old, &old, &was, &[], &favours)
            .signals
            .is_empty()
    );
}

#[test]
fn every_hunk_quotes_its_side_and_comes_in_the_order_of_the_new_text() {
    let (old, new) = (
        parse_markdown(BASE),
        parse_markdown(
            &BASE
                .replace("processors", "vendors")
                .replace("30", "60")
                .replace("Beta", "Gamma"),
        ),
    );
    let found = compare(&old, &new);
    let mut last = 0;
    for hunk in &found.hunks {
        for (side, text) in [(&hunk.old, &old), (&hunk.new, &new)] {
            if let Some(side) = side {
                assert_eq!(text.slice(side.start, side.end), side.text);
            }
        }
        if let Some(side) = &hunk.new {
            assert!(side.start >= last);
            last = side.start;
        }
    }
    let kinds: BTreeMap<String, usize> = found.hunks.iter().fold(BTreeMap::new(), |mut kinds, hunk| {
        *kinds.entry(hunk.kind.to_string()).or_default() += 1;
        kinds
    });
    assert_eq!(kinds.get("modified"), Some(&3), "{found:#?}");
}

#[test]
fn a_bound_that_goes_and_a_right_that_goes_are_worse_and_never_a_permission_added() {
    let base = "## Breaches\n\nThe Processor notifies the Controller of a personal data breach without undue delay and at the latest within 72 hours after becoming aware of it.\n\n## Audits\n\nThe Controller may, after giving 14 days of notice, audit the Processor on its premises or have it audited by a third party.\n\nThe parties keep this agreement secret.";
    let bound = judge(
        base,
        &base.replace(" and at the latest within 72 hours after becoming aware of it", ""),
    );
    assert_eq!(bound.direction, Direction::Worse, "{bound:#?}");
    assert_eq!(
        (bound.signals[0].name.as_str(), bound.signals[0].evidence.as_str()),
        ("bound", "within 72 hours")
    );
    assert_eq!(bound.labels, [ChangeLabel::ProtectionWeakened]);
    let audit = "The Controller may, after giving 14 days of notice, audit the Processor on its premises or have it audited by a third party.\n\n";
    let right = judge(base, &base.replace(audit, ""));
    assert_eq!(right.direction, Direction::Worse, "{right:#?}");
    assert!(right.labels.contains(&ChangeLabel::ChoiceRemoved), "{right:#?}");
    assert!(!right.labels.contains(&ChangeLabel::PermissionAdded), "{right:#?}");
    let back = judge(&base.replace(audit, ""), base);
    assert_eq!(back.direction, Direction::Better, "{back:#?}");
}

#[test]
fn what_a_sentence_means_is_compared_and_not_how_much_of_it_changed() {
    for (old, new) in [
        ("The minimum age is 13.", "The minimum age is 16."),
        ("The price is 10 EUR a month.", "The price is 12 EUR a month."),
        (
            "Participation in the programme is voluntary.",
            "Participation in the programme is mandatory.",
        ),
        (
            "Either party may terminate this agreement.",
            "The Provider may terminate this agreement.",
        ),
        ("Data is transferred to Google.", "Data is transferred to Microsoft."),
        (
            "Wir geben Ihre Daten nicht an Dritte weiter.",
            "Wir geben Ihre Daten an Dritte weiter.",
        ),
        (
            "Subscriptions end at the end of the term.",
            "Subscriptions renew automatically at the end of the term.",
        ),
        (
            "You switch sharing on in the settings.",
            "You switch sharing off in the settings.",
        ),
    ] {
        let found = judge(old, new);
        assert!(found.materiality >= Materiality::Material, "{old}: {found:#?}");
    }
    for (old, new) in [
        (
            "Our office is at 12 High Street, London.",
            "Our office is at 14 Low Street, London.",
        ),
        ("Telephone: +353 21 555 0100.", "Telephone: +353 21 555 0199."),
        ("We disclose it [1] to nobody.", "We disclose it [2] to nobody."),
    ] {
        let found = judge(old, new);
        assert!(found.materiality <= Materiality::Editorial, "{old}: {found:#?}");
    }
}
