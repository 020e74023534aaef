//! What every job works with, and how it is configured.
//!
//! Invariant: time comes from the clock given here, cut to the microseconds that the database keeps, so that an
//! instant read back equals the instant written.

use std::sync::Arc;
use std::time::Duration;

use atlas_archive::Archive;
use atlas_domain::{Clock, Taxonomy};
use atlas_fetch::{Fetcher, PdfReader};
use atlas_mail::{Mailbox, Transport};
use atlas_reading::Detector;
use secrecy::SecretString;
use sqlx::PgPool;
use time::OffsetDateTime;

use crate::Drafting;

/// What is known of the relay, which decides what happens when nobody knows whether it took a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayClass {
    /// It remembers nothing: the mail is sent once more with the same Message-ID, then put aside.
    Blind,
    /// It drops a second mail with the same idempotency key: the mail is sent again until it is known to be taken.
    Idempotent,
}

/// How the worker behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public address of the instance, without a slash at the end.
    pub base_url: String,
    /// Who sends alerts and digests.
    pub mail_from_alerts: Mailbox,
    /// Who sends account mails.
    pub mail_from_account: Mailbox,
    /// The domain of Message-IDs.
    pub mail_domain: String,
    /// From which tokens in links are made.
    pub secret: SecretString,
    /// Who runs the instance, with the postal address, on one line; empty leaves it out of mails.
    pub imprint: String,
    /// What is known of the relay.
    pub relay: RelayClass,
    /// Whether real platforms are polled; samples always are.
    pub poll: bool,
    /// Polls side by side; they have a queue of their own, so that a slow site keeps nobody else waiting.
    pub polls_at_once: usize,
    /// Mails sent side by side.
    pub send_concurrency: usize,
    /// How long a claimed mail belongs to its sender without a sign of life; renewed while it is being sent.
    pub send_lease: Duration,
    /// How long one attempt to send may take, the relay's final reply included.
    pub send_timeout: Duration,
    /// Watches looked at in one transaction of a fan-out.
    pub fanout_chunk: i64,
    /// How long after a change of high severity was first seen a second capture may confirm it; zero: none has to.
    pub confirm_after: Duration,
    /// The same for sample platforms, unless `confirm_after` is zero.
    pub confirm_samples_after: Duration,
    /// Returns to an earlier text within `variant_window` that make the texts variants of one document.
    pub variant_returns: usize,
    /// See `variant_returns`.
    pub variant_window: Duration,
    /// How long one of several variants has to be the only one seen until it is what the document says.
    pub variant_settle: Duration,
    /// Reads PDF files.
    pub pdf: PdfReader,
    /// The language model that drafts summaries for staff; none unless somebody configured one.
    pub drafting: Option<Drafting>,
    /// How long a link that confirms an address works.
    pub confirm_link_for: Duration,
    /// How long a link that sets a new password works.
    pub reset_link_for: Duration,
}

impl Settings {
    /// Settings for an instance at `base_url`, with the defaults for everything that can wait.
    ///
    /// # Errors
    /// [`atlas_mail::MailError::Address`] if a sender's address is none.
    pub fn new(
        base_url: &str,
        mail_from_alerts: &str,
        mail_from_account: &str,
        secret: SecretString,
    ) -> Result<Self, atlas_mail::MailError> {
        let mail_from_alerts: Mailbox = mail_from_alerts.parse()?;
        Ok(Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            mail_domain: mail_from_alerts.domain().to_owned(),
            mail_from_alerts,
            mail_from_account: mail_from_account.parse()?,
            secret,
            imprint: String::new(),
            relay: RelayClass::Blind,
            poll: true,
            polls_at_once: 16,
            send_concurrency: 8,
            send_lease: Duration::from_secs(30),
            send_timeout: Duration::from_mins(11),
            fanout_chunk: 1000,
            confirm_after: Duration::from_mins(10),
            confirm_samples_after: Duration::from_secs(5),
            variant_returns: 2,
            variant_window: Duration::from_hours(24 * 90),
            variant_settle: Duration::from_hours(24),
            pdf: PdfReader::default(),
            drafting: None,
            confirm_link_for: Duration::from_hours(24),
            reset_link_for: Duration::from_mins(30),
        })
    }
    /// An absolute address on this instance.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// What every job works with.
#[derive(Clone)]
pub struct Services {
    /// Connections as the worker's role.
    pub pool: PgPool,
    /// Raw snapshots.
    pub archive: Archive,
    /// Fetches locations.
    pub fetcher: Arc<Fetcher>,
    /// Hands mails on.
    pub transport: Transport,
    /// The present instant.
    pub clock: Arc<dyn Clock>,
    /// Finds provisions in texts.
    pub detector: Arc<dyn Detector>,
    /// The questions that are asked of every document.
    pub taxonomy: &'static Taxonomy,
    /// How the worker behaves.
    pub settings: Settings,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Services {
    /// The present instant, in whole microseconds.
    pub fn now(&self) -> OffsetDateTime {
        micros(self.clock.now())
    }
}

/// An instant cut to the microseconds that the database keeps.
pub fn micros(instant: OffsetDateTime) -> OffsetDateTime {
    instant.replace_microsecond(instant.microsecond()).unwrap_or(instant)
}

/// A duration of the standard library as one that can be added to an instant.
pub(crate) fn span(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    #[test]
    fn instants_keep_whole_microseconds_only() {
        let cut = super::micros(datetime!(2026-11-23 08:00:00.123456789 UTC));
        assert_eq!(cut, datetime!(2026-11-23 08:00:00.123456 UTC));
    }
}
