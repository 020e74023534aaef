//! S-01 and S-02: a tenant's rows are invisible outside it, and nothing of a tenant stays on a pooled connection.

use atlas_db::{Role, tenant_transaction};
use atlas_domain::{AccountId, OrganizationId, PlatformId, WatchId};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use time::macros::datetime;

use crate::harness::Scratch;

const TENANT_TABLES: [&str; 6] = ["membership", "watch", "alert", "digest", "delivery", "reading_position"];

/// A tenant with one member who watches one platform, was alerted of its one change, and has looked at it: a row in
/// every table of a tenant.
async fn tenant(owner: &PgPool, name: &str) -> (OrganizationId, AccountId) {
    let (organization, account) = (OrganizationId::generate(), AccountId::generate());
    let (platform, now) = (PlatformId::generate(), datetime!(2026-11-23 08:00 UTC));
    let (document, alert) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let mut transaction = owner.begin().await.unwrap();
    sqlx::query("INSERT INTO account (id, email, password_hash, created_at) VALUES ($1, $2, 'x', $3)")
        .bind(account.uuid())
        .bind(format!("{name}@example.org"))
        .bind(now)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(organization.uuid())
        .bind(name)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("INSERT INTO membership VALUES ($1, $2, 'owner', $3)")
        .bind(organization.uuid())
        .bind(account.uuid())
        .bind(now)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("INSERT INTO platform (id, slug, name, category, created_at) VALUES ($1, $2, $2, 'x', $3)")
        .bind(platform.uuid())
        .bind(name)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query("INSERT INTO watch (id, org_id, account_id, platform_id, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(WatchId::generate().uuid())
        .bind(organization.uuid())
        .bind(account.uuid())
        .bind(platform.uuid())
        .bind(now)
        .execute(&mut *transaction)
        .await
        .unwrap();
    for statement in [
        "INSERT INTO document (id, platform_id, slug, document_type, title, created_at)
         VALUES ($1, $2, 'terms', 'Terms of Service', 'Terms', $6)",
        "INSERT INTO version (id, document_id, number, kind, captured_at, text, blocks, text_sha256, normal_sha256,
                              word_count, created_at)
         SELECT CASE number WHEN 1 THEN $1 ELSE $2 END, $1, number, CASE number WHEN 1 THEN 'first_record' ELSE 'update' END,
                $6 + number * interval '1 hour', 'text', '[]', sha256(number::text::bytea), sha256(number::text::bytea), 1, $6
         FROM generate_series(1, 2) AS number",
        "INSERT INTO change (id, document_id, old_version_id, new_version_id, kind, materiality, direction, severity,
                             labels, headline, hunks, signals, words_added, words_removed, detected_at, rule_version,
                             created_at)
         VALUES ($1, $1, $1, $2, 'update', 'material', 'worse', 'high', '{}', 'A change', '[]', '[]', 1, 1, $6, 1, $6)",
        "INSERT INTO alert (id, org_id, change_id, recipient_id, created_at, send_by) VALUES ($3, $4, $1, $5, $6, $6)",
        "INSERT INTO digest (id, org_id, recipient_id, iso_year, iso_week, from_seq, cut_seq, created_at)
         VALUES ($3, $4, $5, 2026, 48, 0, 1, $6)",
        "INSERT INTO delivery (id, org_id, recipient_id, kind, alert_id, message_id, tier, due_at, created_at)
         VALUES ($3, $4, $5, 'alert', $3, $3::text, 1, $6, $6)",
        "INSERT INTO reading_position VALUES ($4, $5, $1, $2, $6)",
    ] {
        // Every statement knows all six values, so that one list serves them all.
        let typed = format!(
            "WITH given AS (SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::timestamptz) {statement}"
        );
        sqlx::query(AssertSqlSafe(typed))
            .bind(document)
            .bind(platform.uuid())
            .bind(alert)
            .bind(organization.uuid())
            .bind(account.uuid())
            .bind(now)
            .execute(&mut *transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    (organization, account)
}

/// How many rows of a tenant's table a connection sees.
async fn seen(connection: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_table_of_a_tenant_is_under_forced_row_level_security() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Owner, 1).await;
    let bare: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r'
           AND (c.relname = 'organization' OR EXISTS (SELECT FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped))
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(bare.is_empty(), "without forced row-level security: {bare:?}");
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname || '.' || p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND 'conductatlas_app'::regrole = ANY(p.polroles)
           AND (p.polqual IS NULL OR p.polwithcheck IS NULL
                OR pg_get_expr(p.polqual, p.polrelid) !~ 'current_(org|account)'
                OR pg_get_expr(p.polwithcheck, p.polrelid) !~ 'current_org')",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(open.is_empty(), "policies that do not name the tenant: {open:?}");
    let to_all: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_policy WHERE 0 = ANY(polroles)")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(to_all, 0, "a policy for PUBLIC");
}

