//! Any two texts are compared without a panic, the same each time, and each passage is in its text.
#![no_main]

use atlas_text::{compare, diff, parse_markdown, words_diff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // Two sides that share what stands before the first mark and after the last.
    let parts: Vec<&str> = text.split('\u{1}').collect();
    let (old, new) = match parts.as_slice() {
        [] | [_] => return,
        [old, new] => ((*old).to_owned(), (*new).to_owned()),
        [head, old, new, tail @ ..] => {
            let tail = tail.concat();
            (format!("{head}{old}{tail}"), format!("{head}{new}{tail}"))
        }
    };
    let (before, after) = (parse_markdown(&old), parse_markdown(&new));
    let found = compare(&before, &after);
    for hunk in &found.hunks {
        for (side, text) in [(&hunk.old, &before), (&hunk.new, &after)] {
            if let Some(side) = side {
                assert_eq!(text.text.get(side.start..side.end), Some(side.text.as_str()));
            }
        }
    }
    assert!(compare(&before, &before).hunks.is_empty());
    let shown = diff::Diff::new(&before, &after, &found.hunks);
    let _ = (shown.old_words(), shown.new_words(), shown.counts());
    let segments = words_diff(&old, &new);
    let spelled: String = segments
        .iter()
        .filter(|segment| segment.kind != atlas_text::DiffKind::Insert)
        .map(|segment| segment.text.as_str())
        .collect();
    assert_eq!(spelled, old);
});
