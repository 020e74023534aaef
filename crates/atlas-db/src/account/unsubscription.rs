//! Rows of `unsubscription`: lists that a person no longer wants mail from (`alerts`, `digest`).

use atlas_domain::AccountId;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Ends a list for an account; ending it again changes nothing. `false` if the account does not exist.
pub async fn unsubscription_insert(
    connection: &mut PgConnection,
    account: AccountId,
    list: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"WITH known AS (SELECT id FROM account WHERE id = $1),
                ended AS (INSERT INTO unsubscription (account_id, list, created_at) SELECT id, $2, $3 FROM known
                          ON CONFLICT DO NOTHING)
           SELECT EXISTS (SELECT FROM known) AS "known!""#,
        account.uuid(),
        list,
        now
    )
    .fetch_one(connection)
    .await?;
    Ok(known)
}

/// Starts a list again.
pub async fn unsubscription_delete(connection: &mut PgConnection, account: AccountId, list: &str) -> Result<()> {
    sqlx::query!(
        "DELETE FROM unsubscription WHERE account_id = $1 AND list = $2",
        account.uuid(),
        list
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The lists an account has ended.
pub async fn unsubscriptions_of_account(connection: &mut PgConnection, account: AccountId) -> Result<Vec<String>> {
    let lists = sqlx::query_scalar!(
        "SELECT list FROM unsubscription WHERE account_id = $1 ORDER BY list",
        account.uuid()
    )
    .fetch_all(connection)
    .await?;
    Ok(lists)
}
