//! Typed mails and their transports: what is said, how it is written on the wire, and where it goes.
//!
//! Invariant: the bytes of a mail are a function of its [`OutgoingMail`] alone, so a second attempt is a copy of
//! the first; and no text from outside can add a header, an address or an element. Who gets what is decided elsewhere.

mod account;
mod address;
mod alert;
mod digest;
mod error;
pub mod links;
mod memory;
mod message;
pub mod outbox;
mod passage;
mod smtp;
mod smtp_url;
mod summary;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transport;
mod words;

pub use account::{AlreadyRegisteredMail, ConfirmEmailMail, PasswordChangedMail, ResetPasswordMail};
pub use address::Mailbox;
pub use alert::AlertMail;
pub use digest::{DigestItem, DigestMail, DigestPlatform, UnchangedDocument, UpgradeOffer};
pub use error::{MailError, SendError};
pub use links::MailList;
pub use memory::{MemoryTransport, SentMail};
pub use message::OutgoingMail;
pub use outbox::OutboxTransport;
pub use smtp::SmtpTransport;
pub use smtp_url::check_smtp_url;
pub use summary::SummaryItem;
pub use transport::Transport;

/// A mail's three texts, ready to be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// One line of at most 100 characters.
    pub subject: String,
    /// The plain text part, lines ended by `\n`.
    pub text: String,
    /// The HTML part: a whole document that loads nothing.
    pub html: String,
}

#[cfg(test)]
mod tests;
