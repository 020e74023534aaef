//! Comparisons: every layout and form says the same of the same pair, and passages keep their names.

use axum::http::{Method, StatusCode};
use serde_json::Value;
use time::macros::datetime;

use super::record::{OPT_IN, OPT_OUT, Record};
use crate::harness::{Answer, Browser, Instance};

const PAIR: &str = "/platform/halden-ai/privacy-policy/diff/1..2";
const CHANGE: &str = "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001";

async fn get(browser: &mut Browser, path: &str) -> Answer {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer
}

/// The names of passages that a page marks, in order.
fn names(body: &str) -> Vec<String> {
    body.split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(id, _)| id.to_owned())
        .filter(|id| id.starts_with("h-"))
        .collect()
}

#[tokio::test]
async fn every_layout_and_form_names_the_same_passages() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for path in [PAIR, CHANGE] {
        let expected = names(&get(&mut browser, path).await.body);
        assert_eq!(expected.len(), 1, "{path}: {expected:?}");
        for view in ["inline", "split", "changes", "sentences", "nonsense"] {
            let page = get(&mut browser, &format!("{path}?view={view}")).await;
            assert_eq!(names(&page.body), expected, "{view}");
            for words in ["deleted: </span>", "inserted: </span>", "only if", "unless"] {
                assert!(page.body.contains(words), "{path} {view} lacks {words}");
            }
        }
        let data = get(&mut browser, &format!("{path}.json")).await;
        assert_eq!(data.header("content-type"), "application/json; charset=utf-8");
        let data: Value = serde_json::from_str(&data.body).unwrap();
        let hunk = data["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["type"] == "hunk")
            .unwrap();
        assert_eq!(hunk["id"], expected[0].as_str());
        assert_eq!(
            (&hunk["old"]["text"], &hunk["new"]["text"]),
            (&OPT_IN.into(), &OPT_OUT.into())
        );
        assert_eq!(data["old"]["number"], 1);
        assert_eq!(data["new"]["text_sha256"].as_str().unwrap().len(), 64);
        assert_eq!(data["url"], format!("http://127.0.0.1:8080{path}"));
        let text = get(&mut browser, &format!("{path}.txt")).await;
        assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
        assert!(text.body.contains(&format!("{path}#{}", expected[0])), "{}", text.body);
        assert!(
            text.body.contains("{+unless+}") || text.body.contains("{+unless you"),
            "{}",
            text.body
        );
        assert!(text.body.contains("Sample text: this record is fictitious."));
    }
    let data: Value = serde_json::from_str(&get(&mut browser, &format!("{CHANGE}.json")).await.body).unwrap();
    assert_eq!(data["change"]["id"], "CA-C-000001");
    assert_eq!(data["change"]["standing"], "published");
    assert_eq!(data["change"]["materiality"], "material");
    assert_eq!(data["change"]["effective_date"], "2026-12-01");
    assert_eq!(data["change"]["notice_days"], 12);
    assert_eq!(data["change"]["retroactive"], false);
    assert_eq!(data["change"]["affected"][0]["name"], "California");
    assert!(
        data["change"]["summary"][0]["hunks"][0]
            .as_str()
            .unwrap()
            .starts_with("h-")
    );
}

#[tokio::test]
async fn data_is_given_to_whoever_accepts_nothing_else_in_spite_of_the_page_cache() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for _ in 0..2 {
        let page = get(&mut browser, PAIR).await;
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("vary").contains("accept,"), "{}", page.header("vary"));
        let data = browser
            .send(Method::GET, PAIR, &[("accept", "application/json")], String::new())
            .await;
        assert!(data.header("content-type").starts_with("application/json"));
    }
    let usual = browser
        .send(
            Method::GET,
            PAIR,
            &[("accept", "text/html,application/json;q=0.9")],
            String::new(),
        )
        .await;
    assert!(usual.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn any_two_versions_are_compared_and_a_version_with_itself_says_so() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let same = get(&mut browser, "/platform/halden-ai/privacy-policy/diff/2..2").await;
    assert!(same.body.contains("compared with itself") && same.body.contains("noindex"));
    assert!(same.body.contains("<select"), "another pair can be chosen");
    let turned = browser.get("/platform/halden-ai/privacy-policy/diff/2..1.json").await;
    assert_eq!(
        (turned.status, turned.location()),
        (
            StatusCode::MOVED_PERMANENTLY,
            "/platform/halden-ai/privacy-policy/diff/1..2.json"
        )
    );
    for path in [
        "/platform/halden-ai/privacy-policy/diff/1..9",
        "/platform/halden-ai/privacy-policy/diff/9..9",
        "/platform/halden-ai/privacy-policy/diff/0..1",
        "/platform/halden-ai/privacy-policy/diff/1..9.json",
        "/platform/halden-ai/privacy-policy/diff/..",
        "/platform/halden-ai/privacy-policy/diff/1..2.xml",
        "/platform/halden-ai/privacy-policy/diff/1..99999999999",
        "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000009.json",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let document = get(&mut browser, "/platform/halden-ai/privacy-policy").await;
    assert!(
        document
            .body
            .contains("action=\"/platform/halden-ai/privacy-policy/diff\"")
    );
}

#[tokio::test]
async fn a_signed_in_reader_is_told_what_changed_since_they_last_looked() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let document = "/platform/halden-ai/privacy-policy";
    let mut reader = instance.member("reader@example.org").await;
    let mut other = instance.member("other@example.org").await;
    let never = get(&mut reader, document).await.body;
    assert!(!never.contains("you last looked"), "nothing was looked at yet");

    // What a browser fetches ahead of its reader was not looked at.
    for header in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
        for path in [&format!("{document}/versions/1"), PAIR, CHANGE] {
            let answer = reader.send(Method::GET, path, &[header], String::new()).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
        }
    }
    assert_eq!(instance.count("SELECT count(*) FROM reading_position").await, 0);
    get(&mut reader, &format!("{document}/versions/1")).await;
    let behind = get(&mut reader, document).await.body;
    assert!(behind.contains("Changed since you last looked.") && behind.contains("You saw version 1 on"));
    assert!(
        behind.contains(&format!("href=\"{PAIR}\">What changed since then")),
        "{behind}"
    );
    for (who, browser) in [("somebody else", &mut other), ("a visitor", &mut instance.browser())] {
        let page = get(browser, document).await.body;
        assert!(!page.contains("you last looked"), "{who}");
    }

    get(&mut reader, PAIR).await;
    // An older version that is opened later moves nothing back.
    get(&mut reader, &format!("{document}/versions/1")).await;
    let abreast = get(&mut reader, document).await.body;
    assert!(abreast.contains("Nothing changed since you last looked"), "{abreast}");
    assert!(abreast.contains("at version 2."));
    assert_eq!(instance.count("SELECT count(*) FROM reading_position").await, 1);

    get(&mut other, CHANGE).await;
    assert!(
        get(&mut other, document)
            .await
            .body
            .contains("Nothing changed since you last looked")
    );
}

