//! What machines are told: feeds, the sitemap, indexing, titles, cache policies.

use axum::http::StatusCode;
use time::macros::datetime;

use super::{record::Record, reviewed::review_all};
use crate::harness::Instance;

/// The content of the first element that starts with `open`, up to `close`.
fn between<'a>(page: &'a str, open: &str, close: &str) -> &'a str {
    page.split_once(open)
        .and_then(|(_, rest)| rest.split_once(close))
        .map_or("", |(inner, _)| inner)
}

/// The paths that a sitemap or an index of sitemaps names.
fn locations(xml: &str) -> Vec<String> {
    xml.split("<loc>http://127.0.0.1:8080")
        .skip(1)
        .map(|rest| rest.split_once("</loc>").unwrap().0.to_owned())
        .collect()
}

#[tokio::test]
async fn the_sitemap_lists_exactly_pages_that_may_be_indexed() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    review_all(&instance, datetime!(2026-11-20 09:00 UTC)).await;
    let mut browser = instance.browser();
    let index = browser.get("/sitemap.xml").await;
    assert_eq!(index.header("content-type"), "application/xml; charset=utf-8");
    let kinds = [
        "pages",
        "comparisons",
        "platforms",
        "documents",
        "provisions",
        "versions",
    ];
    assert_eq!(
        locations(&index.body),
        kinds.map(|kind| format!("/sitemaps/{kind}-1.xml")),
        "a kind without pages (changes) has no file"
    );
    let mut all = Vec::new();
    for file in locations(&index.body) {
        let part = browser.get(&file).await;
        assert_eq!(part.header("content-type"), "application/xml; charset=utf-8", "{file}");
        all.extend(locations(&part.body));
        let latest = part
            .body
            .split("<lastmod>")
            .skip(1)
            .filter_map(|rest| rest.get(..20))
            .max();
        let stated = index
            .body
            .split_once(&file)
            .unwrap()
            .1
            .split_once("</sitemap>")
            .unwrap()
            .0;
        assert_eq!(
            latest,
            stated.split_once("<lastmod>").and_then(|(_, rest)| rest.get(..20)),
            "{file}"
        );
    }
    for file in [
        "changes-1",
        "platforms-2",
        "platforms-0",
        "pages-2",
        "accounts-1",
        "platforms-99999999999999999999",
    ] {
        let answer = browser.get(&format!("/sitemaps/{file}.xml")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
    }
    let addresses: Vec<&str> = all.iter().map(String::as_str).collect();
    let documents = browser.get("/sitemaps/documents-1.xml").await.body;
    assert!(
        documents.contains("/platform/acme/terms</loc><lastmod>2026-10-01T06:00:00Z</lastmod>"),
        "the day of the content, not of the request: {documents}"
    );
    assert!(addresses.contains(&"/platform/acme/terms/model-training-use"));
    assert!(addresses.contains(&"/provisions/model-training-use"));
    assert!(addresses.contains(&"/platform/quiet/terms"));
    let comparisons = browser.get("/sitemaps/comparisons-1.xml").await;
    let dated = comparisons.body.matches("<lastmod>").count();
    assert_eq!(dated, locations(&comparisons.body).len(), "{}", comparisons.body);
    assert!(comparisons.headers.contains_key("last-modified"));
    assert!(addresses.contains(&"/regulations/gdpr"));
    assert!(addresses.contains(&"/regulations/gdpr/art-28"));
    assert!(!addresses.contains(&"/regulations/faa"), "no real platform touches it");
    for address in &addresses {
        assert!(!address.contains("halden"), "{address} is fictitious");
        assert!(!address.contains("dark"), "{address} has no text");
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(!page.body.contains("noindex"), "{address} is listed and not indexed");
        assert!(
            page.body
                .contains(&format!("rel=\"canonical\" href=\"http://127.0.0.1:8080{address}\"")),
            "{address}"
        );
    }
    assert!(
        !addresses.contains(&"/platform/quiet/terms/model-training-use"),
        "silence is not listed"
    );
}

#[tokio::test]
async fn fictitious_records_say_so_in_title_text_and_feed_and_are_not_indexed() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for path in [
        "/platform/halden-ai",
        "/platform/halden-ai/privacy-policy",
        "/platform/halden-ai/privacy-policy/versions/2",
        "/platform/halden-ai/privacy-policy/diff/1..2",
        "/platform/halden-ai/privacy-policy/model-training-use",
        "/platform/halden-ai/privacy-policy/arbitration",
        "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
    ] {
        let page = browser.get(path).await.body;
        assert!(between(&page, "<title>", "</title>").starts_with("Sample: "), "{path}");
        assert!(page.contains("name=\"robots\" content=\"noindex\""), "{path}");
        let main = between(&page, "<main", "</main>");
        assert!(main.contains("class=\"sample\""), "{path} does not mark its text");
        assert!(page.contains("This record is fictitious."), "{path}");
    }
    for path in [
        "/",
        "/platforms",
        "/changes",
        "/provisions/model-training-use",
        "/search?q=halden",
    ] {
        let page = browser.get(path).await.body;
        // Each list entry or row that names it carries the mark; navigation and metadata are not entries.
        let entries = page.split("<li class=\"rec").skip(1).chain(page.split("<tr ").skip(1));
        for entry in entries.filter(|entry| entry.contains(">Halden AI")) {
            let entry = entry.split("</li>").next().unwrap_or_default();
            assert!(
                entry.contains("class=\"sample\""),
                "{path} names Halden AI without a mark"
            );
        }
    }
    let feed = browser.get("/feed.atom").await.body;
    assert!(feed.contains("(sample text)</title>"));
}

