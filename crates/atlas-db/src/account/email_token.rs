//! Rows of `email_token`: single-use links in mails.
//!
//! Invariant: a token is consumed by one statement, so that of two uses at once one wins.

use atlas_domain::{AccountId, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// Confirm an address.
    ConfirmEmail,
    /// Choose a new password.
    ResetPassword,
}

impl TokenPurpose {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// Stores the hash of a token.
pub async fn email_token_insert(
    connection: &mut PgConnection,
    token_hash: Sha256,
    account: AccountId,
    purpose: TokenPurpose,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO email_token (token_hash, account_id, purpose, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        token_hash.as_bytes().as_slice(),
        account.uuid(),
        purpose.as_str(),
        expires_at,
        created_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a token could be used now.
pub async fn email_token_peek(
    connection: &mut PgConnection,
    token_hash: Sha256,
    purpose: TokenPurpose,
    now: OffsetDateTime,
) -> Result<bool> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM email_token WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL
           AND expires_at > $3) AS "found!""#,
        token_hash.as_bytes().as_slice(),
        purpose.as_str(),
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(found)
}

/// Uses a token up; `None` if it is unknown, used or too old.
pub async fn email_token_consume(
    connection: &mut PgConnection,
    token_hash: Sha256,
    purpose: TokenPurpose,
    now: OffsetDateTime,
) -> Result<Option<AccountId>> {
    let account = sqlx::query_scalar!(
        "UPDATE email_token SET used_at = $3
         WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3
         RETURNING account_id",
        token_hash.as_bytes().as_slice(),
        purpose.as_str(),
        now
    )
    .fetch_optional(connection)
    .await?;
    Ok(account.map(AccountId))
}

/// Ends every open token of an account for one purpose.
pub async fn email_tokens_end(
    connection: &mut PgConnection,
    account: AccountId,
    purpose: TokenPurpose,
    now: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE email_token SET used_at = $3 WHERE account_id = $1 AND purpose = $2 AND used_at IS NULL",
        account.uuid(),
        purpose.as_str(),
        now
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes tokens that have run out, used or not.
pub async fn email_tokens_forget(connection: &mut PgConnection, now: OffsetDateTime) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM email_token WHERE expires_at <= $1", now)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}
