//! Connections, roles and the schema.
//!
//! Invariant: a connection works under the role it was made for from its first statement on, and tenant settings
//! live no longer than one transaction.

use atlas_domain::{AccountId, OrganizationId};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, Postgres, Transaction};

use crate::{Error, Result};

/// The migrations of the product's own tables, embedded in the binary.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// As whom the database is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The owner of the schema: migrations and administration.
    Owner,
    /// The web: reads the record, writes accounts and tenant rows, under row-level security.
    App,
    /// The worker: writes the record and the deliveries.
    Worker,
}

impl Role {
    /// What a new connection is told. A transaction that is forgotten open must not hold back vacuum for ever.
    const fn session(self) -> &'static str {
        match self {
            Self::Owner => "SET idle_in_transaction_session_timeout = '60s'",
            Self::App => "SET idle_in_transaction_session_timeout = '60s'; SET ROLE conductatlas_app",
            Self::Worker => "SET idle_in_transaction_session_timeout = '60s'; SET ROLE conductatlas_worker",
        }
    }
}

/// Opens a pool of at most `max_connections` connections that all work under `role`.
///
/// # Errors
/// [`Error::Database`] if the address is malformed, the server cannot be reached or the role may not be taken.
pub async fn connect(url: &str, role: Role, max_connections: u32) -> Result<PgPool> {
    let options: PgConnectOptions = url.parse().map_err(Error::Database)?;
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(std::time::Duration::from_secs(10))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(role.session()).await?;
                Ok(())
            })
        })
        .connect_with(options.application_name("conductatlas"))
        .await?;
    Ok(pool)
}

/// Brings the product's own tables up to date, as the owner; safe to call at every start and from many processes.
///
/// # Errors
/// [`Error::Migrate`] if a migration fails or one that was applied has since been edited.
pub async fn migrate(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for role in ["conductatlas_app", "conductatlas_worker"] {
        connection.execute(AssertSqlSafe(role_made(role))).await?;
    }
    MIGRATOR.run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Makes a role where it is missing. Roles belong to the whole cluster, and no lock reaches from one database into
/// another: whoever comes second is told that the role is there, which is what it wanted. The first migration, which
/// does the same with a look before, then finds them.
fn role_made(name: &str) -> String {
    format!(
        "DO $$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
                 CREATE ROLE {name} NOLOGIN NOBYPASSRLS NOCREATEDB NOCREATEROLE;
             END IF;
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
         END $$"
    )
}

/// The version of the server that answers, for example `15.18`.
///
/// # Errors
/// [`Error::Database`] if it does not answer.
pub async fn server_version(connection: &mut PgConnection) -> Result<String> {
    Ok(
        sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
            .fetch_one(connection)
            .await?,
    )
}

/// Begins a transaction in which row-level security shows the rows of one organization to one account.
///
/// # Errors
/// [`Error::Database`] if no connection is free in time.
pub async fn tenant_transaction(
    pool: &PgPool,
    organization: OrganizationId,
    account: AccountId,
) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "SELECT set_config('app.org_id', $1, true) AS org, set_config('app.account_id', $2, true) AS account",
        organization.to_string(),
        account.to_string(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    Ok(transaction)
}
