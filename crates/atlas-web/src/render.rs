//! From a template to a response: body, cache policy, validators.
//!
//! Invariant: every page states its [`CachePolicy`]. Public answers carry a strong `ETag` over their bytes; answers to
//! a signed-in person are never kept by a shared cache (the middleware narrows `Public` when a session is present).

use askama::Template;
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, VARY},
    },
    response::Response,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::FormatItem, macros::format_description};

use crate::Error;

/// Who may keep an answer, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// The same for everybody who is not signed in; shared caches may keep it for a minute.
    Public,
    /// Belongs to one person: nobody keeps it.
    Private,
    /// The same for everybody, and no harm done where it is a while old: pictures of shares, kept for a week.
    Lasting,
    /// Its address changes with its bytes: kept for a year.
    Immutable,
}

impl CachePolicy {
    /// The value of `Cache-Control`.
    pub const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Public => "public, max-age=60",
            Self::Private => "private, no-store",
            Self::Lasting => "public, max-age=604800",
            Self::Immutable => "public, max-age=31536000, immutable",
        })
    }
}

/// `text/html` in UTF-8.
pub const HTML: &str = "text/html; charset=utf-8";

/// A page with status 200.
pub fn html(template: &impl Template, policy: CachePolicy) -> Result<Response, Error> {
    Ok(bytes(HTML, template.render()?, policy, None))
}

/// A page with status 200 and the instant at which its content last changed.
pub fn html_modified(
    template: &impl Template,
    policy: CachePolicy,
    modified: OffsetDateTime,
) -> Result<Response, Error> {
    Ok(bytes(HTML, template.render()?, policy, Some(modified)))
}

/// A private page with another status, for example a form with its errors (422).
pub fn html_status(template: &impl Template, status: StatusCode) -> Result<Response, Error> {
    let mut response = html(template, CachePolicy::Private)?;
    *response.status_mut() = status;
    Ok(response)
}

/// Any finished body (feeds, JSON, XML) with status 200.
pub fn bytes(
    content_type: &'static str,
    body: impl Into<Bytes>,
    policy: CachePolicy,
    modified: Option<OffsetDateTime>,
) -> Response {
    let body = body.into();
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, policy.header());
    if policy == CachePolicy::Public {
        headers.insert(VARY, HeaderValue::from_static("cookie, accept-encoding"));
    }
    if policy != CachePolicy::Private {
        if let Ok(tag) = HeaderValue::from_str(&entity_tag(&body)) {
            headers.insert(ETAG, tag);
        }
        if let Some(value) = modified.and_then(http_date) {
            headers.insert(LAST_MODIFIED, value);
        }
    }
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response.extensions_mut().insert(policy);
    response
}

/// A strong entity tag: the quoted start of the SHA-256 of the bytes.
pub fn entity_tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    format!("\"{}\"", hex::encode(digest.get(..12).unwrap_or_default()))
}

/// How HTTP writes an instant.
pub(crate) const HTTP_DATE: &[FormatItem<'static>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// An instant as HTTP writes it: `Mon, 23 Nov 2026 08:10:00 GMT`.
pub fn http_date(at: OffsetDateTime) -> Option<HeaderValue> {
    let text = at.to_offset(time::UtcOffset::UTC).format(HTTP_DATE).ok()?;
    HeaderValue::from_str(&text).ok()
}

/// A redirect after a form (303): the browser follows with GET.
pub fn see_other(path: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, path)
}

/// A permanent redirect (301), for addresses that were replaced.
pub fn moved(path: &str) -> Response {
    redirect(StatusCode::MOVED_PERMANENTLY, path)
}

fn redirect(status: StatusCode, path: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Ok(location) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
        .headers_mut()
        .insert(CACHE_CONTROL, CachePolicy::Private.header());
    response.extensions_mut().insert(CachePolicy::Private);
    response
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    #[test]
    fn an_instant_is_written_as_http_wants_it() {
        let at = datetime!(2026 - 11 - 23 09:10:05 +1);
        assert_eq!(super::http_date(at).unwrap(), "Mon, 23 Nov 2026 08:10:05 GMT");
    }

    #[test]
    fn equal_bytes_have_equal_tags() {
        assert_eq!(super::entity_tag(b"a"), super::entity_tag(b"a"));
        assert_ne!(super::entity_tag(b"a"), super::entity_tag(b"b"));
    }
}
