//! What every request passes through, outermost first: request id and log line, security headers, panics and error
//! pages, compression, validators, time and size limits, cross-site protection.

mod conditional;
mod error_pages;
mod headers;
mod observe;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel, Predicate as _,
        predicate::{DefaultPredicate, NotForContentType},
    },
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
};

use crate::WebState;

pub(crate) use conditional::is_current;
pub use headers::CONTENT_SECURITY_POLICY;
pub use observe::RequestId;

/// Largest request body, in bytes.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// Puts the middleware around the routes.
pub fn wrap(routes: Router<WebState>, state: &WebState) -> Router {
    // Fonts are compressed already.
    let worth_it = DefaultPredicate::new().and(NotForContentType::const_new("font/"));
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Precise(5))
        .compress_when(worth_it);
    let stack = ServiceBuilder::new()
        .layer(from_fn(observe::observe))
        .layer(from_fn_with_state(
            headers::SecurityHeaders::new(&state.settings),
            headers::secure,
        ))
        .layer(compression)
        .layer(from_fn(conditional::validate))
        .layer(from_fn_with_state(state.clone(), error_pages::draw))
        .layer(CatchPanicLayer::custom(error_pages::panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            state.settings.request_timeout,
        ))
        .layer(cross_site(state))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES));
    routes.layer(stack).with_state(state.clone())
}

/// Refuses unsafe requests that another site made a browser send. Only one-click unsubscription is exempt: mail
/// programs send it from anywhere, without a cookie, and its token allows nothing else.
fn cross_site(state: &WebState) -> CsrfLayer {
    let layer = CsrfLayer::new().with_insecure_bypass(|_, uri| uri.path().starts_with("/u/"));
    match layer.clone().add_trusted_origin(&state.settings.base_url) {
        Ok(trusting) => trusting,
        Err(error) => {
            tracing::warn!(%error, "the base address is not an origin; only same-origin forms are accepted");
            layer
        }
    }
}
