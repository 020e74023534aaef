//! The pages of laws: what they say, what they count, what they leave open.

use axum::http::StatusCode;

use super::record::Record;
use crate::harness::Instance;

#[tokio::test]
async fn a_law_shows_its_articles_questions_and_the_provisions_that_touch_it() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let list = browser.get("/regulations").await.body;
    for words in [
        "href=\"/regulations/gdpr\"",
        "<h2>California</h2>",
        "written down on 27 Nov 2026",
    ] {
        assert!(list.contains(words), "lacks {words}");
    }
    let law = browser.get("/regulations/gdpr").await.body;
    for words in [
        "General Data Protection Regulation",
        "Whom it binds.",
        "href=\"/regulations/gdpr/art-28\"",
        "To be confirmed</span> <span class=\"small muted\">entered 27 Nov 2026",
        "href=\"/provisions/model-training-use\"",
        "2 of 3 platforms in whose documents an answer was looked for have a passage.",
        "href=\"/platform/acme/terms/model-training-use\"",
        "2 passages of 2 platforms",
        "\"@type\":\"Legislation\"",
        "href=\"/regulations/gdpr/feed.atom\"",
    ] {
        assert!(law.contains(words), "lacks {words}\n{law}");
    }
    assert!(!law.contains("noindex"));
    let rows = law.split_once("id=\"provisions\"").unwrap().1;
    assert!(!rows.contains("Quiet Works"), "silence touches nothing");
    let halden = rows.split("<tr ").find(|row| row.contains("Halden AI")).unwrap();
    assert!(halden.contains("class=\"sample\""), "{halden}");
}

#[tokio::test]
async fn an_article_shows_only_the_questions_that_name_it() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let article = browser.get("/regulations/gdpr/art-22").await.body;
    for words in [
        "GDPR, Art. 22: Automated decisions",
        "href=\"/provisions/automated-decisions\"",
        "Art. 22, 13(2)(f), 15(1)(h)",
        "No passage on record",
        "noindex",
    ] {
        assert!(article.contains(words), "lacks {words}\n{article}");
    }
    let main = article
        .split_once("id=\"questions\"")
        .unwrap()
        .1
        .split_once("</section>")
        .unwrap()
        .0;
    assert!(!main.contains("/provisions/model-training-use"), "{main}");
    // A range names what lies between its ends.
    let ranged = browser.get("/regulations/gdpr/art-18").await.body;
    assert!(ranged.contains("href=\"/provisions/data-subject-rights\""));
    for path in [
        "/regulations/none",
        "/regulations/gdpr/art-99",
        "/regulations/none/art-1",
        "/regulations/none/feed.atom",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn every_law_and_article_has_a_page() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    for law in &atlas_catalog::taxonomy().regulations {
        let path = atlas_domain::urls::regulation(&law.slug);
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            page.body.contains("No passage on record") && page.body.contains("noindex"),
            "{path}"
        );
        for article in &law.articles {
            let path = atlas_domain::urls::regulation_article(&law.slug, &article.slug());
            assert_eq!(browser.get(&path).await.status, StatusCode::OK, "{path}");
        }
    }
}

#[tokio::test]
async fn feeds_of_questions_and_laws_hold_the_changes_that_touch_them_and_no_others() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for path in [
        "/provisions/model-training-use/feed.atom",
        "/regulations/gdpr/feed.atom",
    ] {
        let feed = browser.get(path).await;
        assert_eq!(
            feed.header("content-type"),
            "application/atom+xml; charset=utf-8",
            "{path}"
        );
        assert!(feed.body.contains("CA-C-000001</id>"), "{path}\n{}", feed.body);
    }
    for path in ["/provisions/arbitration/feed.atom", "/regulations/faa/feed.atom"] {
        assert!(!browser.get(path).await.body.contains("<entry>"), "{path}");
    }
}
