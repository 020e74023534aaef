//! What forms send: addresses, and answers that take the same time whatever they find.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use tokio::time::Instant;

/// Answers about an address are held back until so long after the request: the rows that only a known address gets
/// written must not show in the time.
const FLOOR: Duration = Duration::from_millis(200);

/// When the work on a form began.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began(Instant);

impl Began {
    /// Now.
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }
    /// Waits until the floor is reached.
    pub(super) async fn even_out(self) {
        tokio::time::sleep_until(self.0 + FLOOR).await;
    }
}

/// A password as a form sends it: never printed, wiped when dropped.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedPassword(SecretString);

impl TypedPassword {
    /// The characters.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
    /// For hashing; longer than anybody types becomes empty, which matches nothing.
    pub(super) fn bounded(self) -> SecretString {
        if self.expose().len() > super::password::MOST_BYTES {
            return SecretString::default();
        }
        self.0
    }
}

impl<'de> Deserialize<'de> for TypedPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(SecretString::from(String::deserialize(deserializer)?)))
    }
}

/// An e-mail address in lower case, or why it is none.
pub(super) fn email(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Enter your e-mail address");
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("Enter an e-mail address with an @ sign");
    };
    let plain = text.len() <= 254 && local.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic());
    let local_fits = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte));
    let domain_fits = domain.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    if plain && local_fits && domain_fits {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("Enter an e-mail address like name@example.org")
    }
}

/// A name on one line, at most 80 characters.
pub(super) fn name(text: &str) -> Result<String, &'static str> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().any(char::is_control) {
        return Err("Use letters only");
    }
    if text.chars().count() > 80 {
        return Err("Use at most 80 characters");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{email, name};

    #[test]
    fn addresses_are_taken_as_people_write_them_and_nothing_else_is() {
        assert_eq!(
            email(" M.Okafor+x@Meridian.Example "),
            Ok("m.okafor+x@meridian.example".to_owned())
        );
        assert_eq!(email("a@localhost"), Ok("a@localhost".to_owned()));
        for bad in [
            "",
            "m.okafor.meridian",
            "@x",
            "x@",
            "a b@c.d",
            "a@b..c",
            ".a@b.c",
            "a..b@c.d",
            "a@-b.c",
            "a@b.c\r\nBcc: x@y.z",
            "a@b@c.d",
            "<a@b.c>",
            "a@b.c,d@e.f",
            "ä@b.c",
            "\"a\"@b.c",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        assert!(email(&format!("{}@b.c", "a".repeat(65))).is_err());
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(name("  Maryam \n Okafor "), Ok("Maryam Okafor".to_owned()));
        assert!(name("a\u{0}b").is_err());
        assert!(name(&"x".repeat(81)).is_err());
    }
}
