//! `train` and `evaluate sentences` as scripts use them.
//!
//! Invariant: every row here is written for its label, and the judged rows are others than the trained ones.
#![cfg(test)]

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conductatlas"))
        .current_dir(folder)
        .env_clear()
        .args(words)
        .output()
        .unwrap()
}

/// Three labels in other words each time; every seventh row is kept for the test.
fn rows() -> String {
    let mut lines = String::new();
    let things = [
        "photos",
        "messages",
        "files",
        "prompts",
        "drawings",
        "notes",
        "recordings",
        "songs",
    ];
    for (at, thing) in things.iter().cycle().take(56).enumerate() {
        let split = if at % 7 == 0 { "test" } else { "train" };
        for (labels, text) in [
            (
                "[\"training\"]",
                format!("We may use your {thing} to train our models, case {at}."),
            ),
            (
                "[\"sale\"]",
                format!("We sell your {thing} to data brokers, case {at}."),
            ),
            (
                "[\"sale\", \"training\"]",
                format!("We sell your {thing} to data brokers and may use them to train our models, case {at}."),
            ),
            ("[]", format!("You can upload {thing} in the settings, case {at}.")),
        ] {
            let _ = writeln!(
                lines,
                "{{\"text\": \"{text}\", \"labels\": {labels}, \"split\": \"{split}\"}}"
            );
        }
    }
    lines
}

#[test]
fn a_trained_model_labels_sentences_that_it_has_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.jsonl"), rows()).unwrap();
    for out in ["one.bin", "two.bin"] {
        let done = run(folder.path(), &["train", "--data", "rows.jsonl", "--out", out]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(
        read("one.bin"),
        read("two.bin"),
        "the same rows and seed give the same bytes"
    );

    let words = [
        "evaluate",
        "sentences",
        "--model",
        "one.bin",
        "--data",
        "rows.jsonl",
        "--part",
        "test",
        "--json",
    ];
    let done = run(folder.path(), &words);
    let found: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(found["rows"], 32);
    assert!(found["macro_f1"].as_f64().unwrap() > 0.95, "{found:#}");
    assert_eq!(found["classes"]["(none)"]["support"], 8, "silence is a class");
}

#[test]
fn what_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).unwrap();
    write("rows.jsonl", rows().as_bytes());
    write(
        "broken.jsonl",
        b"{\"text\": \"a\", \"labels\": [\"x\"]}\n{\"text\": 3, \"labels\": []}\n",
    );
    write(
        "other.jsonl",
        b"{\"text\": \"a\", \"labels\": [\"x\"], \"split\": \"test\"}\n",
    );
    write("none.jsonl", b"{\"text\": \"a\", \"labels\": []}\n");
    assert!(
        run(folder.path(), &["train", "--data", "rows.jsonl", "--out", "good.bin"])
            .status
            .success()
    );
    let good = std::fs::read(folder.path().join("good.bin")).unwrap();
    write("short.bin", good.get(..good.len() / 2).unwrap());
    let mut damaged = good.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    write("damaged.bin", &damaged);
    write("text.bin", b"hello");
    for (words, told) in [
        (
            &["train", "--data", "broken.jsonl", "--out", "m.bin"][..],
            "broken.jsonl: line 2: `text` is not a string",
        ),
        (
            &["train", "--data", "other.jsonl", "--out", "m.bin"],
            "no row of the part `train`",
        ),
        (
            &["train", "--data", "none.jsonl", "--out", "m.bin"],
            "no row has a label in `labels`",
        ),
        (
            &["train", "--data", "missing.jsonl", "--out", "m.bin"],
            "missing.jsonl: ",
        ),
        (
            &["evaluate", "sentences", "--data", "rows.jsonl", "--model", "text.bin"],
            "not a model file",
        ),
        (
            &["evaluate", "sentences", "--data", "rows.jsonl", "--model", "short.bin"],
            "the model file is damaged or cut short",
        ),
        (
            &[
                "evaluate",
                "sentences",
                "--data",
                "rows.jsonl",
                "--model",
                "damaged.bin",
            ],
            "the model file is damaged or cut short",
        ),
    ] {
        let done = run(folder.path(), words);
        let error = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(1), "{words:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(told),
            "{words:?}: {error}"
        );
        assert_eq!(error.lines().count(), 1, "{words:?}: {error}");
    }
    assert!(!folder.path().join("m.bin").exists());
}
