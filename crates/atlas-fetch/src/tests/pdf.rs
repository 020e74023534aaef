//! Reading a PDF in a child process, and what happens when the child does not behave.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use atlas_domain::CaptureOutcome;
use tempfile::TempDir;

use super::sample_pdf::{PAGES, pdf};
use crate::{PdfLimits, PdfReader};

/// A program in place of the real one; like it, it begins with what it is given, and so after the limits stand.
fn reader(script: &str, limits: PdfLimits) -> (TempDir, PdfReader) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("pdftotext");
    fs::write(&program, format!("#!/bin/sh\nread -r given\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let reader = PdfReader {
        program: Some(program),
        limits,
    };
    (folder, reader)
}

async fn outcome(script: &str, limits: PdfLimits) -> (CaptureOutcome, String) {
    let (_folder, reader) = reader(script, limits);
    let failure = reader.layout(b"%PDF-1.4").await.unwrap_err();
    (failure.outcome, failure.detail)
}

#[tokio::test]
async fn the_words_of_a_pdf_come_with_their_places_and_a_broken_one_is_refused() {
    let reader = PdfReader::default();
    if reader.find().is_none() {
        eprintln!("skipped: pdftotext (Debian: poppler-utils) is not installed");
        return;
    }
    assert!(reader.version().await.unwrap().contains("pdftotext"));
    let layout = reader.layout(pdf(&PAGES).as_bytes()).await.unwrap();
    assert_eq!(layout.matches("<page ").count(), 2);
    assert!(layout.contains(">Norway,</word>"), "{layout}");
    for broken in [
        &b"%PDF-1.4\nnothing"[..],
        b"",
        b"%PDF-1.7\n1 0 obj\n<< /Length 99999999 >>\nstream\n",
    ] {
        let failure = reader.layout(broken).await.unwrap_err();
        assert_eq!(failure.outcome, CaptureOutcome::WrongType, "{failure}");
        assert!(failure.detail.starts_with("the PDF cannot be read: "), "{failure}");
    }
}

#[tokio::test]
async fn a_machine_without_the_program_says_so() {
    let reader = PdfReader {
        program: Some(PathBuf::from("/does/not/exist")),
        ..PdfReader::default()
    };
    let failure = reader.layout(b"%PDF-1.4").await.unwrap_err();
    assert_eq!(failure.outcome, CaptureOutcome::ToolMissing);
    assert!(failure.outcome.repair().contains("docs/operations.md"));
    assert_eq!(reader.version().await.unwrap_err().outcome, CaptureOutcome::ToolMissing);
}

#[tokio::test]
async fn time_output_and_memory_of_the_program_are_bounded_and_all_that_it_started_is_killed() {
    let limits = PdfLimits::default();
    let hasty = PdfLimits {
        time: Duration::from_millis(300),
        ..limits
    };
    // A number that no other process has among its words.
    let number = format!("31415.{}", std::process::id());
    let (found, detail) = outcome(&format!("/bin/sleep {number} & wait"), hasty).await;
    assert_eq!(found, CaptureOutcome::TooLarge, "{detail}");
    assert!(detail.contains("takes longer"), "{detail}");
    tokio::time::timeout(Duration::from_secs(10), async {
        while runs(&number) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("what the program started is killed");

    let small = PdfLimits {
        output: 1_000,
        ..limits
    };
    let (found, detail) = outcome("while :; do echo words; done", small).await;
    assert_eq!(
        (found, detail.as_str()),
        (CaptureOutcome::TooLarge, "the PDF has more text than we read")
    );

    let lean = PdfLimits {
        memory: 64 * 1024 * 1024,
        ..limits
    };
    let (found, detail) = outcome("x=xxxxxxxxxxxxxxxx; while :; do x=$x$x$x$x; done", lean).await;
    assert_ne!(found, CaptureOutcome::Captured, "{detail}");

    let (found, detail) = outcome("echo x > \"$0.out\" || exit 5; exit 0", limits).await;
    assert_eq!(found, CaptureOutcome::WrongType, "no file is written: {detail}");
}

fn runs(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).contains(word)
    })
}
