//! Logging in and out.
//!
//! Invariant: a wrong password, an unknown address and a suspended account get the same answer after the same work,
//! and attempts are counted before anything is looked up.

use askama::Template;
use atlas_db::account;
use atlas_domain::urls;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{Client, form, form::TypedPassword, safe_path, session, throttle, throttle::Attempt};
use crate::{CachePolicy, Chrome, Error, FieldErrors, WebState, render};

/// Routes of logging in and out.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::LOG_IN, get(show).post(submit))
        .route(urls::LOG_OUT, post(log_out))
}

#[derive(Template)]
#[template(path = "accounts/login.html")]
struct LogInPage {
    chrome: Chrome,
    errors: FieldErrors,
    notice: Option<Notice>,
    email: String,
    next: String,
}

/// What has just happened.
struct Notice {
    title: &'static str,
    sentence: &'static str,
}

impl Notice {
    fn of(word: &str) -> Option<Self> {
        let (title, sentence) = match word {
            "confirmed" => ("Your e-mail address is confirmed.", "Log in to choose what to watch."),
            "reset" => (
                "Your password is changed.",
                "Every session was ended. Log in with the new password.",
            ),
            "ended" => ("You are logged out.", ""),
            "left" => (
                "Your account is deleted.",
                "Nothing of it is kept. You can always start again.",
            ),
            _ => return None,
        };
        Some(Self { title, sentence })
    }
}

#[derive(Deserialize)]
struct Arrival {
    #[serde(default)]
    next: String,
    #[serde(default)]
    notice: String,
}

async fn show(chrome: Chrome, Query(arrival): Query<Arrival>) -> Result<Response, Error> {
    if chrome.viewer.is_some() {
        return Ok(render::see_other(safe_path(&arrival.next).unwrap_or(urls::APP)));
    }
    let page = LogInPage {
        chrome,
        errors: FieldErrors::default(),
        notice: Notice::of(&arrival.notice),
        email: String::new(),
        next: safe_path(&arrival.next).unwrap_or_default().to_owned(),
    };
    render::html(&page, CachePolicy::Private)
}

#[derive(Deserialize)]
struct LogIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: TypedPassword,
    keep: Option<String>,
    #[serde(default)]
    next: String,
}

async fn submit(
    State(state): State<WebState>,
    chrome: Chrome,
    client: Client,
    headers: HeaderMap,
    Form(form): Form<LogIn>,
) -> Result<Response, Error> {
    let mut errors = FieldErrors::default();
    let next = safe_path(&form.next).unwrap_or_default().to_owned();
    let email = match form::email(&form.email) {
        Ok(email) => email,
        Err(fault) => {
            errors.add("email", fault);
            return refused(chrome, errors, form.email, next);
        }
    };
    let now = state.clock.now();
    let block = client.block();
    let attempts = [
        Attempt::LogInFrom { block: &block },
        Attempt::LogIn {
            email: &email,
            block: &block,
        },
        Attempt::LogInAnywhere { email: &email },
    ];
    let mut connection = state.pool.acquire().await?;
    for attempt in attempts {
        throttle::take(&mut connection, attempt, now).await?;
    }
    let known = account::account_by_email(&mut connection, &email).await?;
    // No connection is held while the password is checked.
    drop(connection);
    let stored = known.as_ref().map(|known| known.password_hash.clone());
    let matches = state.passwords.verify(form.password.bounded(), stored).await?;
    let Some(person) = known.filter(|known| matches && known.suspended_at.is_none()) else {
        errors.add("email", "The e-mail address or the password is wrong");
        return refused(chrome, errors, email, next);
    };
    if person.email_confirmed_at.is_none() {
        // Only somebody who knows the password gets here.
        return Ok(render::see_other(&format!("{}?why=unconfirmed", urls::CHECK_MAIL)));
    }
    let mut transaction = state.pool.begin().await?;
    throttle::release(
        &mut transaction,
        Attempt::LogIn {
            email: &email,
            block: &block,
        },
    )
    .await?;
    throttle::release(&mut transaction, Attempt::LogInAnywhere { email: &email }).await?;
    let started = session::start(&mut transaction, &state, &headers, person.id, form.keep.is_some()).await?;
    transaction.commit().await?;
    let target = if next.is_empty() { urls::APP } else { &next };
    Ok(started.with(render::see_other(target)))
}

fn refused(chrome: Chrome, errors: FieldErrors, email: String, next: String) -> Result<Response, Error> {
    let page = LogInPage {
        chrome,
        errors,
        notice: None,
        email,
        next,
    };
    render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY)
}

async fn log_out(State(state): State<WebState>, headers: HeaderMap) -> Result<Response, Error> {
    if let Some(session) = session::presented(&state.settings, &headers) {
        let mut connection = state.pool.acquire().await?;
        account::session_delete(&mut connection, session).await?;
    }
    session::forget(
        &state.settings,
        render::see_other(&format!("{}?notice=ended", urls::LOG_IN)),
    )
}
