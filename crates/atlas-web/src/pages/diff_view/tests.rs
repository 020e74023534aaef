//! What a comparison looks like in each layout.

use atlas_text::{compare, diff::Diff, parse_markdown};

use super::{DiffChoice, DiffEntry, Part, counted, entries};

const OLD: &str = "# Terms\n\nLast updated: 1 May 2025\n\nOne stays. We will not sell your data. It is yours.\n\n\
    ## Fees\n\nFees are due monthly.\n\n## End\n\nThis old sentence goes away for good.\n";
const NEW: &str = "# Terms\n\nLast updated: 3 June 2026\n\nOne stays. We may sell your data. It is yours.\n\n\
    ## Fees\n\nFees are due monthly.\n\n## End\n\nSomething else was written in its place here.\n";

fn diff(old: &str, new: &str) -> Diff {
    let (old, new) = (parse_markdown(old), parse_markdown(new));
    Diff::new(&old, &new, &compare(&old, &new).hunks)
}

fn shape(view: Option<&str>, ignored: Option<&str>) -> Vec<String> {
    entries(&diff(OLD, NEW), DiffChoice::new(view, ignored))
        .into_iter()
        .map(|entry| match entry {
            DiffEntry::Fold(fold) => fold.summary,
            DiffEntry::Away(away) => format!("away {}", away.id),
            DiffEntry::Passage(passage) => {
                let parts: Vec<String> = passage
                    .parts
                    .iter()
                    .map(|part| match part {
                        Part::Words(words) => words.clone(),
                        Part::Hunk(hunk) => format!("{}:{}", hunk.number, hunk.hunk.kind),
                    })
                    .collect();
                format!("[{}] {}", passage.heading, parts.join(" | "))
            }
        })
        .collect()
}

#[test]
fn a_paragraph_shows_its_passages_among_its_unchanged_words() {
    assert_eq!(
        shape(None, None),
        [
            "1 unchanged paragraph, “Terms”",
            "[Terms] 1:ignored",
            "[] One stays. | 2:modified | It is yours.",
            "3 unchanged paragraphs, “Fees” to “End”",
            "[End] 3:removed",
            "[] 4:added",
        ]
    );
    assert_eq!(shape(Some("split"), None), shape(None, None));
}

#[test]
fn changes_only_shows_passages_only() {
    assert_eq!(
        shape(Some("changes"), None),
        ["[Terms] 1:ignored", "[] 2:modified", "[End] 3:removed", "[] 4:added"]
    );
}

#[test]
fn by_sentence_folds_all_that_is_unchanged() {
    assert_eq!(
        shape(Some("sentences"), None),
        [
            "1 unchanged paragraph, “Terms”",
            "[Terms] 1:ignored",
            "1 unchanged sentence",
            "[] 2:modified",
            "3 unchanged paragraphs and 1 sentence, “Fees” to “End”",
            "[End] 3:removed",
            "[] 4:added",
        ]
    );
}

#[test]
fn ignored_passages_can_be_hidden() {
    let shown = shape(None, Some("hide"));
    assert!(shown.iter().all(|entry| !entry.contains("ignored")), "{shown:?}");
    assert_eq!(shown.first().unwrap(), "1 unchanged paragraph and 1 sentence, “Terms”");
}

#[test]
fn the_keyboard_goes_from_change_to_change_and_passes_what_is_ignored() {
    let entries = entries(&diff(OLD, NEW), DiffChoice::default());
    let hunks: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            DiffEntry::Passage(passage) => Some(passage.hunks()),
            _ => None,
        })
        .flatten()
        .collect();
    let ids: Vec<&str> = hunks.iter().map(|hunk| hunk.hunk.id.as_str()).collect();
    assert_eq!(hunks[1].previous, None);
    assert_eq!(hunks[1].next.as_deref(), Some(ids[2]));
    assert_eq!(hunks[3].previous.as_deref(), Some(ids[2]));
    assert_eq!(hunks[3].next, None);
    assert_eq!(hunks[0].next.as_deref(), Some(ids[1]));
}

#[test]
fn the_counts_name_the_noun_once() {
    let found = diff(OLD, NEW);
    assert_eq!(
        counted(found.counts()),
        "1 passage added, 1 removed, 1 reworded, 1 ignored"
    );
    assert_eq!(counted(diff(OLD, OLD).counts()), "No passage differs");
}
