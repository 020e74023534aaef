//! The head of every public page: lengths, addresses, pictures and structured statements.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::record::Record;
use crate::{harness::Instance, routes};

const BASE: &str = "http://127.0.0.1:8080";

/// Every kind of public page: address, type of what it states, picture, and its true day where it has one.
const PAGES: [(&str, &str, &str, &str); 25] = [
    ("/", "WebSite", "/og/default.png", ""),
    ("/platforms", "CollectionPage", "/og/default.png", ""),
    ("/platform/acme", "CollectionPage", "/og/platform/acme.png", ""),
    (
        "/platform/acme/terms",
        "DigitalDocument",
        "/og/document/CA-D-",
        "2026-10-01T06:00:00Z",
    ),
    (
        "/platform/halden-ai/privacy-policy",
        "DigitalDocument",
        "/og/document/CA-D-",
        "2026-11-19T06:11:00Z",
    ),
    (
        "/platform/acme/terms/versions/1",
        "DigitalDocument",
        "/og/document/CA-V-",
        "2026-10-01T06:00:00Z",
    ),
    (
        "/platform/halden-ai/privacy-policy/versions/1",
        "DigitalDocument",
        "/og/document/CA-V-",
        "2026-05-02T06:00:00Z",
    ),
    (
        "/platform/halden-ai/privacy-policy/diff/1..2",
        "BreadcrumbList",
        "/og/default.png",
        "2026-11-19T06:11:00Z",
    ),
    (
        "/platform/acme/terms/model-training-use",
        "Article",
        "/og/provision/CA-P-",
        "2026-10-01T06:00:00Z",
    ),
    (
        "/platform/halden-ai/privacy-policy/model-training-use",
        "Article",
        "/og/provision/CA-P-",
        "2026-11-19T",
    ),
    (
        "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
        "Article",
        "/og/change/CA-C-000001.png",
        "2026-11-19T",
    ),
    ("/changes", "CollectionPage", "/og/default.png", ""),
    ("/provisions", "DefinedTermSet", "/og/default.png", ""),
    ("/provisions/model-training-use", "DefinedTerm", "/og/default.png", ""),
    ("/regulations", "BreadcrumbList", "/og/default.png", ""),
    ("/regulations/gdpr", "Legislation", "/og/default.png", ""),
    ("/regulations/gdpr/art-28", "Legislation", "/og/default.png", ""),
    ("/compare", "BreadcrumbList", "/og/default.png", ""),
    (
        "/compare/user-data-for-model-training",
        "Article",
        "/og/comparison/user-data-for-model-training.png",
        "2026-11-19T",
    ),
    ("/verify", "WebPage", "/og/default.png", ""),
    ("/registry", "BreadcrumbList", "/og/default.png", ""),
    ("/corrections", "CollectionPage", "/og/default.png", ""),
    ("/coverage", "Dataset", "/og/default.png", ""),
    ("/methodology", "TechArticle", "/og/default.png", ""),
    ("/methodology/rubric/1", "TechArticle", "/og/default.png", ""),
];

/// Text of an attribute or element as a reader sees it.
fn shown(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

fn between<'a>(page: &'a str, open: &str, close: &str) -> Option<&'a str> {
    Some(page.split_once(open)?.1.split_once(close)?.0)
}

/// The content of a `<meta>`, which stands exactly once.
fn meta(page: &str, name: &str) -> String {
    let found: Vec<&str> = page
        .split(&format!("=\"{name}\" content=\""))
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(content, _)| content)
        .collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    shown(found[0])
}

fn statements(page: &str) -> Vec<Value> {
    page.split("<script type=\"application/ld+json\">")
        .skip(1)
        .map(|rest| serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap())
        .collect()
}

