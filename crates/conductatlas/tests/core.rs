//! The verbs of the core as scripts use them: exit statuses, the one line on standard error, the published schemas.
#![cfg(test)]

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

#[path = "../../atlas-fetch/src/tests/sample_pdf.rs"]
mod sample_pdf;

const OLD: &str = "<html><body><main><h1>Terms of Service</h1><h2>4. Your content</h2>\
    <p>We will not use your content to train our models.</p>\
    <p>We delete your content within 30 days after you close your account, and we tell you when it is done.</p>\
    <p>These terms are an agreement between you and Example Ltd about the use of the service. You may stop using the \
    service at any time. Each of us keeps the rights that it had before.</p></main></body></html>";
const CHALLENGE: &str = "<html><head><title>Just a moment...</title></head><body><h1>example.com</h1>\
    <p>Checking your browser before accessing the site. Enable JavaScript and cookies to continue.</p>\
    <script src=\"/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1\"></script></body></html>";

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conductatlas"));
    command.current_dir(folder).env_clear().args(words);
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
}

fn run_with_input(folder: &Path, words: &[&str], input: &str) -> Output {
    let mut child = command(folder, words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let new = OLD
        .replace("We will not use", "We may use")
        .replace("within 30 days", "");
    for (name, text) in [("old.html", OLD), ("new.html", &new), ("wall.html", CHALLENGE)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The object that a verb printed, checked against its published schema.
fn published(schema: &str, done: &Output) -> Value {
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{error}");
    assert_eq!(error, "", "nothing is said where nothing is wrong");
    let printed = serde_json::from_slice(&done.stdout).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/schemas")
        .join(schema);
    let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let faults: Vec<_> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&printed)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert_eq!(faults, Vec::<String>::new(), "{printed:#}");
    printed
}

fn slice<'a>(text: &'a str, place: &Value) -> &'a str {
    let at = |key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap();
    text.get(at("start")..at("end")).unwrap()
}

#[test]
fn extract_prints_blocks_whose_offsets_are_bytes_of_its_text() {
    let folder = folder();
    let printed = published(
        "extract.schema.json",
        &run(folder.path(), &["extract", "old.html", "--json"]),
    );
    let text = printed["text"].as_str().unwrap();
    let blocks: Vec<_> = printed["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| slice(text, block))
        .collect();
    assert!(
        blocks.contains(&"We will not use your content to train our models."),
        "{blocks:?}"
    );

    let plain = run(folder.path(), &["extract", "old.html"]);
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), format!("{text}\n"));
}

#[test]
fn compare_prints_the_words_of_both_sides_and_why_they_matter() {
    let folder = folder();
    let printed = published(
        "compare.schema.json",
        &run(folder.path(), &["compare", "old.html", "new.html", "--json"]),
    );
    assert!(
        ["material", "critical"].contains(&printed["materiality"].as_str().unwrap()),
        "{printed:#}"
    );
    assert_eq!(printed["direction"], "worse", "{printed:#}");
    assert_ne!(printed["signals"].as_array().unwrap().len(), 0);
    let found = printed["hunks"].as_array().unwrap().iter().any(|hunk| {
        hunk["old"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("will not use"))
            && hunk["new"]["text"]
                .as_str()
                .is_some_and(|text| text.contains("may use"))
    });
    assert!(found, "{printed:#}");

    let same = published(
        "compare.schema.json",
        &run(folder.path(), &["compare", "old.html", "old.html", "--json"]),
    );
    assert_eq!(same["materiality"], "cosmetic");
    assert_eq!(same["hunks"], Value::Array(Vec::new()));
}

