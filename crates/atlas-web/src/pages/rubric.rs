//! A version of the rubric: which stance on which question gives which severity, and why.
//!
//! Invariant: only a version that is held can be shown; a number that was never given is not found.

use askama::Template;
use atlas_domain::{Favours, ProvisionType, Severity, TaxonomyGroup, urls};
use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;

use super::{meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Template)]
#[template(path = "pages/rubric.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    version: u32,
    groups: Vec<(&'static TaxonomyGroup, Vec<&'static ProvisionType>)>,
    types: usize,
    /// Rules in all, and of each severity.
    rules: usize,
    counts: [(Severity, usize); 3],
}

pub(super) async fn page(
    State(_): State<WebState>,
    chrome: Chrome,
    Path(version): Path<String>,
) -> Result<Response, Error> {
    let taxonomy = atlas_catalog::taxonomy();
    let version = version
        .parse::<u32>()
        .ok()
        .filter(|version| *version == taxonomy.rubric_version)
        .ok_or(Error::NotFound)?;
    let rules = || taxonomy.types.iter().flat_map(|kind| kind.stances.values());
    let description = format!(
        "Which stance on which of {} questions gives which severity, with the reason of each: {}.",
        taxonomy.types.len(),
        words::counted(rules().count(), "rule", "rules")
    );
    let path = urls::rubric(version);
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            &path,
            &format!("Severity rubric, version {version}"),
            &description,
        )
        .under("Methodology", urls::METHODOLOGY)
        .here(&format!("Rubric {version}"))
        .states(&json!({"@context": "https://schema.org", "@type": "TechArticle",
                "name": format!("Severity rubric, version {version}"), "version": version,
                "url": chrome.absolute(&path)})),
        groups: taxonomy
            .groups
            .iter()
            .map(|group| {
                (
                    group,
                    taxonomy.types.iter().filter(|kind| kind.group == group.code).collect(),
                )
            })
            .collect(),
        types: taxonomy.types.len(),
        rules: rules().count(),
        counts: [Severity::High, Severity::Medium, Severity::Low]
            .map(|severity| (severity, rules().filter(|rule| rule.severity == severity).count())),
        version,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// Whom a stance favours, for a table cell.
const fn favours(side: Favours) -> &'static str {
    match side {
        Favours::User => "The user",
        Favours::Provider => "The provider",
        Favours::Neither => "Neither",
    }
}
