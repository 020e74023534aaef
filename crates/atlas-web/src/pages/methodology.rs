//! How the record is made: capture, gate, versions, changes, findings, severity, limits.

use askama::Template;
use atlas_domain::{Stance, Taxonomy, urls};
use axum::{extract::State, response::Response};
use serde_json::json;

use super::meta::{Meta, publisher};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Template)]
#[template(path = "pages/methodology.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    taxonomy: &'static Taxonomy,
    stances: Vec<(Stance, &'static str)>,
    contact: String,
    /// Page of the rubric.
    rubric: String,
    /// A proposition on which stances are taken.
    example: &'static str,
}

pub(super) async fn page(State(_): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            urls::METHODOLOGY,
            "Methodology",
            "How policies are captured, verified, versioned, compared and classified here, and what the record can’t show.",
        )
        .here("Methodology")
        .states(&json!({"@context": "https://schema.org", "@type": "TechArticle", "headline": "Methodology",
            "url": chrome.absolute(urls::METHODOLOGY), "publisher": publisher(&chrome.base_url)})),
        taxonomy: atlas_catalog::taxonomy(),
        stances: Stance::ALL.iter().map(|stance| (*stance, meaning(*stance))).collect(),
        rubric: urls::rubric(atlas_catalog::taxonomy().rubric_version),
        contact: super::report_address(&chrome, "a record"),
        example: atlas_catalog::taxonomy().types.first().map(|kind| kind.proposition.as_str()).unwrap_or_default(),
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

const fn meaning(stance: Stance) -> &'static str {
    match stance {
        Stance::Prohibits => "The document forbids it.",
        Stance::Commits => "A plain promise by the provider.",
        Stance::CommitsQualified => "A promise with carve-outs or a stated scope.",
        Stance::PermitsOptIn => "Allowed only after you agree.",
        Stance::PermitsOptOut => "Allowed until you object.",
        Stance::Permits => "Allowed, with no choice offered.",
        Stance::Requires => "Somebody, usually you, has a duty.",
        Stance::Disclaims => "The provider refuses responsibility.",
        Stance::Conditional => "Depends on plan, region, product or another condition.",
        Stance::Ambiguous => "The words support two readings.",
        Stance::Conflicting => "Two passages disagree; both are quoted.",
        Stance::Silent => "Nothing found, with the search on record.",
    }
}
