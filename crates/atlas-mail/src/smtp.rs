//! A conversation with a relay, and what its end means.
//!
//! Invariant: a mail counts as possibly accepted from the moment its final dot is written until a reply is read, and
//! at no other time: everything before is certainly not accepted, everything after is what the reply says.

use std::{
    iter,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    address::Envelope,
    transport::smtp::{
        Error as SmtpError,
        authentication::Mechanism,
        client::{AsyncSmtpConnection, Tls},
        commands::{Data, Mail, Noop, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
    },
};
use tokio::time::{Instant, timeout};

use crate::{MailError, OutgoingMail, SendError, smtp_url::Relay};

/// Everything up to the relay's "go ahead" after DATA.
const PREPARE_WITHIN: Duration = Duration::from_mins(1);
/// RFC 5321 asks to wait ten minutes for the reply to the final dot; waiting less makes duplicates.
const REPLY_WITHIN: Duration = Duration::from_mins(10);
const QUIT_WITHIN: Duration = Duration::from_secs(2);
const IDLE_CONNECTIONS: usize = 4;
const IDLE_FOR: Duration = Duration::from_secs(30);
const MAILS_PER_CONNECTION: u32 = 100;

struct Connection {
    smtp: AsyncSmtpConnection,
    mails: u32,
    idle_since: Instant,
}

struct Inner {
    relay: Relay,
    idle: Mutex<Vec<Connection>>,
    prepare_within: Duration,
    reply_within: Duration,
}

/// A relay and a few idle connections to it; clones share both.
#[derive(Clone)]
pub struct SmtpTransport(Arc<Inner>);

impl std::fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SmtpTransport").field(&self.0.relay).finish()
    }
}

/// Where in the conversation something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connect,
    LogIn,
    MailFrom,
    RcptTo,
    Data,
    Content,
    FinalDot,
}

impl Stage {
    const fn label(self) -> &'static str {
        match self {
            Self::Connect => "connecting",
            Self::LogIn => "logging in",
            Self::MailFrom => "MAIL FROM",
            Self::RcptTo => "RCPT TO",
            Self::Data => "DATA",
            Self::Content => "sending the text",
            Self::FinalDot => "after the final dot",
        }
    }
}

impl SmtpTransport {
    /// A relay by its address; see [`crate::Transport::smtp`].
    pub fn new(url: &str) -> Result<Self, MailError> {
        Self::with_timeouts(url, PREPARE_WITHIN, REPLY_WITHIN)
    }

    /// The same with other waiting times: up to the go-ahead after DATA, and for the reply to the final dot.
    pub fn with_timeouts(url: &str, prepare_within: Duration, reply_within: Duration) -> Result<Self, MailError> {
        Ok(Self(Arc::new(Inner {
            relay: Relay::parse(url)?,
            idle: Mutex::default(),
            prepare_within,
            reply_within,
        })))
    }

    pub(crate) async fn send(&self, mail: &OutgoingMail) -> Result<(), SendError> {
        let message = mail.message()?;
        let bytes = message.formatted();
        let prepared = timeout(self.0.prepare_within, self.prepare(message.envelope(), &bytes)).await;
        let mut connection = prepared.map_err(|_| SendError::Transient {
            detail: "no go-ahead from the relay in time".to_owned(),
        })??;
        // The iterator is asked for more only when every byte before was written: what follows is the final dot.
        let mut dot_reached = false;
        let content = iter::once(bytes.as_slice()).chain(iter::from_fn(|| {
            dot_reached = true;
            None
        }));
        let replied = timeout(self.0.reply_within, connection.smtp.message_iter(content)).await;
        let stage = if dot_reached { Stage::FinalDot } else { Stage::Content };
        match replied {
            Ok(Ok(_)) => {
                connection.mails += 1;
                self.keep(connection);
                Ok(())
            }
            Ok(Err(error)) => {
                if error.status().is_some() {
                    quit(connection).await;
                }
                Err(classify(stage, &error))
            }
            // The connection is dropped, and with it closed, before anybody else can look at the mail.
            Err(_) if dot_reached => Err(SendError::Ambiguous {
                detail: "no reply to the final dot in time".to_owned(),
            }),
            Err(_) => Err(SendError::Transient {
                detail: "the relay did not take the text in time".to_owned(),
            }),
        }
    }

