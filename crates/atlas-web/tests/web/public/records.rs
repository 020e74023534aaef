//! What each page shows of the record.

use atlas_domain::Plan;
use axum::http::StatusCode;

use super::record::{OPT_IN, OPT_OUT, Record};
use crate::harness::{Answer, Instance};

async fn page(instance: &Instance, path: &str) -> Answer {
    let answer = instance.browser().get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer
}

fn holds(answer: &Answer, path: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(answer.body.contains(words), "{path} lacks {words}\n{}", answer.body);
    }
}

#[tokio::test]
async fn every_page_of_the_record_shows_its_facts() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let cases: [(&str, &[&str]); 17] = [
        (
            "/",
            &[
                "What the terms say",
                "The change to read today",
                "became",
                "4 platforms",
                "1 source, named",
                "of 3",
            ],
        ),
        (
            "/platforms",
            &[
                "Halden AI",
                "Acme Cloud",
                "Dark Harbor",
                "0 of 1 on record",
                "its source fails",
                "class=\"sample\"",
            ],
        ),
        (
            "/platform/halden-ai",
            &[
                "CA-E-",
                "Does it train AI on your data?",
                "Governance timeline",
                "12 days",
                "<circle class=\"c-high",
            ],
        ),
        (
            "/platform/dark",
            &["Name not found", "No document of Dark Harbor has been read yet"],
        ),
        (
            "/platform/halden-ai/privacy-policy",
            &[
                "Every version we hold",
                "CA-D-",
                "Checked every",
                "1 of 2 questions are answered with silence",
                "https://example.org/terms",
            ],
        ),
        (
            "/platform/dark/terms",
            &[
                "Name not found: the source could not be read",
                "Nothing is shown in its place",
                "No version yet",
                "no such host",
            ],
        ),
        (
            "/platform/halden-ai/privacy-policy/versions/2",
            &[
                "The text hashes to the value on record",
                OPT_OUT,
                "href=\"https://halden.example/privacy\" rel=\"nofollow noopener\"",
                "Capture 2 of its source",
            ],
        ),
        (
            "/platform/halden-ai/privacy-policy/diff/1..2",
            &[
                "What changed, word for word",
                "<ins><span class=\"sr\">inserted: </span>",
                "unchanged paragraphs",
            ],
        ),
        (
            "/platform/halden-ai/privacy-policy/model-training-use",
            &[
                "Exact match with the archived text",
                OPT_OUT,
                "The stance moved",
                "Acme Cloud",
                "Stance moves from permits, opt-in to permits, opt-out.",
                "CA-P-",
                "not affiliated with",
                "application/ld+json",
                "First version we read. Stance: permits, opt-in.",
            ],
        ),
        (
            "/platform/halden-ai/privacy-policy/arbitration",
            &["No passage found", "Searched: 14 phrasings", "No comparable clause"],
        ),
        (
            "/changes",
            &[
                "Halden AI moves model training from opt-in to opt-out",
                "class=\"sample\"",
                "Worse for users",
            ],
        ),
        (
            "/provisions",
            &[
                "User data for model training",
                "2 of 3",
                "(67 %)",
                "questions, each asked of the kinds of document in which a reader would look for the answer",
            ],
        ),
        (
            "/provisions/model-training-use",
            &[
                "2 of 3 platforms",
                "Acme Cloud",
                "Quiet Works",
                "No passage found in version 1",
            ],
        ),
        ("/compare", &["May they train on what you write?"]),
        (
            "/coverage",
            &[
                "Name not found",
                "Dark Harbor",
                "Check the spelling, or this machine",
                "Nothing yet",
            ],
        ),
        (
            "/methodology",
            &["A half-read page never becomes history", "id=\"errors\"", "Rubric"],
        ),
        ("/search?q=halden", &["Halden AI", "Privacy policy"]),
    ];
    for (path, wanted) in cases {
        holds(&page(&instance, path).await, path, wanted);
    }
}

#[tokio::test]
async fn a_change_record_shows_the_words_before_and_after_and_why_it_was_ranked_so() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let path = browser.get("/c/ca-c-000001").await.location().to_owned();
    assert_eq!(path, "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001");
    let inline = page(&instance, &path).await;
    let wanted = [
        "12 days of notice",
        "<h2>Whom it names</h2><p class=\"small\">Changed passages name: region California.</p>",
        "<h2>What you can do</h2>",
        "It names an opt-out: “unless you turn off” <a class=\"small\" href=\"#h-",
        "Does not hold for what was before it",
        "<del><span class=\"sr\">deleted: </span>",
        "Stance moved</strong>: opt-in to opt-out",
        "weight +2.50",
        "href=\"#h-",
        "Training is on until you switch it off.",
        "data-stance=\"permits_opt_in\"",
        "data-stance=\"permits_opt_out\"",
    ];
    holds(&inline, &path, &wanted);
    let split = page(&instance, &format!("{path}?view=split")).await;
    holds(
        &split,
        &path,
        &["diff__row", "Before: Training", "After: Training", "noindex"],
    );
    let changes = page(&instance, &format!("{path}?view=changes")).await;
    assert!(!changes.body.contains("unchanged paragraph"));
}

