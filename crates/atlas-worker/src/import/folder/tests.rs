//! What is read from names and manifests.

use time::macros::datetime;

use super::{Step, instant_of, plan};

#[test]
fn a_time_is_read_from_a_file_name() {
    assert_eq!(
        instant_of("2025-08-01T00-32-18Z"),
        Some(datetime!(2025-08-01 00:32:18 UTC))
    );
    assert_eq!(instant_of("2025-08-01"), None);
    assert_eq!(instant_of("README"), None);
}

#[test]
fn pages_are_used_only_if_every_version_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    };
    for name in [
        "a/whole/2025-01-01T00-00-00Z.md",
        "a/whole/2025-01-01T00-00-00Z.html.gz",
        "a/whole/2025-02-01T00-00-00Z.nochange.html.gz",
        "a/mixed/2025-01-01T00-00-00Z.md",
        "a/mixed/2025-01-01T00-00-00Z.html.gz",
        "a/mixed/2025-02-01T00-00-00Z.md",
        "a/mixed/2025-03-01T00-00-00Z.nochange.html.gz",
        "a/mixed/notes.txt",
    ] {
        write(name);
    }
    let entry = |dir: &str| {
        format!(
            r#"{{"dir": "{dir}", "platform": "A", "document_type": "Terms of Service",
                "source_urls": ["https://a.example/"], "select": ["main"],
                "unchanged_polls": [{{"file": "2025-03-01T00-00-00Z.nochange.html.gz", "selected_text_equal": true}}]}}"#
        )
    };
    let manifest = format!(r#"{{"documents": [{}, {}]}}"#, entry("a/whole"), entry("a/mixed"));
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    let plans = plan(folder.path()).unwrap();
    let told: Vec<_> = plans
        .iter()
        .map(|plan| (plan.name(), plan.from_pages, plan.steps.len()))
        .collect();
    assert_eq!(
        told,
        [("a/mixed".to_owned(), false, 3), ("a/whole".to_owned(), true, 2)]
    );
    assert!(matches!(plans[0].steps[2], Step::Standing { .. }));
    assert_eq!(plans[0].notes, ["notes.txt does not begin with a time"]);
    assert!(plans[0].locations()[0].rules.select.is_empty());
    assert_eq!(plans[1].locations()[0].rules.select.len(), 1);
}

#[test]
fn a_platform_of_a_region_has_a_name_of_its_own() {
    let name = |folder: &str| super::regional("ChatGPT".to_owned(), folder);
    assert_eq!(name("chatgpt"), "ChatGPT");
    assert_eq!(name("chatgpt.eu"), "ChatGPT (EU)");
    assert_eq!(name("claude.ai-api"), "ChatGPT");
    assert_eq!(super::regional("ChatGPT (EU)".to_owned(), "chatgpt.eu"), "ChatGPT (EU)");
}
