//! Rows of `organization` and `membership`, and the setting that makes a tenant's rows visible.

use atlas_domain::{AccountId, OrganizationId, Plan};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// A tenant.
#[derive(Debug, Clone)]
pub struct Organization {
    /// The id.
    pub id: OrganizationId,
    /// The name.
    pub name: String,
    /// What it pays for.
    pub plan: Plan,
}

/// That an account belongs to an organization.
#[derive(Debug, Clone)]
pub struct Membership {
    /// The organization.
    pub organization_id: OrganizationId,
    /// `owner`, `admin`, `editor` or `viewer`.
    pub role: String,
}

/// Shows the rows of one organization, or only the account's own memberships, until the transaction ends.
pub async fn tenant_set(
    connection: &mut PgConnection,
    organization: Option<OrganizationId>,
    account: AccountId,
) -> Result<()> {
    sqlx::query!(
        "SELECT set_config('app.org_id', $1, true) AS org, set_config('app.account_id', $2, true) AS account",
        organization.map(|id| id.to_string()).unwrap_or_default(),
        account.to_string(),
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Makes an organization on Free.
pub async fn organization_insert(
    connection: &mut PgConnection,
    id: OrganizationId,
    name: &str,
    created_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)",
        id.uuid(),
        name,
        created_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An organization.
pub async fn organization_by_id(connection: &mut PgConnection, id: OrganizationId) -> Result<Option<Organization>> {
    let row = sqlx::query!("SELECT id, name, plan FROM organization WHERE id = $1", id.uuid())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Organization {
            id: OrganizationId(row.id),
            name: row.name,
            plan: word(&row.plan)?,
        })
    })
    .transpose()
}

/// The plan of an organization, with its row locked until the transaction ends: whoever counts against a limit
/// counts alone.
pub async fn organization_lock(connection: &mut PgConnection, id: OrganizationId) -> Result<Option<Plan>> {
    let plan = sqlx::query_scalar!("SELECT plan FROM organization WHERE id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(connection)
        .await?;
    plan.map(|plan| word(&plan)).transpose()
}

/// Makes an account a member.
pub async fn membership_insert(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    role: &str,
    created_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO membership (org_id, account_id, role, created_at) VALUES ($1, $2, $3, $4)",
        organization.uuid(),
        account.uuid(),
        role,
        created_at
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The first organization an account joined.
pub async fn membership_of_account(connection: &mut PgConnection, account: AccountId) -> Result<Option<Membership>> {
    let membership = sqlx::query_as!(
        Membership,
        "SELECT org_id AS organization_id, role FROM membership WHERE account_id = $1
         ORDER BY created_at, org_id LIMIT 1",
        account.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(membership)
}

/// Gives an organization another name.
pub async fn organization_rename(connection: &mut PgConnection, id: OrganizationId, name: &str) -> Result<()> {
    sqlx::query!("UPDATE organization SET name = $2 WHERE id = $1", id.uuid(), name)
        .execute(connection)
        .await?;
    Ok(())
}
