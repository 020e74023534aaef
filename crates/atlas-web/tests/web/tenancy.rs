//! A tenant's rows are invisible outside it (S-01, S-03): every account route, for a visitor, a member and a stranger.

use atlas_domain::{AccountId, AlertId, Clock as _, OrganizationId, PlatformId};
use axum::http::StatusCode;
use sqlx::Row as _;
use uuid::Uuid;

use crate::{
    harness::Instance,
    routes::{declared, filled},
};

/// Pages that only a signed-in person sees.
const SIGNED_IN: [&str; 3] = ["/app", "/app/settings", "/app/watches"];
/// Actions that only a signed-in person can take.
const SIGNED_IN_ACTIONS: [&str; 8] = [
    "/app/inbox/read",
    "/app/inbox/{alert}/read",
    "/app/settings/leave",
    "/app/settings/mail",
    "/app/settings/password",
    "/app/settings/profile",
    "/app/settings/sessions",
    "/watch",
];

#[tokio::test]
async fn every_account_route_asks_who_is_there() {
    let instance = Instance::start().await;
    let routes = declared();
    let account = |path: &str| path.starts_with("/app") || path == "/watch";
    let pages: Vec<&str> = routes
        .iter()
        .filter(|route| route.get && account(&route.path))
        .map(|route| route.path.as_str())
        .collect();
    let actions: Vec<&str> = routes
        .iter()
        .filter(|route| route.post && account(&route.path))
        .map(|route| route.path.as_str())
        .collect();
    assert_eq!(pages, SIGNED_IN, "the table and the routes differ");
    assert_eq!(actions, SIGNED_IN_ACTIONS, "the table and the routes differ");

    let mut visitor = instance.browser();
    let mut member = instance.member("a@example.org").await;
    for path in SIGNED_IN {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with("/login"), "{path}");
        let answer = member.get(path).await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (StatusCode::OK, "private, no-store"),
            "{path}"
        );
    }
    for path in SIGNED_IN_ACTIONS {
        let answer = visitor
            .post(&filled(path), &[("platform", "x"), ("session", "x")])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with("/login"), "{path}: {}", answer.location());
    }
}

/// An alert to an account on a change that was published, with everything it needs.
pub(crate) async fn alert(
    instance: &Instance,
    organization: OrganizationId,
    account: AccountId,
    platform: PlatformId,
) -> AlertId {
    let now = instance.clock.now();
    let (document, old, new, change, watch, alert) = (
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        Uuid::now_v7(),
        AlertId::generate(),
    );
    let statements = [
        "INSERT INTO document (id, platform_id, slug, document_type, title, created_at)
         VALUES ($1, $2, 'privacy-policy', 'Privacy Policy', 'Privacy policy', $9)",
        "INSERT INTO version (id, document_id, number, kind, captured_at, text, blocks, text_sha256, normal_sha256,
                              word_count, created_at)
         VALUES ($3, $1, 1, 'first_record', $9 - interval '1 day', 'old', '[]', decode(repeat('00', 32), 'hex'),
                 decode(repeat('00', 32), 'hex'), 1, $9),
                ($4, $1, 2, 'update', $9, 'new', '[]', decode(repeat('01', 32), 'hex'),
                 decode(repeat('01', 32), 'hex'), 1, $9)",
        "INSERT INTO change (id, document_id, old_version_id, new_version_id, kind, materiality, direction, severity,
                             labels, headline, hunks, signals, words_added, words_removed, detected_at, rule_version,
                             created_at)
         VALUES ($5, $1, $3, $4, 'update', 'material', 'worse', 'high', '{}', 'Training moves to <opt-out>',
                 $10, '[]', 1, 1, $9, 1, $9)",
        "INSERT INTO publication (change_id, publish_seq, published_at, historical) VALUES ($5, 1, $9, false)",
        "INSERT INTO watch (id, org_id, account_id, platform_id, created_at) VALUES ($6, $7, $8, $2, $9)",
        "INSERT INTO alert (id, org_id, change_id, recipient_id, watch_id, created_at, send_by)
         VALUES ($11, $7, $5, $8, $6, $9, $9)",
    ];
    let hunks = serde_json::json!([{
        "kind": "modified",
        "old": {"text": "We train only if you turn on <b>this</b>.", "start": 0, "end": 1, "heading": ""},
        "new": {"text": "We train unless you turn off <b>this</b>.", "start": 0, "end": 1, "heading": ""},
    }]);
    let mut transaction = instance.owner.begin().await.unwrap();
    for statement in statements {
        // Every statement names all eleven, so that one list of values serves them all.
        let typed = format!(
            "WITH given AS (SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::uuid, $8::uuid,
             $9::timestamptz, $10::jsonb, $11::uuid) {statement}"
        );
        sqlx::query(sqlx::AssertSqlSafe(typed))
            .bind(document)
            .bind(platform.uuid())
            .bind(old)
            .bind(new)
            .bind(change)
            .bind(watch)
            .bind(organization.uuid())
            .bind(account.uuid())
            .bind(now)
            .bind(&hunks)
            .bind(alert.uuid())
            .execute(&mut *transaction)
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    alert
}