#[tokio::test]
async fn every_public_page_has_a_whole_head_with_true_dates() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (path, kind, picture, day) in PAGES {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let page = &answer.body;
        let title = shown(between(page, "<title>", "</title>").unwrap());
        let description = meta(page, "description");
        assert!(
            title.chars().count() <= 60 && title.ends_with(" | ConductAtlas"),
            "{path}: {title}"
        );
        assert!(
            (40..=155).contains(&description.chars().count()),
            "{path}: {description}"
        );
        assert_eq!(
            between(page, "rel=\"canonical\" href=\"", "\""),
            Some(format!("{BASE}{path}").as_str())
        );
        assert_eq!(meta(page, "og:url"), format!("{BASE}{path}"));
        assert_eq!(meta(page, "og:site_name"), "ConductAtlas");
        assert_eq!(format!("{} | ConductAtlas", meta(page, "og:title")), title, "{path}");
        assert_eq!(meta(page, "og:description"), description);
        assert_eq!(
            meta(page, "og:type"),
            if day.is_empty() { "website" } else { "article" },
            "{path}"
        );
        for (name, content) in [
            ("twitter:card", "summary_large_image".to_owned()),
            ("twitter:title", meta(page, "og:title")),
            ("twitter:description", description.clone()),
            ("twitter:image", meta(page, "og:image")),
            ("og:image:width", "1200".to_owned()),
            ("og:image:height", "630".to_owned()),
        ] {
            assert_eq!(meta(page, name), content, "{path}");
        }

        let image = meta(page, "og:image");
        assert!(image.starts_with(&format!("{BASE}{picture}")), "{path}: {image}");
        let image = browser.get(image.strip_prefix(BASE).unwrap()).await;
        assert_eq!(
            (image.status, image.header("content-type")),
            (StatusCode::OK, "image/png"),
            "{path}"
        );

        let stated = statements(page);
        let modified = between(page, "article:modified_time\" content=\"", "\"").unwrap_or_default();
        assert!(
            modified.starts_with(day) && modified.is_empty() == day.is_empty(),
            "{path}: {modified}"
        );
        let main = stated.iter().find(|value| value["@type"] == kind);
        let main = main.unwrap_or_else(|| panic!("{path} states no {kind}: {stated:?}"));
        for name in ["dateModified", "dateCreated"] {
            if let Some(date) = main.get(name) {
                assert_eq!(date, modified, "{path}: {name}");
            }
        }
        assert!(
            stated.iter().all(|value| value["@context"] == "https://schema.org"),
            "{path}"
        );
        if path != "/" {
            let crumbs = stated.iter().find(|value| value["@type"] == "BreadcrumbList").unwrap();
            let crumbs = crumbs["itemListElement"].as_array().unwrap();
            assert_eq!(crumbs.last().unwrap()["item"], format!("{BASE}{path}"));
            let visible = between(page, "<nav class=\"crumbs", "</nav>").unwrap();
            for crumb in crumbs {
                assert!(
                    shown(visible).contains(crumb["name"].as_str().unwrap()),
                    "{path}: {crumb}"
                );
            }
        }
    }
}

#[tokio::test]
async fn pictures_are_png_of_the_right_size_with_validators_and_only_of_what_pages_show() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let answer = browser.get("/og/change/ca-c-000001.png").await;
    assert_eq!(answer.status, StatusCode::OK, "ids are read in either case");
    assert_eq!(answer.header("cache-control"), "public, max-age=604800");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    let tag = answer.header("etag").to_owned();
    let held = [("if-none-match", tag.as_str())];
    let again = browser
        .send(Method::GET, "/og/change/CA-C-000001.png", &held, String::new())
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let default = browser.get("/og/default.png").await;
    assert_ne!(default.header("etag"), tag);
    for path in [
        "/og/change/CA-C-000099.png",
        "/og/change/CA-C-000001",
        "/og/change/CA-C-000001.svg",
        "/og/platform/nobody.png",
        "/og/comparison/nothing.png",
        "/og/account/1.png",
        "/og/provision/%00.png",
        "/og/document/%22%3E.png",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[test]
fn no_kind_of_public_page_is_left_out() {
    let covered: BTreeSet<usize> = PAGES.iter().map(|(path, ..)| path.split('/').count()).collect();
    assert!(!covered.is_empty());
    // Answers that are no pages of the record: redirects, machines' formats, accounts, and pages with heads of their own.
    let others = [
        ".atom",
        ".png",
        ".txt",
        ".xml",
        "/og/",
        "/p/",
        "/c/",
        "/v/",
        "/app",
        "/login",
        "/logout",
        "/signup",
        "/password",
        "/confirm",
        "/u/",
        "/outbox",
        "/static",
        "/watch",
        "/theme",
        "/livez",
        "/readyz",
        "/pricing",
        "/terms",
        "/privacy",
        "/security",
        "/search",
        "{document}/diff",
        "/admin",
        ".csv",
        ".ico",
        "/category",
        "/cite/",
        "/verify/",
        "/sitemaps/",
        "/corrections/",
    ];
    for route in routes::declared() {
        let is_other = !route.get
            || others
                .iter()
                .any(|other| route.path.contains(other) && !route.path.ends_with("{range}"));
        let shape = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let wanted = shape(&route.path);
        let matches = PAGES.iter().any(|(path, ..)| {
            let have = shape(path);
            have.len() == wanted.len()
                && have
                    .iter()
                    .zip(&wanted)
                    .all(|(have, want)| want.starts_with('{') || have == want)
        });
        assert!(
            is_other || matches,
            "{} is a page whose head nobody looks at",
            route.path
        );
    }
}