#[tokio::test]
async fn feeds_hold_the_words_before_and_after_under_ids_that_stay() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for path in [
        "/feed.atom",
        "/platform/halden-ai/feed.atom",
        "/platform/halden-ai/privacy-policy/feed.atom",
    ] {
        let feed = browser.get(path).await;
        assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
        for words in [
            "<id>tag:127.0.0.1,2026-11-19:CA-C-000001</id>",
            "only if you turn on",
            "unless you turn off",
            "Before: ",
            "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001\"",
            "<updated>2026-11-19T06:11:00Z</updated>",
            "12 days of notice",
            "Changed passages name: region California.",
            "ca-c-000001#h-",
        ] {
            assert!(feed.body.contains(words), "{path} lacks {words}\n{}", feed.body);
        }
    }
    let empty = browser.get("/platform/acme/feed.atom").await.body;
    assert!(!empty.contains("<entry>"));
}

#[tokio::test]
async fn every_page_has_a_short_title_a_description_and_a_cache_policy() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (path, policy) in [
        ("/", "public, max-age=60"),
        ("/platforms", "public, max-age=60"),
        ("/platforms?category=ai-assistants", "public, max-age=60"),
        ("/platform/acme", "public, max-age=60"),
        ("/platform/acme/terms", "public, max-age=60"),
        ("/platform/acme/terms/versions/1", "public, max-age=60"),
        ("/platform/acme/terms/versions/1?find=x", "private, no-store"),
        ("/platform/acme/terms/model-training-use", "public, max-age=60"),
        ("/platform/halden-ai/privacy-policy/diff/1..2", "public, max-age=60"),
        (
            "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
            "public, max-age=60",
        ),
        ("/changes", "public, max-age=60"),
        ("/changes?materiality=critical", "public, max-age=60"),
        ("/provisions", "public, max-age=60"),
        ("/provisions/arbitration", "public, max-age=60"),
        ("/regulations", "public, max-age=60"),
        ("/regulations/gdpr", "public, max-age=60"),
        ("/regulations/ccpa/cal-civ-code-1798-100", "public, max-age=60"),
        ("/compare", "public, max-age=60"),
        ("/registry", "public, max-age=60"),
        ("/compare?type=arbitration&platforms=acme", "public, max-age=60"),
        ("/category/ai-assistants", "public, max-age=60"),
        ("/coverage", "public, max-age=60"),
        ("/methodology", "public, max-age=60"),
        ("/search?q=x", "private, no-store"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header("cache-control"), policy, "{path}");
        let title = between(&page.body, "<title>", "</title>");
        assert!(
            (10..=75).contains(&title.len()) && title.ends_with(" | ConductAtlas"),
            "{path}: {title}"
        );
        let description = between(&page.body, "name=\"description\" content=\"", "\"");
        assert!((30..=200).contains(&description.len()), "{path}: {description}");
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
        assert_eq!(page.body.matches("<main ").count(), 1, "{path}");
        assert!(page.body.contains("property=\"og:title\""), "{path}");
        if policy.starts_with("public") {
            assert!(!page.header("etag").is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn filters_narrow_lists_and_say_when_nothing_is_left() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let mut body = async |path: &str| browser.get(path).await.body;
    assert!(
        body("/changes?platform=acme")
            .await
            .contains("No change passes this filter")
    );
    assert!(
        body("/changes?direction=worse&materiality=material")
            .await
            .contains("Halden AI moves")
    );
    assert!(
        body("/changes?materiality=critical")
            .await
            .contains("No change passes this filter")
    );
    assert!(!body("/platforms?q=acme").await.contains("Quiet Works"));
    assert!(
        body("/platforms?q=acmee+clod").await.contains("Acme Cloud"),
        "a misspelt name is found"
    );
    assert!(
        body("/platforms?q=%25")
            .await
            .contains("No platform passes this filter")
    );
    assert!(
        !body("/provisions/model-training-use?stance=permits")
            .await
            .contains("Quiet Works")
    );
    assert!(
        body("/platform/halden-ai?severity=low")
            .await
            .contains("aria-current=\"page\">Low")
    );
    assert!(
        body("/search?q=purple+herons+dance+slowly")
            .await
            .contains("No current policy on record")
    );
    assert!(
        body("/search?q=settled+by+binding+arbitration")
            .await
            .contains("Policies that hold these words")
    );
    for nonsense in [
        "/changes?after=x",
        "/changes?after=2026-01-01T00:00:00Z_zz",
        "/platforms?after=nobody",
    ] {
        assert!(browser.get(nonsense).await.status.is_success(), "{nonsense}");
    }
}

#[tokio::test]
async fn long_lists_go_on_where_the_page_before_ended() {
    let instance = Instance::start().await;
    let record = Record::empty(&instance).await;
    for number in 0..65 {
        record
            .platform(&format!("p{number:02}"), &format!("Platform {number:02}"), false)
            .await;
    }
    let mut browser = instance.browser();
    let first = browser.get("/platforms").await.body;
    assert!(first.contains("Platform 59") && !first.contains("Platform 60"));
    let next = between(&first, "<a href=\"/platforms?after=", "\"");
    let second = browser.get(&format!("/platforms?after={next}")).await.body;
    assert!(second.contains("Platform 60") && second.contains("Platform 64") && !second.contains("Platform 59"));
    assert!(second.contains("noindex"));
}
