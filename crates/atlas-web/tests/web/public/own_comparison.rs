//! A comparison of one's own keeps the plan's limit, says where nothing comparable stands, and works without a script;
//! the page of a category counts only its own platforms.

use atlas_domain::Plan;
use axum::http::StatusCode;
use time::macros::datetime;

use super::record::Record;
use crate::harness::{Browser, Instance};

const ALL: &str = "/compare?type=model-training-use,arbitration&platforms=halden-ai,acme,quiet,dark";

async fn get(browser: &mut Browser, path: &str) -> String {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

/// The part of the page before the form, which names every platform.
fn shown(page: &str) -> &str {
    page.split("id=\"choose\"").next().unwrap_or_default()
}

/// The section of one question.
fn question<'a>(page: &'a str, slug: &str) -> &'a str {
    page.split_once(&format!("id=\"{slug}\""))
        .and_then(|(_, rest)| rest.split_once("</section>"))
        .map_or("", |(inner, _)| inner)
}

#[tokio::test]
async fn a_visitor_sees_a_preview_and_the_way_up() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let page = get(&mut instance.browser(), ALL).await;
    assert!(page.contains("This is a preview: 2 platforms, 1 question."), "{page}");
    assert!(page.contains("Not shown: Quiet Works, Dark Harbor and Arbitration."));
    for (plan, words) in [
        (Plan::Watcher, "3 platforms in one comparison"),
        (
            Plan::Professional,
            "10 platforms in one comparison, every question, CSV",
        ),
        (Plan::Team, "40 platforms in one comparison"),
    ] {
        assert!(page.contains(words), "{plan}");
    }
    assert!(page.contains("href=\"/pricing\"") && page.contains("noindex"));
    let training = question(&page, "model-training-use");
    assert!(training.contains("We may use content you submit") && training.contains("Acme Cloud"));
    assert!(!training.contains("Quiet Works") && question(&page, "arbitration").is_empty());
}

#[tokio::test]
async fn a_plan_shows_as_many_platforms_as_it_has_and_names_the_rest() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut member = instance.member("reader@example.org").await;
    instance.set_plan("reader@example.org", Plan::Watcher).await;
    let page = get(&mut member, ALL).await;
    assert!(page.contains("Watcher compares 3 platforms at once."), "{page}");
    assert!(page.contains("Not shown: Dark Harbor. Professional shows them all"));
    assert!(question(&page, "arbitration").contains("Quiet Works"));
    assert!(!shown(&page).contains("/platform/dark"));
    instance.set_plan("reader@example.org", Plan::Professional).await;
    let page = get(&mut member, ALL).await;
    assert!(!page.contains("Not shown"));
    let training = question(&page, "model-training-use");
    assert!(training.contains("2 of 4 platforms say something"));
    assert!(training.contains("href=\"/platform/acme/terms/model-training-use\""));
    let rows: Vec<&str> = training.split("<tr ").collect();
    let row = |name: &str| *rows.iter().find(|row| row.contains(name)).unwrap();
    assert!(row("Quiet Works").contains("No comparable clause. Silence is recorded as a finding."));
    assert!(row("Dark Harbor").contains("Not read: no document of it is on record yet."));
    assert!(row("Halden AI").contains("class=\"sample\""));
    assert!(question(&page, "arbitration").contains("No comparable clause: none of its documents was read"));
}

#[tokio::test]
async fn documents_of_a_plan_have_a_line_of_their_own() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    let words = "Content from business accounts is never used to train a model.";
    let acme = sqlx::query_scalar("SELECT id FROM platform WHERE slug = 'acme'")
        .fetch_one(&instance.owner)
        .await
        .unwrap();
    let document = record
        .document(acme, "business-terms", "Business terms", Some("captured"))
        .await;
    let version = record
        .version(
            document,
            1,
            datetime!(2026-10-03 6:00 UTC),
            &format!("# Business terms\n\n{words}\n"),
        )
        .await;
    record
        .finding(
            document,
            "model-training-use",
            &version,
            "prohibits",
            "low",
            Some(words),
        )
        .await;
    record
        .run("UPDATE document SET plan = 'Business' WHERE slug = 'business-terms'")
        .await;
    let page = get(
        &mut instance.browser(),
        "/compare?type=model-training-use&platforms=acme",
    )
    .await;
    let training = question(&page, "model-training-use");
    let lines: Vec<&str> = training
        .split("<tr ")
        .filter(|row| row.contains("Acme Cloud"))
        .collect();
    assert_eq!(lines.len(), 2, "{training}");
    assert!(lines[0].contains("train and improve our models") && !lines[0].contains("class=\"badge\""));
    assert!(lines[1].contains(">Business</span>") && lines[1].contains(words));

    // Silence on a plan does not undo what the general document says.
    record
        .run(
            "UPDATE finding SET stance = 'silent', excerpt = NULL, excerpt_start = NULL, excerpt_end = NULL,
                 confidence = 'explicit'
             FROM version v JOIN document d ON d.id = v.document_id AND d.slug = 'business-terms'
             WHERE v.id = finding.version_id",
        )
        .await;
    let page = get(
        &mut instance.browser(),
        "/compare?type=model-training-use,arbitration&platforms=acme",
    )
    .await;
    let training = question(&page, "model-training-use");
    let business = training
        .split("<tr ")
        .find(|row| row.contains(">Business</span>"))
        .unwrap();
    assert!(business.contains("train and improve our models"), "{business}");
}

