//! What waits for a person is neither said nor silence: it is on no page, and its platform is not counted as silent.

use atlas_domain::Plan;
use axum::http::StatusCode;
use time::macros::datetime;

use super::record::Record;
use crate::harness::Instance;

/// The finding of Acme's terms on model training, less sure than the automatic band, and that band in force.
async fn doubtful(record: &Record) {
    record
        .run(
            "UPDATE finding SET score = 0.6 FROM provision p JOIN document d ON d.id = p.document_id
             JOIN platform pl ON pl.id = d.platform_id AND pl.slug = 'acme'
             WHERE p.id = finding.provision_id AND p.provision_type = 'model-training-use' AND d.slug = 'terms'",
        )
        .await;
    record.run("SELECT review_policy_set('auto', 0.8, 0.35)").await;
}

#[tokio::test]
async fn a_doubtful_passage_waits_and_its_platform_is_not_said_to_be_silent() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let mut browser = instance.browser();
    // Another address than below: pages are kept in memory for a moment.
    let page = browser.get("/provisions/model-training-use?q=").await.body;
    assert!(page.contains("2 of 3 platforms"), "{page}");
    let acme = sqlx::query_scalar("SELECT id FROM platform WHERE slug = 'acme'")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let policy = record
        .document(acme, "privacy", "Privacy policy", Some("captured"))
        .await;
    let version = record
        .version(
            policy,
            1,
            datetime!(2026-10-03 6:00 UTC),
            "# Privacy\n\nWe keep few data.\n",
        )
        .await;
    record
        .finding(policy, "model-training-use", &version, "silent", "low", None)
        .await;
    doubtful(&record).await;
    // Its other document says nothing on the question, and still the platform is not counted as silent.
    let page = browser.get("/provisions/model-training-use").await.body;
    assert!(page.contains("1 of 2 platforms"), "{page}");
    assert!(!page.contains("Acme Cloud"));
    for path in ["/registry?platform=acme", "/search?q=acme+train", "/provisions"] {
        assert!(
            !browser.get(path).await.body.contains("train and improve our models"),
            "{path}"
        );
    }
    let gone = browser.get("/platform/acme/terms/model-training-use").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // Fictitious platforms and silence are shown.
    let sample = browser
        .get("/platform/halden-ai/privacy-policy/model-training-use")
        .await;
    assert_eq!(sample.status, StatusCode::OK);
    let silent = browser.get("/platform/halden-ai/privacy-policy/arbitration").await;
    assert_eq!(silent.status, StatusCode::OK);
    // Staff see it in the queue.
    let mut member = instance.member("curator@example.org").await;
    instance.set_plan("curator@example.org", Plan::Professional).await;
    record
        .run(
            "INSERT INTO staff (account_id, created_at) SELECT id, created_at FROM account
             WHERE email = 'curator@example.org'",
        )
        .await;
    let queue = member.get("/admin/review").await;
    assert_eq!(queue.status, StatusCode::OK);
    assert!(queue.body.contains("train and improve our models"), "{}", queue.body);
}

#[tokio::test]
async fn an_earlier_version_is_not_passed_off_as_what_was_dropped() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let document = sqlx::query_scalar(
        "SELECT d.id FROM document d JOIN platform p ON p.id = d.platform_id WHERE p.slug = 'acme' AND d.slug = 'terms'",
    )
    .fetch_one(&instance.owner)
    .await
    .unwrap();
    let words = "Content may help us to make better models.";
    let version = record
        .version(
            document,
            2,
            datetime!(2026-11-01 6:00 UTC),
            &format!("# Terms\n\n{words}\n"),
        )
        .await;
    let (_, finding) = record
        .finding(document, "model-training-use", &version, "permits", "high", Some(words))
        .await;
    sqlx::query("UPDATE finding SET score = 0.6 WHERE id = $1")
        .bind(finding)
        .execute(&instance.owner)
        .await
        .unwrap();
    record.run("SELECT review_policy_set('auto', 0.8, 0.35)").await;
    let page = instance.browser().get("/platform/acme/terms/model-training-use").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("The current version waits for a person."),
        "{}",
        page.body
    );
    for part in [
        "Not in the current version.",
        "The passage is gone",
        "No change touches",
        "No change broke",
        words,
    ] {
        assert!(!page.body.contains(part), "{part}");
    }
    assert!(
        page.body
            .contains("What this version says on the question waits for a person.")
    );
}
