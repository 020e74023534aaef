//! A mail on the wire.
//!
//! Invariant: the bytes depend on the mail alone (date, id and boundary are given or derived), and no field can end
//! its header: whatever holds a line break, a NUL, another control character or an encoded word of its own is refused.

use lettre::message::{
    Message, MultiPart, SinglePart,
    header::{HeaderName, HeaderValue},
};
use sha2::Digest as _;
use time::OffsetDateTime;

use crate::{MailError, Mailbox, SendError};

/// One mail to one person, ready to be handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Who writes.
    pub from: Mailbox,
    /// The one recipient.
    pub to: Mailbox,
    /// The identity of the mail, the same on every attempt: `<local@domain>`, with or without the angle brackets.
    pub message_id: String,
    /// The date that the mail bears, the same on every attempt.
    pub date: OffsetDateTime,
    /// One line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The absolute address for one-click unsubscribing; alerts and digests have one, account mails have none.
    pub unsubscribe_url: Option<String>,
    /// Up to 256 letters, digits, `-`, `_`, `.` and `:` that name the mail to a relay that remembers.
    pub idempotency_key: String,
}

impl OutgoingMail {
    /// The whole message as it goes to a relay, lines ended by CRLF.
    pub fn bytes(&self) -> Result<Vec<u8>, MailError> {
        Ok(self.message()?.formatted())
    }

    pub(crate) fn message(&self) -> Result<Message, MailError> {
        let message_id = self.bracketed_message_id()?;
        let subject = Some(self.subject.as_str())
            .filter(|subject| subject.len() <= 800 && !subject.chars().any(char::is_control) && !subject.contains("=?"))
            .ok_or(MailError::Header { field: "Subject" })?;
        if self.idempotency_key.is_empty()
            || self.idempotency_key.len() > 256
            || !self.idempotency_key.bytes().all(key_byte)
        {
            return Err(MailError::Header {
                field: "Resend-Idempotency-Key",
            });
        }
        let mut builder = Message::builder()
            .from(self.from.as_lettre().clone())
            .to(self.to.as_lettre().clone())
            .subject(subject)
            .date(self.date.into())
            .raw_header(plain("Message-ID", message_id.clone()));
        if let Some(url) = &self.unsubscribe_url {
            if !is_header_url(url) {
                return Err(MailError::Header {
                    field: "List-Unsubscribe",
                });
            }
            builder = builder
                .raw_header(plain("List-Unsubscribe", format!("<{url}>")))
                .raw_header(plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        builder
            .raw_header(plain("Auto-Submitted", "auto-generated".to_owned()))
            .raw_header(plain("Resend-Idempotency-Key", self.idempotency_key.clone()))
            .multipart(
                MultiPart::alternative()
                    .boundary(boundary(&message_id, &self.text, &self.html))
                    .singlepart(SinglePart::plain(wire_lines(&self.text)))
                    .singlepart(SinglePart::html(wire_lines(&self.html))),
            )
            .map_err(MailError::Build)
    }

    fn bracketed_message_id(&self) -> Result<String, MailError> {
        let bare = self
            .message_id
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'));
        let bare = bare.unwrap_or(&self.message_id);
        let is_whole = bare.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && bare.len() <= 250
                && [local, domain].iter().all(|part| part.bytes().all(id_byte))
        });
        if is_whole {
            Ok(format!("<{bare}>"))
        } else {
            Err(MailError::Header { field: "Message-ID" })
        }
    }
}

/// A mail that can't be written can't be sent, however often it is tried.
impl From<MailError> for SendError {
    fn from(error: MailError) -> Self {
        Self::Permanent {
            detail: error.to_string(),
        }
    }
}

const fn key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':')
}

const fn id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'=')
}

fn is_header_url(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web
        && url.len() <= 900
        && url
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b','))
}

/// Lines ended by CRLF, whatever ended them before, and no NUL. The library's own conversion is quadratic.
fn wire_lines(text: &str) -> String {
    let bare = text.replace("\r\n", "\n").replace(['\r', '\0'], "\n");
    bare.replace('\n', "\r\n")
}

/// A header whose value was checked to be one line of printable ASCII; it is neither folded nor encoded.
fn plain(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// A boundary that is the same for the same mail and can't be guessed by whoever wrote the quoted words.
fn boundary(message_id: &str, text: &str, html: &str) -> String {
    let mut hash = sha2::Sha256::new();
    for part in [message_id, text, html] {
        hash.update(part.as_bytes());
        hash.update(b"\0");
    }
    let digest = atlas_domain::Sha256(hash.finalize().into()).to_hex();
    format!("=_{}", digest.get(..40).unwrap_or_default())
}
