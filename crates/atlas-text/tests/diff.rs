//! The comparison model: it spells both texts, names passages by their words, and marks what moved at both places.
#![cfg(test)]

use atlas_domain::{Hunk, HunkKind, PolicyText};
use atlas_text::{
    DiffKind, compare,
    diff::{Diff, Row},
    parse_markdown,
};
use proptest::prelude::*;

fn diff(old: &str, new: &str) -> Diff {
    let (old, new) = (parse_markdown(old), parse_markdown(new));
    Diff::new(&old, &new, &compare(&old, &new).hunks)
}

fn words(text: &PolicyText) -> Vec<String> {
    text.blocks
        .iter()
        .flat_map(|block| &block.sentences)
        .flat_map(|span| text.slice(span.start, span.end).split_whitespace())
        .map(str::to_owned)
        .collect()
}

fn spelled(sentences: &[String]) -> Vec<String> {
    sentences
        .iter()
        .flat_map(|sentence| sentence.split_whitespace())
        .map(str::to_owned)
        .collect()
}

/// The rows in short: what stands where.
fn shape(diff: &Diff) -> Vec<String> {
    diff.rows
        .iter()
        .map(|row| match row {
            Row::Equal(run) => format!("= {}", run.sentences()),
            Row::Away(away) => format!("away {}", away.old.text),
            Row::Hunk(hunk) => {
                let words: String = hunk
                    .segments()
                    .iter()
                    .map(|segment| match segment.kind {
                        DiffKind::Equal => segment.text.clone(),
                        DiffKind::Delete => format!("[-{}-]", segment.text),
                        DiffKind::Insert => format!("{{+{}+}}", segment.text),
                    })
                    .collect();
                format!("{} {words}", hunk.kind)
            }
        })
        .collect()
}

#[test]
fn unchanged_text_is_folded_around_the_passages() {
    let found = diff(
        "# Terms\n\nOne stays. We will not sell your data.\n\n## Fees\n\nFees are due monthly. They are small.\n",
        "# Terms\n\nOne stays. We may sell your data.\n\n## Fees\n\nFees are due monthly. They are small.\n",
    );
    assert_eq!(
        shape(&found),
        ["= 2", "modified We [-will not-]{+may+} sell your data.", "= 3"]
    );
    let Row::Equal(tail) = &found.rows[2] else {
        panic!("{:?}", found.rows[2])
    };
    assert!(tail.blocks.iter().all(|block| block.whole));
    let Row::Equal(head) = &found.rows[0] else {
        panic!("{:?}", found.rows[0])
    };
    assert_eq!(
        head.blocks.iter().map(|block| block.whole).collect::<Vec<_>>(),
        [true, false]
    );
}

#[test]
fn what_moved_is_marked_at_both_places() {
    let kept = "We keep your data for thirty days after you close the account and then delete it.";
    let found = diff(
        &format!("# A\n\n{kept}\n\nBeta stands here.\n\n# B\n\nGamma stands here.\n\nDelta stands here.\n"),
        &format!("# A\n\nBeta stands here.\n\n# B\n\nGamma stands here.\n\n{kept}\n\nDelta stands here.\n"),
    );
    let shapes = shape(&found);
    let away = shapes.iter().position(|row| row.starts_with("away We keep")).unwrap();
    let moved = shapes.iter().position(|row| row.starts_with("moved We keep")).unwrap();
    assert!(away < moved, "{shapes:?}");
    let hunk = found.hunks().find(|hunk| hunk.kind == HunkKind::Moved).unwrap();
    let Row::Away(mark) = &found.rows[away] else { panic!() };
    assert_eq!((mark.id.as_str(), mark.heading_now.as_str()), (hunk.id.as_str(), "B"));
}

#[test]
fn a_passage_keeps_its_name_when_others_come() {
    let old = "# T\n\nWe will not sell data.\n\nThe end is near.\n";
    let one = diff(old, "# T\n\nWe may sell data.\n\nThe end is near.\n");
    let two = diff(
        old,
        "# T\n\nA whole new sentence comes first.\n\nWe may sell data.\n\nThe end is near.\n",
    );
    let name = |found: &Diff| {
        found
            .hunks()
            .find(|hunk| hunk.kind == HunkKind::Modified)
            .unwrap()
            .id
            .clone()
    };
    assert_eq!(name(&one), name(&two));
    let twice = diff("# T\n", "# T\n\nNew words here.\n\n## U\n\nNew words here.\n");
    let mut names: Vec<String> = twice.hunks().map(|hunk| hunk.id.clone()).collect();
    names.dedup();
    assert_eq!(names.len(), twice.hunks().count());
    assert!(names.iter().all(|name| name.starts_with("h-")), "{names:?}");
}

