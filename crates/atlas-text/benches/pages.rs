//! Extraction and comparison of real pages where they are present, of a made-up policy otherwise.
//!
//! Run with `cargo bench -p atlas-text`.

#![expect(clippy::unwrap_used, reason = "a bench that can't read its pages has to stop")]

use std::{fmt::Write as _, fs, io::Read as _, path::Path};

use atlas_domain::{ExtractRules, PolicyText};
use atlas_text::{compare, diff::Diff, extract, parse_markdown, words_diff};
use divan::{Bencher, counter::BytesCount};

fn main() {
    divan::main();
}

fn documents() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/policies/documents")
}

/// The stored page whose size is nearest to `size`, or a made-up page of that size.
fn page(size: usize) -> Vec<u8> {
    let mut pages = Vec::new();
    let mut folders = vec![documents()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with("00Z.html.gz") || path.to_string_lossy().ends_with("2Z.html.gz")
            {
                pages.push(path);
            }
        }
    }
    pages.sort();
    let mut nearest: Option<Vec<u8>> = None;
    for path in pages {
        let mut bytes = Vec::new();
        let opened = fs::File::open(path).unwrap();
        flate2::read::GzDecoder::new(opened).read_to_end(&mut bytes).unwrap();
        if nearest
            .as_ref()
            .is_none_or(|best| bytes.len().abs_diff(size) < best.len().abs_diff(size))
        {
            nearest = Some(bytes);
        }
    }
    nearest.unwrap_or_else(|| format!("<main><p>{}</main>", policy(size, 0).replace('\n', "<p>")).into_bytes())
}

/// A policy of about `size` bytes in which every twentieth sentence depends on `edition`.
fn policy(size: usize, edition: usize) -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.len() < size {
        number += 1;
        if number % 12 == 0 {
            let _ = write!(text, "\n\n## {number}. Section about topic {}\n\n", number * 7);
        }
        let days = if number % 20 == 0 { 30 + edition } else { 30 };
        let _ = write!(
            text,
            "We keep record {number} of kind {} for {days} days, and we will not share it with partner {} unless you agree. ",
            number * 13,
            number % 37
        );
        if number % 3 == 0 {
            text.push_str("\n\n");
        }
    }
    text
}

#[divan::bench(args = [16_000, 120_000, 300_000, 600_000])]
fn extract_page(bencher: Bencher<'_, '_>, size: usize) {
    let bytes = page(size);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| extract(&bytes, Some("text/html"), None, &ExtractRules::default()));
}

/// The curve: made-up pages, so that each is the one before, only longer.
#[divan::bench(args = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000], sample_count = 10)]
fn extract_curve(bencher: Bencher<'_, '_>, size: usize) {
    let bytes = format!("<main><p>{}</main>", policy(size, 0).replace("\n\n", "<p>")).into_bytes();
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| extract(&bytes, Some("text/html"), None, &ExtractRules::default()));
}

#[divan::bench(args = [100_000, 1_000_000])]
fn read_markdown(bencher: Bencher<'_, '_>, size: usize) {
    let text = policy(size, 0);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench(|| parse_markdown(&text));
}

#[divan::bench(args = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000], sample_count = 10)]
fn compare_editions(bencher: Bencher<'_, '_>, size: usize) {
    let (old, new) = (parse_markdown(&policy(size, 0)), parse_markdown(&policy(size, 1)));
    bencher.counter(BytesCount::new(size)).bench(|| compare(&old, &new));
}

#[divan::bench(sample_count = 20)]
fn compare_equal_100_kb(bencher: Bencher<'_, '_>) {
    let text = parse_markdown(&policy(100_000, 0));
    bencher.bench(|| compare(&text, &text));
}

#[divan::bench(args = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000], sample_count = 5)]
fn compare_wholly_different(bencher: Bencher<'_, '_>, size: usize) {
    let old = parse_markdown(&policy(size, 0));
    let new: PolicyText = parse_markdown(&policy(size, 0).replace(' ', "x "));
    bencher.counter(BytesCount::new(size)).bench(|| compare(&old, &new));
}

/// Ranking alone costs what a comparison costs beyond its alignment: here nothing but changed sentences.
#[divan::bench(sample_count = 20)]
fn rank_100_kb_of_changed_sentences(bencher: Bencher<'_, '_>) {
    let old = parse_markdown(&policy(100_000, 0));
    let new: PolicyText = parse_markdown(&policy(100_000, 0).replace("will not share", "may share"));
    bencher.bench(|| compare(&old, &new));
}

/// The rows of a page that shows the comparison.
#[divan::bench(args = [100_000, 1_000_000], sample_count = 20)]
fn diff_rows(bencher: Bencher<'_, '_>, size: usize) {
    let (old, new) = (parse_markdown(&policy(size, 0)), parse_markdown(&policy(size, 1)));
    let found = compare(&old, &new);
    bencher
        .counter(BytesCount::new(size))
        .bench(|| Diff::new(&old, &new, &found.hunks));
}

/// The largest stored before/after pair of one document.
#[divan::bench(sample_count = 20)]
fn compare_real_pair(bencher: Bencher<'_, '_>) {
    let folder = documents().join("amazon-web-services/terms-of-service");
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let read = |path: Option<&std::path::PathBuf>| {
        path.map_or_else(|| policy(100_000, 0), |path| fs::read_to_string(path).unwrap())
    };
    let (old, new) = (
        parse_markdown(&read(files.first())),
        parse_markdown(&read(files.last())),
    );
    bencher
        .counter(BytesCount::new(new.text.len()))
        .bench(|| compare(&old, &new));
}

#[divan::bench]
fn words_of_one_sentence(bencher: Bencher<'_, '_>) {
    let old = "We will not use your content to train our models, and we delete it after thirty days unless you agree to keep it longer.";
    let new = "We may use your content to train our models, and we delete it after ninety days unless you object to keeping it longer.";
    bencher.bench(|| words_diff(old, new));
}
