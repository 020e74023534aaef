//! A new password for somebody who forgot theirs.
//!
//! Invariant: the answer to the request is the same for every address. The link works once, for 30 minutes, and
//! opening it changes nothing; a new password ends every session and logs nobody in.

use askama::Template;
use atlas_db::account::{self, AccountMailKind, TokenPurpose};
use atlas_domain::urls;
use atlas_mail::links;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{
    Client,
    form::{self, Began, TypedPassword},
    mails, password, throttle,
    throttle::Attempt,
    words,
};
use crate::{CachePolicy, Chrome, Error, FieldErrors, WebState, render};

/// Routes of a forgotten password.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::FORGOT_PASSWORD, get(show).post(request))
        .route("/password/reset/{token}", get(show_reset).post(reset))
}

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    chrome: Chrome,
    errors: FieldErrors,
    email: String,
    sent: bool,
}

#[derive(Deserialize)]
struct Stage {
    sent: Option<String>,
}

async fn show(chrome: Chrome, Query(stage): Query<Stage>) -> Result<Response, Error> {
    let page = ForgotPage {
        chrome,
        errors: FieldErrors::default(),
        email: String::new(),
        sent: stage.sent.is_some(),
    };
    render::html(&page, CachePolicy::Private)
}

#[derive(Deserialize)]
struct Forgot {
    #[serde(default)]
    email: String,
}

async fn request(
    State(state): State<WebState>,
    chrome: Chrome,
    client: Client,
    Form(form): Form<Forgot>,
) -> Result<Response, Error> {
    let began = Began::now();
    let email = match form::email(&form.email) {
        Ok(email) => email,
        Err(fault) => {
            let mut errors = FieldErrors::default();
            errors.add("email", fault);
            let page = ForgotPage {
                chrome,
                errors,
                email: form.email,
                sent: false,
            };
            return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    throttle::take(&mut transaction, Attempt::MailFrom { block: &client.block() }, now).await?;
    if throttle::allows(&mut transaction, Attempt::MailTo { email: &email }, now).await?
        && let Some(known) = account::account_by_email(&mut transaction, &email).await?
        && known.suspended_at.is_none()
    {
        mails::queue_for(&mut transaction, &state, known.id, AccountMailKind::ResetPassword).await?;
    }
    transaction.commit().await?;
    began.even_out().await;
    Ok(render::see_other(&format!("{}?sent=1", urls::FORGOT_PASSWORD)))
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
struct ResetPage {
    chrome: Chrome,
    errors: FieldErrors,
    works: bool,
    action: String,
    fewest: usize,
}

impl ResetPage {
    fn answer(chrome: Chrome, token: &str, works: bool, errors: FieldErrors) -> Result<Response, Error> {
        let status = match (works, errors.is_empty()) {
            (true, true) => StatusCode::OK,
            (true, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, _) => StatusCode::GONE,
        };
        let page = Self {
            chrome,
            errors,
            works,
            action: urls::reset_password(token),
            fewest: password::FEWEST_CHARACTERS,
        };
        Ok(words::without_referrer(render::html_status(&page, status)?))
    }
}

async fn show_reset(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let hash = links::token_hash(&token);
    let now = state.clock.now();
    let works = account::email_token_peek(&mut connection, hash, TokenPurpose::ResetPassword, now).await?;
    ResetPage::answer(chrome, &token, works, FieldErrors::default())
}

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    password: TypedPassword,
}

async fn reset(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(token): Path<String>,
    Form(form): Form<NewPassword>,
) -> Result<Response, Error> {
    let now = state.clock.now();
    let hash = links::token_hash(&token);
    let mut connection = state.pool.acquire().await?;
    if !account::email_token_peek(&mut connection, hash, TokenPurpose::ResetPassword, now).await? {
        return ResetPage::answer(chrome, &token, false, FieldErrors::default());
    }
    drop(connection);
    if let Some(fault) = password::refusal(form.password.expose(), &[]) {
        let mut errors = FieldErrors::default();
        errors.add("password", fault);
        return ResetPage::answer(chrome, &token, true, errors);
    }
    let password_hash = state.passwords.hash(form.password.bounded()).await?;
    let mut transaction = state.pool.begin().await?;
    let consumed = account::email_token_consume(&mut transaction, hash, TokenPurpose::ResetPassword, now).await?;
    let Some(account_id) = consumed else {
        return ResetPage::answer(chrome, &token, false, FieldErrors::default());
    };
    account::account_set_password(&mut transaction, account_id, &password_hash).await?;
    // Whoever got this mail reads the mailbox: that is what confirming means.
    account::account_confirm(&mut transaction, account_id, now).await?;
    account::sessions_delete_others(&mut transaction, account_id, None).await?;
    mails::queue_for(&mut transaction, &state, account_id, AccountMailKind::PasswordChanged).await?;
    transaction.commit().await?;
    Ok(words::without_referrer(render::see_other(&format!(
        "{}?notice=reset",
        urls::LOG_IN
    ))))
}
