//! The registry narrows, counts, pages by record and refuses what no record can have.

use atlas_domain::Plan;
use axum::http::StatusCode;
use time::macros::datetime;

use super::record::Record;
use crate::harness::{Browser, Instance};

async fn get(browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

/// The public ids of the rows, in order.
fn ids(page: &str) -> Vec<String> {
    page.split("<span class=\"small muted mono\">")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn every_filter_narrows_the_list_and_choices_carry_their_number() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let all = get(&mut browser, "/registry").await;
    assert_eq!(ids(&all).len(), 2, "silence is kept apart: {all}");
    assert!(all.contains("2 provisions of 3 platforms, read from 3 current documents"));
    assert!(all.contains("2 of 4 findings"));
    assert!(
        all.contains("<option value=\"permits_opt_out\">Permits, opt-out (1)</option>"),
        "{all}"
    );
    assert!(all.contains("<option value=\"silent\">Silent (2)</option>"));
    assert!(all.contains("class=\"sample\""));
    assert!(!all.contains("noindex"));
    for (query, rows, holds) in [
        ("type=model-training-use", 2, "Acme Cloud: "),
        ("type=arbitration", 0, "No provision passes this filter"),
        ("type=arbitration&stance=silent", 1, "No passage found in version 2."),
        ("stance=permits", 1, "We may use your content to train"),
        ("severity=high", 2, "Halden AI: "),
        ("severity=low", 0, "No provision passes"),
        ("platform=acme", 1, "Acme Cloud: "),
        ("category=ai-assistants", 2, "Halden AI: "),
        ("regulation=gdpr", 2, "Halden AI: "),
        ("q=improve+halden", 1, "Halden AI: "),
        ("q=%22+%26+%7C+%21", 0, "No provision passes"),
    ] {
        let page = get(&mut browser, &format!("/registry?{query}")).await;
        assert_eq!(ids(&page).len(), rows, "{query}");
        assert!(page.contains(holds), "{query} lacks {holds}");
        assert!(page.contains("name=\"robots\" content=\"noindex\""), "{query}");
        assert!(
            page.contains("rel=\"canonical\" href=\"http://127.0.0.1:8080/registry\""),
            "{query}"
        );
    }
    let chosen = get(&mut browser, "/registry?stance=permits&severity=high").await;
    assert!(
        chosen.contains("<option value=\"permits_opt_out\">Permits, opt-out (1)</option>"),
        "another stance counts what it would show"
    );
}

#[tokio::test]
async fn a_value_that_no_record_can_have_is_named_and_lists_nothing() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (query, sentence) in [
        ("type=payments", "“payments” is no question (type) of the registry."),
        ("stance=maybe", "“maybe” is no stance"),
        ("severity=9", "“9” is no severity"),
        (
            "platform=haldn-ai",
            "“haldn-ai” is no platform of the registry. Near it: halden-ai.",
        ),
        ("category=shops", "“shops” is no category"),
        ("regulation=gdrp", "“gdrp” is no regulation"),
        ("sort=size", "“size” is no order (sort)"),
        ("page=2", "“2” is no record that a page can follow (page)"),
        ("type=%3Cscript%3E", "“&#60;script&#62;” is no question"),
    ] {
        let answer = browser.get(&format!("/registry?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(answer.body.contains(sentence), "{query}: {}", answer.body);
        assert!(
            ids(&answer.body).is_empty() && !answer.body.contains("<script>"),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_page_goes_on_after_its_record_whatever_was_added() {
    let instance = Instance::with(|settings| settings.page_cache_ttl = std::time::Duration::ZERO).await;
    let record = Record::empty(&instance).await;
    let words = "Disputes are settled by binding arbitration.";
    let add = async |number: usize| {
        let slug = format!("p{number:03}");
        let platform = record.platform(&slug, &format!("Platform {number:03}"), false).await;
        let document = record.document(platform, "terms", "Terms", Some("captured")).await;
        let version = record
            .version(
                document,
                1,
                datetime!(2026-10-01 0:00 UTC),
                &format!("# Terms\n\n{words}\n"),
            )
            .await;
        record
            .finding(document, "arbitration", &version, "requires", "high", Some(words))
            .await;
    };
    for number in 1..=60 {
        add(number * 2).await;
    }
    let mut browser = instance.browser();
    for sort in ["changed", "severity", "platform", "type"] {
        let first = get(&mut browser, &format!("/registry?sort={sort}")).await;
        let before = ids(&first);
        assert_eq!(before.len(), 50, "{sort}");
        let next = first
            .split_once("rel=\"next\"")
            .and_then(|(page, _)| page.rsplit_once("href=\""))
            .map(|(_, href)| href.trim_end_matches("\" ").replace("&#38;", "&").replace("&amp;", "&"))
            .unwrap();
        let second = get(&mut browser, &next).await;
        let after = ids(&second);
        assert_eq!(after.len(), 10, "{sort}");
        assert!(after.iter().all(|id| !before.contains(id)), "{sort}");
        assert!(second.contains("First page"));
    }
    // A record that sorts before the page changes nothing after it.
    let next = "/registry?sort=platform&page=CA-P-000050";
    let before = ids(&get(&mut browser, next).await);
    add(1).await;
    assert_eq!(ids(&get(&mut browser, next).await), before);
    let gone = get(&mut browser, "/registry?page=CA-P-999999").await;
    assert!(gone.contains("The list ends here"));
}

#[tokio::test]
async fn the_list_is_a_file_for_the_plans_that_have_it_and_no_cell_is_a_formula() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    record
        .run("UPDATE platform SET name = '=HYPERLINK(\"https://x.example\",\"Acme\")' WHERE slug = 'acme'")
        .await;
    let mut visitor = instance.browser();
    let answer = visitor.get("/registry.csv?severity=high").await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, "/login?next=%2Fregistry.csv%3Fseverity%3Dhigh")
    );
    let mut member = instance.member("reader@example.org").await;
    let refused = member.get("/registry.csv").await;
    assert_eq!(refused.status, StatusCode::PAYMENT_REQUIRED);
    assert!(
        refused.body.contains("This starts with Professional"),
        "{}",
        refused.body
    );
    instance.set_plan("reader@example.org", Plan::Professional).await;
    assert!(
        get(&mut member, "/registry?severity=high")
            .await
            .contains("href=\"/registry.csv?severity=high\"")
    );
    let file = member.get("/registry.csv?severity=high").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("conductatlas-registry.csv"));
    let lines: Vec<&str> = file.body.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "heading, two records, the end: {}", file.body);
    assert!(
        file.body
            .contains(",\"'=HYPERLINK(\"\"https://x.example\"\",\"\"Acme\"\")\",acme,"),
        "{}",
        file.body
    );
    assert_eq!(
        member.get("/registry.csv?type=nothing").await.status,
        StatusCode::NOT_FOUND
    );
}