#[tokio::test]
async fn a_stranger_gets_404_for_what_a_member_can_do() {
    let instance = Instance::start().await;
    let platform = instance.platform("halden-ai", "Halden AI").await;
    let mut member = instance.member("member@example.org").await;
    let mut stranger = instance.member("stranger@example.org").await;
    let organization = instance.organization_id("member@example.org").await;
    let account = instance.account_id("member@example.org").await;
    let alert = alert(&instance, organization, account, platform).await;

    let page = member.get("/app").await.body;
    assert!(page.contains("Training moves to &#60;opt-out&#62;"), "{page}");
    assert!(
        page.contains("<del>") && page.contains("<ins>"),
        "the exact words before and after"
    );
    assert!(!page.contains("<b>this</b>"));
    assert!(page.contains("Unread 1"));
    assert!(page.contains("/change/2026-11-23-halden-ai-privacy-policy-ca-c-000001"));
    assert!(!stranger.get("/app").await.body.contains("Training moves"));

    let read = format!("/app/inbox/{alert}/read");
    let foreign = stranger.post(&read, &[]).await;
    let missing = stranger
        .post(&format!("/app/inbox/{}/read", AlertId::generate()), &[])
        .await;
    let malformed = stranger.post("/app/inbox/1/read", &[]).await;
    for answer in [&foreign, &missing, &malformed] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let without_id = |body: &str, id: &str| body.replace(id, "");
    assert_eq!(
        without_id(&foreign.body, foreign.header("x-request-id")).replace(&alert.to_string(), ""),
        without_id(&missing.body, missing.header("x-request-id")).replace(
            missing
                .body
                .split("/app/inbox/")
                .nth(1)
                .unwrap()
                .split('/')
                .next()
                .unwrap(),
            ""
        ),
        "missing and foreign look the same"
    );
    stranger.post("/app/inbox/read", &[]).await;
    assert_eq!(
        instance.count("SELECT count(*) FROM alert WHERE read_at IS NULL").await,
        1
    );
    assert_eq!(member.post(&read, &[]).await.location(), "/app");
    assert_eq!(
        instance.count("SELECT count(*) FROM alert WHERE read_at IS NULL").await,
        0
    );

    let session: String = sqlx::query("SELECT encode(id_hash, 'hex') FROM session WHERE account_id = $1")
        .bind(account.uuid())
        .fetch_one(&instance.owner)
        .await
        .unwrap()
        .get(0);
    let answer = stranger.post("/app/settings/sessions", &[("session", &session)]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(member.get("/app").await.status, StatusCode::OK);

    stranger
        .post("/watch", &[("platform", "halden-ai"), ("action", "stop")])
        .await;
    assert_eq!(instance.count("SELECT count(*) FROM watch").await, 1);
    // The member stops watching: the alert stays in the inbox.
    member
        .post("/watch", &[("platform", "halden-ai"), ("action", "stop")])
        .await;
    assert_eq!(instance.count("SELECT count(*) FROM watch").await, 0);
    assert!(member.get("/app").await.body.contains("Training moves"));
}

#[tokio::test]
async fn without_a_tenant_the_webs_role_sees_no_row_of_any() {
    let instance = Instance::start().await;
    let platform = instance.platform("halden-ai", "Halden AI").await;
    instance.member("a@example.org").await;
    let organization = instance.organization_id("a@example.org").await;
    let account = instance.account_id("a@example.org").await;
    alert(&instance, organization, account, platform).await;
    let tables = ["organization", "membership", "watch", "alert", "delivery"];
    for table in tables {
        let count = format!("SELECT count(*) FROM {table}");
        assert!(instance.count(&count).await > 0, "{table} holds something");
        let seen: i64 = sqlx::query(sqlx::AssertSqlSafe(count.clone()))
            .fetch_one(&instance.state.pool)
            .await
            .unwrap()
            .get(0);
        assert_eq!(seen, 0, "{table} without a tenant");
        let mut transaction =
            atlas_db::tenant_transaction(&instance.state.pool, OrganizationId::generate(), AccountId::generate())
                .await
                .unwrap();
        let seen: i64 = sqlx::query(sqlx::AssertSqlSafe(count.clone()))
            .fetch_one(&mut *transaction)
            .await
            .unwrap()
            .get(0);
        assert_eq!(seen, 0, "{table} as another tenant");
        transaction.commit().await.unwrap();
        // The setting reads back as '' on this connection now; that must not match anything either.
        let seen: i64 = sqlx::query(sqlx::AssertSqlSafe(count))
            .fetch_one(&instance.state.pool)
            .await
            .unwrap()
            .get(0);
        assert_eq!(seen, 0, "{table} after a tenant's transaction");
    }
    let forced = "SELECT count(*) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
                  WHERE attname = 'org_id' AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)";
    assert_eq!(
        instance.count(forced).await,
        0,
        "every table with org_id is under forced row-level security"
    );
    let raise = sqlx::query("UPDATE organization SET plan = 'team'")
        .execute(&instance.state.pool)
        .await;
    assert!(raise.is_err(), "the web's role cannot give plans away");
}

#[tokio::test]
async fn mixed_tenants_on_few_connections_never_see_each_other() {
    let instance = Instance::start().await;
    instance.platforms(6).await;
    let mut members = Vec::new();
    for number in 1..=6 {
        let mut member = instance.member(&format!("person{number}@example.org")).await;
        let slug = format!("p{number}");
        member.post("/watch", &[("platform", slug.as_str())]).await;
        members.push((format!("<a href=\"/platform/{slug}\">Platform {number}</a>"), member));
    }
    let tasks = (0..240).map(|turn| {
        let (own, mut member) = members[turn % members.len()].clone();
        let others: Vec<String> = members
            .iter()
            .map(|(link, _)| link.clone())
            .filter(|link| *link != own)
            .collect();
        tokio::spawn(async move {
            let page = member.get("/app").await.body;
            assert!(page.contains(&own));
            for other in others {
                assert!(!page.contains(&other), "a foreign watch was shown");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}
