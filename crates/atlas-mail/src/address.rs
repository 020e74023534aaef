//! One e-mail address with an optional display name.
//!
//! Invariant: a value holds no control character and its address was accepted by the parser, so writing it into a
//! header or an envelope can't add anything.

use std::{fmt, str::FromStr};

use crate::MailError;

/// An address with an optional display name, for example `ConductAtlas <alerts@conductatlas.example>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    inner: lettre::message::Mailbox,
}

impl Mailbox {
    /// A bare address or an address with a name.
    ///
    /// The name is shown as given (quoted or encoded on the wire); an address or a name with a line break or another
    /// control character is refused, and so is a name that a reader's program would take for an encoded one.
    pub fn new(name: Option<&str>, address: &str) -> Result<Self, MailError> {
        if address.len() > 254
            || has_control(address)
            || name.is_some_and(|name| has_control(name) || name.contains("=?"))
        {
            return Err(MailError::Address);
        }
        let address: lettre::Address = address.parse().map_err(|_| MailError::Address)?;
        let name = name.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        Ok(Self {
            inner: lettre::message::Mailbox::new(name, address),
        })
    }
    /// The display name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }
    /// The address alone, for example `alerts@conductatlas.example`.
    pub fn address(&self) -> &str {
        self.inner.email.as_ref()
    }
    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.inner.email.domain()
    }
    pub(crate) const fn as_lettre(&self) -> &lettre::message::Mailbox {
        &self.inner
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

impl FromStr for Mailbox {
    type Err = MailError;
    /// Reads `address` or `Name <address>`.
    fn from_str(text: &str) -> Result<Self, MailError> {
        if has_control(text) {
            return Err(MailError::Address);
        }
        let text = text.trim();
        match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, address)) => {
                let name = name.trim();
                let bare = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                Self::new(Some(bare.unwrap_or(name)), address.trim())
            }
            None => Self::new(None, text),
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Mailbox;

    #[test]
    fn a_mailbox_is_an_address_with_an_optional_name() {
        let named: Mailbox = "ConductAtlas <alerts@conductatlas.example>".parse().unwrap();
        assert_eq!(
            (named.name(), named.address()),
            (Some("ConductAtlas"), "alerts@conductatlas.example")
        );
        let quoted: Mailbox = "\"Doe, Jane\" <jane@example.org>".parse().unwrap();
        assert_eq!(quoted.name(), Some("Doe, Jane"));
        assert_eq!(quoted.to_string(), "\"Doe, Jane\" <jane@example.org>");
        let bare: Mailbox = " jane@example.org ".parse().unwrap();
        assert_eq!((bare.name(), bare.domain()), (None, "example.org"));
    }

    #[test]
    fn what_could_add_a_line_or_a_recipient_is_not_an_address() {
        for text in [
            "",
            "jane",
            "jane@",
            "@example.org",
            "jane@example.org\r\nBcc: x@example.org",
            "jane@example.org\nX: y",
            "jane@example.org, joe@example.org",
            "jane@example.org joe@example.org",
            "<jane@example.org> joe@example.org",
            "jane@exa mple.org",
            "jane@example.org\0",
            "Jane\r\n <jane@example.org>",
            "jane@example.org>",
            "a@b@c",
            "jane@example.org> RCPT TO:<joe@example.org",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text:?}");
        }
        assert!(Mailbox::new(Some("Jane\nBcc: x@example.org"), "jane@example.org").is_err());
        assert!(Mailbox::new(None, &format!("{}@example.org", "a".repeat(300))).is_err());
    }
}