#[tokio::test]
async fn the_compliance_analysis_is_in_the_professional_plan_and_its_outline_is_for_everybody() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let path = "/platform/acme/terms/model-training-use";
    let outline = page(&instance, path).await;
    holds(
        &outline,
        path,
        &[
            "Full compliance analysis: Professional",
            "Jurisdiction flags",
            "blurred",
            "actions",
        ],
    );
    assert!(!outline.body.contains("id=\"contract\""));
    let mut member = instance.member("a@example.org").await;
    assert!(!member.get(path).await.body.contains("id=\"contract\""));
    instance.set_plan("a@example.org", Plan::Professional).await;
    let full = member.get(path).await;
    holds(
        &full,
        path,
        &[
            "id=\"contract\"",
            "id=\"regulation\"",
            "To be confirmed",
            "Included in your Professional plan",
        ],
    );
    assert!(!full.body.contains("Full compliance analysis: Professional"));
    assert_eq!(full.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn a_pasted_quotation_is_found_where_it_stands_or_not_at_all() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let path = "/platform/halden-ai/privacy-policy/versions/2";
    let ask = |words: &str| {
        let query: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
        format!("{path}?quote={query}")
    };
    let exact = page(&instance, &ask(OPT_OUT)).await;
    holds(
        &exact,
        path,
        &["These exact words stand in this version, once.", "under “Training”"],
    );
    assert_eq!(exact.header("cache-control"), "private, no-store");
    let near = page(&instance, &ask(&OPT_OUT.replace(' ', "\n"))).await;
    holds(&near, path, &["only white space, quotation marks or dashes differ"]);
    let absent = page(&instance, &ask(OPT_IN)).await;
    holds(&absent, path, &["These words do not stand in this version."]);
    let found = page(&instance, &format!("{path}?find=HALDEN")).await;
    holds(&found, path, &["<mark>Halden</mark>", "stands 2 times"]);
}

#[tokio::test]
async fn old_and_short_addresses_lead_to_the_present_ones_and_unknown_ones_nowhere() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (path, target) in [
        (
            "/p/CA-P-000001",
            "/platform/halden-ai/privacy-policy/model-training-use",
        ),
        ("/v/ca-v-000002", "/platform/halden-ai/privacy-policy/versions/2"),
        (
            "/c/CA-C-000001",
            "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
        ),
        (
            "/change/wrong-words-ca-c-000001",
            "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
        ),
        ("/platform/halden", "/platform/halden-ai"),
        ("/platform/halden/feed.atom", "/platform/halden-ai/feed.atom"),
        (
            "/platform/halden/privacy-policy/model-training-use",
            "/platform/halden-ai/privacy-policy/model-training-use",
        ),
        (
            "/platform/halden/privacy-policy/versions/1",
            "/platform/halden-ai/privacy-policy/versions/1",
        ),
        (
            "/platform/halden-ai/privacy-policy/diff/2..1",
            "/platform/halden-ai/privacy-policy/diff/1..2",
        ),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::MOVED_PERMANENTLY, target),
            "{path}"
        );
    }
    let chosen = browser
        .get("/platform/halden-ai/privacy-policy/diff?with=2&version=1")
        .await;
    assert_eq!(chosen.location(), "/platform/halden-ai/privacy-policy/diff/1..2");
    assert_eq!(browser.get("/search?q=ca-p-000001").await.location(), "/p/CA-P-000001");
    for path in [
        "/platform/nobody",
        "/platform/halden-ai/nothing",
        "/platform/halden-ai/privacy-policy/no-such-type",
        "/platform/acme/terms/arbitration",
        "/platform/halden-ai/privacy-policy/versions/9",
        "/platform/halden-ai/privacy-policy/versions/x",
        "/platform/halden-ai/privacy-policy/versions/99999999999",
        "/platform/halden-ai/privacy-policy/diff/1..9",
        "/platform/halden-ai/privacy-policy/diff/1",
        "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000009",
        "/change/nothing",
        "/provisions/no-such-type",
        "/compare/no-such-comparison",
        "/p/CA-P-999999",
        "/c/x",
        "/v/%00",
        "/search?q=%00",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_instance_without_rows_says_so_on_every_page() {
    let instance = Instance::start().await;
    for (path, words) in [
        ("/", "No material change on record yet"),
        ("/platforms", "No platform is followed yet"),
        ("/changes", "No change on record yet"),
        ("/provisions", "Provisions"),
        ("/provisions/arbitration", "No document has been read yet"),
        ("/compare", "Compare"),
        ("/corrections", "Nothing to correct so far"),
        ("/corrections/feed.atom", "<feed"),
        ("/coverage", "No source fails"),
        ("/search?q=anything", "No result for"),
        ("/search", "Nothing asked yet"),
        ("/feed.atom", "<feed"),
        ("/sitemap.xml", "/sitemaps/pages-1.xml"),
        ("/sitemaps/pages-1.xml", "/methodology"),
        ("/llms.txt", "/provisions"),
        ("/verify", "Verify a quotation"),
        ("/robots.txt", "Sitemap: http://127.0.0.1:8080/sitemap.xml"),
    ] {
        holds(&page(&instance, path).await, path, &[words]);
    }
    for comparison in atlas_catalog::comparisons() {
        holds(
            &page(&instance, &format!("/compare/{}", comparison.slug)).await,
            &comparison.slug,
            &["No comparable clause", "noindex"],
        );
    }
}

#[tokio::test]
async fn a_quotation_that_is_not_the_archived_text_is_never_called_exact() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    // The database refuses such a row; a page must not trust that it always did.
    record
        .run(
            "ALTER TABLE finding DISABLE TRIGGER ALL;
             UPDATE finding SET excerpt = 'We never train on anything.' WHERE stance = 'permits'",
        )
        .await;
    let answer = page(&instance, "/platform/acme/terms/model-training-use").await;
    holds(&answer, "acme", &["Not confirmed against the archived text"]);
    assert!(!answer.body.contains("Exact match with the archived text"));
}
