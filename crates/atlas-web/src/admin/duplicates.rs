//! The same words in several places of the record, grouped.
//!
//! Invariant: the page states what the data show, not what to make of it: nothing is merged here.

use askama::Template;
use atlas_db::curation::{DuplicateGroup, DuplicateKind, DuplicatePlace, duplicates};
use atlas_domain::urls;
use axum::{Router, extract::State, response::Response, routing::get};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::{Desk, Staff, paging::Paging};
use crate::{CachePolicy, Chrome, Error, WebState, pages::words, render};

/// Groups a page.
const ROWS: u16 = 25;
/// The shortest clause that is compared, in characters.
const LEAST: i32 = 60;

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/admin/duplicates", get(list))
}

/// A place of a group.
struct Place {
    held: DuplicatePlace,
    page: String,
    name: String,
}

impl Place {
    fn new(place: DuplicatePlace) -> Self {
        let (platform, document) = (&place.platform_slug, &place.document_slug);
        Self {
            page: place.provision.as_ref().map_or_else(
                || urls::version(platform, document, place.version),
                |provision| urls::provision(platform, document, &provision.slug),
            ),
            name: words::titled(&place.platform_name, &place.document_title),
            held: place,
        }
    }
}

/// Places that hold the same words.
struct Group {
    words: String,
    places: Vec<Place>,
}

impl Group {
    fn new(group: DuplicateGroup) -> Self {
        Self {
            words: words::clipped(&group.words, 400),
            places: group.places.into_iter().map(Place::new).collect(),
        }
    }
}

/// A kind with its number of groups.
struct Tab {
    kind: DuplicateKind,
    groups: usize,
}

impl Tab {
    const fn label(&self) -> &'static str {
        match self.kind {
            DuplicateKind::Texts => "Whole texts",
            DuplicateKind::Clauses => "Clauses",
            DuplicateKind::Spans => "Several provisions on one span",
        }
    }
}

#[derive(Template)]
#[template(path = "admin/duplicates.html")]
struct DuplicatesPage {
    chrome: Chrome,
    desk: Desk,
    kind: DuplicateKind,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    paging: Paging,
}

impl DuplicatesPage {
    /// What the list holds.
    const fn about(&self) -> &'static str {
        match self.kind {
            DuplicateKind::Texts => {
                "Documents whose current texts have the same words. One of them may be an address too many."
            }
            DuplicateKind::Clauses => {
                "Quotations of 60 characters or more with the same words in several documents, letters and digits only."
            }
            DuplicateKind::Spans => {
                "Provisions of one document that quote exactly the same place. A clause may answer two questions; it may \
                 also be read once too often."
            }
        }
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
    let kind = DuplicateKind::of(&which.list).unwrap_or(DuplicateKind::Texts);
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "duplicates").await?;
    let (mut tabs, mut chosen) = (Vec::new(), Vec::new());
    for each in DuplicateKind::ALL {
        let groups = duplicates(&mut connection, each, LEAST).await?;
        tabs.push(Tab {
            kind: each,
            groups: groups.len(),
        });
        if each == kind {
            chosen = groups;
        }
    }
    drop(connection);
    let paging = Paging::new(which.page, ROWS).of_counted(chosen.len());
    let page = DuplicatesPage {
        chrome: staff.chrome,
        desk,
        kind,
        tabs,
        groups: paging.rows_of(chosen).map(Group::new).collect(),
        paging,
    };
    render::html(&page, CachePolicy::Private)
}
