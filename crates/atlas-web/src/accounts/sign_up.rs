//! Signing up: an account, a personal organization and a mail that confirms the address, in one transaction.
//!
//! Invariant: a known address is answered like a new one; what differs is the mail. Opening the link changes nothing
//! (programs that read mail open links): only its button confirms.

use askama::Template;
use atlas_db::account::{self, AccountMailKind, NewAccount, TokenPurpose};
use atlas_domain::{AccountId, OrganizationId, PlatformId, urls};
use atlas_mail::links;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    Client,
    form::{self, Began, TypedPassword},
    mails, password, throttle,
    throttle::Attempt,
    words,
};
use crate::{CachePolicy, Chrome, Error, FieldErrors, WebState, render};

/// Routes of signing up.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::SIGN_UP, get(show).post(submit))
        .route(urls::CHECK_MAIL, get(check))
        .route("/signup/resend", post(resend))
        .route("/confirm/{token}", get(show_confirm).post(confirm))
}

#[derive(Template)]
#[template(path = "accounts/signup.html")]
struct SignUpPage {
    chrome: Chrome,
    errors: FieldErrors,
    name: String,
    email: String,
    platform: String,
    platforms: Vec<String>,
    accepted: bool,
    fewest: usize,
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    platform: String,
}

#[derive(Deserialize)]
struct SignUp {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: TypedPassword,
    #[serde(default)]
    platform: String,
    terms: Option<String>,
}

async fn show(State(state): State<WebState>, chrome: Chrome, Query(wish): Query<Wish>) -> Result<Response, Error> {
    if chrome.viewer.is_some() {
        return Ok(render::see_other(urls::APP));
    }
    let mut connection = state.pool.acquire().await?;
    let platforms = names(&mut connection).await?;
    let platform = match account::platform_for_watch(&mut connection, &wish.platform).await? {
        Some(platform) => platform.name,
        None => String::new(),
    };
    let page = SignUpPage {
        chrome,
        errors: FieldErrors::default(),
        name: String::new(),
        email: String::new(),
        platform,
        platforms,
        accepted: false,
        fewest: password::FEWEST_CHARACTERS,
    };
    render::html(&page, CachePolicy::Private)
}

async fn names(connection: &mut PgConnection) -> Result<Vec<String>, Error> {
    let nobody = AccountId(uuid::Uuid::nil());
    let choices = account::platforms_to_watch(connection, nobody, "", 500).await?;
    Ok(choices.into_iter().map(|choice| choice.name).collect())
}

