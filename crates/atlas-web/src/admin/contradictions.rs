//! Where what stands on record disagrees, with both quotations side by side.
//!
//! Invariant: two documents disagree where the catalogue says that their stances favour different sides; this page has
//! no list of its own.

use askama::Template;
use atlas_db::curation::{
    ConflictingFinding, Disagreement, DocumentSays, Leaning, conflicting_findings, disagreements,
};
use atlas_domain::urls;
use axum::{Router, extract::State, response::Response, routing::get};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::{Desk, Staff, paging::Paging};
use crate::{CachePolicy, Chrome, Error, WebState, pages::words, render};

/// Rows a page.
const ROWS: u16 = 25;

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/admin/contradictions", get(list))
}

/// One of two documents that disagree.
struct Side {
    says: DocumentSays,
    page: String,
    review: String,
    name: String,
}

impl Side {
    fn new(pair: &Disagreement, says: DocumentSays) -> Self {
        Self {
            page: urls::provision(&pair.platform_slug, &says.document_slug, &pair.provision_type),
            review: urls::admin_review(&says.finding.to_string()),
            name: words::titled(&pair.platform_name, &says.document_title),
            says,
        }
    }
    /// The plan, the place and the scope, as far as they are told.
    fn limits(&self) -> String {
        let told = [&self.says.plan, &self.says.jurisdiction, &self.says.scope];
        let told: Vec<String> = told.into_iter().flatten().cloned().collect();
        words::listed(&told)
    }
}

/// Two documents that disagree.
struct Pair {
    title: String,
    is_plain: bool,
    is_sample: bool,
    sides: [Side; 2],
}

impl Pair {
    fn new(pair: &Disagreement) -> Self {
        let sides = [
            Side::new(pair, pair.for_user.clone()),
            Side::new(pair, pair.for_provider.clone()),
        ];
        Self {
            title: format!("{}: {}", pair.platform_name, pair.type_title),
            is_plain: pair.is_plain,
            is_sample: pair.is_sample,
            sides,
        }
    }
}

/// A finding whose passages disagree.
struct Conflict {
    finding: ConflictingFinding,
    page: String,
    review: String,
    name: String,
}

impl Conflict {
    fn new(finding: ConflictingFinding) -> Self {
        Self {
            page: urls::provision(&finding.platform_slug, &finding.document_slug, &finding.provision_type),
            review: urls::admin_review(&finding.finding.to_string()),
            name: words::titled(&finding.platform_name, &finding.document_title),
            finding,
        }
    }
}

#[derive(Template)]
#[template(path = "admin/contradictions.html")]
struct ContradictionsPage {
    chrome: Chrome,
    desk: Desk,
    /// Whether the passages of single documents are listed.
    of_passages: bool,
    documents: usize,
    passages: usize,
    pairs: Vec<Pair>,
    conflicts: Vec<Conflict>,
    paging: Paging,
}

impl ContradictionsPage {
    fn list(&self) -> &'static str {
        if self.of_passages { "passages" } else { "documents" }
    }
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    list: String,
    #[serde(default)]
    page: u16,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "contradictions").await?;
    let pairs = disagreements(&mut connection, &leanings()).await?;
    let conflicts = conflicting_findings(&mut connection).await?;
    drop(connection);
    let of_passages = which.list == "passages";
    let (documents, passages) = (pairs.len(), conflicts.len());
    let paging = Paging::new(which.page, ROWS).of_counted(if of_passages { passages } else { documents });
    let page = ContradictionsPage {
        chrome: staff.chrome,
        desk,
        of_passages,
        documents,
        passages,
        pairs: if of_passages {
            Vec::new()
        } else {
            paging.rows_of(pairs).map(|pair| Pair::new(&pair)).collect()
        },
        conflicts: if of_passages {
            paging.rows_of(conflicts).map(Conflict::new).collect()
        } else {
            Vec::new()
        },
        paging,
    };
    render::html(&page, CachePolicy::Private)
}

/// Whom each stance of each type favours, by the catalogue.
fn leanings() -> Vec<Leaning<'static>> {
    let types = &atlas_catalog::taxonomy().types;
    let of_type = types.iter().flat_map(|kind| {
        kind.stances.iter().map(|(stance, rule)| Leaning {
            provision_type: &kind.slug,
            stance: *stance,
            favours: rule.favours,
        })
    });
    of_type.collect()
}
