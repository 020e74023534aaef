//! The shipped samples keep the rules that the rest of the product counts on.
#![expect(clippy::panic, reason = "a test's own function may fail the test")]

use std::collections::BTreeSet;

use atlas_demo::{CONTENT_SELECTOR, DemoDocument, DemoPlatform, load, page_html};
use atlas_domain::{ExtractRules, Selector};
use time::macros::datetime;

fn documents() -> Vec<(DemoPlatform, DemoDocument)> {
    let platforms = load().unwrap_or_else(|error| panic!("{error}"));
    platforms
        .into_iter()
        .flat_map(|platform| {
            platform
                .documents
                .clone()
                .into_iter()
                .map(move |document| (platform.clone(), document))
        })
        .collect()
}

#[test]
fn there_are_ten_platforms_with_twenty_documents_under_distinct_names() {
    let platforms = load().unwrap();
    assert!(platforms.len() >= 10, "{} platforms", platforms.len());
    assert!(documents().len() >= 20, "{} documents", documents().len());
    let names: BTreeSet<_> = platforms.iter().map(|platform| &platform.name).collect();
    assert_eq!(names.len(), platforms.len());
    for platform in &platforms {
        assert!(
            platform.website.starts_with("https://") && platform.website.ends_with(".example"),
            "{}",
            platform.slug
        );
        let slugs: BTreeSet<_> = platform.documents.iter().map(|document| &document.slug).collect();
        assert_eq!(slugs.len(), platform.documents.len(), "{}", platform.slug);
    }
}

/// The values of one key in a file of the catalogue.
fn catalogue_words(file: &str, key: &str) -> BTreeSet<String> {
    let path = format!("{}/../../catalog/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let value = |line: &str| {
        Some(
            line.strip_prefix(key)?
                .strip_prefix(" = \"")?
                .strip_suffix('"')?
                .to_owned(),
        )
    };
    text.lines().filter_map(value).collect()
}

#[test]
fn categories_and_document_types_are_those_of_the_catalogue() {
    let (categories, types) = (
        catalogue_words("categories.toml", "slug"),
        catalogue_words("document-types.toml", "title"),
    );
    for (platform, document) in documents() {
        assert!(categories.contains(&platform.category), "{}", platform.category);
        assert!(types.contains(&document.document_type), "{}", document.document_type);
    }
}

#[test]
fn every_document_has_three_to_six_versions_that_rise_in_time_and_differ_from_the_one_before() {
    for (platform, document) in documents() {
        let name = format!("{}/{}", platform.slug, document.slug);
        let count = document.versions.len() + usize::from(document.pending.is_some());
        assert!((3..=6).contains(&count), "{name} has {count} versions");
        for pair in document.versions.windows(2) {
            assert!(pair[0].at < pair[1].at, "{name}");
            assert_ne!(pair[0].markdown, pair[1].markdown, "{name}");
        }
        for version in &document.versions {
            let span = datetime!(2024-06-01 00:00 UTC)..datetime!(2026-11-20 00:00 UTC);
            assert!(span.contains(&version.at), "{name} at {}", version.at);
        }
    }
}

#[test]
fn every_text_is_five_to_thirty_kilobytes_of_headed_prose() {
    for (platform, document) in documents() {
        let name = format!("{}/{}", platform.slug, document.slug);
        let texts = document
            .versions
            .iter()
            .map(|version| &version.markdown)
            .chain(&document.pending);
        for text in texts {
            assert!(
                (5_000..=30_000).contains(&text.len()),
                "{name} has {} bytes",
                text.len()
            );
            assert!(text.starts_with("# "), "{name} starts with its title");
            assert!(text.matches("\n## ").count() >= 5, "{name} has sections");
            assert!(!text.contains("{n}") && !text.contains('\r'), "{name}");
        }
    }
}

#[test]
fn the_last_three_weeks_hold_changes_and_six_more_are_waiting() {
    let all = documents();
    let recent = all.iter().filter(|(_, document)| {
        document
            .versions
            .last()
            .is_some_and(|version| version.at > datetime!(2026-10-30 00:00 UTC))
    });
    assert!(recent.count() >= 6);
    assert!(all.iter().filter(|(_, document)| document.pending.is_some()).count() >= 6);
    let reverted = all.iter().any(|(_, document)| {
        let texts: BTreeSet<_> = document.versions.iter().map(|version| &version.markdown).collect();
        texts.len() < document.versions.len()
    });
    assert!(reverted, "one history returns to an earlier text");
}

#[test]
fn a_hundred_steps_on_any_document_give_a_hundred_new_texts() {
    for (platform, document) in documents() {
        let mut seen: BTreeSet<String> = document
            .versions
            .iter()
            .map(|version| version.markdown.clone())
            .collect();
        for step in 1..=100 {
            let text = document.text_at(step);
            assert!(
                seen.insert(text),
                "{}/{} repeats at step {step}",
                platform.slug,
                document.slug
            );
        }
    }
}

#[test]
fn a_page_holds_every_word_in_its_article_and_says_outside_that_it_is_a_sample() {
    for (platform, document) in documents() {
        let text = &document.versions[0].markdown;
        let page = page_html(&platform, &document, text, 7);
        let (before, rest) = page.split_once("<article").unwrap();
        let (article, after) = rest.split_once("</article>").unwrap();
        assert!(before.contains("fictitious") && after.contains("fictitious"));
        assert!(!article.contains("fictitious") && !article.to_lowercase().contains("sample site"));
        assert!(before.contains("<main") && after.contains("</main>"));
        let words = |text: &str| {
            text.split(|letter: char| !letter.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .count()
        };
        let bare = article
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
            .collect::<Vec<_>>();
        let shown = words(
            &bare
                .join(" ")
                .replace("&#39;", "'")
                .replace("&quot;", "\"")
                .replace("&amp;", "&"),
        );
        let link_words = text
            .split("](")
            .skip(1)
            .map(|part| words(part.split(')').next().unwrap()))
            .sum::<usize>();
        let written = words(&text.replace("---", " ")) - link_words;
        // The opening tag's own attributes are the only other words before the first `>`.
        assert!(
            shown.abs_diff(written) <= 12,
            "{}/{}: {shown} of {written}",
            platform.slug,
            document.slug
        );
    }
}

#[test]
fn the_extractor_reads_from_a_page_exactly_the_document_and_nothing_around_it() {
    let article = ExtractRules {
        select: vec![Selector::Css(CONTENT_SELECTOR.to_owned())],
        remove: Vec::new(),
    };
    for (platform, document) in documents() {
        let name = format!("{}/{}", platform.slug, document.slug);
        let text = document.text_at(0);
        let written = atlas_text::normal_sha256(&atlas_text::parse_markdown(&text));
        for (rules, nonce) in [(&article, 1), (&article, 2), (&ExtractRules::default(), 3)] {
            let page = page_html(&platform, &document, &text, nonce);
            let read = atlas_text::extract(page.as_bytes(), Some("text/html; charset=utf-8"), None, rules)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(atlas_text::normal_sha256(&read), written, "{name}, page {nonce}");
        }
    }
}
