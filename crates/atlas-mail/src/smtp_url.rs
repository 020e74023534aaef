//! The address of a relay, read from one URL.
//!
//! Invariant: the password is held by nothing that can be printed.

use std::fmt;

use lettre::transport::smtp::{
    authentication::Credentials,
    client::{Tls, TlsParameters},
    extension::ClientId,
};
use url::{Host, Url};

use crate::MailError;

/// Whether an address names a relay that could be used; nothing is connected to.
///
/// # Errors
/// [`MailError`] with what is wrong, without the address.
pub fn check_smtp_url(text: &str) -> Result<(), MailError> {
    Relay::parse(text).map(|_| ())
}

/// How to reach a relay.
pub(crate) struct Relay {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: Tls,
    pub(crate) hello: ClientId,
    pub(crate) credentials: Option<Credentials>,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("authenticated", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

impl Relay {
    /// Reads `smtp://user:password@host:port/ehlo-name?tls=none|starttls|required` or `smtps://…`.
    pub(crate) fn parse(text: &str) -> Result<Self, MailError> {
        let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
        let host = url
            .host()
            .filter(|host| host.to_string() != "")
            .ok_or_else(|| refused("the host is missing"))?;
        let is_loopback = match &host {
            Host::Domain(name) => *name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        // `smtp` is not a scheme that the URL standard knows, so an IPv4 address arrives as a name.
        let is_loopback = is_loopback
            || host
                .to_string()
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let name = match &host {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        };
        let parameters = || TlsParameters::new(name.clone()).map_err(|error| refused(&error.to_string()));
        let mut mode = None;
        for (key, value) in url.query_pairs() {
            if key != "tls" || mode.is_some() {
                return Err(refused("the only setting is tls=none, tls=starttls or tls=required"));
            }
            mode = Some(value.into_owned());
        }
        let (tls, default_port) = match (url.scheme(), mode.as_deref()) {
            ("smtps", None | Some("required")) => (Tls::Wrapper(parameters()?), 465),
            ("smtp", Some("none")) => (Tls::None, 25),
            ("smtp", None) if is_loopback => (Tls::None, 25),
            ("smtp", Some("starttls" | "opportunistic")) => (Tls::Opportunistic(parameters()?), 587),
            ("smtp", None | Some("required")) => (Tls::Required(parameters()?), 587),
            ("smtp" | "smtps", Some(_)) => return Err(refused("tls is none, starttls or required")),
            _ => return Err(refused("it starts with smtp:// or smtps://")),
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name if name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) =>
            {
                ClientId::Domain(name.to_owned())
            }
            _ => return Err(refused("the name for EHLO is a host name")),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some(Credentials::new(decoded(user)?, decoded(password)?)),
            _ => return Err(refused("a user needs a password, and a password a user")),
        };
        if credentials.is_some() && matches!(tls, Tls::None | Tls::Opportunistic(_)) && !is_loopback {
            return Err(refused(
                "a password is only sent over TLS: use smtps:// or tls=required",
            ));
        }
        Ok(Self {
            port: url.port().unwrap_or(default_port),
            host: name,
            tls,
            hello,
            credentials,
        })
    }
}

fn refused(reason: &str) -> MailError {
    MailError::SmtpUrl {
        reason: reason.to_owned(),
    }
}

fn decoded(part: &str) -> Result<String, MailError> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next(), rest.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
            let [Some(high), Some(low)] = digits else {
                return Err(refused("a percent sign in user or password is written %25"));
            };
            bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or_else(|| refused("user and password are UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, u16, &'static str, bool) {
        let relay = Relay::parse(text).unwrap();
        let tls = match relay.tls {
            Tls::None => "none",
            Tls::Opportunistic(_) => "starttls",
            Tls::Required(_) => "required",
            Tls::Wrapper(_) => "wrapper",
        };
        (relay.host, relay.port, tls, relay.credentials.is_some())
    }

    #[test]
    fn a_url_says_host_port_and_how_much_tls() {
        let check = |text: &str, host: &str, port, tls, auth| {
            assert_eq!(parsed(text), (host.to_owned(), port, tls, auth), "{text}");
        };
        check("smtp://mail.example", "mail.example", 587, "required", false);
        check(
            "smtp://u:p@mail.example:2525?tls=required",
            "mail.example",
            2525,
            "required",
            true,
        );
        check(
            "smtp://mail.example?tls=starttls",
            "mail.example",
            587,
            "starttls",
            false,
        );
        check("smtp://mail.example?tls=none", "mail.example", 25, "none", false);
        check("smtps://u%40x:p%2Fq@mail.example", "mail.example", 465, "wrapper", true);
        check("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "none", false);
        check("smtp://u:p@localhost:1025", "localhost", 1025, "none", true);
        check("smtp://[::1]:1025", "::1", 1025, "none", false);
    }

    #[test]
    fn what_would_send_a_password_in_the_clear_or_makes_no_sense_is_refused() {
        for text in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u:p@mail.example?tls=none",
            "smtp://u:p@mail.example?tls=starttls",
            "smtp://u@mail.example",
            "smtp://mail.example?tls=maybe",
            "smtp://mail.example?tls=none&tls=required",
            "smtp://mail.example?timeout=5",
            "smtp://mail.example/two words",
            "smtp://u:%zz@localhost",
        ] {
            assert!(Relay::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn neither_errors_nor_debug_output_hold_the_password() {
        let relay = Relay::parse("smtps://user:hunter2@mail.example").unwrap();
        assert!(!format!("{relay:?}").contains("hunter2"));
        let error = Relay::parse("smtp://user:hunter2@mail.example?tls=none").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}