async fn submit(
    State(state): State<WebState>,
    chrome: Chrome,
    client: Client,
    Form(form): Form<SignUp>,
) -> Result<Response, Error> {
    let began = Began::now();
    let mut errors = FieldErrors::default();
    let name = form::name(&form.name).unwrap_or_else(|fault| {
        errors.add("name", fault);
        String::new()
    });
    let email = form::email(&form.email).unwrap_or_else(|fault| {
        errors.add("email", fault);
        String::new()
    });
    if let Some(fault) = password::refusal(form.password.expose(), &[&email, &name]) {
        errors.add("password", fault);
    }
    let mut connection = state.pool.acquire().await?;
    let platform = wished(&mut connection, &form.platform).await?;
    if platform.is_none() && !form.platform.trim().is_empty() {
        errors.add("platform", "Choose a platform from the list, or leave this empty");
    }
    if form.terms.is_none() {
        errors.add("terms", "Accept the terms and the privacy notice");
    }
    if !errors.is_empty() {
        let page = SignUpPage {
            chrome,
            errors,
            name: form.name,
            email: form.email,
            platform: form.platform,
            platforms: names(&mut connection).await?,
            accepted: form.terms.is_some(),
            fewest: password::FEWEST_CHARACTERS,
        };
        return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let now = state.clock.now();
    let block = client.block();
    throttle::take(&mut connection, Attempt::SignUpFrom { block: &block }, now).await?;
    let may_mail = throttle::allows(&mut connection, Attempt::MailTo { email: &email }, now).await?;
    drop(connection);
    let password_hash = state.passwords.hash(form.password.bounded()).await?;
    let new = Newcomer {
        email,
        name,
        password_hash,
        platform,
        may_mail,
    };
    new.enter(&state).await?;
    began.even_out().await;
    Ok(render::see_other(urls::CHECK_MAIL))
}

/// The platform meant by a name or a slug.
async fn wished(connection: &mut PgConnection, words: &str) -> Result<Option<PlatformId>, Error> {
    let words = words.trim();
    if words.is_empty() || words.len() > 200 {
        return Ok(None);
    }
    if let Some(platform) = account::platform_for_watch(connection, words).await? {
        return Ok(Some(platform.id));
    }
    let nobody = AccountId(uuid::Uuid::nil());
    let choices = account::platforms_to_watch(connection, nobody, words, 20).await?;
    let wanted = words.to_lowercase();
    let Some(choice) = choices.into_iter().find(|choice| choice.name.to_lowercase() == wanted) else {
        return Ok(None);
    };
    Ok(account::platform_for_watch(connection, &choice.slug)
        .await?
        .map(|platform| platform.id))
}

struct Newcomer {
    email: String,
    name: String,
    password_hash: String,
    platform: Option<PlatformId>,
    may_mail: bool,
}

impl Newcomer {
    async fn enter(self, state: &WebState) -> Result<(), Error> {
        let now = state.clock.now();
        let account_id = AccountId::generate();
        let mut transaction = state.pool.begin().await?;
        let new = NewAccount {
            id: account_id,
            email: &self.email,
            password_hash: &self.password_hash,
            display_name: &self.name,
            created_at: now,
        };
        if account::account_insert(&mut transaction, &new).await? {
            let organization_id = OrganizationId::generate();
            let title = match self.name.as_str() {
                "" => self.email.split('@').next().unwrap_or(&self.email),
                name => name,
            };
            account::tenant_set(&mut transaction, Some(organization_id), account_id).await?;
            account::organization_insert(&mut transaction, organization_id, title, now).await?;
            account::membership_insert(&mut transaction, organization_id, account_id, "owner", now).await?;
            if let Some(platform) = self.platform {
                account::watch_add(&mut transaction, organization_id, account_id, platform, now).await?;
            }
            if self.may_mail {
                let kind = AccountMailKind::ConfirmEmail;
                mails::queue(&mut transaction, state, organization_id, account_id, kind).await?;
            }
        } else if let Some(known) = account::account_by_email(&mut transaction, &self.email).await?
            && self.may_mail
        {
            let kind = if known.email_confirmed_at.is_some() {
                AccountMailKind::AlreadyRegistered
            } else {
                // Whoever reads the mailbox decides: the password of the sign-up whose mail was sent last is the one
                // that its link confirms, so nobody can prepare an account for somebody else's address.
                account::account_set_password(&mut transaction, known.id, &self.password_hash).await?;
                AccountMailKind::ConfirmEmail
            };
            mails::queue_for(&mut transaction, state, known.id, kind).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

#[derive(Template)]
#[template(path = "accounts/check_mail.html")]
struct CheckMailPage {
    chrome: Chrome,
    unconfirmed: bool,
    again: bool,
}

#[derive(Deserialize)]
struct CheckReason {
    #[serde(default)]
    why: String,
}

async fn check(chrome: Chrome, Query(reason): Query<CheckReason>) -> Result<Response, Error> {
    let page = CheckMailPage {
        chrome,
        unconfirmed: reason.why == "unconfirmed",
        again: reason.why == "again",
    };
    render::html(&page, CachePolicy::Private)
}

#[derive(Deserialize)]
struct Resend {
    #[serde(default)]
    email: String,
}

async fn resend(State(state): State<WebState>, client: Client, Form(form): Form<Resend>) -> Result<Response, Error> {
    let began = Began::now();
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    throttle::take(&mut transaction, Attempt::MailFrom { block: &client.block() }, now).await?;
    if let Ok(email) = form::email(&form.email)
        && throttle::allows(&mut transaction, Attempt::MailTo { email: &email }, now).await?
        && let Some(known) = account::account_by_email(&mut transaction, &email).await?
        && known.email_confirmed_at.is_none()
    {
        mails::queue_for(&mut transaction, &state, known.id, AccountMailKind::ConfirmEmail).await?;
    }
    transaction.commit().await?;
    began.even_out().await;
    Ok(render::see_other(&format!("{}?why=again", urls::CHECK_MAIL)))
}

#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    chrome: Chrome,
    works: bool,
    action: String,
}

async fn show_confirm(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let hash = links::token_hash(&token);
    let now = state.clock.now();
    let works = account::email_token_peek(&mut connection, hash, TokenPurpose::ConfirmEmail, now).await?;
    confirm_page(chrome, works, &token)
}

fn confirm_page(chrome: Chrome, works: bool, token: &str) -> Result<Response, Error> {
    let page = ConfirmPage {
        chrome,
        works,
        action: urls::confirm_email(token),
    };
    let status = if works { StatusCode::OK } else { StatusCode::GONE };
    Ok(words::without_referrer(render::html_status(&page, status)?))
}

async fn confirm(State(state): State<WebState>, chrome: Chrome, Path(token): Path<String>) -> Result<Response, Error> {
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    let hash = links::token_hash(&token);
    let consumed = account::email_token_consume(&mut transaction, hash, TokenPurpose::ConfirmEmail, now).await?;
    let Some(account_id) = consumed else {
        return confirm_page(chrome, false, &token);
    };
    account::account_confirm(&mut transaction, account_id, now).await?;
    transaction.commit().await?;
    Ok(words::without_referrer(render::see_other(&format!(
        "{}?notice=confirmed",
        urls::LOG_IN
    ))))
}
