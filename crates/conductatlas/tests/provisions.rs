//! `classify`, `train-provisions` and `evaluate readings` as scripts use them.
//!
//! Invariant: what is judged here is what the program prints; the shipped model and small ones made on the spot.
#![cfg(test)]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conductatlas"));
    command.current_dir(folder).env_clear().args(words);
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

/// What comes out when some lines are typed.
fn classified(lines: &str) -> Output {
    let mut child = command(Path::new("."), &["classify", "--jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_line_gets_its_answer() {
    let output = classified(concat!(
        "{\"id\": \"a\", \"text\": \"We use your prompts to train our models unless you opt out.\"}\n",
        "\n",
        "{\"id\": 7, \"text\": \"You own everything that you generate with the service.\"}\n",
        "{\"text\": \"The café opens at nine.\"}\n",
        "{\"id\": \"d\", \"text\": \"\"}\n",
    ));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = objects(&output);
    assert_eq!(answers.len(), 4);
    let field = |at: usize, name: &str| answers[at][name].clone();
    assert_eq!(field(0, "id"), "a");
    assert_eq!(field(0, "type"), "model-training-use");
    assert_eq!(field(0, "stance"), "permits_opt_out");
    assert_eq!(field(0, "proposition_stance"), "permits_opt_out");
    assert_eq!(field(1, "id"), 7);
    assert_eq!(field(1, "type"), "output-ownership");
    // The sentence sets ask whether the provider owns the outputs, the catalogue whether the user does.
    assert_eq!(field(1, "proposition_stance"), "prohibits");
    assert_eq!(field(1, "stance"), "commits");
    for silent in [2, 3] {
        for name in ["type", "stance", "proposition_stance"] {
            assert_eq!(field(silent, name), Value::Null, "{}", answers[silent]);
        }
    }
    for answer in &answers {
        let scores = answer["scores"].as_object().unwrap();
        assert_eq!(scores.len(), 47);
        let best = scores.values().filter_map(Value::as_f64).fold(0.0, f64::max);
        assert!((answer["score"].as_f64().unwrap() - best).abs() < 1e-9);
    }
}

#[test]
fn a_wrong_line_is_named_and_what_came_before_is_kept() {
    for (line, told) in [
        ("nothing", "standard input: line 2: not a JSON object"),
        ("{\"id\": 1}", "standard input: line 2: `text` is not a string"),
    ] {
        let output = classified(&format!("{{\"id\": 1, \"text\": \"Hello there.\"}}\n{line}\n"));
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(objects(&output).len(), 1);
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), format!("error: {told}"));
    }
}

/// A few rows in the three forms.
const ROWS: &str = r#"{"text": "We sell your data to brokers for money.", "provision": "data_sale", "near": null, "stance": "permits"}
{"text": "We never sell your data to anybody.", "provision": "data-sale", "near": null, "stance": "prohibits"}
{"text": "Shoes are on sale this week.", "provision": null, "near": "data_sale", "stance": "silent"}
{"text": "Disputes go to binding arbitration.", "labels": ["arbitration"], "doc": "x"}
{"text": "You must be 13 to join.", "provision": "minors_age", "stance": "prohibits", "case": "y", "service": "z"}
"#;

#[test]
fn the_same_rows_make_the_same_model_and_it_can_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("rows")).unwrap();
    std::fs::write(path.join("rows/some.jsonl"), ROWS).unwrap();
    for out in ["one.bin", "two.bin"] {
        let done = run(path, &["train-provisions", "rows", "--out", out]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let bytes = std::fs::read(path.join("one.bin")).unwrap();
    assert_eq!(bytes, std::fs::read(path.join("two.bin")).unwrap());
    let other = run(path, &["train-provisions", "rows", "--out", "three.bin", "--seed", "2"]);
    assert!(other.status.success());
    std::fs::create_dir(path.join("policies")).unwrap();
    std::fs::write(
        path.join("policies/terms.md"),
        "# Terms\n\nWe do not sell your personal data to anyone.\n\nAll disputes are settled by binding arbitration.\n",
    )
    .unwrap();
    let judged = run(
        path,
        &["evaluate", "readings", "rows", "--policies", "policies", "--json"],
    );
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let figures: Value = serde_json::from_slice(&judged.stdout).unwrap();
    assert_eq!(figures["sentences"]["rows"], 5);
    assert_eq!(figures["policies"]["documents"], 1);
    assert_eq!(figures["policies"]["exact"], figures["policies"]["readings"]);
    for slug in ["data-sale", "arbitration"] {
        assert_eq!(figures["policies"]["provisions"][slug], 1, "{figures}");
    }
}

#[test]
fn rows_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("empty")).unwrap();
    std::fs::write(
        path.join("a.jsonl"),
        "{\"text\": \"a\", \"provision\": \"weather\", \"stance\": \"permits\"}\n",
    )
    .unwrap();
    std::fs::write(path.join("b.jsonl"), "{\"text\": \"a\"}\n").unwrap();
    std::fs::write(path.join("no.bin"), "hello").unwrap();
    for (words, told) in [
        (
            &["train-provisions", "a.jsonl", "--out", "m.bin"][..],
            "a.jsonl: row 1: `weather` is no provision type",
        ),
        (
            &["train-provisions", "b.jsonl", "--out", "m.bin"],
            "b.jsonl: line 1: `provision` is not a label or null",
        ),
        (
            &["train-provisions", "empty", "--out", "m.bin"],
            "empty: no .jsonl file in it",
        ),
        (
            &["train-provisions", "gone.jsonl", "--out", "m.bin"],
            "gone.jsonl: No such file",
        ),
        (&["evaluate", "readings"], "needs labelled sentences"),
        (&["evaluate", "readings", "--policies", "empty"], "no policy (.md)"),
        (
            &["classify", "--jsonl", "--model", "no.bin"],
            "no.bin: not a model file",
        ),
    ] {
        let done = run(path, words);
        let error = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{words:?}");
        assert!(
            error.contains(told) && error.trim().lines().count() == 1,
            "{words:?}: {error}"
        );
        assert!(!path.join("m.bin").exists());
    }
}
