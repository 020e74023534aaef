//! The shipped catalogue is whole: every file is read, every address and selector can be used, every slug is known.

use std::collections::{BTreeMap, BTreeSet};

use atlas_catalog::{categories, comparisons, document_type, document_types, platform, platforms, taxonomy};
use atlas_domain::{FetchMode, Location, RangeBound, Selector};
use url::Url;

fn locations() -> impl Iterator<Item = (String, &'static Location)> {
    platforms().iter().flat_map(|platform| {
        platform.documents.iter().flat_map(move |document| {
            let name = format!("{}/{}", platform.slug, document.slug);
            document.locations.iter().map(move |location| (name.clone(), location))
        })
    })
}

#[test]
fn no_data_file_has_a_fault() {
    let faults: Vec<String> = atlas_catalog::check().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_in_the_folders_is_loaded() {
    let catalog = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let files = |folder: &str| std::fs::read_dir(catalog.join(folder)).unwrap().count();
    assert_eq!(platforms().len(), files("platforms"));
    assert_eq!(comparisons().len(), files("comparisons"));
}

#[test]
fn at_least_forty_platforms_with_a_hundred_documents_are_followed() {
    let documents: usize = platforms().iter().map(|platform| platform.documents.len()).sum();
    assert!(platforms().len() >= 40, "{} platforms", platforms().len());
    assert!(documents >= 100, "{documents} documents");
}

#[test]
fn slugs_are_unique_and_each_platform_is_found_by_its_present_and_former_ones() {
    let mut seen = BTreeSet::new();
    for found in platforms() {
        for slug in std::iter::once(&found.slug).chain(&found.former_slugs) {
            assert!(seen.insert(slug), "{slug} stands twice");
            assert_eq!(platform(slug).unwrap().slug, found.slug);
        }
        let documents: BTreeSet<&str> = found.documents.iter().map(|document| document.slug.as_str()).collect();
        assert_eq!(documents.len(), found.documents.len(), "{}", found.slug);
    }
}

#[test]
fn every_platform_is_described_and_has_a_category_and_known_document_types() {
    for platform in platforms() {
        assert!(
            categories().iter().any(|category| category.slug == platform.category),
            "{}",
            platform.slug
        );
        assert!(platform.description.ends_with('.'), "{}: a sentence", platform.slug);
        assert_eq!(
            platform.description.matches(". ").count(),
            0,
            "{}: one sentence",
            platform.slug
        );
        for document in &platform.documents {
            assert!(
                document_type(&document.document_type).is_some(),
                "{}/{}",
                platform.slug,
                document.slug
            );
            assert!(document.poll_hours >= 1);
        }
    }
}

#[test]
fn every_category_is_used() {
    for category in categories() {
        assert!(
            platforms().iter().any(|platform| platform.category == category.slug),
            "{}",
            category.slug
        );
    }
}

#[test]
fn the_document_types_are_those_of_open_terms_archive() {
    let slugs: BTreeSet<&str> = document_types().iter().map(|kind| kind.slug.as_str()).collect();
    assert_eq!(slugs.len(), 44);
    assert_eq!(document_type("Trackers Policy").unwrap().slug, "trackers-policy");
    assert!(document_type("Cookie Policy").is_none());
}

#[test]
fn every_address_is_absolute_public_https_without_a_fragment() {
    for (name, location) in locations() {
        let url = Url::parse(&location.url).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(url.scheme(), "https", "{name}");
        assert!(url.domain().is_some_and(|domain| domain.contains('.')), "{name}");
        assert!(
            url.fragment().is_none() && url.port().is_none() && url.username().is_empty(),
            "{name}"
        );
        assert_eq!(url.as_str(), location.url, "{name} is written as it is requested");
    }
    for platform in platforms() {
        assert_eq!(
            Url::parse(&platform.website).unwrap().scheme(),
            "https",
            "{}",
            platform.slug
        );
    }
}

#[test]
fn a_page_is_the_source_of_two_documents_only_where_selectors_tell_them_apart() {
    let mut seen: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (name, location) in locations() {
        let owner = name.split('/').next().unwrap();
        let key = (location.url.as_str(), format!("{owner} {:?}", location.rules));
        if let Some(other) = seen.insert(key, name.clone()) {
            panic!("{name} and {other} are the same page: {}", location.url);
        }
    }
}

#[test]
fn every_selector_is_css() {
    let css = |name: &str, selector: &str| {
        assert!(
            dom_query::Matcher::new(selector).is_ok(),
            "{name}: `{selector}` is not CSS"
        );
    };
    for (name, location) in locations() {
        for selector in location.rules.select.iter().chain(&location.rules.remove) {
            match selector {
                Selector::Css(one) => css(&name, one),
                Selector::Range { start, end } => {
                    for RangeBound::Before(one) | RangeBound::After(one) in [start, end] {
                        css(&name, one);
                    }
                }
            }
        }
    }
}

#[test]
fn the_browser_is_asked_for_by_few_documents() {
    let by_browser = locations()
        .filter(|(_, location)| location.fetch == FetchMode::Browser)
        .count();
    assert!(
        by_browser * 5 < locations().count(),
        "{by_browser} of {}",
        locations().count()
    );
}

#[test]
fn every_comparison_asks_a_question_of_the_taxonomy_and_explains_its_cells() {
    for comparison in comparisons() {
        let slug = &comparison.slug;
        assert!(
            taxonomy().provision_type(&comparison.provision_type).is_some(),
            "{slug}"
        );
        assert!(comparison.title.contains("{n}"), "{slug}");
        assert!(comparison.method.contains("archived"), "{slug}");
        assert!((3..=4).contains(&comparison.faq.len()), "{slug}");
    }
    let types: BTreeSet<&str> = comparisons()
        .iter()
        .map(|found| found.provision_type.as_str())
        .collect();
    for wanted in [
        "model-training-use",
        "third-party-model-providers",
        "human-review",
        "retention-deletion",
        "unilateral-changes",
        "arbitration",
    ] {
        assert!(types.contains(wanted), "{wanted} is compared");
    }
}

#[test]
fn a_comparison_counts_its_platforms_in_the_title_and_keeps_to_its_lists() {
    let mut comparison = comparisons()[0].clone();
    assert_eq!(
        comparison.title_for(12),
        "How 12 AI platforms describe the use of user data for model training"
    );
    assert!(comparison.includes("chatgpt", "ai-assistants"));
    comparison.categories = vec!["cloud-ai".to_owned()];
    assert!(!comparison.includes("chatgpt", "ai-assistants"));
    comparison.categories.clear();
    comparison.platforms = Some(vec!["chatgpt".to_owned()]);
    assert!(comparison.includes("chatgpt", "ai-assistants"));
    assert!(!comparison.includes("claude", "ai-assistants"));
}
