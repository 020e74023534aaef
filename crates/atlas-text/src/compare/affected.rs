//! Whom changed passages name, and whether the new text says that it holds for what was before it.
//!
//! Invariant: read from the words of hunks that count, so that each group is tied to a passage.

use std::sync::LazyLock;

use atlas_domain::{AffectedGroup, GroupKind, Hunk, HunkKind};
use regex::Regex;

use super::{cues::rules, plain};

/// Words beside which the name of a region speaks of people who are there.
const PEOPLE: &[&str] = &[
    "users",
    "user",
    "residents",
    "resident",
    "customers",
    "customer",
    "consumers",
    "people",
    "individuals",
    "citizens",
    "live",
    "living",
    "located",
    "reside",
    "residing",
    "based",
    "accounts",
];
/// Words beside which the name of a plan speaks of one.
const PLANS: &[&str] = &[
    "plan",
    "plans",
    "customer",
    "customers",
    "user",
    "users",
    "tier",
    "tiers",
    "subscription",
    "subscriptions",
    "subscriber",
    "subscribers",
    "account",
    "accounts",
    "edition",
    "workspace",
    "workspaces",
    "version",
];
/// Words between the name of a group and the word that makes it one.
const WINDOW: usize = 4;

/// The groups that passages name, in the order of the rules.
pub fn groups(hunks: &[Hunk]) -> Vec<AffectedGroup> {
    let rules = rules();
    let mut found: Vec<Option<AffectedGroup>> = vec![None; rules.groups.len()];
    for (at, hunk) in hunks.iter().enumerate() {
        if matches!(hunk.kind, HunkKind::Ignored | HunkKind::Moved) {
            continue;
        }
        for side in hunk.old.iter().chain(&hunk.new) {
            let words = plain::words(&side.text);
            let beside = |first: usize, last: usize, known: &[&str]| {
                let around = first.saturating_sub(WINDOW)..(last + WINDOW).min(words.len());
                let near = words.get(around).unwrap_or_default();
                near.iter().any(|word| known.contains(&word.form.as_str()))
            };
            for hit in rules.find_groups(&words) {
                let Some((group, slot)) = rules.groups.get(hit.cue).zip(found.get_mut(hit.cue)) else {
                    continue;
                };
                let named = match group.kind {
                    GroupKind::Region => beside(hit.first, hit.last, PEOPLE),
                    GroupKind::Plan => beside(hit.first, hit.last, PLANS),
                    GroupKind::Role | GroupKind::Age => true,
                };
                if !named {
                    continue;
                }
                let entry = slot.get_or_insert_with(|| AffectedGroup {
                    kind: group.kind,
                    name: group.name.clone(),
                    hunks: Vec::new(),
                });
                if entry.hunks.last() != Some(&at) {
                    entry.hunks.push(at);
                }
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// "… not (be applied) retroactively", or the plain claim; literals, so never `None` (kept by a test).
static BACKWARDS: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    let claim = Regex::new(r"(?i)\bretroactive(?:ly)?\b|\bretrospectively\b").ok()?;
    let denial = Regex::new(
        r"(?i)\b(?:not|never|no|n't|without)\b[^.;]{0,40}\b(?:retroactive(?:ly)?|retrospectively|retroactive effect)\b",
    )
    .ok()?;
    Some((claim, denial))
});

/// Whether changed passages of the new text say that it holds for what was before it.
pub fn retroactive(hunks: &[Hunk]) -> Option<bool> {
    let (claim, denial) = BACKWARDS.as_ref()?;
    let counts = |hunk: &&Hunk| matches!(hunk.kind, HunkKind::Added | HunkKind::Modified);
    let mut sides = hunks.iter().filter(counts).filter_map(|hunk| hunk.new.as_ref());
    let told = sides.find(|side| claim.is_match(&side.text))?;
    Some(!denial.is_match(&told.text))
}

#[cfg(test)]
mod tests {
    use crate::{compare, parse_markdown};

    #[test]
    fn a_change_names_the_groups_that_its_passages_name() {
        let found = compare(
            &parse_markdown("Nothing is shared. The files of India are kept."),
            &parse_markdown(
                "Nothing is shared. The files of India are kept.\n\nUsers in California and customers on the Enterprise plan may object. Creators must apply.",
            ),
        );
        let names: Vec<_> = found.affected.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["California", "Enterprise", "Creators"]);
        assert_eq!(found.affected[0].hunks, [0]);
    }

    #[test]
    fn only_a_stated_effect_on_the_past_counts() {
        for (sentence, expected) in [
            ("These changes apply retroactively to all content.", Some(true)),
            ("No change will apply retroactively.", Some(false)),
            ("We will never apply changes retroactively.", Some(false)),
            ("The fee is 5 EUR.", None),
        ] {
            let found = compare(&parse_markdown("One."), &parse_markdown(&format!("One.\n\n{sentence}")));
            assert_eq!(found.retroactive, expected, "{sentence}");
        }
    }
}
