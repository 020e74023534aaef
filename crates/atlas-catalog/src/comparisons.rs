//! The editorial comparison pages: one question asked of many platforms, `catalog/comparisons/<slug>.toml`.
//!
//! Invariant: a comparison asks a question of the taxonomy, and states how its cells are made.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::{
    CatalogError, files,
    platforms::platform,
    taxonomy::taxonomy,
    words::{categories, is_slug},
};

/// A comparison page as the editors describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorialComparison {
    /// Slug, also the name of its file.
    pub slug: String,
    /// Title; `{n}` stands for the number of platforms shown.
    pub title: String,
    /// Slug of the provision type that is compared.
    pub provision_type: String,
    /// What the page answers, two or three sentences.
    pub lede: String,
    /// How the cells were made and what they do not say.
    pub method: String,
    /// Pairs of question and answer.
    pub faq: Vec<(String, String)>,
    /// Slugs of the platforms to show; `None` means every platform that the categories admit.
    pub platforms: Option<Vec<String>>,
    /// Slugs of the categories to show; empty means all.
    pub categories: Vec<String>,
}

impl EditorialComparison {
    /// The title with the number of platforms in it.
    pub fn title_for(&self, platforms: usize) -> String {
        self.title.replace("{n}", &platforms.to_string())
    }
    /// Whether a platform of a category belongs on the page.
    pub fn includes(&self, platform: &str, category: &str) -> bool {
        let listed = self
            .platforms
            .as_ref()
            .is_none_or(|slugs| slugs.iter().any(|slug| slug == platform));
        let admitted = self.categories.is_empty() || self.categories.iter().any(|slug| slug == category);
        listed && admitted
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparisonFile {
    title: String,
    provision_type: String,
    lede: String,
    method: String,
    #[serde(default)]
    faq: Vec<FaqEntry>,
    platforms: Option<Vec<String>>,
    #[serde(default)]
    categories: Vec<String>,
    /// Place on the overview, smaller first.
    position: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaqEntry {
    question: String,
    answer: String,
}

/// Every comparison, in the order in which pages list them; empty only if [`crate::check`] reports a fault.
pub fn comparisons() -> &'static [EditorialComparison] {
    loaded().as_deref().unwrap_or_default()
}

/// The comparison with a slug.
pub fn comparison(slug: &str) -> Option<&'static EditorialComparison> {
    comparisons().iter().find(|comparison| comparison.slug == slug)
}

pub(crate) fn loaded() -> &'static Result<Vec<EditorialComparison>, Vec<CatalogError>> {
    static LOADED: OnceLock<Result<Vec<EditorialComparison>, Vec<CatalogError>>> = OnceLock::new();
    LOADED.get_or_init(|| {
        let mut found = Vec::new();
        let mut faults = Vec::new();
        for file in files::in_folder("comparisons") {
            match files::text(&file).and_then(|text| files::parse::<ComparisonFile>(&file, &text)) {
                Ok(read) => {
                    let position = read.position;
                    let comparison = assemble(&file, read);
                    faults.append(&mut rule_faults(&file, &comparison));
                    found.push((position, comparison));
                }
                Err(fault) => faults.push(fault),
            }
        }
        found.sort_by(|one, other| (one.0, &one.1.slug).cmp(&(other.0, &other.1.slug)));
        if faults.is_empty() {
            Ok(found.into_iter().map(|(_, comparison)| comparison).collect())
        } else {
            Err(faults)
        }
    })
}

fn assemble(file: &str, read: ComparisonFile) -> EditorialComparison {
    EditorialComparison {
        slug: files::stem(file).to_owned(),
        title: read.title,
        provision_type: read.provision_type,
        lede: read.lede,
        method: read.method,
        faq: read
            .faq
            .into_iter()
            .map(|entry| (entry.question, entry.answer))
            .collect(),
        platforms: read.platforms,
        categories: read.categories,
    }
}

fn rule_faults(file: &str, comparison: &EditorialComparison) -> Vec<CatalogError> {
    let mut faults = Vec::new();
    let mut fault = |key: &str, reason: String| faults.push(CatalogError::invalid(file, key, reason));
    if !is_slug(&comparison.slug) {
        fault("(file name)", format!("`{}` is not a slug", comparison.slug));
    }
    for (key, value) in [
        ("title", &comparison.title),
        ("lede", &comparison.lede),
        ("method", &comparison.method),
    ] {
        if value.trim().is_empty() {
            fault(key, "is empty".to_owned());
        }
    }
    if taxonomy().provision_type(&comparison.provision_type).is_none() {
        let reason = format!("`{}` is not in catalog/provision-types", comparison.provision_type);
        fault("provision_type", reason);
    }
    if comparison.faq.is_empty() {
        fault("faq", "a comparison answers at least one question".to_owned());
    }
    for (at, (question, answer)) in comparison.faq.iter().enumerate() {
        if question.trim().is_empty() || answer.trim().is_empty() {
            fault(&format!("faq[{at}]"), "question or answer is empty".to_owned());
        }
    }
    for (at, slug) in comparison.platforms.iter().flatten().enumerate() {
        if platform(slug).is_none() {
            fault(
                &format!("platforms[{at}]"),
                format!("`{slug}` is not in catalog/platforms"),
            );
        }
    }
    for (at, slug) in comparison.categories.iter().enumerate() {
        if !categories().iter().any(|category| &category.slug == slug) {
            fault(
                &format!("categories[{at}]"),
                format!("`{slug}` is not in catalog/categories.toml"),
            );
        }
    }
    faults
}
