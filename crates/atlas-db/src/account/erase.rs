//! Leaving: an account and everything that is its own.
//!
//! Invariant: nothing that names the person stays, apart from the digest of a suppressed address. The organization goes
//! with its last member. A mail that is being sent at this instant may still arrive.

use atlas_domain::{AccountId, OrganizationId};
use sqlx::PgConnection;

use crate::Result;

/// Deletes an account with its watches, alerts, digests, mails, sessions and links; false if there is no such account.
/// In the web's role the transaction's tenant must be this organization and this account. A job that writes for the
/// account at the same time fails on its foreign key, and finds nothing to do when it is tried again.
pub async fn account_erase(
    connection: &mut PgConnection,
    account: AccountId,
    organization: OrganizationId,
) -> Result<bool> {
    let (person, tenant) = (account.uuid(), organization.uuid());
    // Held to the end, so that two who leave together, or one who leaves and one who joins, come after each other.
    sqlx::query!("SELECT id FROM organization WHERE id = $1 FOR UPDATE", tenant)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query!(
        "DELETE FROM reading_position WHERE account_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM delivery WHERE recipient_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM alert WHERE recipient_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM digest WHERE recipient_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM watch WHERE account_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("DELETE FROM unsubscription WHERE account_id = $1", person)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("DELETE FROM email_token WHERE account_id = $1", person)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("DELETE FROM session WHERE account_id = $1", person)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "DELETE FROM membership WHERE account_id = $1 AND org_id = $2",
        person,
        tenant
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "DELETE FROM organization o WHERE o.id = $1 AND NOT EXISTS (SELECT FROM membership m WHERE m.org_id = o.id)",
        tenant
    )
    .execute(&mut *connection)
    .await?;
    let done = sqlx::query!("DELETE FROM account WHERE id = $1", person)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}
