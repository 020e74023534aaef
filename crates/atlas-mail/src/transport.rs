//! Where mails go.

use std::path::PathBuf;

use crate::{MailError, MemoryTransport, OutboxTransport, OutgoingMail, SendError, SmtpTransport};

/// A way to hand a mail on. Cloning is cheap and shares connections and memory.
#[derive(Debug, Clone)]
pub enum Transport {
    /// A relay, spoken to by SMTP.
    Smtp(SmtpTransport),
    /// A folder of `.eml` files, for an instance without a relay. Never in production.
    Outbox(OutboxTransport),
    /// The memory of this process, for tests.
    Memory(MemoryTransport),
}

impl Transport {
    /// A relay, for example `smtp://user:password@host:587?tls=required` or `smtps://…`.
    ///
    /// `tls` is `none`, `starttls` (used when offered) or `required`; without it a loopback host gets `none` and every
    /// other host `required`. No connection is made here.
    pub fn smtp(url: &str) -> Result<Self, MailError> {
        SmtpTransport::new(url).map(Self::Smtp)
    }
    /// A folder of `.eml` files; it is made when the first mail is written.
    pub fn outbox(dir: impl Into<PathBuf>) -> Self {
        Self::Outbox(OutboxTransport::new(dir.into()))
    }
    /// The memory of this process.
    pub fn memory() -> Self {
        Self::Memory(MemoryTransport::default())
    }
    /// Hands one mail on; `Ok` means that the other side took responsibility for it.
    pub async fn send(&self, mail: &OutgoingMail) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.send(mail).await,
            Self::Outbox(outbox) => outbox.send(mail).await,
            Self::Memory(memory) => memory.send(mail),
        }
    }
    /// Whether the relay can be reached and spoken to right now; the other transports always can.
    pub async fn probe(&self) -> Result<(), SendError> {
        match self {
            Self::Smtp(relay) => relay.probe().await,
            Self::Outbox(_) | Self::Memory(_) => Ok(()),
        }
    }
}
