//! A platform's page: the matrix of stances, the quick facts, the timeline by plan and the notice record.

use atlas_domain::Plan;
use axum::http::StatusCode;
use time::macros::datetime;

use super::record::Record;
use crate::harness::Instance;

const PROMISE: &str = "We will not use your content to train our models.";
const KEPT: &str = "We delete your content within 30 days after you ask.";

/// The standard record with a second document of Acme Cloud that promises what its terms take, and says how long
/// content is kept.
async fn contradicting(instance: &Instance) -> Record {
    let record = Record::standard(instance).await;
    let acme = sqlx::query_scalar("SELECT id FROM platform WHERE slug = 'acme'")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let policy = record
        .document(acme, "privacy", "Acme Cloud Privacy Notice", Some("captured"))
        .await;
    let text = format!("# Privacy\n\n{PROMISE}\n\n{KEPT}\n");
    let version = record.version(policy, 1, datetime!(2026-10-03 06:00 UTC), &text).await;
    record
        .finding(
            policy,
            "model-training-use",
            &version,
            "prohibits",
            "low",
            Some(PROMISE),
        )
        .await;
    record
        .finding(policy, "retention-deletion", &version, "commits", "low", Some(KEPT))
        .await;
    record
        .finding(policy, "arbitration", &version, "silent", "low", None)
        .await;
    record
        .run("UPDATE document SET plan = 'Business' WHERE slug = 'privacy'")
        .await;
    record
}

#[tokio::test]
async fn the_matrix_links_each_cell_and_says_where_documents_disagree() {
    let instance = Instance::start().await;
    contradicting(&instance).await;
    let body = instance.browser().get("/platform/acme").await.body;
    for words in [
        "On 1 question one document favours the reader",
        "href=\"/platform/acme/terms/model-training-use\"",
        "href=\"/platform/acme/privacy/model-training-use\"",
        "<span class=\"badge\">Business</span>",
        "Training and improvement",
        "Not stated anywhere: 1 question",
        "Documents disagree",
    ] {
        assert!(body.contains(words), "lacks {words}\n{body}");
    }
    let matrix = body
        .split_once("class=\"tbl tbl--fold matrix\"")
        .unwrap()
        .1
        .split_once("</table>")
        .unwrap()
        .0;
    assert_eq!(
        matrix.matches("role=\"cell\"").count(),
        4,
        "two questions by two documents"
    );
    assert_eq!(
        matrix.matches("class=\"matrix__a\"").count(),
        3,
        "the terms were not read on retention"
    );
    assert!(
        !matrix.contains("data-stance=\"silent\""),
        "silence alone makes no row\n{matrix}"
    );

    let high = instance.browser().get("/platform/acme?severity=high").await.body;
    let matrix = high
        .split_once("class=\"tbl tbl--fold matrix\"")
        .unwrap()
        .1
        .split_once("</table>")
        .unwrap()
        .0;
    assert!(matrix.contains("User data for model training") && !matrix.contains("Retention and deletion"));
}

#[tokio::test]
async fn quick_facts_answer_from_quotations_and_count_silence() {
    let instance = Instance::start().await;
    contradicting(&instance).await;
    let body = instance.browser().get("/platform/acme").await.body;
    let facts = body
        .split_once("id=\"facts\"")
        .unwrap()
        .1
        .split_once("</section>")
        .unwrap()
        .0;
    assert_eq!(facts.matches("<dt>").count(), 10);
    for words in [
        "Yes, and no choice is stated",
        "It says it does not",
        "href=\"/platform/acme/privacy/model-training-use#excerpt\"",
        "For a stated time</strong>: “30 days”",
        "Not stated in 1 document",
        "href=\"/platform/acme/privacy/arbitration\">What was searched",
    ] {
        assert!(facts.contains(words), "lacks {words}\n{facts}");
    }
    let unread = instance.browser().get("/platform/dark").await.body;
    assert!(unread.contains("No document of Dark Harbor has been read yet"));
    assert!(!unread.contains("matrix__a"));
}

#[tokio::test]
async fn the_timeline_reaches_back_as_far_as_the_plan_and_counts_what_it_leaves_out() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let path = "/platform/halden-ai";
    let recent = instance.browser().get(path).await.body;
    for words in [
        "the last 90 days",
        "Stances that moved, newest first",
        "1 of 1 change on record names the day",
        "median 12 days of notice",
    ] {
        assert!(recent.contains(words), "lacks {words}\n{recent}");
    }
    assert!(!recent.contains("earlier event"));

    record.run("UPDATE change SET detected_at = '2026-05-20'").await;
    let mut member = instance.member("a@example.org").await;
    let free = member.get(path).await;
    assert_eq!(free.status, StatusCode::OK);
    assert!(free.body.contains("No change in the last 90 days"), "{}", free.body);
    assert!(
        free.body.contains("2 earlier events belong to the whole timeline"),
        "{}",
        free.body
    );
    assert!(!free.body.contains("Stances that moved"));
    instance.set_plan("a@example.org", Plan::Professional).await;
    let whole = member.get(path).await.body;
    assert!(
        whole.contains("since 20 May 2026") && whole.contains("Stances that moved"),
        "{whole}"
    );
    assert!(!whole.contains("earlier event"));
}
