//! The registry: provisions of all platforms, narrowed by question, stance, severity, platform, category, law and words.
//!
//! Invariant: a value that no record can have is named and lists nothing; only the list without filters is indexed, and
//! every narrowed one names it as canonical.

use askama::Template;
use atlas_db::view::{
    registry::{self, FacetCount, RegistryFilter, RegistryOrder, RegistryRow},
    spelling,
};
use atlas_domain::{Feature, Severity, Stance, urls};
use axum::{
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::Response,
};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{csv_file, meta::Meta, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Rows of one page.
const PAGE: usize = 50;
/// Rows of a file.
const FILE: i64 = 50_000;
/// Longest words, in characters.
const LONGEST: usize = 200;

#[derive(Debug, Clone, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    stance: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    platform: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    regulation: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: String,
    /// Public id of the last record of the page before.
    #[serde(default)]
    page: String,
}

impl Asked {
    /// The query string, with another page.
    fn query(&self, page: &str) -> String {
        super::query(&[
            ("type", &self.kind),
            ("stance", &self.stance),
            ("severity", &self.severity),
            ("platform", &self.platform),
            ("category", &self.category),
            ("regulation", &self.regulation),
            ("q", &self.q),
            ("sort", &self.sort),
            ("page", page),
        ])
    }

    /// Whether anything narrows the list.
    fn narrows(&self) -> bool {
        [
            &self.kind,
            &self.stance,
            &self.severity,
            &self.platform,
            &self.category,
            &self.regulation,
            &self.q,
        ]
        .iter()
        .any(|value| !value.is_empty())
    }

    fn trimmed(mut self) -> Self {
        for value in [
            &mut self.kind,
            &mut self.stance,
            &mut self.severity,
            &mut self.platform,
            &mut self.category,
            &mut self.regulation,
            &mut self.sort,
            &mut self.page,
        ] {
            *value = words::clipped(value, LONGEST);
        }
        self.q = words::clipped(&self.q, LONGEST);
        self
    }
}

