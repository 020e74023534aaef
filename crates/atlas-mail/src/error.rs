//! How writing and sending a mail can fail.

/// A mail, an address or an outbox that can't be used as it is.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The text is not one e-mail address with an optional name.
    #[error("not an e-mail address")]
    Address,
    /// A header field holds a line break, a NUL or something else that it can't hold.
    #[error("the {field} field of the mail holds something that a header can't hold")]
    Header {
        /// The field, for example `Subject`.
        field: &'static str,
    },
    /// A link is not an absolute address of the web.
    #[error("a link of the mail is not an absolute web address")]
    Link,
    /// The message could not be put together.
    #[error("the mail could not be put together")]
    Build(#[source] lettre::error::Error),
    /// A template failed.
    #[error("the mail could not be rendered")]
    Template(#[from] askama::Error),
    /// The address of the relay is not understood.
    #[error("the SMTP address is not understood: {reason}")]
    SmtpUrl {
        /// What is wrong with it; never holds the password.
        reason: String,
    },
    /// No mail of this name is in the outbox.
    #[error("no such mail in the outbox")]
    NotFound,
    /// The outbox can't be read or written.
    #[error("the outbox can't be used")]
    Outbox(#[from] std::io::Error),
    /// The stored mail can't be parsed.
    #[error("the stored mail can't be parsed")]
    Parse(#[from] mailparse::MailParseError),
}

/// Why a mail was not accepted, by what the sender may do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not accepted; may be tried again later.
    #[error("the mail was not accepted for now: {detail}")]
    Transient {
        /// Stage and reply, for the operator; may quote the recipient's address.
        detail: String,
    },
    /// Certainly not accepted, and never will be.
    #[error("the mail was refused: {detail}")]
    Permanent {
        /// Stage and reply, for the operator; may quote the recipient's address.
        detail: String,
    },
    /// May or may not have been accepted: the connection ended between the last byte and the reply.
    #[error("it is not known whether the mail was accepted: {detail}")]
    Ambiguous {
        /// Stage and cause, for the operator.
        detail: String,
    },
}

impl SendError {
    /// What happened, for the operator.
    pub fn detail(&self) -> &str {
        match self {
            Self::Transient { detail } | Self::Permanent { detail } | Self::Ambiguous { detail } => detail,
        }
    }
}
