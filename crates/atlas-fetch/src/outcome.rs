//! From what happened on the wire to one typed outcome.

use std::{collections::BTreeMap, error::Error as StdError, io};

use atlas_domain::CaptureOutcome;
use http::{HeaderMap, StatusCode, header};
use url::Url;

use crate::guard::{NoAddress, Refusal};

/// Longest header value that is kept.
const HEADER_VALUE_CHARS: usize = 1_024;

/// An attempt that did not end in a page.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: CaptureOutcome,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(outcome: CaptureOutcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: detail.into(),
        }
    }

    /// What an error of the HTTP client means.
    pub(crate) fn of_request(error: &reqwest::Error) -> Self {
        let mut root: &(dyn StdError + 'static) = error;
        let mut refused_by_peer = false;
        loop {
            if let Some(refusal) = root.downcast_ref::<Refusal>() {
                return Self::new(CaptureOutcome::RefusedAddress, refusal.0.clone());
            }
            if root.is::<NoAddress>() {
                return Self::new(CaptureOutcome::Dns, root.to_string());
            }
            if let Some(io) = root.downcast_ref::<io::Error>() {
                refused_by_peer |= io.kind() == io::ErrorKind::ConnectionRefused;
            }
            match root.source() {
                Some(source) => root = source,
                None => break,
            }
        }
        if error.is_timeout() {
            Self::new(CaptureOutcome::Timeout, "no answer in time")
        } else if refused_by_peer {
            Self::new(CaptureOutcome::Tls, "the host refused the connection")
        } else if error.is_connect() {
            Self::new(CaptureOutcome::Tls, format!("no connection: {root}"))
        } else {
            Self::new(
                CaptureOutcome::ServerError,
                format!("the answer broke off or is not HTTP: {root}"),
            )
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(CaptureOutcome::RefusedAddress, refusal.0)
    }
}

/// What a status (and a few telling headers) means when there is no page behind it; `None` for 200 and 203.
pub(crate) fn of_status(status: StatusCode, headers: &HeaderMap) -> Option<Failure> {
    use CaptureOutcome::{Blocked, Challenge, Gone, LoginWall, ServerError, Timeout};
    if is_challenge(headers) {
        return Some(Failure::new(Challenge, "the server asks for a browser check"));
    }
    let (outcome, detail) = match status.as_u16() {
        200 | 203 => return None,
        401 | 407 => (LoginWall, "the server asks to log in"),
        403 | 406 | 418 | 451 => (Blocked, "the server refuses us"),
        404 | 410 => (Gone, "the server has no such page"),
        408 => (Timeout, "the server gave up waiting"),
        429 => (ServerError, "the server asks us to slow down"),
        500..=599 => (ServerError, "the server failed"),
        _ => (ServerError, "the server gave an answer without a page"),
    };
    Some(Failure::new(outcome, format!("{detail} (status {})", status.as_u16())))
}

pub(crate) fn is_challenge(headers: &HeaderMap) -> bool {
    let is = |name: &str, word: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes() == word.as_bytes())
    };
    // Cloudflare, AWS WAF, Vercel: each names its check in a header of its own.
    is("cf-mitigated", "challenge") || is("x-amzn-waf-action", "challenge") || is("x-vercel-mitigated", "challenge")
}

/// What being sent from one address to another means when there is a page at the end.
pub(crate) fn of_redirects(asked: &Url, landed: &Url, was_permanent: bool) -> Option<Failure> {
    if asked == landed {
        return None;
    }
    if is_log_in(landed) && !is_log_in(asked) {
        return Some(Failure::new(CaptureOutcome::LoginWall, "we were sent to a log-in page"));
    }
    if is_consent(landed) && !is_consent(asked) {
        return Some(Failure::new(
            CaptureOutcome::Challenge,
            "we were sent to a consent page",
        ));
    }
    if was_permanent && is_front_page(landed) && !is_front_page(asked) {
        let failure = if bare_host(asked) == bare_host(landed) {
            Failure::new(CaptureOutcome::Gone, "we were sent to the front page instead")
        } else {
            let host = landed.host_str().unwrap_or_default();
            Failure::new(
                CaptureOutcome::Moved,
                format!("we were sent to the front page of {host}"),
            )
        };
        return Some(failure);
    }
    None
}

fn bare_host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

fn segments(url: &Url) -> impl Iterator<Item = String> {
    url.path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.split('.').next().unwrap_or_default().to_ascii_lowercase())
}

fn is_front_page(url: &Url) -> bool {
    let is_home = |segment: &str| matches!(segment, "index" | "home" | "default");
    // `en`, `de-de`, `pt_br`: the front page in a language.
    let is_language = |segment: &str| {
        let mut parts = segment.split(['-', '_']);
        let is_short = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
        parts.next().is_some_and(is_short) && parts.next().is_none_or(is_short) && parts.next().is_none()
    };
    url.query().is_none()
        && segments(url)
            .take(3)
            .all(|segment| is_home(&segment) || is_language(&segment))
        && segments(url).count() < 3
}

