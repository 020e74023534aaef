//! Mails as files, for an instance without a relay: written by the transport, read by a page.
//!
//! Invariant: a file appears whole or not at all, one for each idempotency key; a name from outside can't leave the
//! folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use mailparse::{MailHeaderMap as _, ParsedMail};
use time::{OffsetDateTime, macros::format_description};

use crate::{MailError, OutgoingMail, SendError};

/// One line of the list of stored mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// File name; the argument of [`read`].
    pub name: String,
    /// The date that the mail bears.
    pub date: OffsetDateTime,
    /// The recipient as written.
    pub to: String,
    /// The subject.
    pub subject: String,
}

/// A stored mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMail {
    /// File name.
    pub name: String,
    /// The date that the mail bears.
    pub date: OffsetDateTime,
    /// The sender as written.
    pub from: String,
    /// The recipient as written.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// Every header, name and decoded value, in order.
    pub headers: Vec<(String, String)>,
    /// The plain text part.
    pub text: String,
    /// The HTML part; empty if there is none.
    pub html: String,
}

/// Writes mails into a folder.
#[derive(Debug, Clone)]
pub struct OutboxTransport {
    dir: PathBuf,
}

static STAGED: AtomicU64 = AtomicU64::new(0);

impl OutboxTransport {
    /// A transport into this folder, which need not exist yet.
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }
    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
    pub(crate) async fn send(&self, mail: &OutgoingMail) -> Result<(), SendError> {
        let bytes = mail.bytes()?;
        let key: String = mail
            .idempotency_key
            .chars()
            .map(|c| if c == ':' || c == '.' { '-' } else { c })
            .collect();
        let stamp = mail
            .date
            .to_offset(time::UtcOffset::UTC)
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
            .unwrap_or_default();
        let dir = self.dir.clone();
        tokio::task::spawn_blocking(move || store(&dir, &stamp, &key, &bytes))
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| SendError::Transient {
                detail: format!("the outbox can't be written: {error}"),
            })
    }
}

fn store(dir: &Path, stamp: &str, key: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let ending = format!("-{key}.eml");
    for entry in fs::read_dir(dir)? {
        // A time stamp has no dash, so the key is whatever follows the first one.
        let name = entry?.file_name();
        if name.to_str().is_some_and(|name| {
            name.split_once('-')
                .is_some_and(|(_, rest)| ending.get(1..) == Some(rest))
        }) {
            return Ok(());
        }
    }
    // Written aside and linked into place: the link fails if the name is taken, and is never half a file.
    let staged = dir.join(format!(
        ".{}-{}.part",
        std::process::id(),
        STAGED.fetch_add(1, Ordering::Relaxed)
    ));
    fs::write(&staged, bytes)?;
    let linked = fs::hard_link(&staged, dir.join(format!("{stamp}{ending}")));
    fs::remove_file(&staged)?;
    linked.or_else(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            Ok(())
        } else {
            Err(error)
        }
    })
}

/// The stored mails, newest first; empty if the folder does not exist. Reads the disk: call it off the async threads.
pub fn list(dir: &Path) -> Result<Vec<OutboxEntry>, MailError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string()
            && is_name(&name)
        {
            names.push(name);
        }
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    let mut listed = Vec::with_capacity(names.len());
    for name in names {
        let bytes = fs::read(dir.join(&name))?;
        let (headers, _) = mailparse::parse_headers(&bytes)?;
        listed.push(OutboxEntry {
            date: date_of(headers.get_first_value("Date")),
            to: headers.get_first_value("To").unwrap_or_default(),
            subject: headers.get_first_value("Subject").unwrap_or_default(),
            name,
        });
    }
    Ok(listed)
}

/// One stored mail, by its name in the list. Reads the disk: call it off the async threads.
pub fn read(dir: &Path, name: &str) -> Result<OutboxMail, MailError> {
    if !is_name(name) {
        return Err(MailError::NotFound);
    }
    let bytes = fs::read(dir.join(name)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => MailError::NotFound,
        _ => error.into(),
    })?;
    let mail = mailparse::parse_mail(&bytes)?;
    let header = |field: &str| mail.headers.get_first_value(field).unwrap_or_default();
    Ok(OutboxMail {
        name: name.to_owned(),
        date: date_of(mail.headers.get_first_value("Date")),
        from: header("From"),
        to: header("To"),
        subject: header("Subject"),
        headers: mail
            .headers
            .iter()
            .map(|header| (header.get_key(), header.get_value()))
            .collect(),
        text: part(&mail, "text/plain")?,
        html: part(&mail, "text/html")?,
    })
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.len() <= 300 && name.strip_suffix(".eml").is_some() && !name.starts_with('.') && name.bytes().all(allowed)
}

fn date_of(value: Option<String>) -> OffsetDateTime {
    value
        .and_then(|value| mailparse::dateparse(&value).ok())
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn part(mail: &ParsedMail<'_>, kind: &str) -> Result<String, MailError> {
    mail.parts()
        .find(|part| part.ctype.mimetype == kind)
        .map_or_else(|| Ok(String::new()), |part| Ok(part.get_body()?.replace("\r\n", "\n")))
}
