//! How often a stranger may try.
//!
//! Invariant: what is counted does not depend on whether an account exists, so a refusal tells nothing. Bucket names
//! hold digests: the table knows no address.

use std::time::Duration;

use atlas_db::account::{self, Rate};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Error;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

const fn rate(burst: u32, interval_seconds: u64) -> Rate {
    Rate {
        burst,
        interval: Duration::from_secs(interval_seconds),
    }
}

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attempt<'a> {
    /// A log-in for an address from a block: 5, then one in 3 minutes.
    LogIn { email: &'a str, block: &'a str },
    /// A log-in for an address from anywhere: 25, then one in 6 minutes. Wider than the one above, so that a stranger
    /// cannot lock somebody out of a block that is their own.
    LogInAnywhere { email: &'a str },
    /// Any log-in from a block: 50 in an hour.
    LogInFrom { block: &'a str },
    /// Signing up from a block: 20 in a day.
    SignUpFrom { block: &'a str },
    /// Asking for a mail from a block: 20 in a day.
    MailFrom { block: &'a str },
    /// A mail to an address that asked for none: 3 in a day.
    MailTo { email: &'a str },
    /// Changing a password while signed in: 10, then one in 3 minutes.
    ChangePassword { account: &'a str },
}

impl Attempt<'_> {
    fn rate(self) -> Rate {
        match self {
            Self::LogIn { .. } => rate(5, 3 * MINUTE),
            Self::LogInAnywhere { .. } => rate(25, 6 * MINUTE),
            Self::LogInFrom { .. } => rate(50, HOUR / 50),
            Self::SignUpFrom { .. } | Self::MailFrom { .. } => rate(20, 24 * HOUR / 20),
            Self::MailTo { .. } => rate(3, 8 * HOUR),
            Self::ChangePassword { .. } => rate(10, 3 * MINUTE),
        }
    }

    fn bucket(self) -> String {
        match self {
            Self::LogIn { email, block } => named("log_in", &[email, block]),
            Self::LogInAnywhere { email } => named("log_in_anywhere", &[email]),
            Self::LogInFrom { block } => named("log_in_from", &[block]),
            Self::SignUpFrom { block } => named("sign_up_from", &[block]),
            Self::MailFrom { block } => named("mail_from", &[block]),
            Self::MailTo { email } => named("mail_to", &[email]),
            Self::ChangePassword { account } => named("change_password", &[account]),
        }
    }
}

fn named(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("{kind}:{}", hex::encode(hash.finalize().get(..16).unwrap_or_default()))
}

/// Counts an attempt, or refuses it with the time to wait.
pub(super) async fn take(
    connection: &mut PgConnection,
    attempt: Attempt<'_>,
    now: OffsetDateTime,
) -> Result<(), Error> {
    match account::throttle_take(connection, &attempt.bucket(), attempt.rate(), now).await? {
        None => Ok(()),
        Some(wait) => Err(Error::TooManyRequests(wait)),
    }
}

/// Counts an attempt; `false` if it is one too many.
pub(super) async fn allows(
    connection: &mut PgConnection,
    attempt: Attempt<'_>,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    let wait = account::throttle_take(connection, &attempt.bucket(), attempt.rate(), now).await?;
    Ok(wait.is_none())
}

/// Forgets the attempts counted so far.
pub(super) async fn release(connection: &mut PgConnection, attempt: Attempt<'_>) -> Result<(), Error> {
    Ok(account::throttle_release(connection, &attempt.bucket()).await?)
}
