//! Every editorial comparison says how it was made, when, of how many, and in whose words.

use axum::http::StatusCode;
use time::macros::datetime;

use super::record::Record;
use crate::harness::Instance;

#[tokio::test]
async fn every_editorial_comparison_has_method_window_denominators_and_quotations() {
    let instance = Instance::start().await;
    let record = Record::empty(&instance).await;
    let quotation = "These are the exact words of the document on this question.";
    let listed: Vec<String> = atlas_catalog::comparisons()
        .iter()
        .flat_map(|comparison| comparison.platforms.iter().flatten().take(1).cloned())
        .collect();
    let mut slugs = vec!["chatgpt".to_owned(), "claude".to_owned()];
    slugs.extend(listed.into_iter().filter(|slug| slug != "chatgpt" && slug != "claude"));
    slugs.sort();
    slugs.dedup();
    for (place, slug) in slugs.iter().enumerate() {
        let platform = record.platform(slug, &format!("Platform {slug}"), false).await;
        let document = record.document(platform, "terms", "Terms", Some("captured")).await;
        let at = if place == 0 {
            datetime!(2026-10-01 6:00 UTC)
        } else {
            datetime!(2026-11-20 6:00 UTC)
        };
        let version = record
            .version(document, 1, at, &format!("# Terms\n\n{quotation}\n"))
            .await;
        for kind in &atlas_catalog::taxonomy().types {
            let words = (place > 0).then_some(quotation);
            let stance = if place > 0 { "conditional" } else { "silent" };
            record
                .finding(document, &kind.slug, &version, stance, "low", words)
                .await;
        }
    }
    let mut browser = instance.browser();
    assert!(atlas_catalog::comparisons().len() >= 8);
    let overview = browser.get("/compare").await.body;
    for comparison in atlas_catalog::comparisons() {
        let path = format!("/compare/{}", comparison.slug);
        assert!(overview.contains(&format!("href=\"{path}\"")), "{path}");
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let total = slugs
            .iter()
            .filter(|slug| comparison.includes(slug, "ai-assistants"))
            .count();
        assert!(total > 0, "{path} shows none of {slugs:?}");
        let method: String = comparison.method.chars().take(60).collect();
        for words in [
            format!("The question was asked of {0} of {0} platforms", slugs.len()),
            format!("{total} of {total} platform"),
            "Current versions, captured ".to_owned(),
            "20 Nov 2026.".to_owned(),
            method.replace('"', "&#34;").replace('\'', "&#39;"),
            format!("<mark>{quotation}</mark>"),
            "It is not legal advice".to_owned(),
            format!("href=\"/registry?type={}\"", comparison.provision_type),
        ] {
            assert!(page.body.contains(&words), "{path} lacks {words}");
        }
        assert_eq!(page.body.matches("<h1").count(), 1);
    }
}
