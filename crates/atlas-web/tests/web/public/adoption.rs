//! A question's page: who was asked, who answers, since when, and how severity follows.

use axum::http::StatusCode;

use super::record::Record;
use crate::harness::Instance;

#[tokio::test]
async fn a_question_counts_only_platforms_that_were_asked_and_names_the_documents() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    record
        .run("UPDATE platform SET category = 'cloud-ai' WHERE slug = 'acme'")
        .await;
    let mut browser = instance.browser();
    let page = browser.get("/provisions/model-training-use").await.body;
    for words in [
        "<strong>2 of 3 platforms</strong> take a position.",
        "Of 3 platforms with a current terms of service in English in which an answer was looked for, 2 have a passage \
         and 1 is silent.",
        "id=\"categories\"",
        "href=\"/provisions/model-training-use/feed.atom\"",
        "href=\"/methodology/rubric/1#model-training-use\"",
        "Content trains models and no choice is stated",
        "href=\"/regulations/gdpr\"",
        "To be confirmed",
    ] {
        assert!(page.contains(words), "lacks {words}\n{page}");
    }
    // Of the four platforms on record only one was asked this.
    let asked = browser.get("/provisions/arbitration").await.body;
    assert!(
        asked.contains("<strong>0 of 1 platform</strong> take a position."),
        "{asked}"
    );
    let unasked = browser.get("/provisions/refunds").await.body;
    assert!(unasked.contains("says nothing of any platform"), "{unasked}");
    let list = browser.get("/provisions").await.body;
    let row = |title: &str| {
        list.split("<tr ")
            .find(|row| row.contains(&format!(">{title}</a>")))
            .unwrap()
            .to_owned()
    };
    assert!(row("Arbitration").contains("0 of 1"), "{}", row("Arbitration"));
    assert!(row("Refunds and credits").contains("Not looked for yet"));
}

#[tokio::test]
async fn a_question_tells_its_adoption_month_by_month() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let page = instance.browser().get("/provisions/model-training-use").await.body;
    let trend = page
        .split_once("id=\"trend\"")
        .unwrap()
        .1
        .split_once("</section>")
        .unwrap()
        .0;
    // Halden's first version was captured in May, Acme's and Quiet's in October; the clock stands in November.
    assert!(trend.contains("1 of 1 platform in May 2026, 2 of 3 now."), "{trend}");
    for month in [
        ">Sep 2026</th><td role=\"cell\" class=\"r\">1</td><td role=\"cell\" class=\"r\">1</td>",
        ">Oct 2026</th><td role=\"cell\" class=\"r\">2</td><td role=\"cell\" class=\"r\">3</td>",
    ] {
        assert!(trend.contains(month), "lacks {month}\n{trend}");
    }
}

#[tokio::test]
async fn the_rubric_has_every_rule_and_only_a_version_that_is_held() {
    let instance = Instance::start().await;
    let mut browser = instance.browser();
    let taxonomy = atlas_catalog::taxonomy();
    let page = browser.get(&atlas_domain::urls::rubric(taxonomy.rubric_version)).await;
    assert_eq!(page.status, StatusCode::OK);
    let rules: usize = taxonomy.types.iter().map(|kind| kind.stances.len()).sum();
    assert_eq!(page.body.matches("<tbody").count(), taxonomy.types.len());
    assert_eq!(page.body.matches("data-l=\"Why\"").count(), rules);
    for path in [
        "/methodology/rubric/0",
        "/methodology/rubric/99",
        "/methodology/rubric/x",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(
        browser
            .get("/methodology")
            .await
            .body
            .contains("href=\"/methodology/rubric/")
    );
}

#[tokio::test]
async fn coverage_accounts_for_every_platform_with_a_kind_of_document() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let page = instance.browser().get("/coverage").await.body;
    let wanted = "Of 4 platforms with a terms of service in English to read, 3 have a current one on record, 1 of them \
                  fictitious; of the others 1 fails and 0 have not been checked yet.";
    assert!(page.contains(wanted), "{page}");
}
