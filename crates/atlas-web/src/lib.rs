//! Pages, feeds and accounts over HTTP.
//!
//! Invariant: this crate answers requests and nothing else. It never runs a job, never sends a mail (it writes the
//! delivery row and enqueues the sender in one transaction) and never reads the machine's clock. Every response,
//! errors and static files included, leaves through the same middleware and carries the same security headers.

pub mod accounts;
mod admin;
pub mod assets;
pub mod cache;
pub mod chrome;
pub mod diffs;
mod editorial;
pub mod error;
mod health;
mod legal;
pub mod middleware;
pub mod pages;
pub mod pictures;
mod plans;
pub mod render;
pub mod server;
pub mod site;
pub mod state;
mod theme;

use axum::Router;

pub use chrome::{Chrome, Section, SignedIn, Viewer};
pub use error::{Error, FieldErrors};
pub use render::CachePolicy;
pub use server::{ServeLimits, serve, serve_with};
pub use site::Site;
pub use state::{ClientAddressSource, WebSettings, WebState};

/// Every route, behind the middleware and the page cache.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the router keeps the state; callers hand it over"
)]
pub fn router(state: WebState) -> Router {
    let routes = Router::new()
        .merge(pages::routes())
        .merge(accounts::routes())
        .merge(admin::routes())
        .merge(assets::routes())
        .merge(plans::routes())
        .merge(legal::routes())
        .merge(theme::routes())
        .merge(health::routes())
        .fallback(error::not_found);
    let answered = middleware::wrap(routes, &state);
    cache::wrap(answered, &state)
}
