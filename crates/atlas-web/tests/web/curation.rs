//! The staff area: nobody else sees it, and what a person said of a finding is what readers see.

use axum::http::StatusCode;
use sqlx::{Executor as _, Row as _};
use uuid::Uuid;

use crate::{
    harness::{Browser, Instance},
    public::Record,
    routes::{declared, filled},
};

/// A member of staff.
pub(crate) async fn staff(instance: &Instance, email: &str) -> Browser {
    let browser = instance.member(email).await;
    sqlx::query("INSERT INTO staff SELECT id, created_at FROM account WHERE email = $1")
        .bind(email)
        .execute(&instance.owner)
        .await
        .unwrap();
    browser
}

pub(crate) async fn finding(instance: &Instance, stance: &str) -> Uuid {
    sqlx::query("SELECT id FROM finding WHERE stance = $1 ORDER BY created_at DESC LIMIT 1")
        .bind(stance)
        .fetch_one(&instance.owner)
        .await
        .unwrap()
        .get(0)
}

#[tokio::test]
async fn for_everybody_else_the_staff_area_does_not_exist() {
    let instance = Instance::start().await;
    let routes: Vec<_> = declared()
        .into_iter()
        .filter(|route| route.path.starts_with("/admin"))
        .collect();
    assert!(routes.len() >= 4);
    let mut visitor = instance.browser();
    let mut member = instance.member("a@example.org").await;
    for route in &routes {
        let path = filled(&route.path);
        for browser in [&mut visitor, &mut member] {
            if route.get {
                assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
            }
            if route.post {
                assert_eq!(browser.post(&path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
            }
        }
    }
    let mut curator = staff(&instance, "c@example.org").await;
    for path in [
        "/admin",
        "/admin/review",
        "/admin/sources",
        "/admin/contradictions",
        "/admin/duplicates",
        "/admin/corrections",
        "/admin/corrections/new",
        "/admin/notes",
        "/admin/drafts",
        "/admin/analyses",
        "/admin/rubric",
        "/admin/log",
    ] {
        let page = curator.get(path).await;
        assert_eq!(
            (page.status, page.header("cache-control")),
            (StatusCode::OK, "private, no-store"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_web_can_appoint_nobody_and_change_no_review() {
    let instance = Instance::start().await;
    instance.member("a@example.org").await;
    for statement in [
        "INSERT INTO staff SELECT id, created_at FROM account",
        "DELETE FROM staff",
        "UPDATE review SET reason = 'x'",
        "DELETE FROM review",
        "UPDATE finding SET stance = 'permits'",
        "UPDATE staff_action SET detail = 'x'",
        "DELETE FROM staff_action",
        "UPDATE correction SET said = 'x'",
        "DELETE FROM correction",
        "UPDATE correction_note SET text = 'x'",
        "DELETE FROM correction_note",
    ] {
        let error = instance.state.pool.execute(statement).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
}

#[tokio::test]
async fn the_gravest_waits_first_and_a_rejected_finding_is_gone_until_it_is_undone() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let id = finding(&instance, "permits").await;
    let words = "We may use your content to train and improve our models";
    let queue = curator.get("/admin/review?band=auto").await.body;
    assert!(queue.contains(words) && queue.contains(&id.to_string()));
    assert!(
        curator
            .get("/admin/review?band=review")
            .await
            .body
            .contains("Nothing waits")
    );

    let path = format!("/admin/review/{id}");
    let answer = curator
        .post(&path, &[("verdict", "rejected"), ("known", "0"), ("band", "auto")])
        .await;
    assert_eq!(answer.location(), format!("/admin/review?band=auto&done={id}"));
    let next = curator.get(answer.location()).await.body;
    assert!(next.contains("Acme Cloud: ") && next.contains("Undo"));
    let mut reader = instance.browser();
    let page = "/platform/acme/terms/model-training-use";
    assert_eq!(reader.get(page).await.status, StatusCode::NOT_FOUND);
    for list in [
        "/platform/acme",
        "/platform/acme/terms",
        "/registry",
        "/search?q=train",
        "/provisions/model-training-use",
    ] {
        assert!(!reader.get(list).await.body.contains(words), "{list}");
    }

    let answer = curator
        .post(&path, &[("verdict", "undone"), ("known", "1"), ("band", "auto")])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(curator.get("/admin/review?band=auto").await.body.contains(words));
    assert_eq!(instance.browser().get(page).await.status, StatusCode::OK);
    let log = curator.get("/admin/log").await.body;
    assert!(log.contains("review rejected") && log.contains("review undone") && log.contains("c@example.org"));
    assert_eq!(instance.count("SELECT count(*) FROM review").await, 2);
}

#[tokio::test]
async fn an_edit_quotes_the_version_letter_for_letter_and_gives_its_reason() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let id = finding(&instance, "permits").await;
    let path = format!("/admin/review/{id}");
    let edit = |excerpt: &'static str, severity: &'static str, reason: &'static str| {
        [
            ("verdict", "edited"),
            ("known", "0"),
            ("stance", "permits_opt_out"),
            ("severity", severity),
            ("excerpt", excerpt),
            ("reason", reason),
            // The statement on this stance names an opt-out, which these words do not.
            ("qualifiers", "on"),
        ]
    };
    let other = curator.post(&path, &edit("We may use your contents", "high", "")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.body.contains("letter for letter"));
    let silent = curator.post(&path, &edit("We may use your content", "low", "")).await;
    assert!(silent.body.contains("Say why the severity is another one."));
    assert_eq!(instance.count("SELECT count(*) FROM review").await, 0);
    let done = curator
        .post(&path, &edit("We may use your content", "low", "A setting turns it off"))
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let row = sqlx::query(
        "SELECT f.stance, f.severity, f.excerpt, f.excerpt_end - f.excerpt_start, r.before->>'stance', f.review
         FROM finding f JOIN review r ON r.finding_id = f.id WHERE f.id = $1",
    )
    .bind(id)
    .fetch_one(&instance.owner)
    .await
    .unwrap();
    assert_eq!(row.get::<&str, _>(0), "permits_opt_out");
    assert_eq!(row.get::<&str, _>(1), "low");
    assert_eq!(row.get::<&str, _>(2), "We may use your content");
    assert_eq!(row.get::<i32, _>(3), 23);
    assert_eq!(row.get::<&str, _>(4), "permits", "what the detector wrote stays");
    assert_eq!(row.get::<&str, _>(5), "edited");
    let page = instance
        .browser()
        .get("/platform/acme/terms/model-training-use")
        .await
        .body;
    assert!(page.contains("Permits, opt-out"));
}

#[tokio::test]
async fn of_two_curators_the_second_is_told_who_came_first() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut first = staff(&instance, "first@example.org").await;
    let mut second = staff(&instance, "second@example.org").await;
    let path = format!("/admin/review/{}", finding(&instance, "permits").await);
    let (one, other) = tokio::join!(
        first.post(&path, &[("verdict", "approved"), ("known", "0")]),
        second.post(&path, &[("verdict", "rejected"), ("known", "0")])
    );
    let mut states = [one.status, other.status];
    states.sort();
    assert_eq!(states, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
    let told = if one.status == StatusCode::CONFLICT { one } else { other };
    assert!(told.body.contains("answered first") && told.body.contains("Nothing of yours was saved"));
    assert_eq!(instance.count("SELECT count(*) FROM review").await, 1);
}

#[tokio::test]
async fn what_may_not_go_out_unreviewed_is_held_back_and_comes_with_its_approval() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let id = finding(&instance, "permits").await;
    instance
        .owner
        .execute("SELECT review_policy_set('reviewed', 0.8, 0.35)")
        .await
        .unwrap();
    let page = "/platform/acme/terms/model-training-use";
    assert_eq!(instance.browser().get(page).await.status, StatusCode::NOT_FOUND);
    let path = format!("/admin/review/{id}");
    assert!(curator.get(&path).await.body.contains("Not shown to readers"));
    curator.post(&path, &[("verdict", "approved"), ("known", "0")]).await;
    assert_eq!(instance.browser().get(page).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_rejected_and_edited_can_be_learnt_from_and_what_was_undone_cannot() {
    let instance = Instance::start().await;
    let _record = Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let reviewed = async || {
        let mut connection = instance.owner.acquire().await.unwrap();
        atlas_db::curation::reviewed_findings(&mut connection).await.unwrap()
    };
    assert!(reviewed().await.is_empty());
    let path = format!("/admin/review/{}", finding(&instance, "permits").await);
    curator.post(&path, &[("verdict", "rejected"), ("known", "0")]).await;
    let [rejected] = &reviewed().await[..] else {
        panic!("one finding was rejected");
    };
    assert_eq!(
        (rejected.provision_type.as_str(), rejected.review.as_str()),
        ("model-training-use", "rejected")
    );
    assert!(!rejected.read_otherwise && rejected.excerpt.starts_with("We may use your content"));
    curator.post(&path, &[("verdict", "undone"), ("known", "1")]).await;
    assert!(reviewed().await.is_empty());
    let form = [
        ("verdict", "edited"),
        ("known", "2"),
        ("stance", "permits_opt_out"),
        ("severity", "high"),
        ("excerpt", "We may use your content to train"),
        ("qualifiers", "on"),
    ];
    curator.post(&path, &form).await;
    let [edited] = &reviewed().await[..] else {
        panic!("one finding was edited");
    };
    assert_eq!(
        (edited.review.as_str(), edited.stance.as_str()),
        ("edited", "permits_opt_out")
    );
    assert_eq!(edited.excerpt, "We may use your content to train");
}
