//! The public record: nobody changes it, and it quotes exactly.

use atlas_db::change::{Change, change_insert};
use atlas_db::finding::{Excerpt, Finding, finding_insert, provision_upsert};
use atlas_db::publication::publication_insert;
use atlas_db::version::{NewVersion, version_insert};
use atlas_db::{Role, capture, document, platform};
use atlas_domain::{
    Actor, Basis, ChangeId, Confidence, Direction, DocumentId, FindingId, Materiality, PolicyText, ProvisionId,
    Severity, Sha256, Stance, VersionId, VersionKind,
};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::harness::Scratch;

const NOW: OffsetDateTime = datetime!(2026-11-23 08:00 UTC);

async fn document(connection: &mut PgConnection) -> DocumentId {
    let fields = platform::PlatformFields {
        slug: "halden-ai",
        name: "Halden AI",
        operator: None,
        category: "ai-assistants",
        website: None,
        description: "",
        is_sample: true,
    };
    let platform = platform::platform_upsert(connection, fields, NOW).await.unwrap();
    let fields = document::DocumentFields {
        slug: "privacy-policy",
        document_type: "Privacy Policy",
        title: "Privacy Policy",
        locale: "en",
        jurisdiction: None,
        plan: None,
    };
    document::document_upsert(connection, platform, fields, NOW)
        .await
        .unwrap()
}

async fn version(connection: &mut PgConnection, document_id: DocumentId, text: &str) -> VersionId {
    let text = PolicyText {
        text: text.to_owned(),
        ..PolicyText::default()
    };
    let id = VersionId::generate();
    let version = NewVersion {
        id,
        document_id,
        number: 1,
        kind: VersionKind::FirstRecord,
        captured_at: NOW,
        text: &text,
        text_sha256: Sha256([1; 32]),
        normal_sha256: Sha256([2; 32]),
        source_revision_id: None,
        equals_version_id: None,
        historical: false,
        extract_version: 1,
        imported: false,
        created_at: NOW,
    };
    version_insert(connection, version).await.unwrap();
    id
}

async fn provision(pool: &PgPool, document: DocumentId) -> ProvisionId {
    let mut connection = pool.acquire().await.unwrap();
    connection
        .execute(
            "INSERT INTO provision_type VALUES ('human-review', 'Human review', 'C1', 1, 'd', 'p', 'q', 1)
             ON CONFLICT DO NOTHING",
        )
        .await
        .unwrap();
    provision_upsert(&mut connection, document, "human-review", NOW)
        .await
        .unwrap()
}

fn finding(provision_id: ProvisionId, excerpt: &str, start: usize, end: usize) -> Finding {
    Finding {
        id: FindingId::generate(),
        provision_id,
        provision_type: "human-review".to_owned(),
        position: 0,
        stance: Stance::Permits,
        severity: Severity::High,
        confidence: Confidence::Explicit,
        basis: Basis::Explicit,
        actor: Actor::Vendor,
        scope: None,
        score: 0.9,
        reasons: Vec::new(),
        excerpt: Some(Excerpt {
            text: excerpt.to_owned(),
            start,
            end,
        }),
        reviewed: false,
    }
}

#[tokio::test]
async fn an_excerpt_that_is_not_the_text_at_its_offsets_is_refused() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker, 2).await;
    let mut connection = pool.acquire().await.unwrap();
    let document = document(&mut connection).await;
    // Offsets count bytes: the é before the quotation is two of them.
    let version = version(&mut connection, document, "Café staff may read your messages.").await;
    let provision = provision(&pool, document).await;
    for (excerpt, start, end) in [
        ("staff may read", 5, 19),
        ("staff may read", 6, 21),
        ("Staff may read", 6, 20),
        ("messages. And more", 25, 60),
    ] {
        let wrong = finding(provision, excerpt, start, end);
        let refused = finding_insert(&mut connection, version, &wrong, "test", 1, NOW)
            .await
            .unwrap_err();
        assert!(
            refused.violates("finding_excerpt_is_exact"),
            "{excerpt} at {start}: {refused:?}"
        );
    }
    let exact = finding(provision, "staff may read", 6, 20);
    finding_insert(&mut connection, version, &exact, "test", 1, NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn neither_the_web_nor_the_worker_can_change_or_delete_the_record() {
    let scratch = Scratch::new().await;
    for role in [Role::App, Role::Worker] {
        let pool = scratch.pool(role, 1).await;
        for table in [
            "snapshot",
            "capture",
            "version",
            "version_snapshot",
            "provision",
            "finding",
            "version_reading",
            "change",
            "change_provision",
            "publication",
            "version_confirmation",
            "change_provisional",
            "change_withdrawal",
            "reextraction",
        ] {
            let column: String = sqlx::query_scalar(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1",
            )
            .bind(table)
            .fetch_one(&pool)
            .await
            .unwrap();
            for statement in [
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table} CASCADE"),
            ] {
                let refused = pool.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
                let code = refused
                    .as_database_error()
                    .and_then(sqlx::error::DatabaseError::code)
                    .unwrap_or_default()
                    .into_owned();
                assert_eq!(code, "42501", "{role:?}: {statement}: {refused}");
            }
        }
    }
}

