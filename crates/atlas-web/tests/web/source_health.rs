//! The health of sources as staff see it: what fails comes first with what to do, and a poll at once is the regular job.

use axum::http::StatusCode;
use sqlx::{Executor as _, Row as _};
use uuid::Uuid;

use crate::{curation::staff, harness::Instance, public::Record};

async fn source(instance: &Instance, platform: &str) -> Uuid {
    sqlx::query(
        "SELECT s.id FROM source s JOIN document d ON d.id = s.document_id JOIN platform p ON p.id = d.platform_id
         WHERE p.slug = $1",
    )
    .bind(platform)
    .fetch_one(&instance.owner)
    .await
    .unwrap()
    .get(0)
}

async fn polls(instance: &Instance, source: Uuid) -> usize {
    let mut connection = instance.owner.acquire().await.unwrap();
    let jobs = atlas_jobs::queued(&mut connection, 100).await.unwrap();
    let wanted = source.to_string();
    jobs.iter()
        .filter(|job| job.kind == "poll_source" && job.payload.to_string().contains(&wanted))
        .count()
}

#[tokio::test]
async fn what_fails_comes_first_with_since_when_what_was_seen_and_what_to_do() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let failing = source(&instance, "dark").await;
    for (number, outcome, day) in [(1, "timeout", "2026-11-20"), (2, "dns", "2026-11-21")] {
        sqlx::query(
            "INSERT INTO capture (id, source_id, position, chain_number, requested_url, final_url, started_at,
                 finished_at, outcome, previous_hash, row_hash)
             VALUES ($1, $2, 0, $3, 'https://example.org', 'https://example.org', $4::timestamptz, $4::timestamptz, $5,
                 CASE WHEN $3 > 1 THEN sha256('a') END, sha256('a'))",
        )
        .bind(Uuid::now_v7())
        .bind(failing)
        .bind(number)
        .bind(format!("{day} 04:05Z"))
        .bind(outcome)
        .execute(&instance.owner)
        .await
        .unwrap();
    }
    let mut curator = staff(&instance, "c@example.org").await;
    let page = curator.get("/admin/sources").await.body;
    let (dark, acme) = (page.find("Dark Harbor").unwrap(), page.find("Acme Cloud").unwrap());
    assert!(dark < acme, "what fails comes first");
    for words in [
        "no such host",
        "<strong>What to do:</strong> The host name has no address.",
        "20 Nov 2026, 04:05 UTC",
        "3 failures in a row",
        "no version is held",
        "href=\"/platform/dark/terms\"",
        "Failing 1",
        "Name not found 1",
        "https://example.org/terms",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let home = curator.get("/admin").await.body;
    assert!(home.contains("/admin/sources?outcome=failing"));
    let only = curator.get("/admin/sources?outcome=dns").await.body;
    assert!(only.contains("Dark Harbor") && !only.contains("Acme Cloud"));
    let none = curator.get("/admin/sources?outcome=tls").await.body;
    assert!(none.contains("No such source") && none.contains("No trusted connection could be made."));
    for odd in ["?outcome=%00", "?outcome=nonsense"] {
        let page = curator.get(&format!("/admin/sources{odd}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Acme Cloud"), "an unknown outcome shows all");
    }
    let beyond = curator.get("/admin/sources?page=65535").await.body;
    assert!(beyond.contains("The list ends before this page"));
}

#[tokio::test]
async fn what_is_retired_is_neither_listed_nor_counted() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    instance
        .owner
        .execute("UPDATE platform SET retired_at = '2026-11-22' WHERE slug = 'dark'")
        .await
        .unwrap();
    let mut curator = staff(&instance, "c@example.org").await;
    let page = curator.get("/admin/sources?outcome=failing").await.body;
    assert!(page.contains("No source fails") && page.contains("Sources<span class=\"num\">0</span>"));
    let retired = source(&instance, "dark").await;
    let answer = curator.post(&format!("/admin/sources/{retired}/poll"), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_poll_that_is_asked_for_twice_waits_once_and_is_logged() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let id = source(&instance, "dark").await;
    let mut curator = staff(&instance, "c@example.org").await;
    let path = format!("/admin/sources/{id}/poll");
    for _ in 0..2 {
        let answer = curator.post(&path, &[("outcome", "dns"), ("page", "0")]).await;
        assert_eq!(
            answer.location(),
            format!("/admin/sources?outcome=dns&page=0&asked={id}")
        );
        let page = curator.get(answer.location()).await.body;
        assert!(page.contains("A poll of Dark Harbor: Terms is asked for."));
    }
    assert_eq!(polls(&instance, id).await, 1);
    let log = curator.get("/admin/log").await.body;
    assert!(log.contains("source polled") && log.contains("Dark Harbor: Terms"));
    for unknown in [Uuid::nil().to_string(), "x".to_owned()] {
        let answer = curator.post(&format!("/admin/sources/{unknown}/poll"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn nothing_is_fetched_that_is_paused_or_switched_off() {
    let instance = Instance::with(|settings| settings.poll = false).await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let (real, sample) = (source(&instance, "acme").await, source(&instance, "halden-ai").await);
    let refused = curator.post(&format!("/admin/sources/{real}/poll"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("switched off here (CONDUCTATLAS_POLL)"));
    assert_eq!(polls(&instance, real).await, 0);
    curator.post(&format!("/admin/sources/{sample}/poll"), &[]).await;
    assert_eq!(
        polls(&instance, sample).await,
        1,
        "samples are fetched from this machine"
    );

    instance
        .owner
        .execute("UPDATE source SET paused_at = '2026-11-22'")
        .await
        .unwrap();
    let refused = curator.post(&format!("/admin/sources/{sample}/poll"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("It is paused."));
    let page = curator.get("/admin/sources?outcome=paused").await.body;
    assert!(page.contains("Paused since 22 Nov 2026") && !page.contains("Poll now"));
}
