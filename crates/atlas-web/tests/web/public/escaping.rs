//! Whatever a document, a platform or an address holds is shown as text, on every page and in every feed (S-06).

use atlas_domain::{Block, BlockKind, Link, PolicyText};
use axum::http::StatusCode;
use time::macros::datetime;

use super::record::{Record, Written};
use crate::harness::Instance;

const PAYLOADS: [&str; 14] = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "]]><script>alert(1)</script>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "{{7191*7193}}{% raw %}{platform}",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<details open ontoggle=alert(1)>",
];

/// A text whose every block is hostile, with links that would run something.
fn hostile_text(turn: usize) -> PolicyText {
    let mut policy = PolicyText::default();
    let opening = format!("Version {turn} of the rules.");
    for (index, words) in [opening.as_str()].iter().chain(&PAYLOADS).enumerate() {
        if index > 0 {
            policy.text.push_str("\n\n");
        }
        let start = policy.text.len();
        policy.text.push_str(words);
        policy.blocks.push(Block {
            kind: if index % 3 == 1 {
                BlockKind::Heading
            } else {
                BlockKind::Paragraph
            },
            level: 2,
            start,
            end: policy.text.len(),
            heading: None,
            stem: None,
            anchor: format!("a{index}"),
            sentences: Vec::new(),
        });
        for href in [
            "javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "https://x.example/\"onmouseover=alert(1)",
        ] {
            policy.links.push(Link {
                start,
                end: start + 4,
                href: href.to_owned(),
            });
        }
    }
    policy
}

#[tokio::test]
async fn hostile_words_are_shown_as_text_on_every_page_and_feed() {
    let instance = Instance::start().await;
    let record = Record::empty(&instance).await;
    let mut paths = vec![
        "/".to_owned(),
        "/platforms".to_owned(),
        "/changes".to_owned(),
        "/coverage".to_owned(),
        "/feed.atom".to_owned(),
        "/provisions/model-training-use".to_owned(),
        "/compare/user-data-for-model-training".to_owned(),
        "/search?q=hostile".to_owned(),
        "/search?q=version+2+of+the+rules.".to_owned(),
    ];
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let slug = format!("hostile-{number}");
        let platform = record.platform(&slug, payload, number % 2 == 0).await;
        let document = record.document(platform, "terms", payload, Some("captured")).await;
        let old = record
            .version_of(document, 1, datetime!(2026-05-01 0:00 UTC), hostile_text(1))
            .await;
        let new = record
            .version_of(document, 2, datetime!(2026-11-01 0:00 UTC), hostile_text(2))
            .await;
        let find = |version: &Written| version.text.text.contains(payload);
        assert!(find(&old) && find(&new));
        let before = record
            .finding(document, "model-training-use", &old, "permits", "high", Some(payload))
            .await;
        let after = record
            .finding(
                document,
                "model-training-use",
                &new,
                "permits_opt_out",
                "high",
                Some(payload),
            )
            .await;
        let id = record.change(document, (&old, before), (&new, after), payload).await;
        record.document(platform, "dark", payload, Some("dns")).await;
        paths.extend([
            format!("/platform/{slug}"),
            format!("/platform/{slug}/terms"),
            format!("/platform/{slug}/dark"),
            format!("/platform/{slug}/terms/versions/2"),
            format!("/platform/{slug}/terms/diff/1..2"),
            format!("/platform/{slug}/terms/diff/1..2?view=split"),
            format!("/platform/{slug}/terms/diff/1..2?view=sentences&ignored=hide"),
            format!("/platform/{slug}/terms/diff/1..2?view=changes"),
            format!("/platform/{slug}/terms/model-training-use"),
            format!("/platform/{slug}/feed.atom"),
            format!("/platform/{slug}/terms/feed.atom"),
            format!("/change/2026-11-01-{slug}-terms-{}", id.to_ascii_lowercase()),
            format!("/change/2026-11-01-{slug}-terms-{}?view=split", id.to_ascii_lowercase()),
        ]);
        let query: String = url::form_urlencoded::byte_serialize(payload.as_bytes()).collect();
        paths.extend([
            format!("/search?q={query}"),
            format!("/platforms?q={query}&category={query}"),
            format!("/changes?platform={query}&materiality={query}"),
            format!("/provisions/model-training-use?q={query}&stance={query}"),
            format!("/compare/user-data-for-model-training?q={query}&sort={query}"),
            format!("/platform/{slug}/terms/versions/2?find={query}"),
            format!("/platform/{slug}/terms/versions/2?quote={query}"),
        ]);
    }
    let mut browser = instance.browser();
    for path in &paths {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        harmless(&answer.body, path);
    }
}

fn harmless(page: &str, path: &str) {
    let is_feed = path.contains("/feed.");
    for tag in [
        "<script>",
        "<img",
        "<iframe",
        "<math",
        "<details open ontoggle",
        "<svg/",
        "<svg><style",
    ] {
        assert!(!page.contains(tag), "{path} holds {tag}");
    }
    // Every element that carries script is ours: the one file, or a data block.
    for rest in page.split("<script").skip(1) {
        let (tag, rest) = rest.split_once('>').unwrap();
        let (body, _) = rest.split_once("</script>").unwrap();
        assert!(
            tag.starts_with(" src=\"/static/enhance.") || tag == " type=\"application/ld+json\"",
            "{path}: {tag}"
        );
        assert!(!body.contains('<'), "{path}: a data block holds markup");
        if tag.contains("json") {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(body);
            assert!(parsed.is_ok(), "{path}: a data block is not JSON");
        }
    }
    // No attribute of ours was left: every handler and script address is text.
    for tag in page
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag)
    {
        let outside: String = tag.split('"').step_by(2).collect::<Vec<_>>().join("\"");
        for name in ["onerror", "onload", "ontoggle", "onmouseover"] {
            assert!(!outside.contains(name), "{path}: <{tag}>");
        }
        assert!(
            !tag.contains("href=\"javascript:") && !tag.contains("href=\"data:"),
            "{path}: <{tag}>"
        );
    }
    assert!(!page.contains("51724863"), "{path} computed a template");
    if is_feed {
        assert!(!page.contains("]]>"), "{path}");
    }
}