#[tokio::test]
async fn the_web_cannot_write_the_record_at_all() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::App, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let written = capture::snapshot_insert(&mut connection, Sha256([0; 32]), 1, 1, None, NOW).await;
    assert!(written.is_err());
    let deliveries = connection.execute("UPDATE delivery SET state = 'accepted'").await;
    assert!(deliveries.is_err(), "the web marked a mail as sent");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let scratch = Scratch::new().await;
    atlas_db::migrate(scratch.url()).await.unwrap();
}

#[tokio::test]
async fn neither_role_owns_anything_or_bypasses_row_level_security() {
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Owner, 1).await;
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
         WHERE r.rolname IN ('conductatlas_app', 'conductatlas_worker')",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(owned, 0);
    let mighty: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_roles WHERE rolname IN ('conductatlas_app', 'conductatlas_worker')
         AND (rolbypassrls OR rolsuper OR rolcreaterole OR rolcreatedb OR rolcanlogin)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(mighty, 0);
}

/// One more version and its change; returns the change.
async fn change(connection: &mut PgConnection, document: DocumentId, first: VersionId, number: i32) -> ChangeId {
    let text = PolicyText {
        text: format!("Version {number}."),
        ..PolicyText::default()
    };
    let id = VersionId::generate();
    let version = NewVersion {
        id,
        document_id: document,
        number,
        kind: VersionKind::Update,
        captured_at: NOW + time::Duration::minutes(i64::from(number)),
        text: &text,
        text_sha256: Sha256([1; 32]),
        normal_sha256: Sha256([2; 32]),
        source_revision_id: None,
        equals_version_id: None,
        historical: false,
        extract_version: 1,
        imported: false,
        created_at: NOW,
    };
    version_insert(connection, version).await.unwrap();
    let change = Change {
        id: ChangeId::generate(),
        document_id: document,
        old_version_id: first,
        new_version_id: id,
        kind: VersionKind::Update,
        materiality: Materiality::Minor,
        direction: Direction::Neutral,
        severity: Severity::Low,
        labels: Vec::new(),
        headline: "Something changed".to_owned(),
        summary: Vec::new(),
        hunks: Vec::new(),
        signals: Vec::new(),
        words_added: 1,
        words_removed: 0,
        effective_date: None,
        notice_days: None,
        affected: Vec::new(),
        retroactive: None,
        detected_at: NOW,
        rule_version: 1,
    };
    change_insert(connection, &change, NOW).await.unwrap();
    change.id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_goes_by_the_public_order_misses_no_change_of_eight_publishers() {
    const CHANGES: i32 = 80;
    let scratch = Scratch::new().await;
    let pool = scratch.pool(Role::Worker, 10).await;
    let mut connection = pool.acquire().await.unwrap();
    let document = document(&mut connection).await;
    let first = version(&mut connection, document, "The first text.").await;
    let mut changes = Vec::new();
    for number in 2..CHANGES + 2 {
        changes.push(change(&mut connection, document, first, number).await);
    }
    let mut publishers = tokio::task::JoinSet::new();
    for part in changes.chunks(10).map(<[ChangeId]>::to_vec) {
        let pool = pool.clone();
        publishers.spawn(async move {
            for change in part {
                let mut transaction = pool.begin().await.unwrap();
                assert!(publication_insert(&mut transaction, change, NOW, false).await.unwrap());
                // The commit comes late: the lock is what keeps the order.
                sqlx::query("SELECT pg_sleep(0.002 * random())")
                    .execute(&mut *transaction)
                    .await
                    .unwrap();
                transaction.commit().await.unwrap();
                let mut again = pool.acquire().await.unwrap();
                assert!(!publication_insert(&mut again, change, NOW, false).await.unwrap());
            }
        });
    }
    let mut seen: Vec<i64> = Vec::new();
    while seen.len() < changes.len() {
        let last = seen.last().copied().unwrap_or_default();
        let more: Vec<i64> =
            sqlx::query_scalar("SELECT publish_seq FROM publication WHERE publish_seq > $1 ORDER BY publish_seq")
                .bind(last)
                .fetch_all(&mut *connection)
                .await
                .unwrap();
        seen.extend(more);
    }
    while let Some(done) = publishers.join_next().await {
        done.unwrap();
    }
    assert_eq!(seen, (1..=i64::from(CHANGES)).collect::<Vec<_>>());
}
