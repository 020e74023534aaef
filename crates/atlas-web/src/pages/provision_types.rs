//! The questions to ask of a document, with how many platforms answer each.
//!
//! Invariant: a question for which there are no rules is never said to be met with silence.

use askama::Template;
use atlas_db::view::position::{self, ReadPlatforms};
use atlas_domain::{ProvisionType, Stance, urls};
use axum::{extract::State, response::Response};
use serde_json::json;

use super::{charts::Distribution, meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

#[derive(Template)]
#[template(path = "pages/provision_types.html")]
struct Overview {
    chrome: Chrome,
    meta: Meta,
    read: ReadPlatforms,
    groups: Vec<Group>,
    /// Page of the rubric.
    rubric: String,
    types: usize,
}

struct Group {
    code: String,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    kind: &'static ProvisionType,
    href: String,
    chart: Distribution,
    found: i64,
    /// Platforms in whose documents an answer was looked for.
    asked: i64,
    percent: i64,
    leading: Option<Stance>,
}

pub(super) async fn overview(State(state): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let mut conn = state.pool.acquire().await?;
    let counts = position::stance_counts(&mut conn, None).await?;
    let read = position::read_platforms(&mut conn).await?;
    drop(conn);
    let taxonomy = atlas_catalog::taxonomy();
    let row = |kind: &'static ProvisionType| {
        let of_type: Vec<_> = counts
            .iter()
            .filter(|count| count.provision_type == kind.slug)
            .map(|count| (count.stance, count.platforms))
            .collect();
        let asked = of_type.iter().map(|(_, platforms)| platforms).sum();
        let chart = Distribution::new(&of_type, asked, &kind.title.to_lowercase());
        Row {
            href: urls::provision_type(&kind.slug),
            found: chart.found(),
            percent: words::percent(chart.found(), asked),
            asked,
            leading: chart.leading().map(|bar| bar.stance),
            chart,
            kind,
        }
    };
    let page = Overview {
        meta: Meta::new(
            &chrome.base_url,
            urls::PROVISION_TYPES,
            "Provisions: the questions we ask",
            "The questions to ask of a policy, with the number of platforms that answer each and the stances they take.",
        )
        .here("Provisions")
        .states(&json!({"@context": "https://schema.org", "@type": "DefinedTermSet", "name": "Provision types",
            "url": chrome.absolute(urls::PROVISION_TYPES),
            "hasDefinedTerm": taxonomy.types.iter().map(|kind| json!({"@type": "DefinedTerm", "name": kind.title,
                "url": chrome.absolute(&urls::provision_type(&kind.slug))})).collect::<Vec<_>>()})),
        groups: taxonomy
            .groups
            .iter()
            .map(|group| Group {
                code: group.code.to_lowercase(),
                title: group.title.clone(),
                rows: taxonomy.types.iter().filter(|kind| kind.group == group.code).map(row).collect(),
            })
            .collect(),
        rubric: urls::rubric(taxonomy.rubric_version),
        types: taxonomy.types.len(),
        read,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// The path of the feed of changes that touch a question.
pub(super) fn feed_path(slug: &str) -> String {
    format!("{}/feed.atom", urls::provision_type(slug))
}