fn is_log_in(url: &Url) -> bool {
    const WORDS: &[&str] = &[
        "login",
        "log-in",
        "log_in",
        "logon",
        "signin",
        "sign-in",
        "sign_in",
        "sso",
        "authenticate",
        "authorize",
    ];
    let first_label = url
        .host_str()
        .and_then(|host| host.split('.').next())
        .unwrap_or_default();
    matches!(first_label, "login" | "signin" | "accounts" | "auth" | "sso" | "id")
        || segments(url).any(|segment| WORDS.contains(&segment.as_str()))
}

fn is_consent(url: &Url) -> bool {
    let first_label = url
        .host_str()
        .and_then(|host| host.split('.').next())
        .unwrap_or_default();
    first_label == "consent"
        || segments(url).any(|segment| matches!(segment.as_str(), "consent" | "cookie-consent" | "cookiewall"))
}

/// Whether a server says no more of some bytes than that they are bytes: only what they are tells whether we read them.
pub(crate) fn is_unspecific(content_type: Option<&str>) -> bool {
    let kind = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    matches!(
        kind.trim().to_ascii_lowercase().as_str(),
        "application/octet-stream" | "binary/octet-stream" | "application/force-download"
    )
}

/// Whether we read this kind of content; a server that does not say gets the benefit of the doubt.
pub(crate) fn is_readable(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    matches!(
        kind.as_str(),
        "" | "text/html"
            | "application/xhtml+xml"
            | "text/plain"
            | "text/markdown"
            | "text/x-markdown"
            | "application/pdf"
            | "application/x-pdf"
    )
}

/// One header as text.
pub(crate) fn text_of(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| cut(&String::from_utf8_lossy(value.as_bytes())))
}

/// Every header but the cookies, repeated ones joined.
pub(crate) fn kept_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        // Names of ours say how a page was fetched: no server speaks for us.
        if name == header::SET_COOKIE || name.as_str().starts_with("atlas-") {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        kept.entry(name.as_str().to_owned())
            .and_modify(|joined| *joined = cut(&format!("{joined}, {value}")))
            .or_insert_with(|| cut(&value));
    }
    kept
}

/// No NUL (PostgreSQL holds none) and no more than a page of it.
fn cut(value: &str) -> String {
    value
        .chars()
        .filter(|c| !c.is_control())
        .take(HEADER_VALUE_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(asked: &str, landed: &str, was_permanent: bool) -> Option<CaptureOutcome> {
        let (asked, landed) = (Url::parse(asked).unwrap(), Url::parse(landed).unwrap());
        of_redirects(&asked, &landed, was_permanent).map(|failure| failure.outcome)
    }

    #[test]
    fn where_we_were_sent_says_what_became_of_the_page() {
        use CaptureOutcome::{Challenge, Gone, LoginWall, Moved};
        const ASKED: &str = "https://a.example/legal/privacy";
        for (landed, permanent, expected) in [
            ("https://a.example/privacy", true, None),
            ("https://www.a.example/legal/privacy", true, None),
            ("https://b.example/legal/privacy", true, None),
            ("https://b.example/", true, Some(Moved)),
            ("https://b.example/en-us/", true, Some(Moved)),
            ("https://b.example/", false, None),
            ("https://a.example/", true, Some(Gone)),
            ("https://www.a.example/index.html", true, Some(Gone)),
            ("https://a.example/", false, None),
            ("https://a.example/login?next=%2Flegal", false, Some(LoginWall)),
            ("https://a.example/users/sign_in", true, Some(LoginWall)),
            ("https://accounts.b.example/v3/signin.php", false, Some(LoginWall)),
            ("https://consent.b.example/m?continue=x", false, Some(Challenge)),
            ("https://a.example/?page=privacy", true, None),
            ("https://a.example/en/legal/privacy", true, None),
            ("https://a.example/blog/how-to-login-safely", false, None),
        ] {
            assert_eq!(sent(ASKED, landed, permanent), expected, "{landed}");
        }
        assert_eq!(sent("https://policies.a.example/", "https://b.example/", true), None);
        assert_eq!(sent("https://id.example/terms", "https://id.example/login", true), None);
    }

    #[test]
    fn pages_are_html_text_or_pdf() {
        for kind in [
            "text/html",
            "Text/HTML; charset=utf-8",
            "application/xhtml+xml",
            "text/plain",
            "text/markdown;x=y",
            "application/pdf",
            "",
        ] {
            assert!(is_readable(Some(kind)), "{kind}");
        }
        assert!(is_readable(None));
        for kind in [
            "application/octet-stream",
            "image/png",
            "application/json",
            "text/css",
            "x",
        ] {
            assert!(!is_readable(Some(kind)), "{kind}");
        }
    }
}
