//! Who of the staff did what, the latest first.
//!
//! Invariant: the log is only read here; rows come from the transactions that did the thing.

use askama::Template;
use atlas_db::curation::{StaffAction, staff_actions};
use axum::{Router, extract::State, response::Response, routing::get};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::{Desk, Staff};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Rows a page.
const ROWS: i64 = 100;

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/admin/log", get(show))
}

struct Row {
    action: StaffAction,
    at: String,
}

#[derive(Template)]
#[template(path = "admin/log.html")]
struct LogPage {
    chrome: Chrome,
    desk: Desk,
    rows: Vec<Row>,
    newer: Option<u16>,
    older: Option<u16>,
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    page: u16,
}

async fn show(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "log").await?;
    let actions = staff_actions(&mut connection, ROWS + 1, i64::from(which.page) * ROWS).await?;
    let more = i64::try_from(actions.len()).is_ok_and(|count| count > ROWS);
    let rows = actions
        .into_iter()
        .take(usize::try_from(ROWS).unwrap_or(usize::MAX))
        .map(|action| Row {
            at: super::review::instant(action.created_at),
            action,
        })
        .collect();
    let page = LogPage {
        chrome: staff.chrome,
        desk,
        rows,
        newer: which.page.checked_sub(1),
        older: more.then(|| which.page.saturating_add(1)),
    };
    render::html(&page, CachePolicy::Private)
}
