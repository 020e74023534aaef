//! Who is staff, and what they did.
//!
//! Invariant: the web's role has no right to appoint anybody; every action of staff leaves a row that nobody alters.

use atlas_domain::AccountId;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Result;

/// Whether an account belongs to staff.
pub async fn is_staff(connection: &mut PgConnection, account: AccountId) -> Result<bool> {
    let row = sqlx::query!("SELECT account_id FROM staff WHERE account_id = $1", account.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Makes an account staff; `false` if it was.
pub async fn staff_insert(connection: &mut PgConnection, account: AccountId, at: OffsetDateTime) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO staff (account_id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account.uuid(),
        at
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes an account out of staff; `false` if it was not in it.
pub async fn staff_delete(connection: &mut PgConnection, account: AccountId) -> Result<bool> {
    let done = sqlx::query!("DELETE FROM staff WHERE account_id = $1", account.uuid())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// An action to be noted.
#[derive(Debug, Clone, Copy)]
pub struct NewStaffAction<'a> {
    /// Who; `None` from the machine of the instance.
    pub account: Option<AccountId>,
    /// One word, for example `review_rejected`.
    pub action: &'a str,
    /// What it was done to, as a person reads it.
    pub subject: &'a str,
    /// A path of ours that shows it; may be empty.
    pub path: &'a str,
    /// Why, or what became of it; may be empty.
    pub detail: &'a str,
}

/// Notes an action.
pub async fn staff_action_insert(
    connection: &mut PgConnection,
    new: NewStaffAction<'_>,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO staff_action (id, account_id, action, subject, path, detail, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        new.account.map(AccountId::uuid),
        new.action,
        new.subject,
        new.path,
        new.detail,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An action as the log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffAction {
    /// Address of who did it; `None` from the machine of the instance, or where the account is gone.
    pub email: Option<String>,
    /// One word.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// A path of ours that shows it; may be empty.
    pub path: String,
    /// Why, or what became of it; may be empty.
    pub detail: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// The latest actions, at most `limit` after leaving out `offset`.
pub async fn staff_actions(connection: &mut PgConnection, limit: i64, offset: i64) -> Result<Vec<StaffAction>> {
    Ok(sqlx::query_as!(
        StaffAction,
        r#"SELECT a.email AS "email?", s.action, s.subject, s.path, s.detail, s.created_at
           FROM staff_action s LEFT JOIN account a ON a.id = s.account_id
           ORDER BY s.created_at DESC, s.id DESC LIMIT $1 OFFSET $2"#,
        limit,
        offset
    )
    .fetch_all(connection)
    .await?)
}
