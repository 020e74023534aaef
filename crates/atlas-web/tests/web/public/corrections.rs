//! Corrections in the open: from a review to the public log, on the pages of the records, in the feed, withdrawn.

use std::time::Duration;

use axum::http::StatusCode;
use time::macros::datetime;
use uuid::Uuid;

use super::{record::Record, reviewed::review_all};
use crate::{
    curation::{finding, staff},
    harness::{Answer, Browser, Instance},
};

const PAGE: &str = "/platform/acme/terms/model-training-use";

async fn fresh() -> Instance {
    Instance::with(|settings| settings.page_cache_ttl = Duration::ZERO).await
}

/// The value of an input of the form.
fn value(page: &str, name: &str) -> String {
    let after = page.split_once(&format!("name=\"{name}\"")).unwrap().1;
    after
        .split_once("value=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .to_owned()
}

/// The words of a text area of the form.
fn area(page: &str, name: &str) -> String {
    let after = page.split_once(&format!("name=\"{name}\"")).unwrap().1;
    after
        .split_once('>')
        .unwrap()
        .1
        .split_once("</textarea>")
        .unwrap()
        .0
        .to_owned()
}

/// Publishes a correction of a record.
async fn publish(curator: &mut Browser, record: &str, title: &str, correct: &str) -> Answer {
    let id = Uuid::now_v7().to_string();
    let form = [
        ("id", id.as_str()),
        ("record", record),
        ("title", title),
        ("said", "Something else."),
        ("correct", correct),
        ("wrong_since", "2026-10-02"),
        ("corrected_on", "2026-11-22"),
        ("reported_by", "reader"),
    ];
    curator.post("/admin/corrections", &form).await
}

async fn number(instance: &Instance, query: &'static str) -> String {
    sqlx::query_scalar(query).fetch_one(&instance.owner).await.unwrap()
}

#[tokio::test]
async fn a_rejection_of_what_readers_had_seen_becomes_a_correction_with_one_click() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let id = finding(&instance, "permits").await;
    let review = format!("/admin/review/{id}");
    let answer = curator
        .post(
            &review,
            &[
                ("verdict", "rejected"),
                ("known", "0"),
                ("reason", "It is about display."),
            ],
        )
        .await;
    let offered = format!("/admin/corrections/new?finding={id}");
    for page in [answer.location(), &review] {
        assert!(
            curator.get(page).await.body.contains(&format!("href=\"{offered}\"")),
            "{page}"
        );
    }
    let form = curator.get(&offered).await.body;
    assert_eq!(
        value(&form, "title"),
        "Acme Cloud, Terms of service: User data for model training"
    );
    let said = area(&form, "said");
    assert!(
        said.starts_with(
            "User data for model training: permits, no choice, high severity, quoting “We may use your content"
        ),
        "{said}"
    );
    let correct = area(&form, "correct");
    assert!(
        correct.contains("do not answer this question") && correct.ends_with("It is about display."),
        "{correct}"
    );
    assert_eq!(
        (value(&form, "wrong_since"), value(&form, "corrected_on")),
        ("2026-10-01".into(), "2026-11-23".into())
    );
    let (key, told, record) = (value(&form, "id"), value(&form, "review"), value(&form, "record"));
    let fields = [
        ("id", key.as_str()),
        ("review", told.as_str()),
        ("record", record.as_str()),
        ("title", "Acme Cloud, Terms of service: User data for model training"),
        ("said", said.as_str()),
        ("correct", correct.as_str()),
        ("wrong_since", "2026-10-01"),
        ("corrected_on", "2026-11-23"),
        ("reported_by", "platform"),
        ("reply", "We thank the editors."),
    ];
    for sent in ["once", "twice"] {
        let answer = curator.post("/admin/corrections", &fields).await;
        assert_eq!(
            answer.location(),
            "/admin/corrections?done=CA-R-000001",
            "{sent}: {}",
            answer.body
        );
    }
    assert_eq!(instance.count("SELECT count(*) FROM correction").await, 1);
    assert_eq!(instance.count("SELECT count(*) FROM correction_note").await, 1);
    assert!(
        curator
            .get(&offered)
            .await
            .body
            .contains("told of in <a href=\"/corrections/CA-R-000001\">")
    );
    let log = curator.get("/admin/log").await.body;
    assert_eq!(log.matches("correction published").count(), 1);

    let mut reader = instance.browser();
    assert_eq!(reader.get(PAGE).await.status, StatusCode::NOT_FOUND);
    for path in ["/corrections", "/corrections/CA-R-000001"] {
        let page = reader.get(path).await.body;
        for words in [
            "href=\"/platform/acme/terms\"",
            "quoting “We may use your content",
            "from 1 Oct 2026 to 23 Nov 2026",
            "Reported by the platform",
            "We thank the editors.",
            "\"@type\":\"CorrectionComment\"",
        ] {
            assert!(page.contains(words), "{path}: {words}");
        }
    }
    let document = reader.get("/platform/acme/terms").await.body;
    assert!(document.contains("Corrected on 23 Nov 2026.") && document.contains("/corrections/CA-R-000001"));
    let feed = reader.get("/corrections/feed.atom").await.body;
    assert!(feed.contains("<id>tag:127.0.0.1,2026-11-23:CA-R-000001</id>"), "{feed}");
    assert!(feed.contains("We thank the editors."));
    assert!(
        reader
            .get("/sitemaps/pages-1.xml")
            .await
            .body
            .contains("/corrections</loc>")
    );
    assert!(reader.get("/").await.body.contains("href=\"/corrections\""));
}

