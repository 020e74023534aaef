//! Rows of `session`: the hash of a secret in somebody's cookie.
//!
//! Invariant: the secret itself never gets here, so a copy of the table cannot log in.

use atlas_domain::{AccountId, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::digest};

/// A session to be.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// SHA-256 of the secret.
    pub id_hash: Sha256,
    /// Whose.
    pub account_id: AccountId,
    /// When it starts.
    pub created_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// The browser's name for itself, shortened.
    pub user_agent: &'a str,
}

/// The account behind a live session.
#[derive(Debug, Clone)]
pub struct SessionAccount {
    /// The account.
    pub account_id: AccountId,
    /// The address.
    pub email: String,
    /// The name; may be empty.
    pub display_name: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// When the session was last used, to the minutes that writing it is saved.
    pub last_seen_at: OffsetDateTime,
}

/// One session as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// SHA-256 of the secret.
    pub id_hash: Sha256,
    /// When it started.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_seen_at: OffsetDateTime,
    /// The browser's name for itself.
    pub user_agent: String,
}

/// Starts a session.
pub async fn session_insert(connection: &mut PgConnection, new: &NewSession<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO session (id_hash, account_id, created_at, last_seen_at, expires_at, user_agent)
         VALUES ($1, $2, $3, $3, $4, $5)",
        new.id_hash.as_bytes().as_slice(),
        new.account_id.uuid(),
        new.created_at,
        new.expires_at,
        new.user_agent,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The account of a session that has not ended, was used after `idle_since`, and whose owner may log in.
pub async fn session_account(
    connection: &mut PgConnection,
    id_hash: Sha256,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<Option<SessionAccount>> {
    let account = sqlx::query_as!(
        SessionAccount,
        "SELECT account.id AS account_id, account.email, account.display_name, account.time_zone,
                session.last_seen_at
         FROM session JOIN account ON account.id = session.account_id
         WHERE session.id_hash = $1 AND session.expires_at > $2 AND session.last_seen_at > $3
           AND account.suspended_at IS NULL AND account.email_confirmed_at IS NOT NULL",
        id_hash.as_bytes().as_slice(),
        now,
        idle_since,
    )
    .fetch_optional(connection)
    .await?;
    Ok(account)
}

/// Notes that a session was used.
pub async fn session_touch(connection: &mut PgConnection, id_hash: Sha256, now: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "UPDATE session SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2",
        id_hash.as_bytes().as_slice(),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a session.
pub async fn session_delete(connection: &mut PgConnection, id_hash: Sha256) -> Result<()> {
    sqlx::query!("DELETE FROM session WHERE id_hash = $1", id_hash.as_bytes().as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends one session of an account; `false` if the account has no such session.
pub async fn session_delete_of_account(
    connection: &mut PgConnection,
    account: AccountId,
    id_hash: Sha256,
) -> Result<bool> {
    let done = sqlx::query!(
        "DELETE FROM session WHERE id_hash = $1 AND account_id = $2",
        id_hash.as_bytes().as_slice(),
        account.uuid()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of an account but one; with `None`, every one.
pub async fn sessions_delete_others(
    connection: &mut PgConnection,
    account: AccountId,
    keep: Option<Sha256>,
) -> Result<u64> {
    let keep = keep.map(|hash| hash.as_bytes().to_vec());
    let done = sqlx::query!(
        "DELETE FROM session WHERE account_id = $1 AND ($2::bytea IS NULL OR id_hash <> $2)",
        account.uuid(),
        keep
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes an account's sessions that have ended by themselves.
pub async fn sessions_forget_expired(
    connection: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM session WHERE account_id = $1 AND (expires_at <= $2 OR last_seen_at <= $3)",
        account.uuid(),
        now,
        idle_since
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Deletes sessions that have run out, whoever they belong to.
pub async fn sessions_forget(connection: &mut PgConnection, now: OffsetDateTime) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM session WHERE expires_at <= $1", now)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// The live sessions of an account, latest use first.
pub async fn sessions_of_account(
    connection: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
    idle_since: OffsetDateTime,
) -> Result<Vec<SessionRow>> {
    let rows = sqlx::query!(
        "SELECT id_hash, created_at, last_seen_at, user_agent FROM session
         WHERE account_id = $1 AND expires_at > $2 AND last_seen_at > $3
         ORDER BY last_seen_at DESC, id_hash LIMIT 100",
        account.uuid(),
        now,
        idle_since
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SessionRow {
                id_hash: digest(&row.id_hash)?,
                created_at: row.created_at,
                last_seen_at: row.last_seen_at,
                user_agent: row.user_agent,
            })
        })
        .collect()
}