const WIDE_OLD: &str = "# Terms\n\nLast updated: 1 May 2025\n\n## 4.1 Fees\n\nFees are due monthly and are small.\n\n\
    We keep your account data for thirty days after you close the account.\n\n## Data\n\nWe will not sell your data.\n\n\
    ## End\n\nNothing else is agreed between us and you.\n";
const WIDE_NEW: &str = "# Terms\n\nLast updated: 3 June 2026\n\n## 5.1 Fees\n\nFees are due monthly and are small.\n\n\
    ## Data\n\nWe may sell your data.\n\n## End\n\nNothing else is agreed between us and you.\n\n\
    We keep your account data for thirty days after you close the account.\n";

#[tokio::test]
async fn what_is_ignored_or_moved_is_shown_as_such_and_can_be_hidden() {
    let instance = Instance::start().await;
    let record = Record::empty(&instance).await;
    let platform = record.platform("wide", "Wide Water", false).await;
    let terms = record.document(platform, "terms", "Terms", Some("captured")).await;
    record
        .version(terms, 1, datetime!(2026-05-02 06:00 UTC), WIDE_OLD)
        .await;
    record
        .version(terms, 2, datetime!(2026-06-03 06:00 UTC), WIDE_NEW)
        .await;
    let mut browser = instance.browser();
    let path = "/platform/wide/terms/diff/1..2";
    let page = get(&mut browser, path).await;
    for words in [
        "ignored, date of the last update: ",
        "ignored, renumbered: ",
        "<span class=\"diff__why\">renumbered</span>",
        "Moved away to “End”",
        "Moved here from “4.1 Fees”",
        "2 differences are dimmed",
        "?view=inline&#38;ignored=hide",
    ] {
        assert!(page.body.contains(words), "no {words} in {}", page.body);
    }
    let moved = page
        .body
        .split("href=\"#from-")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert!(page.body.contains(&format!("id=\"from-{moved}\"")));
    assert!(page.body.contains(&format!("href=\"#{moved}\"")));
    let hidden = get(&mut browser, &format!("{path}?ignored=hide")).await;
    assert!(!hidden.body.contains("ignored, renumbered"));
    assert!(hidden.body.contains("2 ignored differences are hidden"));
    assert!(hidden.body.contains("5.1 Fees"), "the words of the new text stand");
    assert!(hidden.body.contains("noindex"));
}

#[tokio::test]
async fn a_feed_holds_every_passage_of_a_change() {
    let instance = Instance::start().await;
    let record = Record::empty(&instance).await;
    let platform = record.platform("wide", "Wide Water", false).await;
    let terms = record.document(platform, "terms", "Terms", Some("captured")).await;
    let old = record
        .version(terms, 1, datetime!(2026-05-02 06:00 UTC), WIDE_OLD)
        .await;
    let text = WIDE_NEW.replace(
        "Fees are due monthly and are small.",
        "Fees are due weekly and are large.",
    );
    let new = record.version(terms, 2, datetime!(2026-06-03 06:00 UTC), &text).await;
    let before = record.finding(terms, "arbitration", &old, "silent", "low", None).await;
    let after = record.finding(terms, "arbitration", &new, "silent", "low", None).await;
    record
        .change(terms, (&old, before), (&new, after), "Fees and data")
        .await;
    let feed = get(&mut instance.browser(), "/platform/wide/terms/feed.atom").await;
    for words in [
        "We will not sell your data.",
        "We may sell your data.",
        "Fees are due monthly and are small.",
        "Fees are due weekly and are large.",
        "#h-",
    ] {
        assert!(feed.body.contains(words), "no {words} in {}", feed.body);
    }
    assert!(!feed.body.contains("Last updated"), "ignored passages are no news");
}