/// What is asked for as a filter, or a sentence for each value that no record can have.
async fn filter(conn: &mut PgConnection, asked: &Asked) -> Result<Result<RegistryFilter, Vec<String>>, Error> {
    let taxonomy = atlas_catalog::taxonomy();
    let mut faults = Vec::new();
    let some = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
    let mut known = |is_known: bool, name: &str, value: &str| {
        if !value.is_empty() && !is_known {
            faults.push(format!("“{value}” is no {name} of the registry."));
        }
    };
    known(
        taxonomy.provision_type(&asked.kind).is_some(),
        "question (type)",
        &asked.kind,
    );
    let stance = asked.stance.parse::<Stance>().ok();
    known(stance.is_some(), "stance", &asked.stance);
    let severity = asked.severity.parse::<Severity>().ok();
    known(severity.is_some(), "severity", &asked.severity);
    let is_category = atlas_catalog::categories().iter().any(|one| one.slug == asked.category);
    known(is_category, "category", &asked.category);
    let law = taxonomy.regulation(&asked.regulation);
    known(law.is_some(), "regulation", &asked.regulation);
    let order = RegistryOrder::ALL
        .into_iter()
        .find(|order| order.as_str() == asked.sort);
    known(order.is_some(), "order (sort)", &asked.sort);
    let is_id = asked
        .page
        .strip_prefix("CA-P-")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
    known(is_id, "record that a page can follow (page)", &asked.page);
    if !asked.platform.is_empty() {
        let near = spelling::near_platforms(conn, &asked.platform, 3).await?;
        if near.iter().all(|platform| platform.slug != asked.platform) {
            let names: Vec<String> = near.into_iter().map(|platform| platform.slug).collect();
            faults.push(if names.is_empty() {
                format!("“{}” is no platform of the registry.", asked.platform)
            } else {
                let names = words::listed(&names);
                format!("“{}” is no platform of the registry. Near it: {names}.", asked.platform)
            });
        }
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    Ok(Ok(RegistryFilter {
        provision_type: some(&asked.kind),
        stance,
        severity,
        platform: some(&asked.platform),
        category: some(&asked.category),
        regulated: law.map(|law| {
            let touches = |references: &[atlas_domain::RegulatoryReference]| {
                references.iter().any(|reference| reference.regulation == law.slug)
            };
            let types = taxonomy.types.iter().filter(|kind| touches(&kind.references));
            types.map(|kind| kind.slug.clone()).collect()
        }),
        words: some(&asked.q),
        after: some(&asked.page),
        order: order.unwrap_or_default(),
    }))
}

/// One entry of a filter.
struct Choice {
    value: String,
    label: String,
    provisions: i64,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/registry.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    asked: Asked,
    faults: Vec<String>,
    rows: Vec<RegistryRow>,
    total: i64,
    /// Provisions on record, whatever the filter.
    recorded_provisions: i64,
    recorded_silent: i64,
    recorded_documents: i64,
    recorded_platforms: i64,
    types: Vec<(String, Vec<Choice>)>,
    stances: Vec<Choice>,
    severities: Vec<Choice>,
    categories: Vec<Choice>,
    platforms: Vec<Choice>,
    laws: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    next: Option<String>,
    first: Option<String>,
    has_csv: bool,
    csv: String,
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let asked = asked.trimmed();
    let mut conn = state.pool.acquire().await?;
    let (wanted, faults) = match filter(&mut conn, &asked).await? {
        Ok(wanted) => (wanted, Vec::new()),
        Err(faults) => (RegistryFilter::default(), faults),
    };
    let mut rows = Vec::new();
    if faults.is_empty() {
        let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        rows = registry::registry_rows(&mut conn, &wanted, limit).await?;
    }
    let facets = registry::registry_facets(&mut conn, &wanted).await?;
    drop(conn);
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let is_bad = !faults.is_empty();
    let page = assemble(chrome, asked, faults, rows, &facets, more);
    if is_bad {
        return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
    }
    render::html(&page, CachePolicy::Public)
}

fn assemble(
    chrome: Chrome,
    asked: Asked,
    faults: Vec<String>,
    rows: Vec<RegistryRow>,
    facets: &[FacetCount],
    more: bool,
) -> Page {
    let taxonomy = atlas_catalog::taxonomy();
    let counted = |facet: &str, value: &str| {
        let found = facets.iter().find(|count| count.facet == facet && count.value == value);
        found.map_or(0, |count| count.provisions)
    };
    let choice = |facet: &str, value: &str, label: &str, chosen: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        provisions: counted(facet, value),
        chosen: value == chosen,
    };
    let is_filtered = asked.narrows();
    Page {
        meta: Meta::new(
            &chrome.base_url,
            urls::REGISTRY,
            "Registry of provisions",
            "Every provision on record, by question, stance, severity, platform and law, with the exact archived sentence.",
        )
        .under("Provisions", urls::PROVISION_TYPES)
        .here("Registry")
        .unlisted_if(is_filtered || !asked.page.is_empty() || !asked.sort.is_empty() || rows.is_empty()),
        types: taxonomy
            .groups
            .iter()
            .map(|group| {
                let kinds = taxonomy.types.iter().filter(|kind| kind.group == group.code);
                let choices = kinds.map(|kind| choice("type", &kind.slug, &kind.title, &asked.kind));
                (group.title.clone(), choices.collect())
            })
            .collect(),
        stances: Stance::ALL
            .iter()
            .map(|stance| choice("stance", stance.as_str(), stance.label(), &asked.stance))
            .collect(),
        severities: Severity::ALL
            .iter()
            .rev()
            .map(|severity| choice("severity", severity.as_str(), severity.label(), &asked.severity))
            .collect(),
        categories: atlas_catalog::categories()
            .iter()
            .map(|category| choice("category", &category.slug, &category.title, &asked.category))
            .collect(),
        platforms: facets
            .iter()
            .filter(|count| count.facet == "platform")
            .map(|count| choice("platform", &count.value, &count.label, &asked.platform))
            .collect(),
        laws: taxonomy
            .regulations
            .iter()
            .map(|law| choice("regulation", &law.slug, &law.name, &asked.regulation))
            .collect(),
        orders: [
            (RegistryOrder::Changed, "Changed last"),
            (RegistryOrder::Severity, "Severity"),
            (RegistryOrder::Platform, "Platform"),
            (RegistryOrder::Type, "Question"),
        ]
        .iter()
        .map(|(order, label)| choice("order", order.as_str(), label, &asked.sort))
        .collect(),
        recorded_provisions: counted("all", "provisions"),
        recorded_silent: counted("all", "silent"),
        recorded_documents: counted("all", "documents"),
        recorded_platforms: counted("all", "platforms"),
        total: rows.first().map_or(0, |row| row.total),
        next: rows.last().filter(|_| more).map(|last| asked.query(&last.public_id)),
        first: Some(asked.query("")).filter(|_| !asked.page.is_empty()),
        has_csv: chrome.plan().has(Feature::Csv),
        csv: format!("{}{}", urls::REGISTRY_CSV, asked.query("")),
        is_filtered,
        rows,
        faults,
        asked,
        chrome,
    }
}

pub(super) async fn csv(
    State(state): State<WebState>,
    chrome: Chrome,
    uri: Uri,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    csv_file::allowed(&chrome, &uri)?;
    let mut conn = state.pool.acquire().await?;
    let Ok(wanted) = filter(&mut conn, &asked.trimmed()).await? else {
        return Err(Error::NotFound);
    };
    let rows = registry::registry_rows(&mut conn, &wanted, FILE).await?;
    drop(conn);
    let cells = rows.into_iter().map(|row| {
        vec![
            chrome.absolute(&urls::provision_short(&row.public_id)),
            row.public_id,
            row.platform_name,
            row.platform_slug,
            row.category,
            row.is_sample.to_string(),
            row.document_title,
            row.plan.unwrap_or_default(),
            row.type_title,
            row.provision_type,
            row.stance.to_string(),
            row.severity.to_string(),
            row.confidence.to_string(),
            row.scope.unwrap_or_default(),
            row.excerpt.unwrap_or_default(),
            row.version.to_string(),
            words::iso(row.captured_at),
            words::iso(row.since),
            row.changed_at.map(words::iso).unwrap_or_default(),
        ]
    });
    csv_file::file("registry", &HEADING, cells)
}

const HEADING: [&str; 19] = [
    "url",
    "id",
    "platform",
    "platform_slug",
    "category",
    "sample",
    "document",
    "plan",
    "question",
    "type",
    "stance",
    "severity",
    "confidence",
    "scope",
    "quotation",
    "version",
    "captured_at",
    "on_record_since",
    "last_changed_at",
];