#[test]
fn compare_takes_a_page_that_lost_most_of_its_words_for_a_broken_one() {
    let folder = folder();
    let (start, _) = OLD.split_once("<p>We delete").unwrap();
    let rest = format!("{start}</main></body></html>");
    std::fs::write(folder.path().join("rest.html"), rest).unwrap();

    let refused = run(folder.path(), &["compare", "old.html", "rest.html", "--json"]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(3), "{error}");
    assert!(
        error.starts_with("error: rest.html: ") && error.contains("shrank from "),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");

    let arguments = ["compare", "old.html", "rest.html", "--accept-shorter", "--json"];
    let compared = published("compare.schema.json", &run(folder.path(), &arguments));
    assert_eq!(compared["hunks"][0]["kind"], "removed", "{compared:#}");
}

#[test]
fn detect_quotes_the_text_that_extract_prints() {
    let folder = folder();
    let text = String::from_utf8(run(folder.path(), &["extract", "old.html"]).stdout).unwrap();
    let printed = published(
        "detect.schema.json",
        &run(folder.path(), &["detect", "old.html", "--json"]),
    );
    let findings = printed["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["type"] == "model-training-use" && finding["stance"] == "prohibits"),
        "{printed:#}"
    );
    for finding in findings {
        assert_eq!(slice(&text, finding), finding["quote"].as_str().unwrap());
    }
}

#[test]
fn a_dash_reads_standard_input() {
    let folder = folder();
    let piped = run_with_input(folder.path(), &["extract", "-", "--json"], OLD);
    let read = run(folder.path(), &["extract", "old.html", "--json"]);
    assert_eq!(
        published("extract.schema.json", &piped),
        published("extract.schema.json", &read)
    );
}

#[test]
fn selectors_say_what_of_the_page_is_kept() {
    let folder = folder();
    let words = ["extract", "old.html", "--select", "main p", "--remove", "p:last-child"];
    let kept = String::from_utf8(run(folder.path(), &words).stdout).unwrap();
    assert!(
        kept.starts_with("We will not use") && !kept.contains("Example Ltd"),
        "{kept}"
    );
}

#[test]
fn a_pdf_is_read_page_by_page_where_its_reader_is_installed() {
    let folder = folder();
    // Known by its bytes, whatever its name says.
    for name in ["terms.pdf", "terms.html"] {
        std::fs::write(folder.path().join(name), sample_pdf::pdf(&sample_pdf::PAGES)).unwrap();
    }
    let without = run(folder.path(), &["extract", "terms.pdf"]);
    let error = String::from_utf8(without.stderr).unwrap();
    assert_eq!(without.status.code(), Some(3), "{error}");
    assert!(
        error.contains("pdftotext") && error.contains("docs/operations.md"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");

    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("pdftotext").is_file()) {
        eprintln!("skipped: pdftotext (Debian: poppler-utils) is not installed");
        return;
    }
    for name in ["terms.pdf", "terms.html"] {
        let done = command(folder.path(), &["extract", name, "--json"])
            .env("PATH", &path)
            .output()
            .unwrap();
        let printed = published("extract.schema.json", &done);
        let blocks: Vec<(&str, &str)> = printed["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| (block["anchor"].as_str().unwrap(), block["text"].as_str().unwrap()))
            .collect();
        assert_eq!(blocks[0], ("page-1", "Terms of Service"), "{blocks:#?}");
        let (anchor, first) = blocks.iter().find(|(anchor, _)| anchor.starts_with("page-2")).unwrap();
        assert_eq!((*anchor, *first), ("page-2", "2. Law"), "{blocks:#?}");
        let words = printed["text"].as_str().unwrap();
        for sentence in [
            "of all the text, pictures and other documents that you find there.",
            "unless the law asks us to keep it for longer. Nothing in these terms",
            "\n- logs of your visits\n- mail addresses\n",
        ] {
            assert!(words.contains(sentence), "{words}");
        }
        assert!(
            !words.contains("Page 1") && !words.contains("Halden AI Ltd - "),
            "{words}"
        );
    }
}

#[test]
fn a_text_in_another_language_than_the_asked_one_is_refused() {
    let folder = folder();
    std::fs::write(folder.path().join("de.md"), include_str!("german.md").repeat(6)).unwrap();
    for (locale, status) in [("de-AT", 0), ("en", 3)] {
        let done = run(folder.path(), &["extract", "de.md", "--locale", locale]);
        let error = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(status), "{locale}: {error}");
        assert_eq!(status == 3, error.contains("German"), "{error}");
    }
}

#[test]
fn a_selector_is_proposed_where_none_was_given() {
    let folder = folder();
    let printed = published(
        "extract.schema.json",
        &run(folder.path(), &["extract", "old.html", "--json"]),
    );
    let selector = printed["proposed_selector"].as_str().unwrap();
    let with = run(folder.path(), &["extract", "old.html", "--json", "--select", selector]);
    let again = published("extract.schema.json", &with);
    assert_eq!(again["text"], printed["text"]);
    assert_eq!(again.get("proposed_selector"), None);
    let plain = run(folder.path(), &["extract", "old.html"]);
    let said = String::from_utf8(plain.stderr).unwrap();
    assert!(said.contains(&format!("--select {selector:?}")), "{said}");
}

#[test]
fn a_file_larger_than_any_policy_is_refused_before_it_is_held() {
    let folder = folder();
    // Sparse: it has a size and no bytes.
    let file = std::fs::File::create(folder.path().join("large.html")).unwrap();
    file.set_len(8 * 1024 * 1024 * 1024).unwrap();
    for words in [
        &["extract", "large.html"][..],
        &["compare", "--json", "old.html", "large.html"],
    ] {
        let done = run(folder.path(), words);
        let error = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(1), "{words:?}: {error}");
        assert!(
            error.contains("more than 16 MB") && error.contains("lighter address"),
            "{error}"
        );
    }
}

#[test]
fn what_cannot_be_done_is_one_line_and_its_exit_status() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    for (words, status, says) in [
        (&["extract", "missing.html"][..], 1, "missing.html"),
        (&["extract", "folder"], 1, "folder"),
        (&["compare", "old.html", "missing.html"], 1, "missing.html"),
        (&["detect", "missing.html"], 1, "missing.html"),
        (&["evaluate", "changes", "nowhere"], 1, "nowhere"),
        (&["extract", "wall.html"], 3, "wall.html"),
        (&["compare", "old.html", "wall.html"], 3, "wall.html"),
        (&["compare", "wall.html", "old.html", "--json"], 3, "wall.html"),
        (&["detect", "wall.html"], 3, "wall.html"),
    ] {
        let done = run(folder.path(), words);
        let error = String::from_utf8(done.stderr).unwrap();
        assert_eq!(done.status.code(), Some(status), "{words:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{words:?}: {error}");
        assert!(
            status != 3 || error.contains("Try the browser fetch mode"),
            "a refusal says what can be done: {error}"
        );
        assert!(
            error.starts_with("error: ") && error.contains(says),
            "{words:?}: {error}"
        );
        assert!(
            done.stdout.is_empty(),
            "{words:?} prints nothing where the work was not done"
        );
    }
    let unknown = run(folder.path(), &["extract"]);
    assert_eq!(unknown.status.code(), Some(2));
    // A selector that cannot be read is told with its words.
    let wrong = run(folder.path(), &["extract", "old.html", "--select", "p["]);
    assert_eq!(wrong.status.code(), Some(1));
    let error = String::from_utf8(wrong.stderr).unwrap();
    assert!(error.lines().count() == 1 && error.contains("p["), "{error}");
}
