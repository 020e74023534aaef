//! One-click unsubscription (RFC 8058).
//!
//! Invariant: POST needs no cookie, no log-in and no body, is done when it is answered, and can be repeated. GET
//! changes nothing: programs that read mail open every link.

use askama::Template;
use atlas_db::account;
use atlas_domain::urls;
use atlas_mail::{MailList, links};
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::words;
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Routes of unsubscription.
pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/u/{token}", get(show).post(end))
}

#[derive(Template)]
#[template(path = "accounts/unsubscribe.html")]
struct UnsubscribePage {
    chrome: Chrome,
    done: bool,
    all: bool,
    list: &'static str,
    action: String,
}

#[derive(Deserialize)]
struct Scope {
    #[serde(default)]
    lists: String,
}

fn page(chrome: Chrome, list: MailList, token: &str, done: bool, all: bool) -> Result<Response, Error> {
    let page = UnsubscribePage {
        chrome,
        done,
        all,
        list: list.label(),
        action: urls::unsubscribe(token),
    };
    Ok(words::without_referrer(render::html(&page, CachePolicy::Private)?))
}

async fn show(State(state): State<WebState>, chrome: Chrome, Path(token): Path<String>) -> Result<Response, Error> {
    let (_, list) = links::verify_unsubscribe_token(&state.settings.secret, &token).ok_or(Error::NotFound)?;
    page(chrome, list, &token, false, false)
}

async fn end(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(token): Path<String>,
    Query(scope): Query<Scope>,
) -> Result<Response, Error> {
    let (person, list) = links::verify_unsubscribe_token(&state.settings.secret, &token).ok_or(Error::NotFound)?;
    let all = scope.lists == "all";
    let lists = if all {
        vec![MailList::Alerts, MailList::Digest]
    } else {
        vec![list]
    };
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    for list in lists {
        account::unsubscription_insert(&mut transaction, person, list.as_str(), now).await?;
    }
    transaction.commit().await?;
    page(chrome, list, &token, true, all)
}
