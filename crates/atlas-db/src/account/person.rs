//! Rows of `account`: a person who can log in.

use atlas_domain::AccountId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// A person who can log in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// The address, in lower case.
    pub email: String,
    /// Argon2id in PHC form.
    pub password_hash: String,
    /// The name; may be empty.
    pub display_name: String,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// When the address was confirmed.
    pub email_confirmed_at: Option<OffsetDateTime>,
    /// When the account was closed to its owner.
    pub suspended_at: Option<OffsetDateTime>,
}

/// An account to be.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    /// The id.
    pub id: AccountId,
    /// The address, in lower case.
    pub email: &'a str,
    /// Argon2id in PHC form.
    pub password_hash: &'a str,
    /// The name; may be empty.
    pub display_name: &'a str,
    /// When it is made.
    pub created_at: OffsetDateTime,
}

/// Makes an account; `false` if the address has one already, even one made a moment ago by somebody else.
pub async fn account_insert(connection: &mut PgConnection, new: &NewAccount<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO account (id, email, password_hash, display_name, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email) DO NOTHING",
        new.id.uuid(),
        new.email,
        new.password_hash,
        new.display_name,
        new.created_at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The account with an address (lower case).
pub async fn account_by_email(connection: &mut PgConnection, email: &str) -> Result<Option<Account>> {
    let account = sqlx::query_as!(
        Account,
        "SELECT id, email, password_hash, display_name, time_zone, email_confirmed_at, suspended_at
         FROM account WHERE email = $1",
        email
    )
    .fetch_optional(connection)
    .await?;
    Ok(account)
}

/// The account with an id.
pub async fn account_by_id(connection: &mut PgConnection, id: AccountId) -> Result<Option<Account>> {
    let account = sqlx::query_as!(
        Account,
        "SELECT id, email, password_hash, display_name, time_zone, email_confirmed_at, suspended_at
         FROM account WHERE id = $1",
        id.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(account)
}

/// Notes that the address belongs to the person; keeps the first instant.
pub async fn account_confirm(connection: &mut PgConnection, id: AccountId, at: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "UPDATE account SET email_confirmed_at = $2 WHERE id = $1 AND email_confirmed_at IS NULL",
        id.uuid(),
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces the password (Argon2id in PHC form).
pub async fn account_set_password(connection: &mut PgConnection, id: AccountId, password_hash: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE account SET password_hash = $2 WHERE id = $1",
        id.uuid(),
        password_hash
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces name and time zone (an IANA name).
pub async fn account_set_profile(
    connection: &mut PgConnection,
    id: AccountId,
    display_name: &str,
    time_zone: &str,
) -> Result<()> {
    sqlx::query!(
        "UPDATE account SET display_name = $2, time_zone = $3 WHERE id = $1",
        id.uuid(),
        display_name,
        time_zone
    )
    .execute(connection)
    .await?;
    Ok(())
}
