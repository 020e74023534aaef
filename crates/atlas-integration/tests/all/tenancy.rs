//! What the pipeline makes for one organization is invisible to another, in the pages and in the database.

use atlas_db::{Role, account};
use atlas_domain::Plan;
use atlas_integration::{Policy, TRAINING_AFTER, TestApp};
use sqlx::{AssertSqlSafe, Row as _};

const OURS: &str = "maryam@example.org";
const THEIRS: &str = "stranger@example.org";

#[tokio::test]
async fn an_alert_is_seen_by_its_own_organization_alone() {
    let app = TestApp::start().await;
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    let mut ours = app.member(OURS).await;
    let mut theirs = app.member(THEIRS).await;
    for email in [OURS, THEIRS] {
        app.set_plan(email, Plan::Watcher).await;
    }
    app.watch(&mut ours, "service-1").await;
    app.site.set(&document.site_path, &Policy::OptOut.html());
    app.poll(&document).await;

    let read = ours.get("/app").await.expect_status(200);
    assert!(read.words_after().contains(TRAINING_AFTER), "{}", read.words_after());
    let action = read
        .body
        .split('"')
        .find(|word| word.starts_with("/app/inbox/") && word.ends_with("/read") && word.len() > 20);
    let action = action.expect("an alert can be marked as read").to_owned();
    for path in ["/app", "/app/watches", "/app/settings"] {
        let page = theirs.get(path).await.expect_status(200);
        assert!(
            !page.words_after().contains(TRAINING_AFTER) && !page.body.contains(OURS),
            "{path}: {}",
            page.words()
        );
    }
    let form = read.form(&action);
    theirs.submit(form.clone()).await.expect_status(404);
    assert_eq!(
        app.count("SELECT count(*) FROM alert WHERE read_at IS NOT NULL").await,
        0,
        "nobody else's to read"
    );
    ours.submit(form).await.expect_status(200);
    assert_eq!(
        app.count("SELECT count(*) FROM alert WHERE read_at IS NOT NULL").await,
        1
    );
}

#[tokio::test]
async fn every_table_of_tenants_shows_the_web_nothing_without_its_tenant() {
    let app = TestApp::start().await;
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    for email in [OURS, THEIRS] {
        let mut browser = app.member(email).await;
        app.set_plan(email, Plan::Watcher).await;
        app.watch(&mut browser, "service-1").await;
    }
    app.site.set(&document.site_path, &Policy::OptOut.html());
    app.poll(&document).await;
    sqlx::query(
        "INSERT INTO reading_position (org_id, account_id, document_id, version_id, looked_at)
         SELECT m.org_id, m.account_id, v.document_id, v.id, v.captured_at FROM membership m, version v WHERE v.number = 1",
    )
    .execute(&app.owner)
    .await
    .unwrap();

    let tables: Vec<(String, bool, bool)> = sqlx::query_as(
        "SELECT c.relname::text, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'org_id'
         ORDER BY c.relname",
    )
    .fetch_all(&app.owner)
    .await
    .unwrap();
    let names: Vec<&str> = tables.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        names,
        ["alert", "delivery", "digest", "membership", "reading_position", "watch"]
    );
    let web = atlas_db::connect(&app.database_url(), Role::App, 1).await.unwrap();
    let mut connection = app.services.pool.acquire().await.unwrap();
    let stranger = account::account_by_email(&mut connection, THEIRS)
        .await
        .unwrap()
        .unwrap()
        .id;
    let organization = account::membership_of_account(&mut connection, stranger)
        .await
        .unwrap()
        .unwrap()
        .organization_id;
    for (name, enabled, forced) in &tables {
        assert!(*enabled && *forced, "row-level security of {name}");
        let rows = AssertSqlSafe(format!("SELECT count(*) FROM {name}"));
        let seen: i64 = sqlx::query(rows).fetch_one(&web).await.unwrap().get(0);
        assert_eq!(seen, 0, "{name} without a tenant");
        let foreign = AssertSqlSafe(format!("SELECT count(*) FROM {name} WHERE org_id <> $1"));
        let mut transaction = atlas_db::tenant_transaction(&web, organization, stranger)
            .await
            .unwrap();
        let seen: i64 = sqlx::query(foreign)
            .bind(organization.uuid())
            .fetch_one(&mut *transaction)
            .await
            .unwrap()
            .get(0);
        assert_eq!(seen, 0, "{name} of others");
        if name != "digest" {
            let own = AssertSqlSafe(format!("SELECT count(*) FROM {name}"));
            let seen: i64 = sqlx::query(own).fetch_one(&mut *transaction).await.unwrap().get(0);
            assert!(seen > 0, "{name} of one's own");
        }
    }
}
