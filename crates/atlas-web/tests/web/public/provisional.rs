//! A change that was seen once: marked on pages, in no feed, and counted nowhere.

use axum::http::StatusCode;

use super::record::Record;
use crate::harness::Instance;

const ADDRESS: &str = "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001";
const MARK: &str = "Provisional: seen once";

/// The standard record, whose change waits for a second capture.
async fn waiting() -> (Instance, Record) {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    record
        .run(
            "DELETE FROM publication;
             INSERT INTO change_provisional SELECT id, detected_at, detected_at + interval '30 minutes' FROM change",
        )
        .await;
    (instance, record)
}

#[tokio::test]
async fn a_change_seen_once_is_marked_on_every_page_and_in_no_feed() {
    let (instance, _record) = waiting().await;
    let mut browser = instance.browser();
    let page = browser.get(ADDRESS).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "Provisional: seen once.",
        "when a second capture agrees, from 19 Nov 2026, 06:41 UTC on",
        "<dt>Published</dt><dd>No</dd>",
        "noindex",
    ] {
        assert!(page.body.contains(words), "no {words} in {}", page.body);
    }
    for path in ["/changes", "/platform/halden-ai", "/platform/halden-ai/privacy-policy"] {
        let list = browser.get(path).await.body;
        assert!(list.contains(ADDRESS) && list.contains(MARK), "{path}: {list}");
    }
    assert!(
        browser
            .get("/platform/halden-ai")
            .await
            .body
            .contains("0 of them material")
    );
    for path in [
        "/feed.atom",
        "/platform/halden-ai/feed.atom",
        "/platform/halden-ai/privacy-policy/feed.atom",
        "/sitemap.xml",
        "/",
    ] {
        let body = browser.get(path).await.body;
        assert!(!body.to_lowercase().contains("ca-c-000001"), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_confirmed_change_loses_its_mark_and_a_withdrawn_one_leaves_the_lists() {
    let (instance, record) = waiting().await;
    record
        .run(
            "INSERT INTO change_withdrawal SELECT id, 'reverted', detected_at + interval '1 hour',
                 detected_at + interval '1 hour' FROM change",
        )
        .await;
    let mut browser = instance.browser();
    let page = browser.get(ADDRESS).await.body;
    assert!(page.contains("Withdrawn: no second capture agreed."), "{page}");
    assert!(!browser.get("/changes").await.body.contains(ADDRESS));

    let (instance, record) = waiting().await;
    record
        .run(
            "INSERT INTO version_confirmation SELECT new_version_id, 'second_capture', detected_at + interval '1 hour',
                 detected_at + interval '1 hour' FROM change;
             INSERT INTO publication SELECT id, 1, detected_at + interval '1 hour', false FROM change",
        )
        .await;
    let mut browser = instance.browser();
    let page = browser.get(ADDRESS).await.body;
    assert!(
        page.contains("<strong>Confirmed</strong><small>two captures agree, 19 Nov 2026"),
        "{page}"
    );
    assert!(page.contains("By a second capture, 19 Nov 2026, 07:11 UTC"), "{page}");
    for path in ["/changes", "/platform/halden-ai"] {
        let list = browser.get(path).await.body;
        assert!(list.contains(ADDRESS) && !list.contains(MARK), "{path}: {list}");
    }
    assert!(browser.get("/feed.atom").await.body.contains("CA-C-000001"));
}
