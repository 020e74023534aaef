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

/// A piece of a mail's text: words, or an address that can be followed.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    href: Option<String>,
}

/// A mail's text with our own addresses as links, as paths: only ours, because a mail quotes what strangers wrote.
fn pieces(text: &str, base_url: &str) -> Vec<Piece> {
    let own = format!("{base_url}/");
    let mut pieces: Vec<Piece> = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if let Some(path) = bare.strip_prefix(&own) {
            let href = Some(format!("/{path}"));
            pieces.push(Piece {
                text: bare.to_owned(),
                href,
            });
            pieces.push(Piece {
                text: word.get(bare.len()..).unwrap_or_default().to_owned(),
                href: None,
            });
            continue;
        }
        match pieces.last_mut() {
            Some(last) if last.href.is_none() => last.text.push_str(word),
            _ => pieces.push(Piece {
                text: word.to_owned(),
                href: None,
            }),
        }
    }
    pieces
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
    pieces: Vec<Piece>,
    html_href: Option<String>,
}

async fn read(state: &WebState, name: String) -> Result<outbox::OutboxMail, Error> {
    let dir = folder(state)?;
    blocking(move || outbox::read(&dir, &name)).await
}

async fn show(State(state): State<WebState>, chrome: Chrome, Path(name): Path<String>) -> Result<Response, Error> {
    let mail = read(&state, name).await?;
    let pieces = pieces(&mail.text, &state.settings.base_url);
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
        pieces,
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

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn only_our_own_addresses_in_a_mail_are_links() {
        let text = "WHOLE COMPARISON http://atlas.example/change/1\n\nSee http://evil.example/ and\nhttp://atlas.example/a\nhttp://atlas.example.evil/b end";
        let found = pieces(text, "http://atlas.example");
        let links: Vec<_> = found.iter().filter_map(|piece| piece.href.as_deref()).collect();
        assert_eq!(links, ["/change/1", "/a"]);
        let whole: String = found.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(whole, text);
    }
}
