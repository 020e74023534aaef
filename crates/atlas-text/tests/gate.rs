//! The content gate: what comes in the place of a policy is refused by its name, and a short policy is not.
//!
//! Invariant: every refusal is typed; each page here is written for its one outcome.
#![cfg(test)]

use atlas_domain::{CaptureOutcome, ExtractRules};
use atlas_text::{TextError, extract, is_html};

#[test]
fn what_comes_in_the_place_of_a_policy_is_refused_by_name() {
    use CaptureOutcome::{Blocked, Challenge, ConsentWall, Empty, Gone, LoginWall, ServerError, WrongType};
    let table: &[(CaptureOutcome, &str)] = &[
        (
            Challenge,
            "<title>Just a moment...</title><p>acme.example needs to review the security of your connection before proceeding.</p>",
        ),
        (
            Challenge,
            "<title>Acme</title><h1>Verify you are human</h1><p>Complete the captcha.</p>",
        ),
        (
            Blocked,
            "<title>Access Denied</title><h1>Access Denied</h1><p>You don't have permission to access this server.</p>",
        ),
        (
            Gone,
            "<title>Page not found | Acme</title><h1>404</h1><p>The page you are looking for does not exist or was moved.</p>",
        ),
        (
            Gone,
            "<title>Acme</title><main><h1>Oops! We can't find that page</h1><p>Try the home page.</p></main>",
        ),
        (
            ServerError,
            "<title>Acme</title><h1>Something went wrong</h1><p>Please try again later.</p>",
        ),
        (
            LoginWall,
            "<title>Sign in - Acme</title><form><input name=u><input type=password name=p></form><p>Sign in to continue. Forgot your password?</p>",
        ),
        (
            ConsentWall,
            "<title>Before you continue</title><p>We use cookies and data to deliver services. Accept all. Reject all. More options.</p>",
        ),
        (
            Empty,
            "<title>Acme</title><div id=root></div><p>You need to enable JavaScript to run this app.</p>",
        ),
        (Empty, "<title>Acme</title><div id=root></div>"),
        (
            Challenge,
            "<title>acme.example</title><p>Please enable JS and disable any ad blocker</p>",
        ),
        (
            Blocked,
            "<title>Acme</title><h1>Your browser is not supported</h1><p>Please upgrade to a newer version of it.</p>",
        ),
        (
            Blocked,
            "<title>Acme</title><h1>Are you over 18?</h1><p>You must be 18 or older to enter this site.</p>",
        ),
        (
            Gone,
            "<title>Help</title><h1>Search results</h1><p>0 results for \"terms of service\"</p>",
        ),
        (
            Gone,
            "<title>acme.example</title><p>The domain acme.example is for sale.</p>",
        ),
        (
            ServerError,
            "<title>Whoa</title><p>You have exceeded a secondary rate limit. Wait a few minutes.</p>",
        ),
        (
            LoginWall,
            "<title>Acme</title><p>Your session has expired. Reload the page.</p>",
        ),
        (
            Empty,
            "<title>Acme</title><p>Redirecting to <a href=/legal>/legal</a></p>",
        ),
        (
            WrongType,
            "<title>Legal</title><main><h1>Legal</h1><ul><li><a href=/a>Terms of Service</a><li><a href=/b>Privacy Policy</a><li><a href=/c>Data Processing Addendum</a></ul></main>",
        ),
    ];
    for (outcome, html) in table {
        let html = format!("<!doctype html><html>{html}</html>");
        let found = extract(html.as_bytes(), Some("text/html"), None, &ExtractRules::default());
        assert_eq!(
            found.as_ref().err().map(TextError::outcome),
            Some(*outcome),
            "{html} gave {found:?}"
        );
    }
    let models: Vec<String> = (0..60)
        .map(|n| format!("<li><a href=/m/{n}>Model number {n}</a> <a href=/o/{n}>vision chat</a></li>"))
        .collect();
    let models = models.concat();
    let browser = format!("<!doctype html><title>Models</title><main><h1>Models</h1><ul>{models}</ul></main>");
    assert_eq!(
        extract(browser.as_bytes(), None, None, &ExtractRules::default())
            .unwrap_err()
            .outcome(),
        WrongType
    );
    for bytes in [
        &b"{\"error\": \"not found\"}"[..],
        b"%PDF-1.7\n",
        b"\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00",
    ] {
        assert_eq!(
            extract(bytes, None, None, &ExtractRules::default())
                .unwrap_err()
                .outcome(),
            WrongType
        );
    }
}

#[test]
fn a_short_policy_passes_the_gate() {
    for html in [
        "<title>Terms</title><p>We will not use your data to train models.</p>",
        "<title>Cookies</title><h1>Cookies</h1><p>See the <a href=/c>list of cookies</a>, which is part of this policy.</p>",
        "<title>Sign in terms</title><h1>Sign in terms</h1><p>You must keep your password safe. You may not share it. These terms govern your account.</p>",
    ] {
        let html = format!("<!doctype html>{html}");
        assert!(
            extract(html.as_bytes(), None, None, &ExtractRules::default()).is_ok(),
            "{html}"
        );
    }
    assert!(extract(b"We delete logs after 30 days.", None, None, &ExtractRules::default()).is_ok());
    assert!(!is_html(b"# Terms", None));
}
