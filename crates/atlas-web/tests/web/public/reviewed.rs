//! What nobody reviewed says so and is kept out of search engines; a review lists the page and moves its date.

use std::time::Duration;

use axum::http::StatusCode;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::record::Record;
use crate::{
    curation::{finding, staff},
    harness::Instance,
};

const PAGE: &str = "/platform/acme/terms/model-training-use";
const NOINDEX: &str = "<meta name=\"robots\" content=\"noindex\">";

/// Approves every finding that is no silence.
pub async fn review_all(instance: &Instance, at: OffsetDateTime) {
    sqlx::query(
        "INSERT INTO review (id, finding_id, seq, verdict, before, after, reviewer_id, created_at)
         SELECT gen_random_uuid(), f.id, 1, 'approved', seen.state, seen.state || '{\"review\": \"approved\"}',
             gen_random_uuid(), $1
         FROM finding f
         CROSS JOIN LATERAL (SELECT jsonb_build_object('review', f.review, 'stance', f.stance, 'severity', f.severity,
             'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start, 'end', f.excerpt_end) AS state) seen
         WHERE f.stance <> 'silent'",
    )
    .bind(at)
    .execute(&instance.owner)
    .await
    .unwrap();
}

/// An instance whose pages are made anew for every request.
async fn fresh() -> Instance {
    Instance::with(|settings| settings.page_cache_ttl = Duration::ZERO).await
}

#[tokio::test]
async fn what_nobody_reviewed_says_so_and_is_not_listed_until_somebody_does() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    let mut reader = instance.browser();
    let page = reader.get(PAGE).await.body;
    for words in [
        NOINDEX,
        "<span class=\"badge badge--warn\">Not reviewed by a person</span>",
        "Read by machine; no person has reviewed it",
        "\"creativeWorkStatus\":\"Machine reading, not reviewed by a person\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(
        !reader
            .get("/sitemap.xml")
            .await
            .body
            .contains("/sitemaps/provisions-1.xml")
    );
    let pages = reader.get("/sitemaps/pages-1.xml").await.body;
    assert!(
        pages.contains("/provisions/model-training-use</loc>"),
        "the question has an answer"
    );

    let mut curator = staff(&instance, "c@example.org").await;
    let review = format!("/admin/review/{}", finding(&instance, "permits").await);
    let answer = curator.post(&review, &[("verdict", "approved"), ("known", "0")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = reader.get(PAGE).await;
    assert!(!page.body.contains("noindex"));
    for words in [
        "<span class=\"badge badge--ok\">Reviewed 23 Nov 2026</span>",
        "Read by machine; a person found it right on 23 Nov 2026.",
        "\"creativeWorkStatus\":\"Reviewed by a person\"",
        "\"dateModified\":\"2026-11-23T10:00:00Z\"",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
    assert_eq!(page.header("last-modified"), "Mon, 23 Nov 2026 10:00:00 GMT");
    let listed = format!("{PAGE}</loc><lastmod>2026-11-23T10:00:00Z</lastmod>");
    assert!(reader.get("/sitemaps/provisions-1.xml").await.body.contains(&listed));

    sqlx::query("UPDATE version_reading SET reread_at = '2026-11-23 12:00 UTC'")
        .execute(&instance.owner)
        .await
        .unwrap();
    let page = reader.get(PAGE).await;
    assert_eq!(page.header("last-modified"), "Mon, 23 Nov 2026 12:00:00 GMT");
    let listed = format!("{PAGE}</loc><lastmod>2026-11-23T12:00:00Z</lastmod>");
    assert!(reader.get("/sitemaps/provisions-1.xml").await.body.contains(&listed));

    instance.clock.advance(time::Duration::days(1));
    curator.post(&review, &[("verdict", "undone"), ("known", "1")]).await;
    let page = reader.get(PAGE).await;
    assert!(page.body.contains(NOINDEX) && page.body.contains("no person has reviewed it"));
    assert_eq!(page.header("last-modified"), "Tue, 24 Nov 2026 10:00:00 GMT");
    let gone = reader.get("/sitemaps/provisions-1.xml").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_corrected_page_says_so_and_counts_what_nobody_looked_at() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    let head = finding(&instance, "permits").await;
    sqlx::query(
        "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor, score,
             reasons, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
         SELECT $2, provision_id, version_id, 1, stance, severity, confidence, basis, actor, score, reasons, 'We may use',
             excerpt_start, excerpt_start + 10, detector, rubric_version, created_at FROM finding WHERE id = $1",
    )
    .bind(head)
    .bind(Uuid::now_v7())
    .execute(&instance.owner)
    .await
    .unwrap();
    let mut curator = staff(&instance, "c@example.org").await;
    let form = [
        ("verdict", "edited"),
        ("known", "0"),
        ("stance", "permits_opt_out"),
        ("severity", "high"),
        ("excerpt", "We may use your content"),
        ("qualifiers", "on"),
    ];
    let answer = curator.post(&format!("/admin/review/{head}"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = instance.browser().get(PAGE).await.body;
    for words in [
        "<strong>Corrected 23 Nov 2026</strong>",
        "a person corrected it on 23 Nov 2026; 1 further passage not reviewed.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("noindex"));
}

#[tokio::test]
async fn what_is_carried_to_the_next_version_keeps_the_day_on_which_a_person_looked() {
    let instance = fresh().await;
    let record = Record::standard(&instance).await;
    review_all(&instance, datetime!(2026-10-05 12:00 UTC)).await;
    let words = "We may use your content to train and improve our models and services at any time.";
    let document = sqlx::query_scalar::<_, Uuid>(
        "SELECT d.id FROM document d JOIN platform p ON p.id = d.platform_id WHERE p.slug = 'acme'",
    )
    .fetch_one(&instance.owner)
    .await
    .unwrap();
    let text = format!("# Terms\n\n{words}\n\nYou may leave at any time.\n");
    let version = record
        .version(document, 2, datetime!(2026-11-10 06:00 UTC), &text)
        .await;
    let (_, carried) = record
        .finding(document, "model-training-use", &version, "permits", "high", Some(words))
        .await;
    assert!(
        instance
            .browser()
            .get(PAGE)
            .await
            .body
            .contains("no person has reviewed it")
    );
    sqlx::query(
        "INSERT INTO review (id, finding_id, seq, verdict, before, after, carried_from, created_at)
         SELECT gen_random_uuid(), $1, 1, 'carried', r.before,
             r.after || jsonb_build_object('start', f.excerpt_start, 'end', f.excerpt_end), r.id, $2
         FROM review r CROSS JOIN finding f WHERE f.id = $1 AND r.after->>'excerpt' = f.excerpt",
    )
    .bind(carried)
    .bind(datetime!(2026-11-10 06:01 UTC))
    .execute(&instance.owner)
    .await
    .unwrap();
    let page = instance.browser().get(PAGE).await;
    assert!(page.body.contains("a person found it right on 5 Oct 2026."));
    assert_eq!(page.header("last-modified"), "Mon, 05 Oct 2026 12:00:00 GMT");
    let listed = format!("{PAGE}</loc><lastmod>2026-10-05T12:00:00Z</lastmod>");
    assert!(
        instance
            .browser()
            .get("/sitemaps/provisions-1.xml")
            .await
            .body
            .contains(&listed)
    );
}

#[tokio::test]
async fn a_reviewed_sample_is_still_a_sample() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    review_all(&instance, datetime!(2026-11-20 09:00 UTC)).await;
    let page = instance
        .browser()
        .get("/platform/halden-ai/privacy-policy/model-training-use")
        .await
        .body;
    assert!(page.contains("Reviewed 20 Nov 2026") && page.contains(NOINDEX));
    let silent = instance
        .browser()
        .get("/platform/quiet/terms/model-training-use")
        .await
        .body;
    assert!(silent.contains("Read by machine; no person has reviewed it") && silent.contains(NOINDEX));
}

#[tokio::test]
async fn another_policy_moves_every_finding_to_its_place_and_back_with_reviews_on_top() {
    let instance = fresh().await;
    let record = Record::standard(&instance).await;
    // Three passages of one provision: by their detector sure, unsure, sure.
    sqlx::raw_sql(
        "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor, score,
             reasons, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
         SELECT gen_random_uuid(), provision_id, version_id, n, stance, severity, confidence, basis, actor,
             CASE n WHEN 1 THEN 0.5 ELSE 0.85 END, reasons, 'We may use', excerpt_start, excerpt_start + 10, detector,
             rubric_version, created_at FROM finding CROSS JOIN generate_series(1, 2) n WHERE stance = 'permits'",
    )
    .execute(&instance.owner)
    .await
    .unwrap();
    // One stepped back for another reading: no policy brings it back.
    sqlx::raw_sql(
        "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor, score,
             reasons, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
         SELECT gen_random_uuid(), provision_id, version_id, 3, stance, severity, confidence, basis, actor, 0.99, reasons,
             'We may', excerpt_start, excerpt_start + 6, detector, rubric_version, created_at
         FROM finding WHERE stance = 'permits' AND position = 0;
         SELECT findings_supersede(version_id, ARRAY[id], created_at) FROM finding WHERE score = 0.99;",
    )
    .execute(&instance.owner)
    .await
    .unwrap();
    let places = async || -> Vec<i32> {
        sqlx::query_scalar(
            "SELECT position FROM finding WHERE provision_id = (SELECT provision_id FROM finding WHERE stance = 'permits'
             LIMIT 1) AND superseded_at IS NULL ORDER BY detected_position",
        )
        .fetch_all(&instance.owner)
        .await
        .unwrap()
    };
    let set = async |policy: &'static str| record.run(policy).await;
    assert_eq!(places().await, [0, 1, 2]);
    set("SELECT review_policy_set('auto', 0.8, 0.35)").await;
    assert_eq!(places().await, [0, -2, 1]);
    set("SELECT review_policy_set('reviewed', 0.8, 0.35)").await;
    assert_eq!(places().await, [-1, -2, -3]);
    let unsure: Uuid = sqlx::query_scalar("SELECT id FROM finding WHERE score = 0.5")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let mut curator = staff(&instance, "c@example.org").await;
    curator
        .post(
            &format!("/admin/review/{unsure}"),
            &[("verdict", "approved"), ("known", "0")],
        )
        .await;
    assert_eq!(places().await, [-1, 0, -3]);
    set("SELECT review_policy_set('auto', 0.8, 0.35)").await;
    assert_eq!(places().await, [0, 1, 2], "a review outweighs the bands");
    set("SELECT review_policy_set('all', 0.8, 0.35)").await;
    assert_eq!(places().await, [0, 1, 2]);
    assert_eq!(
        instance
            .count("SELECT count(*) FROM finding WHERE position < -2000000")
            .await,
        1
    );
}
