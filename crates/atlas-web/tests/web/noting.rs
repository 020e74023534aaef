//! Qualifiers that a statement and its quotation do not share, and the notes to the curators.

use axum::http::StatusCode;
use sqlx::{Executor as _, Row as _};
use time::macros::datetime;
use uuid::Uuid;

use crate::{curation::staff, harness::Instance, public::Record};

const LIMITED: &str = "We do not sell the personal data of residents of California.";

/// A finding whose statement promises more than its quotation.
async fn promised(instance: &Instance) -> Uuid {
    let record = Record::standard(instance).await;
    let acme: Uuid = sqlx::query_scalar("SELECT id FROM platform WHERE slug = 'acme'")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let document = record
        .document(acme, "privacy", "Privacy notice", Some("captured"))
        .await;
    let text = format!("# Privacy\n\n{LIMITED}\n\nWe may sell it elsewhere.\n");
    let version = record
        .version(document, 1, datetime!(2026-10-05 06:00 UTC), &text)
        .await;
    let found = record
        .finding(document, "data-sale", &version, "prohibits", "low", Some(LIMITED))
        .await;
    found.1
}

async fn review(instance: &Instance, finding: Uuid) -> Option<String> {
    sqlx::query("SELECT review FROM finding WHERE id = $1")
        .bind(finding)
        .fetch_one(&instance.owner)
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn a_statement_with_other_qualifiers_is_approved_only_by_one_who_saw_them() {
    let instance = Instance::start().await;
    let id = promised(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let path = format!("/admin/review/{id}");
    let page = curator.get(&path).await.body;
    assert!(page.contains("Readers are told: Acme Cloud says it does not sell personal data"));
    assert!(page.contains("The quotation names a region (“residents of california”), the statement does not."));
    let answer = curator.post(&path, &[("verdict", "approved"), ("known", "0")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Nothing was saved yet"));
    assert_eq!(review(&instance, id).await, None);
    let ticked = [("verdict", "approved"), ("known", "0"), ("qualifiers", "on")];
    assert_eq!(curator.post(&path, &ticked).await.status, StatusCode::SEE_OTHER);
    assert_eq!(review(&instance, id).await.as_deref(), Some("approved"));
    let log = curator.get("/admin/log").await.body;
    assert!(log.contains("saw that statement and quotation have other qualifiers"));
}

#[tokio::test]
async fn who_strikes_or_takes_back_is_not_asked() {
    let instance = Instance::start().await;
    let id = promised(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let path = format!("/admin/review/{id}");
    for (verdict, known) in [("rejected", "0"), ("undone", "1")] {
        let answer = curator.post(&path, &[("verdict", verdict), ("known", known)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{verdict}");
    }
}

#[tokio::test]
async fn an_edit_that_is_asked_about_keeps_what_was_typed() {
    let instance = Instance::start().await;
    let id = promised(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let path = format!("/admin/review/{id}");
    let edit = |stance: &'static str, ticked: bool| {
        let mut form = vec![
            ("verdict", "edited"),
            ("known", "0"),
            ("stance", stance),
            ("severity", "high"),
            ("excerpt", "We do not sell the personal data of residents"),
            ("reason", "Elsewhere it is sold"),
        ];
        form.extend(ticked.then_some(("qualifiers", "on")));
        form
    };
    let asked = curator.post(&path, &edit("permits_opt_out", false)).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(
        asked
            .body
            .contains("With this edit, statement and quotation have other qualifiers")
    );
    assert!(asked.body.contains("The statement names a way to decline"));
    assert!(
        asked.body.contains("value=\"permits_opt_out\" selected") && asked.body.contains("value=\"high\" selected")
    );
    assert!(asked.body.contains("Elsewhere it is sold"));
    assert_eq!(review(&instance, id).await, None);
    let saved = curator.post(&path, &edit("permits_opt_out", true)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(review(&instance, id).await.as_deref(), Some("edited"));
}

async fn note(instance: &Instance, kind: &str, document: &str) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO curator_note (id, kind, document_id, text, created_at)
         SELECT $1, $2, d.id, $2 || ' of ' || $3, '2026-11-20' FROM document d JOIN platform p ON p.id = d.platform_id
         WHERE p.slug = $3 LIMIT 1",
    )
    .bind(id)
    .bind(kind)
    .bind(document)
    .execute(&instance.owner)
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn a_note_is_closed_once_with_a_reason_that_stays() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    assert!(curator.get("/admin/notes").await.body.contains("No note is open"));
    let id = note(&instance, "qualifier_drift", "acme").await;
    note(&instance, "variants", "halden-ai").await;
    let page = curator.get("/admin/notes").await.body;
    for words in [
        "Open 2",
        "Statement and quotation differ: 1",
        "Texts alternate: 1",
        "qualifier_drift of acme",
        "href=\"/platform/acme/terms\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let one = curator.get("/admin/notes?kind=variants").await.body;
    assert!(one.contains("variants of halden-ai") && !one.contains("qualifier_drift of acme"));
    let odd = curator.get("/admin/notes?kind=%00&page=9").await;
    assert!(odd.status == StatusCode::OK && odd.body.contains("The list ends before this page"));

    let path = format!("/admin/notes/{id}/dismiss");
    let empty = curator.post(&path, &[("reason", " \0 ")]).await;
    assert!(empty.status == StatusCode::CONFLICT && empty.body.contains("Say why the note can be closed."));
    let closed = curator
        .post(&path, &[("reason", "The headline says it\0 well enough")])
        .await;
    assert_eq!(closed.location(), "/admin/notes");
    let again = curator.post(&path, &[("reason", "x")]).await;
    assert!(again.status == StatusCode::CONFLICT && again.body.contains("closed already"));
    assert!(
        !curator
            .get("/admin/notes")
            .await
            .body
            .contains("qualifier_drift of acme")
    );
    let past = curator.get("/admin/notes?show=closed").await.body;
    assert!(past.contains("by c@example.org: The headline says it well enough"));
    assert!(curator.get("/admin/log").await.body.contains("note dismissed"));
    for statement in [
        "UPDATE curator_note_dismissal SET reason = 'x'",
        "DELETE FROM curator_note_dismissal",
        "UPDATE curator_note SET resolved_at = NULL",
    ] {
        let error = instance.state.pool.execute(statement).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
}
