//! Our own terms, privacy notice and security page: short, and true of what runs.

use askama::Template;
use axum::{Router, response::Response, routing::get};

use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Routes of the three pages.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/privacy", get(privacy))
        .route("/terms", get(terms))
        .route("/security", get(security))
}

#[derive(Template)]
#[template(path = "legal/privacy.html")]
struct PrivacyPage {
    chrome: Chrome,
}

#[derive(Template)]
#[template(path = "legal/terms.html")]
struct TermsPage {
    chrome: Chrome,
}

#[derive(Template)]
#[template(path = "legal/security.html")]
struct SecurityPage {
    chrome: Chrome,
}

async fn privacy(chrome: Chrome) -> Result<Response, Error> {
    render::html(&PrivacyPage { chrome }, CachePolicy::Public)
}

async fn terms(chrome: Chrome) -> Result<Response, Error> {
    render::html(&TermsPage { chrome }, CachePolicy::Public)
}

async fn security(chrome: Chrome) -> Result<Response, Error> {
    render::html(&SecurityPage { chrome }, CachePolicy::Public)
}
