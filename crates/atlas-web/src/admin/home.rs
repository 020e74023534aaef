//! The first page of the staff area: counts of what waits.
//!
//! Invariant: every count leads to the list that it counts, where there is one.

use askama::Template;
use axum::{Router, extract::State, response::Response, routing::get};

use super::{Desk, Staff};
use crate::{CachePolicy, Chrome, Error, WebState, render};

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/admin", get(show))
}

#[derive(Template)]
#[template(path = "admin/home.html")]
struct HomePage {
    chrome: Chrome,
    desk: Desk,
    policy: &'static str,
}

async fn show(State(state): State<WebState>, staff: Staff) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "home").await?;
    let policy = match atlas_db::curation::review_policy(&mut connection).await?.publish {
        atlas_db::curation::Publish::All => "Every finding goes out before it is reviewed.",
        atlas_db::curation::Publish::Auto => "Findings of the automatic band go out before they are reviewed.",
        atlas_db::curation::Publish::Reviewed => "No finding goes out before it is reviewed.",
    };
    let page = HomePage {
        chrome: staff.chrome,
        desk,
        policy,
    };
    render::html(&page, CachePolicy::Private)
}
