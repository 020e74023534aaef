//! Search finds what is meant, marks what was asked for, and takes any text.

use axum::http::StatusCode;

use super::record::Record;
use crate::harness::{Browser, Instance};

async fn search(browser: &mut Browser, words: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    let answer = browser.get(&format!("/search?q={query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{words}");
    answer.body
}

/// The section of one kind of result.
fn section<'a>(page: &'a str, anchor: &str) -> &'a str {
    page.split_once(&format!("<section class=\"sec\" id=\"{anchor}\""))
        .and_then(|(_, rest)| rest.split_once("</section>"))
        .map_or("", |(inner, _)| inner)
}

#[tokio::test]
async fn results_stand_under_their_kind_with_their_number_and_the_words_marked() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let page = search(&mut browser, "train models").await;
    let provisions = section(&page, "provisions");
    assert!(provisions.contains("/platform/acme/terms/model-training-use"), "{page}");
    assert!(provisions.contains("<strong>train</strong>") && provisions.contains("<strong>models</strong>"));
    let halden = provisions
        .split("<li")
        .find(|entry| entry.contains("Halden AI"))
        .unwrap();
    assert!(halden.contains("class=\"sample\""), "a fictitious record is marked");
    assert!(!provisions.contains("Quiet Works"), "silence holds no words");
    assert!(page.contains("Provisions <span class=\"num\">(2)</span>"));
    let page = search(&mut browser, "\"opt-in to opt-out\"").await;
    assert!(section(&page, "changes").contains("Halden AI moves model training"));
    let page = search(&mut browser, "acme cloud terms").await;
    assert!(section(&page, "documents").contains("/platform/acme/terms\""));
    assert!(section(&page, "platforms").contains("/platform/acme\""));
    assert!(page.contains("noindex"));
}

#[tokio::test]
async fn the_words_of_the_type_of_a_provision_find_it_with_its_platform() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let page = search(&mut browser, "acme training use").await;
    let provisions = section(&page, "provisions");
    assert!(provisions.contains("/platform/acme/terms/model-training-use"), "{page}");
    assert!(!provisions.contains("Halden"), "{provisions}");
}

#[tokio::test]
async fn a_word_that_stands_nowhere_is_read_as_the_nearest_one_and_said_so() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    record
        .run("UPDATE platform SET operator = 'Anthropic' WHERE slug = 'acme'")
        .await;
    let mut browser = instance.browser();
    let page = search(&mut browser, "Antropic").await;
    assert!(page.contains("Nothing on record holds “antropic”"), "{page}");
    assert!(page.contains("href=\"/search?q=anthropic\""));
    assert!(section(&page, "platforms").contains("Acme Cloud"));
    let page = search(&mut browser, "arbitrtion").await;
    assert!(page.contains("Did you mean") && page.contains("href=\"/search?q=arbitration\""));
    assert!(section(&page, "questions").contains("/provisions/arbitration"));
    // A word that a record holds is left alone, and so is one that is near to nothing.
    for words in ["submit", "zzyzxq"] {
        assert!(!search(&mut browser, words).await.contains("Did you mean"), "{words}");
    }
}

#[tokio::test]
async fn any_text_can_be_searched_for() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let long = "liability ".repeat(200);
    for words in [
        "' OR 1=1 --",
        "\"unclosed",
        "-",
        "a & | ! ( ) <-> :*",
        "the of and",
        "\u{2}\u{3}",
        "🦊 ﷽ ㅤ",
        "%_\\",
        "<script>alert(1)</script>",
        "-training",
        &long,
    ] {
        let page = search(&mut browser, words).await;
        assert!(!page.contains("<script>alert"), "{words}");
        assert_eq!(
            page.contains("Only the first 300 characters"),
            words.len() > 300,
            "{words}"
        );
    }
    assert!(browser.get("/search?q=%FF%FE").await.status.as_u16() < 500);
}

#[tokio::test]
async fn an_address_with_a_misspelt_platform_proposes_the_near_ones() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for path in [
        "/platform/haldn-ai",
        "/platform/haldn-ai/privacy-policy",
        "/platform/halden-ai/nothing",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("Did you mean"), "{path}");
        assert!(
            answer
                .body
                .contains("href=\"/platform/halden-ai\">Halden AI</a> <span class=\"sample\"")
        );
        assert!(!answer.body.contains("Quiet Works"));
    }
    for path in ["/platform/zzyzxq", "/provisions/haldn-ai", "/platform/%27%22%3E"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("Did you mean"), "{path}");
    }
}
