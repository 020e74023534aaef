//! The first page of the staff area: counts of what waits.
//!
//! Invariant: every count leads to the list that it counts, where there is one.

use askama::Template;
use atlas_db::curation::{Publish, review_policy};
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
    published: &'static str,
    bands: String,
}

async fn show(State(state): State<WebState>, staff: Staff) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "home").await?;
    let policy = review_policy(&mut connection).await?;
    let published = match policy.publish {
        Publish::All => "Every finding goes out before it is reviewed.",
        Publish::Auto => "Findings of the automatic band go out before they are reviewed.",
        Publish::Reviewed => "No finding goes out before it is reviewed.",
    };
    let bands = format!(
        "A score from {} on is in the automatic band, one from {} on waits for review, the rest are nearest sentences.",
        policy.auto_from, policy.queue_from
    );
    let page = HomePage {
        chrome: staff.chrome,
        desk,
        published,
        bands,
    };
    render::html(&page, CachePolicy::Private)
}
