//! Validators: a reader who holds the current bytes gets 304 and no body.

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
        },
    },
    middleware::Next,
    response::Response,
};

use time::PrimitiveDateTime;

use crate::{accounts::session, render};

pub(super) async fn validate(request: Request, next: Next) -> Response {
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    if !readable || session::is_present(request.headers()) {
        return next.run(request).await;
    }
    let asked = request.headers().clone();
    let mut response = next.run(request).await;
    if response.status() == StatusCode::OK && is_current(&asked, response.headers()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response
}

/// Whether the copy that a reader holds is the one described by the validators.
///
/// `If-None-Match` is compared weakly and without the mark of the compressed form; it outranks `If-Modified-Since`.
pub(crate) fn is_current(asked: &HeaderMap, held: &HeaderMap) -> bool {
    if asked.contains_key(IF_NONE_MATCH) {
        let Some(tag) = held.get(ETAG).and_then(|tag| tag.to_str().ok()).map(opaque) else {
            return false;
        };
        return asked
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|candidate| candidate.trim() == "*" || opaque(candidate) == tag);
    }
    match (asked.get(IF_MODIFIED_SINCE), held.get(LAST_MODIFIED)) {
        (Some(since), Some(modified)) => {
            since == modified
                || instant(since).is_some_and(|since| instant(modified).is_some_and(|modified| since >= modified))
        }
        _ => false,
    }
}

/// Gives a compressed answer a tag of its own: a strong tag names bytes, and these are other bytes.
pub(super) fn mark_encoded(headers: &mut HeaderMap) {
    if !headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    let marked = headers
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok())
        .filter(|tag| !tag.ends_with("-gz\""))
        .and_then(|tag| HeaderValue::from_str(&format!("{}-gz\"", tag.trim_end_matches('"'))).ok());
    if let Some(tag) = marked {
        headers.insert(ETAG, tag);
    }
}

/// An instant as HTTP writes it (RFC 9110, IMF-fixdate); anything else is ignored, as the standard asks.
fn instant(value: &HeaderValue) -> Option<PrimitiveDateTime> {
    PrimitiveDateTime::parse(value.to_str().ok()?, render::HTTP_DATE).ok()
}

fn opaque(tag: &str) -> &str {
    let bare = tag.trim().trim_start_matches("W/").trim_matches('"');
    bare.strip_suffix("-gz").unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

    use super::is_current;

    fn map(entries: &[(HeaderName, &'static str)]) -> HeaderMap {
        entries
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_held_copy_is_current_by_tag_first_and_date_second() {
        let held = map(&[
            (header::ETAG, "\"abc\""),
            (header::LAST_MODIFIED, "Mon, 23 Nov 2026 08:10:00 GMT"),
        ]);
        for tag in ["\"abc\"", "W/\"abc\"", "\"abc-gz\"", "\"x\", \"abc\"", "*"] {
            assert!(is_current(&map(&[(header::IF_NONE_MATCH, tag)]), &held), "{tag}");
        }
        let date = (header::IF_MODIFIED_SINCE, "Mon, 23 Nov 2026 08:10:00 GMT");
        assert!(is_current(&map(std::slice::from_ref(&date)), &held));
        assert!(!is_current(&map(&[(header::IF_NONE_MATCH, "\"x\""), date]), &held));
        assert!(!is_current(&HeaderMap::new(), &held));
    }
}
