//! One clause under one record: its readings, its passages that disagree, and for whom each holds.

use time::macros::datetime;
use uuid::Uuid;

use super::record::{Record, Written};
use crate::harness::Instance;

const TAKES: &str = "We may use your content to train our models and to improve the service.";
const PROMISES: &str = "We never use your content to train our models.";
const PAID: &str = "Content of Business accounts is not used for training.";

/// A document whose passages on training disagree, and whose first one is read on product improvement as well.
async fn disputed(instance: &Instance) -> (Record, Uuid, Written) {
    let record = Record::standard(instance).await;
    let platform = record.platform("torn", "Torn Labs", false).await;
    let terms = record
        .document(platform, "terms", "Terms of service", Some("captured"))
        .await;
    let text = format!("# Terms\n\n## Use of content\n\n{TAKES}\n\n## Promises\n\n{PROMISES}\n\n{PAID}\n");
    let version = record.version(terms, 1, datetime!(2026-10-05 06:00 UTC), &text).await;
    let (provision, _) = record
        .finding(
            terms,
            "model-training-use",
            &version,
            "conflicting",
            "medium",
            Some(TAKES),
        )
        .await;
    for (position, words, stance, scope) in [
        (1, PROMISES, "prohibits", None),
        (2, PAID, "prohibits", Some("Business accounts")),
    ] {
        let start = version.text.text.find(words).unwrap();
        sqlx::query(
            "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor,
                 score, scope, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
             VALUES ($1, $2, $3, $4, $5, 'low', 'explicit', 'explicit', 'vendor', 0.8, $6, $7, $8, $9, 'rules-1', 1, $10)",
        )
        .bind(Uuid::now_v7())
        .bind(provision)
        .bind(version.id)
        .bind(position)
        .bind(stance)
        .bind(scope)
        .bind(words)
        .bind(i32::try_from(start).unwrap())
        .bind(i32::try_from(start + words.len()).unwrap())
        .bind(version.at)
        .execute(&instance.owner)
        .await
        .unwrap();
    }
    record
        .finding(
            terms,
            "service-improvement-use",
            &version,
            "permits",
            "medium",
            Some(TAKES),
        )
        .await;
    record
        .finding(terms, "human-review", &version, "silent", "low", None)
        .await;
    (record, terms, version)
}

#[tokio::test]
async fn passages_that_disagree_are_both_quoted_in_full_with_their_proof() {
    let instance = Instance::start().await;
    disputed(&instance).await;
    let body = instance
        .browser()
        .get("/platform/torn/terms/model-training-use")
        .await
        .body;
    assert_eq!(body.matches("<figure class=\"quote").count(), 2, "{body}");
    let against = body
        .split_once("id=\"against\"")
        .unwrap()
        .1
        .split_once("</figure>")
        .unwrap()
        .0;
    for words in [
        PROMISES,
        "Exact match with the archived text",
        "Promises",
        "prohibits",
        "Verify this quote",
    ] {
        assert!(against.contains(words), "lacks {words}\n{against}");
    }
    let further = body
        .split_once("id=\"passages\"")
        .unwrap()
        .1
        .split_once("</section>")
        .unwrap()
        .0;
    assert!(further.contains(PAID) && !further.contains(PROMISES), "{further}");
    let scopes = body
        .split_once("id=\"scopes\"")
        .unwrap()
        .1
        .split_once("</section>")
        .unwrap()
        .0;
    assert_eq!(scopes.matches("<tr ").count(), 4, "a head and three passages\n{scopes}");
    assert!(scopes.contains("Business accounts") && scopes.contains("No limit named"));
}

#[tokio::test]
async fn a_clause_names_the_other_questions_on_which_it_is_read() {
    let instance = Instance::start().await;
    let (record, terms, version) = disputed(&instance).await;
    let mut browser = instance.browser();
    let clause = |body: &str| {
        let found = body
            .split_once("id=\"clause\"")
            .map(|(_, rest)| rest.split_once("</p>").unwrap().0.to_owned());
        found.unwrap_or_default()
    };
    let training = browser.get("/platform/torn/terms/model-training-use").await.body;
    for words in [
        "One clause, 2 readings.",
        "href=\"/platform/torn/terms/service-improvement-use\"",
        "Permits, no choice",
    ] {
        assert!(clause(&training).contains(words), "lacks {words}\n{training}");
    }
    let improvement = browser.get("/platform/torn/terms/service-improvement-use").await.body;
    assert!(clause(&improvement).contains("href=\"/platform/torn/terms/model-training-use\""));
    assert!(!clause(&improvement).contains("other words of it"));
    assert!(!improvement.contains("id=\"scopes\""), "nothing is limited there");
    // A passage beside it is no other reading of it, and silence reads nothing.
    record
        .finding(terms, "data-sale", &version, "prohibits", "low", Some(PAID))
        .await;
    let improvement = browser.get("/platform/torn/terms/service-improvement-use").await.body;
    assert!(!clause(&improvement).contains("data-sale"));
    let silent = browser.get("/platform/torn/terms/human-review").await.body;
    assert!(clause(&silent).is_empty() && silent.contains("No passage found"));
    assert!(
        silent.contains("No other platform has been asked this question yet"),
        "{silent}"
    );
}

#[tokio::test]
async fn others_are_counted_among_those_that_were_asked() {
    let instance = Instance::start().await;
    disputed(&instance).await;
    let body = instance
        .browser()
        .get("/platform/acme/terms/model-training-use")
        .await
        .body;
    for words in [
        "Clauses of this type only, of 4 platforms in whose documents an answer was looked for, 1 of them fictitious",
        "1 of 4: permits, no choice.",
        "Unchanged since",
        "version 1, 4 checks since",
    ] {
        assert!(body.contains(words), "lacks {words}\n{body}");
    }
}
