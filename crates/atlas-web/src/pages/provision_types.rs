//! The questions to ask of a document: the list with adoption, and one question with every platform.
//!
//! Invariant: a question for which there are no rules is never said to be met with silence.

use askama::Template;
use atlas_db::view::position::{self, Position, ReadPlatforms};
use atlas_domain::{ProvisionType, Stance, urls};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;

use super::{charts::Distribution, meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Platforms on one page of a question.
const PAGE: usize = 60;

#[derive(Template)]
#[template(path = "pages/provision_types.html")]
struct Overview {
    chrome: Chrome,
    meta: Meta,
    read: ReadPlatforms,
    groups: Vec<Group>,
    types: usize,
    /// Questions for which there are rules.
    asked: usize,
}

struct Group {
    code: String,
    title: String,
    rows: Vec<Row>,
}

struct Row {
    kind: &'static ProvisionType,
    /// Whether the rules that read documents know this question.
    is_asked: bool,
    href: String,
    chart: Distribution,
    found: i64,
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
        let chart = Distribution::new(&of_type, read.platforms, &kind.title.to_lowercase());
        Row {
            is_asked: is_asked(&kind.slug),
            href: urls::provision_type(&kind.slug),
            found: chart.found(),
            percent: words::percent(chart.found(), read.platforms),
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
            "url": chrome.absolute(urls::PROVISION_TYPES)})),
        groups: taxonomy
            .groups
            .iter()
            .map(|group| Group {
                code: group.code.to_lowercase(),
                title: group.title.clone(),
                rows: taxonomy.types.iter().filter(|kind| kind.group == group.code).map(row).collect(),
            })
            .collect(),
        asked: taxonomy.types.iter().filter(|kind| is_asked(&kind.slug)).count(),
        types: taxonomy.types.len(),
        read,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// Whether the detector that reads documents knows a question.
pub(super) fn is_asked(slug: &str) -> bool {
    atlas_catalog::taxonomy().provision_type(slug).is_some()
}

/// The path of the feed of changes that touch a question.
pub(super) fn feed_path(slug: &str) -> String {
    format!("{}/feed.atom", urls::provision_type(slug))
}

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    stance: String,
    #[serde(default)]
    q: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/provision_type.html")]
struct TypePage {
    chrome: Chrome,
    meta: Meta,
    kind: &'static ProvisionType,
    /// Whether the rules that read documents know this question.
    is_asked: bool,
    group: String,
    read: ReadPlatforms,
    chart: Distribution,
    found: i64,
    percent: i64,
    rows: Vec<Position>,
    shown: usize,
    matching: usize,
    stances: Vec<(Stance, String)>,
    stance: Option<Stance>,
    words: String,
    next: Option<String>,
    comparisons: Vec<(String, String)>,
    laws: Vec<(String, String, String, bool)>,
}

impl TypePage {
    /// Whether only this stance is shown.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_chosen(&self, stance: &Stance) -> bool {
        self.stance.as_ref() == Some(stance)
    }
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(slug): Path<String>,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let taxonomy = atlas_catalog::taxonomy();
    let kind = taxonomy.provision_type(&slug).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let positions = position::positions(&mut conn, &kind.slug).await?;
    let read = position::read_platforms(&mut conn).await?;
    drop(conn);

    let counts: Vec<_> = positions.iter().map(|position| (position.stance, 1)).collect();
    let chart = Distribution::new(&counts, read.platforms, &kind.title.to_lowercase());
    let stance = filters.stance.parse::<Stance>().ok();
    let wanted = words::clipped(&filters.q, 80).to_lowercase();
    let mut rows: Vec<Position> = positions
        .into_iter()
        .filter(|position| stance.is_none_or(|wanted| position.stance == wanted))
        .filter(|position| wanted.is_empty() || position.platform_name.to_lowercase().contains(&wanted))
        .collect();
    let matching = rows.len();
    if let Some(after) = filters.after.as_deref() {
        // The list is in order of name; a platform that is gone since starts the list anew.
        if let Some(place) = rows.iter().position(|position| position.platform_slug == after) {
            rows.drain(..=place);
        }
    }
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        super::query(&[
            ("stance", &filters.stance),
            ("q", &filters.q),
            ("after", &last.platform_slug),
        ])
    });
    let filtered = stance.is_some() || !wanted.is_empty() || filters.after.is_some();
    let page = TypePage {
        is_asked: is_asked(&kind.slug),
        meta: Meta::new(
            &chrome.base_url,
            &urls::provision_type(&kind.slug),
            &kind.title,
            &if is_asked(&kind.slug) {
                format!(
                    "{} Found in {} of {}, with the exact words of each.",
                    kind.question,
                    chart.found(),
                    words::counted(read.platforms, "platform", "platforms")
                )
            } else {
                format!("{} Defined, and not asked of any document yet.", kind.question)
            },
        )
        .under("Provisions", urls::PROVISION_TYPES)
        .here(&kind.title)
        .unlisted_if(filtered || chart.found() == 0)
        .states(
            &json!({"@context": "https://schema.org", "@type": "DefinedTerm", "name": kind.title,
            "description": kind.definition, "url": chrome.absolute(&urls::provision_type(&kind.slug))}),
        ),
        group: taxonomy
            .groups
            .iter()
            .find(|group| group.code == kind.group)
            .map(|group| group.title.clone())
            .unwrap_or_default(),
        found: chart.found(),
        percent: words::percent(chart.found(), read.platforms),
        stances: kind
            .stances
            .iter()
            .map(|(stance, rule)| (*stance, rule.reason.clone()))
            .collect(),
        shown: rows.len(),
        comparisons: atlas_catalog::comparisons()
            .iter()
            .filter(|comparison| comparison.provision_type == kind.slug)
            .map(|comparison| {
                let title = comparison.title.replace("{n} ", "").replace("{n}", "");
                (urls::comparison(&comparison.slug), title)
            })
            .collect(),
        laws: kind
            .references
            .iter()
            .map(|reference| {
                let name = taxonomy
                    .regulation(&reference.regulation)
                    .map_or_else(|| reference.regulation.clone(), |law| law.name.clone());
                (
                    name,
                    reference.pinpoint.clone(),
                    reference.relation.clone(),
                    reference.checked_at.is_some(),
                )
            })
            .collect(),
        words: wanted,
        chart,
        rows,
        matching,
        stance,
        next,
        read,
        kind,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}