#[tokio::test]
async fn what_readers_never_saw_or_what_did_not_change_is_offered_to_nobody() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let path = format!("/admin/review/{}", finding(&instance, "permits").await);
    curator.post(&path, &[("verdict", "approved"), ("known", "0")]).await;
    assert!(!curator.get(&path).await.body.contains("/admin/corrections/new?"));
    curator.post(&path, &[("verdict", "undone"), ("known", "1")]).await;
    let held_back = "SELECT review_policy_set('auto', 0.95, 0.35)";
    sqlx::raw_sql(held_back).execute(&instance.owner).await.unwrap();
    curator.post(&path, &[("verdict", "rejected"), ("known", "2")]).await;
    assert!(!curator.get(&path).await.body.contains("/admin/corrections/new?"));
}

#[tokio::test]
async fn the_pages_of_a_provision_and_a_change_tell_of_their_correction_until_it_is_withdrawn() {
    let instance = fresh().await;
    let record = Record::standard(&instance).await;
    review_all(&instance, datetime!(2026-11-10 09:00 UTC)).await;
    let acme: Uuid =
        sqlx::query_scalar("SELECT d.id FROM document d JOIN platform p ON p.id = d.platform_id WHERE p.slug = 'acme'")
            .fetch_one(&instance.owner)
            .await
            .unwrap();
    let first = record
        .version(
            acme,
            2,
            datetime!(2026-11-11 06:00 UTC),
            "# T\n\nYou may leave at once.\n",
        )
        .await;
    let second = record
        .version(
            acme,
            3,
            datetime!(2026-11-12 06:00 UTC),
            "# T\n\nYou may leave in May.\n",
        )
        .await;
    let old = record
        .finding(
            acme,
            "refunds",
            &first,
            "commits",
            "low",
            Some("You may leave at once."),
        )
        .await;
    let new = record
        .finding(
            acme,
            "refunds",
            &second,
            "conditional",
            "low",
            Some("You may leave in May."),
        )
        .await;
    let change = record
        .change(acme, (&first, old), (&second, new), "Acme Cloud moves refunds")
        .await;
    let provision = number(
        &instance,
        "SELECT public_id FROM provision WHERE provision_type = 'refunds'",
    )
    .await;
    let change_page = format!("/change/2026-11-12-acme-terms-{}", change.to_lowercase());
    let provision_page = "/platform/acme/terms/refunds";
    sqlx::query("INSERT INTO review SELECT gen_random_uuid(), $1, 1, 'approved', '', s, s || '{\"review\": \"approved\"}', \
                 gen_random_uuid(), NULL, $2 FROM (SELECT jsonb_build_object('review', NULL, 'stance', stance, 'severity', \
                 severity, 'scope', scope, 'excerpt', excerpt, 'start', excerpt_start, 'end', excerpt_end) AS s \
                 FROM finding WHERE id = $1) f")
        .bind(new.1)
        .bind(datetime!(2026-11-13 09:00 UTC))
        .execute(&instance.owner)
        .await
        .unwrap();

    let mut curator = staff(&instance, "c@example.org").await;
    for (record, correct) in [(provision.as_str(), "It is June."), (&change, "May was not meant.")] {
        let answer = publish(&mut curator, &record.to_lowercase(), "Acme: refunds", correct).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
    let mut reader = instance.browser();
    for (page, correct, id) in [
        (provision_page, "It is June.", "CA-R-000001"),
        (change_page.as_str(), "May was not meant.", "CA-R-000002"),
    ] {
        let answer = reader.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        let told = format!("<strong>Corrected on 22 Nov 2026.</strong><span>{correct} <a href=\"/corrections/{id}\">");
        assert!(answer.body.contains(&told), "{page}");
        assert!(
            answer.body.contains("\"correction\":[{") && !answer.body.contains("noindex"),
            "{page}"
        );
        assert_eq!(
            answer.header("last-modified"),
            "Mon, 23 Nov 2026 10:00:00 GMT",
            "{page}"
        );
    }
    let document = reader.get("/platform/acme/terms").await.body;
    assert!(document.contains("It is June.") && !document.contains("May was not meant."));
    let listed = format!("{change_page}</loc><lastmod>2026-11-23T10:00:00Z</lastmod>");
    assert!(
        reader.get("/sitemaps/changes-1.xml").await.body.contains(&listed),
        "the day in the address stays"
    );
    let listed = format!("{provision_page}</loc><lastmod>2026-11-23T10:00:00Z</lastmod>");
    assert!(reader.get("/sitemaps/provisions-1.xml").await.body.contains(&listed));

    instance.clock.advance(time::Duration::hours(3));
    let notes = "/admin/corrections/ca-r-000001/notes";
    let empty = curator.post(notes, &[("kind", "withdrawal"), ("text", " \0 ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("Nothing was saved."));
    for sent in ["once", "twice"] {
        let done = curator
            .post(notes, &[("kind", "withdrawal"), ("text", "May it is.")])
            .await;
        assert_eq!(done.location(), "/admin/corrections?done=CA-R-000001", "{sent}");
    }
    let late = curator.post(notes, &[("kind", "reply"), ("text", "We agree.")]).await;
    assert!(late.body.contains("withdrawn already"));
    let unknown = curator
        .post(
            "/admin/corrections/CA-R-000099/notes",
            &[("kind", "reply"), ("text", "x")],
        )
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let page = reader.get(provision_page).await;
    assert!(!page.body.contains("It is June.") && !page.body.contains("\"correction\""));
    assert_eq!(page.header("last-modified"), "Mon, 23 Nov 2026 13:00:00 GMT");
    let log = reader.get("/corrections").await.body;
    assert!(log.contains("It is June.") && log.contains("Withdrawn") && log.contains("May it is."));
}

#[tokio::test]
async fn a_faulty_form_comes_back_with_its_words_and_nothing_hostile_is_markup() {
    let instance = fresh().await;
    Record::standard(&instance).await;
    let mut curator = staff(&instance, "c@example.org").await;
    let faulty = publish(&mut curator, "CA-P-999999", "", "<script>alert(1)</script>").await;
    assert_eq!(faulty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "No published document, provision or change has this number",
        "Say what the correction is about",
        "value=\"CA-P-999999\"",
        "&#60;script&#62;alert(1)",
    ] {
        assert!(faulty.body.contains(words), "{words}");
    }
    assert_eq!(instance.count("SELECT count(*) FROM correction").await, 0);
    // What concerns the record as a whole has no number.
    let hostile = "</script><script>alert(1)</script>\u{1b}";
    let done = publish(&mut curator, "", hostile, hostile).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let mut reader = instance.browser();
    for path in ["/corrections", "/corrections/CA-R-000001"] {
        let answer = reader.get(path).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.body.contains("alert(1)") && !answer.body.contains("<script>alert"),
            "{path}"
        );
    }
    let feed = reader.get("/corrections/feed.atom").await.body;
    assert!(
        feed.contains("alert(1)") && !feed.contains('\u{1b}') && !feed.contains("<script>"),
        "{feed}"
    );
    for wrong in ["CA-R-000002", "x", "%00", "CA-P-000001"] {
        assert_eq!(
            reader.get(&format!("/corrections/{wrong}")).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
    assert_eq!(
        reader.get("/corrections/ca-r-000001").await.location(),
        "/corrections/CA-R-000001"
    );
    for wrong in [
        "/admin/corrections/new?record=%00",
        "/admin/corrections?done=%00&before=%00",
    ] {
        assert_eq!(curator.get(wrong).await.status, StatusCode::OK, "{wrong}");
    }
}

#[tokio::test]
async fn a_long_log_goes_on_where_the_page_before_ended() {
    let instance = fresh().await;
    let mut curator = staff(&instance, "c@example.org").await;
    for place in 1..=32 {
        instance.clock.advance(time::Duration::minutes(1));
        let answer = publish(&mut curator, "", &format!("Matter {place} of 32"), "So.").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let mut reader = instance.browser();
    let first = reader.get("/corrections").await.body;
    assert!(first.contains("Matter 32 of") && first.contains("Matter 3 of") && !first.contains("Matter 2 of"));
    let next = "/corrections?before=CA-R-000003";
    assert!(first.contains(&format!("href=\"{next}\"")));
    let second = reader.get(next).await.body;
    assert!(second.contains("Matter 2 of") && second.contains("Matter 1 of") && !second.contains("Matter 3 of"));
    assert!(second.contains("noindex") && !second.contains("Earlier corrections"));
    let staff_page = curator.get("/admin/corrections?before=CA-R-000003").await.body;
    assert!(staff_page.contains("Matter 1 of") && !staff_page.contains("Matter 3 of"));
}