#[tokio::test]
async fn without_a_tenant_every_tenant_table_is_empty() {
    let scratch = Scratch::new().await;
    let (organization, account) = tenant(&scratch.pool(Role::Owner, 1).await, "one").await;
    let pool = scratch.pool(Role::App, 1).await;
    for table in TENANT_TABLES.into_iter().chain(["organization"]) {
        assert_eq!(seen(&mut pool.acquire().await.unwrap(), table).await, 0, "{table}");
        let mut transaction = tenant_transaction(&pool, organization, account).await.unwrap();
        assert_eq!(seen(&mut transaction, table).await, 1, "{table} of its own tenant");
    }
}

#[tokio::test]
async fn a_tenant_sees_its_own_row_in_every_table_and_no_other() {
    let scratch = Scratch::new().await;
    let owner = scratch.pool(Role::Owner, 1).await;
    let (one, account) = tenant(&owner, "one").await;
    tenant(&owner, "two").await;
    let pool = scratch.pool(Role::App, 1).await;
    for table in TENANT_TABLES.into_iter().chain(["organization"]) {
        let key = if table == "organization" { "id" } else { "org_id" };
        let mut transaction = tenant_transaction(&pool, one, account).await.unwrap();
        let rows: Vec<uuid::Uuid> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {key} FROM {table}")))
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(rows, [one.uuid()], "{table}");
    }
}

#[tokio::test]
async fn a_setting_that_reads_back_as_the_empty_string_shows_nothing_and_does_not_fail() {
    let scratch = Scratch::new().await;
    let (organization, account) = tenant(&scratch.pool(Role::Owner, 1).await, "one").await;
    // One connection: the second use is on the connection that carried the tenant.
    let pool = scratch.pool(Role::App, 1).await;
    let mut transaction = tenant_transaction(&pool, organization, account).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM watch")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(rows, 1);
    transaction.commit().await.unwrap();
    let left: Option<String> = sqlx::query_scalar("SELECT current_setting('app.org_id', true)")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left.as_deref(), Some(""), "this is the trap: not NULL");
    for table in TENANT_TABLES.into_iter().chain(["organization"]) {
        assert_eq!(seen(&mut pool.acquire().await.unwrap(), table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_tenant_cannot_write_into_another() {
    let scratch = Scratch::new().await;
    let owner = scratch.pool(Role::Owner, 1).await;
    let (one, account) = tenant(&owner, "one").await;
    let (two, other) = tenant(&owner, "two").await;
    let pool = scratch.pool(Role::App, 2).await;
    let mut transaction = tenant_transaction(&pool, one, account).await.unwrap();
    let moved = sqlx::query("UPDATE watch SET org_id = $1")
        .bind(two.uuid())
        .execute(&mut *transaction)
        .await;
    assert!(moved.is_err(), "a row was given to another tenant");
    drop(transaction);
    let mut transaction = tenant_transaction(&pool, one, account).await.unwrap();
    let gone = sqlx::query("DELETE FROM watch WHERE account_id = $1")
        .bind(other.uuid())
        .execute(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(gone.rows_affected(), 0);
}

#[tokio::test]
async fn mixed_tenants_over_few_connections_never_see_each_other() {
    let scratch = Scratch::new().await;
    let owner = scratch.pool(Role::Owner, 2).await;
    let mut tenants = Vec::new();
    for index in 0..8 {
        tenants.push(tenant(&owner, &format!("tenant-{index}")).await);
    }
    let pool = scratch.pool(Role::App, 4).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..32_usize {
        let (pool, tenants) = (pool.clone(), tenants.clone());
        tasks.spawn(async move {
            for round in 0..50 {
                let (organization, account) = tenants[(task + round) % tenants.len()];
                let mut transaction = tenant_transaction(&pool, organization, account).await.unwrap();
                let seen: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT org_id FROM watch")
                    .fetch_all(&mut *transaction)
                    .await
                    .unwrap();
                assert_eq!(seen, [organization.uuid()]);
                // Some end in commit, some in rollback, some are dropped in the middle.
                match round % 3 {
                    0 => transaction.commit().await.unwrap(),
                    1 => transaction.rollback().await.unwrap(),
                    _ => drop(transaction),
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}
