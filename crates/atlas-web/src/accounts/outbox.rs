//! The mails of an instance without a relay, as pages.
//!
//! Invariant: never in production, and only where an outbox is configured: everywhere else these addresses do not
//! exist. A mail's HTML is handed over under a sandbox that runs nothing and loads nothing.

use std::path::PathBuf;

use askama::Template;
use atlas_domain::urls;
use atlas_mail::{MailError, outbox};
use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderValue,
        header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
    },
    response::Response,
    routing::get,
};

use super::words::{self, Moment};
use crate::{CachePolicy, Chrome, Error, WebState, render};

const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

/// Routes of the outbox.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::OUTBOX, get(list))
        .route("/outbox/{name}", get(show))
        .route("/outbox/{name}/html", get(html))
}

struct Entry {
    href: String,
    to: String,
    subject: String,
    when: Moment,
}

#[derive(Template)]
#[template(path = "accounts/outbox.html")]
struct OutboxPage {
    chrome: Chrome,
    entries: Vec<Entry>,
}

fn folder(state: &WebState) -> Result<PathBuf, Error> {
    state.settings.readable_outbox().cloned().ok_or(Error::NotFound)
}

/// Reads the disk beside the async threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, MailError> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await.map_err(Error::internal)? {
        Ok(found) => Ok(found),
        Err(MailError::NotFound) => Err(Error::NotFound),
        Err(error) => Err(Error::internal(error)),
    }
}

async fn list(State(state): State<WebState>, chrome: Chrome) -> Result<Response, Error> {
    let dir = folder(&state)?;
    let mails = blocking(move || outbox::list(&dir)).await?;
    let zone = zone(&chrome);
    let entries = mails
        .into_iter()
        .map(|mail| Entry {
            href: format!("{}/{}", urls::OUTBOX, mail.name),
            to: mail.to,
            subject: mail.subject,
            when: Moment::new(mail.date, &zone),
        })
        .collect();
    render::html(&OutboxPage { chrome, entries }, CachePolicy::Private)
}

fn zone(chrome: &Chrome) -> String {
    chrome
        .viewer
        .as_ref()
        .map_or_else(|| "UTC".to_owned(), |viewer| viewer.time_zone.clone())
}

/// A line of a mail's text: words, or an address on a line of its own that can be followed.
struct Line {
    text: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/outbox_mail.html")]
struct OutboxMailPage {
    chrome: Chrome,
    from: String,
    to: String,
    subject: String,
    when: Moment,
    unsubscribe: Option<String>,
    lines: Vec<Line>,
    html_href: Option<String>,
}

async fn read(state: &WebState, name: String) -> Result<outbox::OutboxMail, Error> {
    let dir = folder(state)?;
    blocking(move || outbox::read(&dir, &name)).await
}

async fn show(State(state): State<WebState>, chrome: Chrome, Path(name): Path<String>) -> Result<Response, Error> {
    let mail = read(&state, name).await?;
    let own = format!("{}/", state.settings.base_url);
    let lines = mail
        .text
        .lines()
        .map(|line| Line {
            // Only our own addresses become links, as paths: a mail quotes what strangers wrote.
            href: line.trim().strip_prefix(&own).map(|path| format!("/{path}")),
            text: line.to_owned(),
        })
        .collect();
    let unsubscribe = mail
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("list-unsubscribe"))
        .map(|(_, value)| value.clone());
    let zone = zone(&chrome);
    let page = OutboxMailPage {
        chrome,
        from: mail.from,
        to: mail.to,
        subject: mail.subject,
        when: Moment::new(mail.date, &zone),
        unsubscribe,
        lines,
        html_href: (!mail.html.is_empty()).then(|| format!("{}/{}/html", urls::OUTBOX, mail.name)),
    };
    Ok(words::without_referrer(render::html(&page, CachePolicy::Private)?))
}

async fn html(State(state): State<WebState>, Path(name): Path<String>) -> Result<Response, Error> {
    let mail = read(&state, name).await?;
    let mut response = render::bytes(render::HTML, mail.html, CachePolicy::Private, None);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    Ok(words::without_referrer(response))
}
