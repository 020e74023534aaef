//! Deleting one's own account: it takes the password, leaves nothing, and touches nobody else.

use axum::http::StatusCode;
use sqlx::Row as _;

use crate::{
    harness::{Instance, PASSWORD},
    tenancy::alert,
};

/// Every column that names an account, as `table.column`, and how many rows name this one.
async fn named_in(instance: &Instance, account: uuid::Uuid) -> Vec<(String, i64)> {
    let columns = sqlx::query(
        "SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND c.confrelid = 'account'::regclass ORDER BY 1, 2",
    )
    .fetch_all(&instance.owner)
    .await
    .unwrap();
    let mut found = Vec::new();
    for row in columns {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let rows = instance
            .count(&format!("SELECT count(*) FROM {table} WHERE {column} = '{account}'"))
            .await;
        found.push((format!("{table}.{column}"), rows));
    }
    found
}

#[tokio::test]
async fn an_account_that_is_deleted_leaves_nothing_and_touches_nobody_else() {
    let instance = Instance::start().await;
    let platform = instance.platform("p1", "Platform 1").await;
    let mut browser = instance.member("leaver@example.org").await;
    let mut neighbour = instance.member("stayer@example.org").await;
    let (organization, account) = (
        instance.organization_id("leaver@example.org").await,
        instance.account_id("leaver@example.org").await,
    );
    alert(&instance, organization, account, platform).await;
    let stayer = instance.account_id("stayer@example.org").await.uuid();
    neighbour.post("/watch", &[("platform", "p1")]).await;
    let before = named_in(&instance, stayer).await;
    let of =
        |found: &[(String, i64)], name: &str| found.iter().find(|(column, _)| column == name).map(|(_, rows)| *rows);
    let own = named_in(&instance, account.uuid()).await;
    for name in [
        "alert.recipient_id",
        "watch.account_id",
        "session.account_id",
        "delivery.recipient_id",
    ] {
        assert!(
            of(&own, name).is_some_and(|rows| rows > 0),
            "{name}: nothing to delete in {own:?}"
        );
    }

    let answer = browser
        .post("/app/settings/leave", &[("leave_password", "not this one at all")])
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("nothing was deleted"), "{}", answer.body);
    assert_eq!(
        named_in(&instance, account.uuid()).await,
        own,
        "a wrong password deletes nothing"
    );

    let answer = browser
        .post("/app/settings/leave", &[("leave_password", PASSWORD)])
        .await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/login?notice=left"),
        "{}",
        answer.body
    );
    for (column, rows) in named_in(&instance, account.uuid()).await {
        assert_eq!(rows, 0, "{column}");
    }
    let left = format!("SELECT count(*) FROM organization WHERE id = '{}'", organization.uuid());
    assert_eq!(instance.count(&left).await, 0);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM account WHERE email = 'leaver@example.org'")
            .await,
        0
    );
    assert_eq!(named_in(&instance, stayer).await, before);
    assert_eq!(neighbour.get("/app").await.status, StatusCode::OK);

    // The address is free, and the old session is nobody's.
    assert_eq!(browser.get("/app").await.location(), "/login");
    instance.member("leaver@example.org").await;
}
