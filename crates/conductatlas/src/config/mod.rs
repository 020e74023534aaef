//! The effective configuration: compiled-in defaults, then a file, then the environment.
//!
//! Invariant: a [`Config`] that exists is complete and legal. Every fault is found and listed at once, with the
//! name under which it can be mended; unknown names are faults; a secret is never printed.

mod reader;
mod settings;
mod sources;

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use atlas_db::curation::{Publish, ReviewPolicy};
use atlas_fetch::BrowserChoice;
use atlas_worker::Drafting;
use axum::http::HeaderName;
use secrecy::{ExposeSecret as _, SecretString};

use reader::Reader;
pub use settings::{SETTINGS, Setting};
pub use sources::Sources;

/// What kind of instance this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One's own machine: samples, a mail outbox that can be read in the browser.
    Development,
    /// The real thing: no samples, a real relay, real secrets.
    Production,
}

/// What the mail relay does with a second copy of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayClass {
    /// It knows nothing of copies.
    Blind,
    /// It drops a copy that carries the same idempotency key.
    Idempotent,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The effective configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Kind of instance.
    pub mode: Mode,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Folder for the private database, the archive and the outbox.
    pub data: PathBuf,
    /// The address people open, without a trailing slash; from `listen` where it is not set.
    pub base_url: String,
    /// Whether `base_url` was set, or follows the address that is listened on.
    pub base_url_is_set: bool,
    /// An outside database; `None` starts the private one.
    pub database_url: Option<SecretString>,
    /// Connections of each pool.
    pub database_connections: u32,
    /// Folder with `initdb` and `postgres`.
    pub postgres_binaries: Option<PathBuf>,
    /// The mail relay; `None` writes mails to the outbox.
    pub smtp_url: Option<SecretString>,
    /// What the relay does with copies.
    pub smtp_relay_class: RelayClass,
    /// Sender of alerts and digests.
    pub mail_from_alerts: String,
    /// Sender of account mails.
    pub mail_from_account: String,
    /// Who we are, under every mail.
    pub mail_footer: String,
    /// Where readers report errors in records by mail; `None` leaves mail out of the way there.
    pub corrections_address: Option<String>,
    /// Signs links in mails; `None` (development only) uses one kept in the data folder.
    pub secret_key: Option<SecretString>,
    /// How we introduce ourselves to the sites we read.
    pub user_agent: String,
    /// Whether real platforms are polled; samples always are.
    pub poll: bool,
    /// Pause between two requests to one host.
    pub host_pause: Duration,
    /// Private addresses that may be fetched all the same; none in production.
    pub private_sources: Vec<SocketAddr>,
    /// The browser for pages that need scripts.
    pub browser: BrowserChoice,
    /// Jobs at once, polls apart.
    pub worker_concurrency: usize,
    /// Polls at once.
    pub poll_concurrency: usize,
    /// How long after its first sighting a change of high severity may be confirmed; zero publishes at once.
    pub confirm_after: Duration,
    /// The same for sample platforms.
    pub confirm_samples_after: Duration,
    /// Returns to earlier texts that make them variants of one document.
    pub variant_returns: usize,
    /// The time within which they have to happen.
    pub variant_window: Duration,
    /// How long one variant has to stand alone until it is what the document says.
    pub variant_settle: Duration,
    /// What goes out before a person looked at it, and the bands of the review queue.
    pub review: ReviewPolicy,
    /// The language model that drafts summaries for staff; `None` where none is named.
    pub drafting: Option<Drafting>,
    /// How long a public page may be served from memory; zero turns that off.
    pub page_cache: Duration,
    /// Header with the client's address, set by a trusted proxy; `None` takes the peer's.
    pub client_address_header: Option<HeaderName>,
    /// What is logged, as `tracing` directives.
    pub log: String,
    /// How it is written.
    pub log_format: LogFormat,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<String>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(
            f,
            "{count} fault{} in the configuration:",
            if count == 1 { "" } else { "s" }
        )?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl Config {
    /// Reads the defaults, the file named by `CONDUCTATLAS_CONFIG`, and the process's environment.
    pub fn load() -> Result<Self, ConfigFaults> {
        Self::from_sources(Sources::of_process())
    }

    /// Turns raw words into settings, finding every fault.
    pub fn from_sources(sources: Sources) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(sources);
        let mode = reader.word(
            "mode",
            &[("development", Mode::Development), ("production", Mode::Production)],
        );
        let listen = reader.parsed::<SocketAddr>("listen", "an address and port such as 127.0.0.1:8080");
        let base_url = reader.optional("base_url");
        let relay = [("blind", RelayClass::Blind), ("idempotent", RelayClass::Idempotent)];
        let private_sources = reader.addresses("private_sources");
        let config = Self {
            mode: mode.unwrap_or(Mode::Development),
            listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            data: PathBuf::from(reader.text("data")),
            base_url: String::new(),
            base_url_is_set: base_url.is_some(),
            database_url: reader.optional("database_url").map(SecretString::from),
            database_connections: reader.number("database_connections", 4, 500),
            postgres_binaries: reader.optional("postgres_binaries").map(PathBuf::from),
            smtp_url: reader.relay("smtp_url"),
            smtp_relay_class: reader.word("smtp_relay_class", &relay).unwrap_or(RelayClass::Blind),
            mail_from_alerts: reader.mailbox("mail_from_alerts"),
            mail_from_account: reader.mailbox("mail_from_account"),
            mail_footer: reader.text("mail_footer"),
            corrections_address: reader.address("corrections_address"),
            secret_key: reader.optional("secret_key").map(SecretString::from),
            user_agent: reader.text("user_agent"),
            poll: reader.word("poll", &[("true", true), ("false", false)]).unwrap_or(true),
            host_pause: Duration::from_secs(reader.number("host_pause_seconds", 0, 3_600).into()),
            private_sources,
            browser: reader.browser("browser"),
            worker_concurrency: usize::try_from(reader.number("worker_concurrency", 1, 256)).unwrap_or(4),
            poll_concurrency: usize::try_from(reader.number("poll_concurrency", 1, 256)).unwrap_or(16),
            confirm_after: Duration::from_secs(reader.number("confirm_after_seconds", 0, 86_400).into()),
            confirm_samples_after: Duration::from_secs(
                reader.number("confirm_samples_after_seconds", 0, 86_400).into(),
            ),
            variant_returns: usize::try_from(reader.number("variant_returns", 1, 100)).unwrap_or(2),
            variant_window: Duration::from_hours(24 * u64::from(reader.number("variant_window_days", 1, 3_650))),
            variant_settle: Duration::from_hours(reader.number("variant_settle_hours", 1, 8_760).into()),
            review: ReviewPolicy {
                publish: reader
                    .word(
                        "review_publish",
                        &[Publish::All, Publish::Auto, Publish::Reviewed].map(|publish| (publish.as_str(), publish)),
                    )
                    .unwrap_or(Publish::Reviewed),
                auto_from: reader.share("review_auto_from", 1.0),
                queue_from: reader.share("review_queue_from", 0.0),
            },
            drafting: reader.drafting(),
            page_cache: Duration::from_secs(reader.number("page_cache_seconds", 0, 3_600).into()),
            client_address_header: reader.header("client_address_header"),
            log: reader.directives("log"),
            log_format: reader
                .word("log_format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])
                .unwrap_or(LogFormat::Text),
        };
        config.finish(base_url, reader.faults())
    }

    /// Settings that depend on others, and what production refuses.
    fn finish(mut self, base_url: Option<String>, mut faults: Vec<String>) -> Result<Self, ConfigFaults> {
        self.base_url = match base_url {
            Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
                url.trim_end_matches('/').to_owned()
            }
            Some(url) => {
                faults.push(format!("BASE_URL: `{url}` does not start with http:// or https://"));
                url
            }
            None => local_url(self.listen),
        };
        self.user_agent = self.user_agent.replace("{base_url}", &self.base_url);
        if self
            .secret_key
            .as_ref()
            .is_some_and(|key| key.expose_secret().len() < 32)
        {
            faults.push("SECRET_KEY: shorter than 32 characters".to_owned());
        }
        if self.review.queue_from > self.review.auto_from {
            faults.push(format!(
                "CONDUCTATLAS_REVIEW_QUEUE_FROM: {} is above CONDUCTATLAS_REVIEW_AUTO_FROM, which is {}",
                self.review.queue_from, self.review.auto_from
            ));
        }
        if self.mode == Mode::Production {
            if !self.base_url.starts_with("https://") {
                faults.push("BASE_URL: production needs an https:// address".to_owned());
            }
            if self.smtp_url.is_none() {
                faults.push("SMTP_URL: production needs a mail relay; the outbox is for development".to_owned());
            }
            if !self.private_sources.is_empty() {
                faults.push("CONDUCTATLAS_PRIVATE_SOURCES: production fetches public addresses only".to_owned());
            }
            match &self.secret_key {
                None => faults.push("SECRET_KEY: production needs its own secret".to_owned()),
                Some(key) if key.expose_secret().contains("change-me") => {
                    faults.push("SECRET_KEY: production needs its own secret, not the example's".to_owned());
                }
                Some(_) => {}
            }
            for (name, from) in [
                ("MAIL_FROM_ALERTS", &self.mail_from_alerts),
                ("MAIL_FROM_ACCOUNT", &self.mail_from_account),
            ] {
                if from.contains("@localhost") {
                    faults.push(format!("{name}: production needs a real sender, not {from}"));
                }
            }
        }
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(ConfigFaults(faults))
        }
    }

    /// Name and value of every setting, secrets hidden, in the order of [`SETTINGS`].
    pub fn redacted(sources: &Sources) -> Vec<(&'static str, String)> {
        SETTINGS
            .iter()
            .map(|setting| {
                let value = sources.value(setting.key);
                let shown = if setting.secret && !value.is_empty() {
                    "(set)".to_owned()
                } else {
                    value.to_owned()
                };
                (setting.variable, shown)
            })
            .collect()
    }
}

/// The address under which a browser on this machine reaches `listen`.
pub fn local_url(listen: SocketAddr) -> String {
    let host = match listen {
        SocketAddr::V4(address) if address.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => "[::1]".to_owned(),
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    format!("http://{host}:{}", listen.port())
}

#[cfg(test)]
mod tests;
