//! The security headers of every response.
//!
//! Invariant: a handler may only say something stricter (a sandbox, `no-referrer`): what it set stays.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use super::conditional;
use crate::{CachePolicy, accounts::session, state::WebSettings};

/// Nothing but our own files; no inline style or script, no framing, no foreign form target.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     object-src 'none'";

/// The headers, made once.
#[derive(Debug, Clone)]
pub struct SecurityHeaders(Arc<[(HeaderName, HeaderValue)]>);

impl SecurityHeaders {
    /// The headers for an instance.
    pub fn new(settings: &WebSettings) -> Self {
        let mut all = vec![
            (
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static(CONTENT_SECURITY_POLICY),
            ),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("strict-origin-when-cross-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(
                    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
                ),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        ];
        if settings.is_https() {
            all.push((
                header::STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000; includeSubDomains"),
            ));
        }
        Self(all.into())
    }

    /// Adds what is missing.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in self.0.iter() {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}

pub(super) async fn secure(State(security): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let signed_in = session::is_present(request.headers());
    let mut response = next.run(request).await;
    let policy = response.extensions().get::<CachePolicy>().copied();
    let headers = response.headers_mut();
    // A public page shows a signed-in reader's name, and an answer without a policy is nobody's to keep.
    if policy.is_none() || (signed_in && policy == Some(CachePolicy::Public)) {
        headers.insert(header::CACHE_CONTROL, CachePolicy::Private.header());
        headers.remove(header::ETAG);
        headers.remove(header::LAST_MODIFIED);
    }
    conditional::mark_encoded(headers);
    security.apply(headers);
    response
}