#[tokio::test]
async fn the_form_works_without_a_script_and_unknown_values_are_named() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let mut browser = instance.browser();
    assert!(
        get(&mut browser, "/compare")
            .await
            .contains("href=\"/compare?type=&amp;platforms=\"")
    );
    let form = get(&mut browser, "/compare?type=&platforms=").await;
    assert!(form.contains("Choose what to compare"));
    for field in [
        "<form method=\"get\" action=\"/compare\"",
        "type=\"checkbox\" name=\"type\" value=\"arbitration\">",
        "type=\"checkbox\" name=\"platforms\" value=\"halden-ai\">",
    ] {
        assert!(form.contains(field), "{field}");
    }
    let sent = browser
        .get("/compare?type=arbitration&type=model-training-use&platforms=acme&platforms=quiet")
        .await;
    assert_eq!(
        (sent.status, sent.location()),
        (
            StatusCode::SEE_OTHER,
            "/compare?type=arbitration,model-training-use&platforms=acme,quiet"
        )
    );
    let page = get(
        &mut browser,
        "/compare?type=arbitration,nothing&platforms=acme,haldn-ai,%3Cb%3E",
    )
    .await;
    for words in [
        "“nothing” is no question (type).",
        "“haldn-ai” is no platform on record.",
        "Near “haldn-ai”: halden-ai.",
        "“&#60;b&#62;” is no platform",
        "value=\"acme\" checked",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let nothing = browser.get("/compare?type=x&platforms=y").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_comparison_is_a_file_for_the_plans_that_have_it() {
    let instance = Instance::start().await;
    Record::standard(&instance).await;
    let path = ALL.replace("/compare?", "/compare.csv?");
    assert_eq!(instance.browser().get(&path).await.status, StatusCode::SEE_OTHER);
    let mut member = instance.member("reader@example.org").await;
    instance.set_plan("reader@example.org", Plan::Watcher).await;
    assert_eq!(member.get(&path).await.status, StatusCode::PAYMENT_REQUIRED);
    instance.set_plan("reader@example.org", Plan::Professional).await;
    assert!(
        get(&mut member, ALL)
            .await
            .contains(&format!("href=\"{}\"", path.replace('&', "&#38;")))
    );
    let file = get(&mut member, &path).await;
    assert_eq!(
        file.lines().count(),
        9,
        "a heading, two questions of four platforms: {file}"
    );
    assert!(file.contains("Halden AI,halden-ai,true,,permits_opt_out,high,"));
    assert!(file.contains("Dark Harbor,dark,false,,not_read,"));
}

#[tokio::test]
async fn a_category_counts_only_its_own_platforms_and_has_a_feed() {
    let instance = Instance::start().await;
    let record = Record::standard(&instance).await;
    record
        .run("UPDATE platform SET category = 'cloud-ai' WHERE slug IN ('acme', 'dark')")
        .await;
    let mut browser = instance.browser();
    let page = get(&mut browser, "/category/cloud-ai").await;
    assert!(
        page.contains("2 platforms are followed; the current documents of 1 have been read"),
        "{page}"
    );
    assert!(page.contains("1 of 1 asked say something"));
    assert!(page.contains("href=\"/registry?type=model-training-use&#38;category=cloud-ai\""));
    assert!(!page.contains("Halden AI") && !page.contains("noindex"));
    let other = get(&mut browser, "/category/ai-assistants").await;
    assert!(other.contains("1 of 2 asked say something") && other.contains("Halden AI moves model training"));
    let feed = get(&mut browser, "/category/ai-assistants/feed.atom").await;
    assert!(feed.contains("CA-C-000001") && feed.contains("<entry>"));
    assert!(
        !get(&mut browser, "/category/cloud-ai/feed.atom")
            .await
            .contains("<entry>")
    );
    let empty = get(&mut browser, "/category/companions").await;
    assert!(empty.contains("No platform of this category is followed") && empty.contains("noindex"));
    for path in ["/category/nothing", "/category/nothing/feed.atom"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/platforms", "/platform/acme", "/"] {
        assert!(
            get(&mut browser, path).await.contains("href=\"/category/cloud-ai\""),
            "{path}"
        );
    }
}
