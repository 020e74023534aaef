//! What staff see of contradictions and of words that stand in several places.

use axum::http::StatusCode;
use sqlx::Executor as _;
use time::macros::datetime;
use uuid::Uuid;

use crate::{curation::staff, harness::Instance, public::Record};

const PROMISE: &str = "We do not use anything you upload to train our models, on any plan, at any time at all.";

async fn platform(instance: &Instance, slug: &str) -> Uuid {
    sqlx::query_scalar("SELECT id FROM platform WHERE slug = $1")
        .bind(slug)
        .fetch_one(&instance.owner)
        .await
        .unwrap()
}

/// A document that promises what other terms do not.
async fn promise(record: &Record, platform: Uuid, slug: &str, title: &str) -> Uuid {
    let document = record.document(platform, slug, title, Some("captured")).await;
    let text = format!("# {title}\n\n{PROMISE}\n\nThis is the {title}.\n");
    let version = record
        .version(document, 1, datetime!(2026-10-05 06:00 UTC), &text)
        .await;
    record
        .finding(
            document,
            "model-training-use",
            &version,
            "prohibits",
            "low",
            Some(PROMISE),
        )
        .await;
    document
}

#[tokio::test]
async fn documents_of_one_platform_that_favour_different_sides_are_quoted_side_by_side() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let acme = platform(&instance, "acme").await;
    promise(&record, acme, "faq", "Help page").await;
    let enterprise = promise(&record, acme, "enterprise", "Enterprise terms").await;
    sqlx::query("UPDATE document SET plan = 'Enterprise' WHERE id = $1")
        .bind(enterprise)
        .execute(&instance.owner)
        .await
        .unwrap();
    // Another platform that promises the same contradicts nobody.
    let quiet = platform(&instance, "quiet").await;
    promise(&record, quiet, "faq", "Help page").await;
    let mut curator = staff(&instance, "c@example.org").await;
    let page = curator.get("/admin/contradictions").await.body;
    for words in [
        "Between documents 2",
        "Within a document 0",
        PROMISE,
        "We may use your content to train and improve our models",
        "href=\"/platform/acme/faq/model-training-use\"",
        "href=\"/platform/acme/terms/model-training-use\"",
        "for Enterprise",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("Quiet Works") && !page.contains("Halden"));
    let plain = page.find("Nothing on record explains it").unwrap();
    let explained = page.find("A plan, a place or a limit may explain it").unwrap();
    assert!(plain < explained, "what nothing explains comes first");
    let beyond = curator.get("/admin/contradictions?page=9").await.body;
    assert!(beyond.contains("The list ends before this page"));

    // Two documents that both favour the provider agree, and a retired one says nothing.
    instance
        .owner
        .execute("UPDATE document SET retired_at = '2026-11-22' WHERE slug IN ('faq', 'enterprise')")
        .await
        .unwrap();
    let page = curator.get("/admin/contradictions").await.body;
    assert!(page.contains("Between documents 0") && page.contains("No contradiction"));
}

#[tokio::test]
async fn a_finding_marked_as_conflicting_is_listed_with_its_passages() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let acme = platform(&instance, "acme").await;
    let document = record.document(acme, "notice", "Notice", Some("captured")).await;
    let text = "# Notice\n\nWe never sell personal data.\n\nPartners may buy your data from us.\n";
    let version = record.version(document, 1, datetime!(2026-10-05 06:00 UTC), text).await;
    let words = "We never sell personal data.";
    let (provision, _) = record
        .finding(document, "data-sale", &version, "conflicting", "medium", Some(words))
        .await;
    let other = "Partners may buy your data from us.";
    let start = i32::try_from(version.text.text.find(other).unwrap()).unwrap();
    sqlx::query(
        "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor, score,
             excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
         VALUES ($1, $2, $3, 1, 'permits', 'high', 'explicit', 'explicit', 'vendor', 0.9, $4, $5, $6, 'rules-1', 1, $7)",
    )
    .bind(Uuid::now_v7())
    .bind(provision)
    .bind(version.id)
    .bind(other)
    .bind(start)
    .bind(start + i32::try_from(other.len()).unwrap())
    .bind(version.at)
    .execute(&instance.owner)
    .await
    .unwrap();
    let mut curator = staff(&instance, "c@example.org").await;
    let page = curator.get("/admin/contradictions?list=passages").await.body;
    for part in [
        "Within a document 1",
        words,
        other,
        "Not reviewed",
        "Acme Cloud: Notice",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!curator.get("/admin/contradictions").await.body.contains(other));
}

#[tokio::test]
async fn the_same_words_are_grouped_by_text_clause_and_span() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let acme = platform(&instance, "acme").await;
    let quiet = platform(&instance, "quiet").await;
    let mut curator = staff(&instance, "c@example.org").await;
    for list in ["texts", "clauses", "spans"] {
        let page = curator.get(&format!("/admin/duplicates?list={list}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Nothing is there twice"), "{list}");
    }
    promise(&record, acme, "faq", "Help page").await;
    promise(&record, quiet, "notice", "Other page").await;
    // The same whole text as Acme's: its clauses are not counted again.
    promise(&record, quiet, "faq", "Help page").await;
    let texts = curator.get("/admin/duplicates").await.body;
    assert!(texts.contains("Whole texts 1") && texts.contains("Clauses 1"));
    assert!(texts.contains("2 places") && texts.contains("/platform/quiet/faq/versions/1"));
    let clauses = curator.get("/admin/duplicates?list=clauses").await.body;
    assert!(clauses.contains("2 places") && clauses.contains(PROMISE));
    assert!(clauses.contains("/platform/acme/faq/model-training-use"));
    assert!(clauses.contains("/platform/quiet/notice/model-training-use"));

    let document = record.document(acme, "both", "Both", Some("captured")).await;
    let text = "# Both\n\nWe keep and train on what you write.\n";
    let version = record.version(document, 1, datetime!(2026-10-05 06:00 UTC), text).await;
    for kind in ["model-training-use", "retention-deletion"] {
        let words = Some("We keep and train on what you write.");
        record.finding(document, kind, &version, "permits", "high", words).await;
    }
    let spans = curator.get("/admin/duplicates?list=spans").await.body;
    assert!(spans.contains("Several provisions on one span 1"));
    assert!(spans.contains("/platform/acme/both/model-training-use"));
    assert!(spans.contains("/platform/acme/both/retention-deletion"));
    let beyond = curator.get("/admin/duplicates?list=%00&page=9").await.body;
    assert!(beyond.contains("The list ends before this page"));
}
