//! The verify box, the page `/verify`, citations, and validators of what is cited.

use axum::http::{Method, StatusCode};

use super::record::{OPT_IN, OPT_OUT, Record};
use crate::harness::{Browser, Instance};

fn address(page: &str, words: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("{page}?{}", query.append_pair("quote", words).finish())
}

async fn asked(browser: &mut Browser, page: &str, words: &str) -> String {
    let answer = browser.get(&address(page, words)).await;
    assert_eq!(answer.status, StatusCode::OK, "{words}");
    assert_eq!(
        answer.header("cache-control"),
        "private, no-store",
        "nobody keeps what was pasted"
    );
    assert!(answer.body.contains("content=\"noindex\""));
    answer.body
}

#[tokio::test]
async fn a_quotation_is_found_exactly_or_nearly_and_the_page_says_which() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let page = asked(&mut browser, "/verify", OPT_OUT).await;
    for part in [
        "These exact words stand in 1 document.",
        "Letter for letter",
        "/platform/halden-ai/privacy-policy/versions/2?quote=",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = asked(&mut browser, "/verify", &OPT_OUT.replace(' ', "\n  ")).await;
    assert!(
        page.contains("only white space, quotation marks or dashes differ"),
        "{page}"
    );
    assert!(!page.contains("These exact words"));
    // Words of an earlier version are found there, also where the quotation begins and ends within a word.
    for words in [OPT_IN, OPT_IN.get(1..OPT_IN.len() - 2).unwrap()] {
        let page = asked(&mut browser, "/verify", words).await;
        for part in [
            "These exact words stand in no document today; they stand in 1 other version on record.",
            "Earlier version",
            "/platform/halden-ai/privacy-policy/versions/1?quote=",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    // Marks that nobody sees are copied with the words.
    let marked = OPT_OUT
        .replacen("content", "con\u{AD}tent", 1)
        .replacen("train", "tr\u{200B}ain", 1);
    let page = asked(&mut browser, "/verify", &marked).await;
    assert!(page.contains("These words stand in 1 document"), "{page}");
    let page = asked(&mut browser, "/verify", "Nobody anywhere promised perpetual sunshine.").await;
    assert!(
        page.contains("do not stand in any version of any followed document"),
        "{page}"
    );
    let page = asked(&mut browser, "/verify", "no such line").await;
    assert!(
        page.contains("too short to look for them in earlier versions"),
        "{page}"
    );
}

#[tokio::test]
async fn a_version_that_lacks_the_words_names_its_nearest_passage() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let version = "/platform/halden-ai/privacy-policy/versions/2";
    let page = asked(&mut browser, version, OPT_IN).await;
    assert!(page.contains("These words do not stand in this version."));
    assert!(page.contains("The nearest passage, "), "{page}");
    let page = asked(
        &mut browser,
        version,
        "Arbitration shall be binding everywhere, always.",
    )
    .await;
    assert!(page.contains("These words do not stand in this version."));
    assert!(!page.contains("The nearest passage"));
}

#[tokio::test]
async fn a_hash_leads_to_the_version_whose_text_or_page_has_it() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    let version = browser.get("/platform/acme/terms/versions/1").await.body;
    let hash = version
        .split("<p class=\"hash\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .unwrap();
    let answer = browser.get(&format!("/verify/{hash}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("The archived text"));
    assert!(answer.body.contains("/platform/acme/terms/versions/1"));
    let upper = browser.get(&format!("/verify?hash={}", hash.to_uppercase())).await;
    assert_eq!(
        upper.location(),
        format!("/verify/{hash}"),
        "a form leads to the address"
    );
    let stranger = browser.get(&format!("/verify/{}", "0".repeat(64))).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(
        stranger
            .body
            .contains("No text and no raw page on record has this hash.")
    );
    let foreign = format!("/verify/{}", "%C3%A9".repeat(32));
    for path in ["/verify/abc", "/verify/%00", foreign.as_str()] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let wrong = browser.get("/verify?hash=%3Cb%3E").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("64 hexadecimal digits") && !wrong.body.contains("<b>"));
}

#[tokio::test]
async fn hostile_quotations_are_bounded_and_answered() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for words in [
        "x",
        "%_%_%",
        "\\",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "\u{202e}\u{200b}",
        "— “”",
    ] {
        let page = asked(&mut browser, "/verify", words).await;
        assert!(!page.contains("<script>alert"), "{words}");
    }
    // As long as an address may be for the tests' client; a server refuses longer ones before any page is asked.
    let long = "train models ".repeat(4_000);
    for page in ["/verify", "/platform/acme/terms/versions/1"] {
        let answer = browser.get(&address(page, &long)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("nothing was looked for") && answer.body.contains("2,000 characters"));
        assert!(
            answer.body.len() < 60_000,
            "what was pasted is cut: {}",
            answer.body.len()
        );
    }
    assert_eq!(browser.get("/verify?quote=%00abcd").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn records_are_cited_in_three_forms_and_only_where_a_page_shows_them() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (id, short) in [
        ("CA-C-000001", "/c/CA-C-000001"),
        ("CA-P-000001", "/p/CA-P-000001"),
        ("CA-V-000001", "/v/CA-V-000001"),
    ] {
        for (form, kind) in [
            ("txt", "text/plain"),
            ("bib", "application/x-bibtex"),
            ("ris", "application/x-research-info-systems"),
        ] {
            let answer = browser.get(&format!("/cite/{id}.{form}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{id}.{form}");
            assert!(answer.header("content-type").starts_with(kind));
            for part in [id, short, "sha256"] {
                assert!(answer.body.contains(part), "{part}: {}", answer.body);
            }
        }
    }
    for page in [
        "/change/2026-11-19-halden-ai-privacy-policy-ca-c-000001",
        "/platform/halden-ai/privacy-policy/model-training-use",
        "/platform/halden-ai/privacy-policy/versions/2",
        "/platform/halden-ai/privacy-policy",
    ] {
        let body = browser.get(page).await.body;
        let link = body
            .split("href=\"/cite/")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap();
        let cited = browser.get(&format!("/cite/{link}")).await;
        assert_eq!(cited.status, StatusCode::OK, "{page}: {link}");
        assert!(body.to_lowercase().contains("report an error"), "{page}");
    }
    for missing in [
        "CA-C-000099.bib",
        "CA-C-000001.exe",
        "CA-C-000001",
        "%00.bib",
        "x%22.ris",
    ] {
        let answer = browser.get(&format!("/cite/{missing}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn validators_hold_by_tag_and_by_a_date_that_is_the_contents() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    for (path, date) in [
        ("/platform/acme/terms/versions/1", "Thu, 01 Oct 2026 06:00:00 GMT"),
        (
            "/platform/acme/terms/model-training-use",
            "Thu, 01 Oct 2026 06:00:00 GMT",
        ),
        ("/sitemaps/documents-1.xml", "Fri, 02 Oct 2026 06:00:00 GMT"),
        ("/cite/CA-V-000001.txt", "Sat, 02 May 2026 06:00:00 GMT"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("last-modified"), date, "{path}");
        let tag = answer.header("etag").to_owned();
        let later = "Mon, 23 Nov 2026 10:00:00 GMT";
        let earlier = "Thu, 01 Jan 2026 00:00:00 GMT";
        for (headers, expected) in [
            (vec![("if-none-match", tag.as_str())], StatusCode::NOT_MODIFIED),
            (vec![("if-modified-since", date)], StatusCode::NOT_MODIFIED),
            (vec![("if-modified-since", later)], StatusCode::NOT_MODIFIED),
            (vec![("if-modified-since", earlier)], StatusCode::OK),
            (vec![("if-modified-since", "yesterday")], StatusCode::OK),
            (
                vec![("if-none-match", "\"other\""), ("if-modified-since", later)],
                StatusCode::OK,
            ),
        ] {
            let again = browser.send(Method::GET, path, &headers, String::new()).await;
            assert_eq!(again.status, expected, "{path} {headers:?}");
        }
    }
}