    /// Connects, logs in and says NOOP.
    pub(crate) async fn probe(&self) -> Result<(), SendError> {
        let work = async {
            let mut connection = self.connect().await?;
            let spoken = connection.smtp.command(Noop).await;
            spoken.map_err(|error| classify(Stage::LogIn, &error))?;
            self.keep(connection);
            Ok(())
        };
        timeout(self.0.prepare_within, work).await.unwrap_or_else(|_| {
            Err(SendError::Transient {
                detail: "no answer from the relay in time".to_owned(),
            })
        })
    }

    /// A connection on which the relay waits for the text of this mail.
    async fn prepare(&self, envelope: &Envelope, bytes: &[u8]) -> Result<Connection, SendError> {
        while let Some(mut connection) = self.take_idle() {
            match announce(&mut connection.smtp, envelope, bytes).await {
                Ok(()) => return Ok(connection),
                Err((stage, error)) if error.status().is_some_and(|code| code.to_string() != "421") => {
                    quit(connection).await;
                    return Err(classify(stage, &error));
                }
                // An idle connection that the relay closed says nothing of this mail: try another one.
                Err(_) => {}
            }
        }
        let mut connection = self.connect().await?;
        match announce(&mut connection.smtp, envelope, bytes).await {
            Ok(()) => Ok(connection),
            Err((stage, error)) => {
                quit(connection).await;
                Err(classify(stage, &error))
            }
        }
    }

    async fn connect(&self) -> Result<Connection, SendError> {
        let Relay {
            host,
            port,
            tls,
            hello,
            credentials,
        } = &self.0.relay;
        let wrapped = match tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (host.as_str(), *port);
        let mut smtp = AsyncSmtpConnection::connect_tokio1(server, Some(self.0.prepare_within), hello, wrapped, None)
            .await
            .map_err(|error| classify(Stage::Connect, &error))?;
        let upgrade = match tls {
            Tls::Opportunistic(parameters) if smtp.can_starttls() => Some(parameters),
            Tls::Required(parameters) => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = upgrade {
            let upgraded = smtp.starttls(parameters.clone(), hello).await;
            upgraded.map_err(|error| classify(Stage::Connect, &error))?;
        }
        if let Some(credentials) = credentials {
            let logged_in = smtp.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await;
            logged_in.map_err(|error| classify(Stage::LogIn, &error))?;
        }
        Ok(Connection {
            smtp,
            mails: 0,
            idle_since: Instant::now(),
        })
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|connection| connection.idle_since.elapsed() < IDLE_FOR);
        idle.pop()
    }

    fn keep(&self, mut connection: Connection) {
        connection.idle_since = Instant::now();
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS && connection.mails < MAILS_PER_CONNECTION {
            idle.push(connection);
        }
    }
}

/// MAIL FROM, RCPT TO and DATA.
async fn announce(smtp: &mut AsyncSmtpConnection, envelope: &Envelope, bytes: &[u8]) -> Result<(), (Stage, SmtpError)> {
    let mut parameters = Vec::new();
    let addresses = envelope.from().into_iter().chain(envelope.to());
    if !addresses
        .into_iter()
        .all(|address| AsRef::<str>::as_ref(address).is_ascii())
        && smtp.server_info().supports_feature(Extension::SmtpUtfEight)
    {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    smtp.command(mail).await.map_err(|error| (Stage::MailFrom, error))?;
    for recipient in envelope.to() {
        let rcpt = Rcpt::new(recipient.clone(), Vec::new());
        smtp.command(rcpt).await.map_err(|error| (Stage::RcptTo, error))?;
    }
    smtp.command(Data).await.map_err(|error| (Stage::Data, error))?;
    Ok(())
}

async fn quit(mut connection: Connection) {
    // Politeness only: the outcome is already known.
    let _ = timeout(QUIT_WITHIN, connection.smtp.abort()).await;
}

fn classify(stage: Stage, error: &SmtpError) -> SendError {
    let detail: String = format!("{}: {error}", stage.label()).chars().take(500).collect();
    // A refusal of our own log-in or connection says nothing of the recipient: somebody has to mend the settings.
    let is_about_us = matches!(stage, Stage::Connect | Stage::LogIn)
        || error
            .status()
            .is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    if error.is_permanent() && !is_about_us {
        SendError::Permanent { detail }
    } else if stage == Stage::FinalDot && error.status().is_none() {
        SendError::Ambiguous { detail }
    } else {
        SendError::Transient { detail }
    }
}