#[test]
fn an_ignored_passage_says_why() {
    let found = diff(
        "Last updated: 1 May 2025\n\n# 4.1 Fees\n\nThe “Services” are ours to run.\n",
        "Last updated: 3 June 2026\n\n# 5.1 Fees\n\nThe \"Services\" are ours to run.\n",
    );
    let reasons: Vec<&str> = found.hunks().map(|hunk| hunk.reason_words).collect();
    assert_eq!(reasons, ["date of the last update", "renumbered", "quotation marks"]);
    assert!(found.hunks().all(|hunk| hunk.reason.is_some()));
}

#[test]
fn a_link_with_another_target_shows_both() {
    let found = diff(
        "You accept the [data addendum](https://a.example/dpa-2024?x=1) by using this site every day.\n",
        "You accept the [data addendum](https://a.example/dpa-2026) by using this site every day.\n",
    );
    let hunk = found.hunks().next().unwrap();
    let (old, new) = hunk.targets.clone().unwrap();
    assert_eq!(
        (old.as_str(), new.as_str()),
        ("https://a.example/dpa-2024?x=1", "https://a.example/dpa-2026")
    );
    assert_eq!(hunk.title(), "Link changed");
    assert!(found.to_text("/x").contains("Link after:  https://a.example/dpa-2026"));
}

#[test]
fn differences_that_no_passage_names_are_shown_all_the_same() {
    let (old, new) = (
        parse_markdown("One is here. Two is here.\n"),
        parse_markdown("One is here. Three is here.\n"),
    );
    let found = Diff::new(&old, &new, &[]);
    assert_eq!(
        shape(&found),
        ["= 1", "removed [-Two is here.-]", "added {+Three is here.+}"]
    );
}

#[test]
fn plain_text_and_data_name_the_same_passages() {
    let found = diff(
        "# T\n\nWe will not sell data.\n\nOld words go away now.\n\nThe end.\n",
        "# T\n\nWe may sell data.\n\nThe end.\n",
    );
    let text = found.to_text("https://atlas.example/d");
    let data = found.to_json();
    for hunk in found.hunks() {
        assert!(text.contains(&format!("https://atlas.example/d#{}", hunk.id)), "{text}");
        assert!(
            data["rows"]
                .as_array()
                .unwrap()
                .iter()
                .any(|row| row["id"] == hunk.id.as_str())
        );
    }
    assert!(text.contains("We [-will not-] sell data."), "{text}");
    assert!(text.contains("We {+may+} sell data."), "{text}");
    assert!(text.contains("(no longer in the text)"), "{text}");
    assert_eq!(data["counts"]["modified"], 1);
    assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
}

fn prose() -> impl Strategy<Value = String> {
    let sentence = prop::sample::select(vec![
        "We may sell your data.",
        "We will not sell your data.",
        "Fees are due within 30 days.",
        "Fees are due within 15 days.",
        "You keep the rights in what you upload.",
        "\n\nLast updated: 1 May 2025.\n\n",
        "\n\nLast updated: 2 May 2026.\n\n",
        "\n\n# 4.1 Fees\n\n",
        "\n\n# 5.1 Fees\n\n",
        "\n\n# Data\n\n",
        "\n- You may cancel at any time.",
        "\n- We may cancel at any time.\n\n",
        "The “Services” are ours.",
        "The \"Services\" are ours.",
        "See [terms](https://a.example/terms-1).",
        "See [terms](https://a.example/terms-2).",
        "\n\n",
        "Ireland, e.g. Dublin, is the venue",
        "| a | b |",
    ]);
    prop::collection::vec(sentence, 0..24).prop_map(|sentences| sentences.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_spell_both_texts(old in prose(), new in prose()) {
        let (old, new) = (parse_markdown(&old), parse_markdown(&new));
        let found = Diff::new(&old, &new, &compare(&old, &new).hunks);
        prop_assert_eq!(spelled(&found.old_words()), words(&old));
        prop_assert_eq!(spelled(&found.new_words()), words(&new));
        let mut names: Vec<&str> = found.hunks().map(|hunk| hunk.id.as_str()).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        prop_assert_eq!(names.len(), all);
    }

    #[test]
    fn the_rows_spell_both_texts_whatever_the_passages(old in prose(), new in prose(), other in prose()) {
        let (old, new, other) = (parse_markdown(&old), parse_markdown(&new), parse_markdown(&other));
        // Without passages everything that differs is found here.
        let found = Diff::new(&old, &new, &[]);
        prop_assert_eq!(spelled(&found.old_words()), words(&old));
        prop_assert_eq!(spelled(&found.new_words()), words(&new));
        // Passages of another comparison do no harm.
        let strange: Vec<Hunk> = compare(&other, &new).hunks;
        let _ = Diff::new(&old, &new, &strange).to_text("");
    }
}
