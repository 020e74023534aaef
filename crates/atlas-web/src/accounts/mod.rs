//! Accounts: signing up, logging in, watching, settings.
//!
//! Invariant: a page never tells whether an address has an account. Known or not, the same sentence, status and work;
//! what is particular goes by mail.

mod client;
pub mod cookies;
mod form;
mod leave;
mod log_in;
mod mails;
mod outbox;
mod overview;
mod password;
mod reading;
mod reset;
pub mod session;
mod settings;
mod shell;
mod sign_up;
mod throttle;
mod unsubscribe;
mod watch_button;
mod watches;
mod words;

use axum::Router;

use crate::WebState;

pub use client::Client;
pub use password::Passwords;
pub use reading::{last_look, looked};
pub use watch_button::{WatchButton, WatchState};

/// Routes of accounts and of everything that belongs to a signed-in person.
pub fn routes() -> Router<WebState> {
    Router::new()
        .merge(sign_up::routes())
        .merge(log_in::routes())
        .merge(reset::routes())
        .merge(settings::routes())
        .merge(leave::routes())
        .merge(overview::routes())
        .merge(watches::routes())
        .merge(unsubscribe::routes())
        .merge(outbox::routes())
}

/// The address of the log-in page that leads back to a path of ours afterwards.
pub fn log_in_address(next: &str) -> String {
    match safe_path(next) {
        Some(path) if path != atlas_domain::urls::APP => {
            format!("{}?next={}", atlas_domain::urls::LOG_IN, encoded(path))
        }
        _ => atlas_domain::urls::LOG_IN.to_owned(),
    }
}

/// A value as it stands in a query.
fn encoded(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The path itself if following it cannot leave this site: it starts with exactly one slash, has no backslash and no
/// control character, and parses to our own origin.
pub fn safe_path(path: &str) -> Option<&str> {
    let plain = path.len() <= 512 && path.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if !plain || !path.starts_with('/') || path.starts_with("//") {
        return None;
    }
    let base = url::Url::parse("http://own.invalid/").ok()?;
    let target = base.join(path).ok()?;
    (target.origin() == base.origin()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{log_in_address, safe_path};

    #[test]
    fn a_return_path_never_leaves_this_site() {
        for good in ["/", "/app", "/platform/x?tab=1#a", "/a//b"] {
            assert_eq!(safe_path(good), Some(good));
        }
        for bad in [
            "",
            "app",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "http://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/\tevil",
            "/\n/evil.example",
            " /app",
            "/app\r\nX: y",
            "/é",
            "/\u{0}",
            "data:text/html,x",
            "/\\/evil.example",
            "/%5C\\evil",
        ] {
            assert_eq!(safe_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_log_in_address_carries_the_way_back() {
        assert_eq!(
            log_in_address("/platform/a?b=c&d"),
            "/login?next=%2Fplatform%2Fa%3Fb%3Dc%26d"
        );
        assert_eq!(log_in_address("//evil"), "/login");
    }
}
