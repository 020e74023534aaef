//! What is told of the day of effect, of notice and of choices, and what is not.

use atlas_domain::{Comparison, SummaryKind};
use time::macros::date;

use super::{CHOICES, DEADLINE, DENIAL, NOTICE, facts, lines};

const BASE: &str = "# Terms\n\nYou write and we keep it.";

/// The comparison of a short text with the same text and one more paragraph.
fn with(paragraph: &str) -> Comparison {
    let old = atlas_text::parse_markdown(BASE);
    atlas_text::compare(&old, &atlas_text::parse_markdown(&format!("{BASE}\n\n{paragraph}")))
}

fn told(comparison: &Comparison) -> Vec<String> {
    let lines = lines(comparison, date!(2026 - 02 - 01));
    for line in &lines {
        assert!(!line.hunks.is_empty(), "{line:?}");
        assert!(line.hunks.iter().all(|hunk| *hunk < comparison.hunks.len()), "{line:?}");
    }
    lines.into_iter().map(|line| line.text).collect()
}

#[test]
fn every_pattern_compiles() {
    assert!(DENIAL.is_some());
    let counts: Vec<usize> = CHOICES
        .iter()
        .chain([&*DEADLINE, &*NOTICE])
        .map(|rule| rule.says.len())
        .collect();
    assert_eq!(counts, [3, 2, 1, 1, 3]);
}

#[test]
fn a_stated_day_is_told_with_the_notice_that_follows_from_it() {
    for (day, notice, days) in [
        ("March 1, 2026", "First seen on 1 February 2026: 28 days of notice.", 28),
        (
            "February 1, 2026",
            "First seen on 1 February 2026, that same day: no notice.",
            0,
        ),
        (
            "January 31, 2026",
            "First seen on 1 February 2026, 1 day after that day: no notice.",
            -1,
        ),
    ] {
        let found = with(&format!("These terms take effect on {day} for all of you."));
        let lines = told(&found);
        assert!(lines[0].starts_with("The new text says it applies from "), "{lines:?}");
        assert_eq!(lines[1], notice);
        assert_eq!(facts(&found, date!(2026 - 02 - 01)).notice_days, Some(days));
    }
}

#[test]
fn a_day_that_stood_there_before_is_not_told_as_the_day_of_this_change() {
    let base = "# Terms\n\nEffective January 1, 2020.\n\nYou write and we keep it.";
    let change =
        |old: &str, new: &str| atlas_text::compare(&atlas_text::parse_markdown(old), &atlas_text::parse_markdown(new));
    let found = change(base, &base.replace("keep it", "sell it"));
    assert_eq!(told(&found), Vec::<String>::new());
    let kept = facts(&found, date!(2026 - 02 - 01));
    assert_eq!((kept.effective, kept.notice_days), (Some(date!(2020 - 01 - 01)), None));
    let dated = base
        .replace("keep it", "sell it")
        .replace("January 1, 2020", "March 3, 2026");
    let kept = facts(&change(base, &dated), date!(2026 - 02 - 01));
    assert_eq!(
        (kept.effective, kept.notice_days),
        (Some(date!(2026 - 03 - 03)), Some(30))
    );
    assert!(told(&change(base, &dated))[0].ends_with("from 3 March 2026."));
}

#[test]
fn what_one_can_do_is_quoted_only_where_the_text_says_so() {
    for (sentence, label) in [
        ("You may opt out in your settings.", Some("It names an opt-out: ")),
        (
            "We use your files to train models unless you opt out.",
            Some("It names an opt-out: "),
        ),
        ("You can turn this use off at any time.", Some("It names an opt-out: ")),
        ("You can no longer opt out of this use.", None),
        ("You may not opt out of service mails.", None),
        ("It is not possible to opt out.", None),
        (
            "Users in California can opt out of this.",
            Some("It names an opt-out: "),
        ),
        ("Customers agree that we may cancel the plan.", None),
        (
            "You have the right to object to this use by mail.",
            Some("It names an objection: "),
        ),
        ("The object code belongs to us and you may use it.", None),
        (
            "If you do not agree, you must stop using the service.",
            Some("It names a way to leave: "),
        ),
        (
            "You can cancel your paid subscription in your settings.",
            Some("It names a way to leave: "),
        ),
        ("You agree that we may terminate your account.", None),
        ("You may object and we may close your account.", None),
        ("We may cancel your account.", None),
    ] {
        let found = lines(&with(sentence), date!(2026 - 02 - 01));
        let choice = found.iter().find(|line| line.kind == SummaryKind::Choice);
        match label {
            Some(label) => assert_eq!(
                choice.map(|line| line.text.clone()),
                Some(format!("{label}“{sentence}”"))
            ),
            None => assert_eq!(choice, None, "{sentence}"),
        }
    }
}

#[test]
fn a_deadline_and_a_period_of_notice_are_quoted() {
    let sentence = "You may object to this within 30 days by mail.";
    let lines = told(&with(sentence));
    assert!(
        lines.contains(&format!("It sets a deadline: “{sentence}”")),
        "{lines:?}"
    );
    let sentence = "You must pay within 30 days.";
    assert_eq!(told(&with(sentence)), Vec::<String>::new());
    for sentence in [
        "We will give you at least 30 days' notice of any material change.",
        "We post changes at least 14 days before they take effect.",
        "Changes need a notice of sixty (60) days.",
    ] {
        let lines = told(&with(sentence));
        assert_eq!(lines, [format!("It states a period of notice: “{sentence}”")]);
    }
}

#[test]
fn groups_are_named_by_kind_and_the_past_only_if_it_is_spoken_of() {
    let lines = told(&with(
        "Users in California and customers on the Enterprise plan pay. This applies retroactively to all content.",
    ));
    assert_eq!(
        lines,
        [
            "It says that it also holds for what was before it.",
            "Changed passages name a plan (Enterprise), a region (California)."
        ]
    );
}
