//! Sessions: a secret in a cookie, its hash in a row.

use axum::http::HeaderMap;

use crate::{Error, Viewer, WebState};

use super::cookies;

/// The cookie where the site is served over TLS; the prefix makes browsers refuse it from anywhere else.
pub const SECURE_COOKIE: &str = "__Host-session";
/// The cookie on a loopback instance over plain HTTP, where browsers do not accept the prefix.
pub const PLAIN_COOKIE: &str = "session";

/// Whether a request carries a session, valid or not.
pub fn is_present(headers: &HeaderMap) -> bool {
    cookies::value(headers, SECURE_COOKIE).is_some() || cookies::value(headers, PLAIN_COOKIE).is_some()
}

/// The person whose session came with a request.
#[expect(clippy::unused_async, reason = "asks the database")]
pub(crate) async fn viewer(_state: &WebState, _headers: &HeaderMap) -> Result<Option<Viewer>, Error> {
    Ok(None)
}
