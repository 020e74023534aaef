//! From a stranger to a mail in their inbox, and out of it again.

use atlas_domain::{Clock as _, Plan};
use atlas_integration::{DELETION_AFTER, Document, Policy, TRAINING_AFTER, TRAINING_BEFORE, TestApp};
use reqwest::Method;
use time::macros::datetime;

const WATCHER: &str = "maryam@example.org";
const FREE: &str = "jo@example.org";

/// Eleven platforms whose first version is held.
async fn followed(app: &TestApp) -> Vec<Document> {
    let mut documents = Vec::new();
    for number in 1..=11 {
        let document = app
            .add_platform(&format!("service-{number}"), &format!("Service {number}"))
            .await;
        app.site.set(&document.site_path, &Policy::OptIn.html());
        documents.push(document);
    }
    app.poll(&documents[0]).await;
    assert_eq!(
        app.count("SELECT count(*) FROM version WHERE kind = 'first_record'")
            .await,
        11
    );
    documents
}

#[tokio::test]
async fn a_change_reaches_a_watcher_the_same_day_and_a_free_reader_on_monday() {
    let app = TestApp::start().await;
    let documents = followed(&app).await;
    assert!(app.mails().is_empty(), "a first record is no news");

    // Sign up, confirm by mail, log in, follow one platform; the second is refused with a way up.
    let mut browser = app.sign_up(WATCHER).await;
    let mail = app.mails().pop().unwrap();
    assert_eq!(
        (mail.to.as_slice(), mail.header("List-Unsubscribe")),
        ([WATCHER.to_owned()].as_slice(), "")
    );
    app.confirm(&mut browser, WATCHER).await;
    app.log_in(&mut browser, WATCHER).await;
    app.watch(&mut browser, "service-1").await;
    let page = browser.get("/platform/service-2").await;
    assert_eq!(
        page.form_for("/watch", "platform", "service-2").value("action"),
        None,
        "its button cannot be pressed"
    );
    assert!(page.links("/pricing").len() == 1, "{}", page.words());
    let form = page.form_for("/watch", "platform", "service-2").fill("action", "start");
    let refused = browser.submit(form).await.expect_status(402);
    refused.assert_says("Free follows 1 platform");
    refused.assert_says("Watcher $19 a month");
    assert_eq!(refused.links("/pricing"), ["/pricing"]);

    // On Watcher ten fit, and the eleventh does not.
    app.set_plan(WATCHER, Plan::Watcher).await;
    for document in &documents[1..10] {
        app.watch(&mut browser, &document.platform).await;
    }
    let eleventh = browser.get("/platform/service-11").await;
    assert_eq!(
        eleventh.form_for("/watch", "platform", "service-11").value("action"),
        None
    );

    // Somebody on Free follows the same platform from another zone.
    let mut other = app.member(FREE).await;
    let settings = other.get("/app/settings").await.expect_status(200);
    let form = settings
        .form("/app/settings/profile")
        .fill("time_zone", "America/Los_Angeles");
    other.submit(form).await.expect_status(200);
    app.watch(&mut other, "service-1").await;
    app.relay.clear();

    // The policy changes in a way that matters.
    app.site.set("/service-1/privacy", &Policy::OptOut.html());
    app.poll(&documents[0]).await;
    let mails = app.mails();
    assert_eq!(
        mails.len(),
        1,
        "{:?}",
        mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>()
    );
    let alert = &mails[0];
    assert_eq!(alert.to, [WATCHER]);
    assert!(alert.subject.starts_with("Service 1"), "{}", alert.subject);
    assert_eq!(alert.date, app.clock.now().unix_timestamp(), "the same day: at once");
    for words in [TRAINING_BEFORE, TRAINING_AFTER] {
        assert!(alert.words().contains(words), "`{words}` is not in\n{}", alert.text);
    }
    assert!(
        alert.html.contains("<del") && alert.html.contains("<ins"),
        "{}",
        alert.html
    );
    let unsubscribe = alert.link(app.base_url(), "/u/");
    assert_eq!(
        alert.header("List-Unsubscribe"),
        format!("<{}{unsubscribe}>", app.base_url())
    );
    assert_eq!(alert.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");

    // The link of its summary leads to a passage of the record, whose pages all show the change.
    let told = alert.link(app.base_url(), "/change/");
    let (change, passage) = told
        .split_once('#')
        .expect("a sentence of the summary leads to its passage");
    let change = change.to_owned();
    let mut visitor = app.browser();
    let page = visitor.get(&change).await.expect_status(200);
    assert_eq!(page.path, change);
    assert!(page.body.contains(&format!("id=\"{passage}\"")), "{}", page.body);
    assert!(page.words_after().contains(TRAINING_AFTER), "{}", page.words_after());
    let document = visitor
        .get("/platform/service-1/privacy-policy")
        .await
        .expect_status(200);
    document.assert_says("2 versions of Privacy Policy");
    assert!(
        document.links("/change/").contains(&change),
        "{:?}",
        document.links("/change/")
    );
    let provision = visitor
        .get("/platform/service-1/privacy-policy/model-training-use")
        .await
        .expect_status(200);
    provision.assert_says(TRAINING_AFTER);
    assert!(
        provision.links("/change/").contains(&change),
        "{:?}",
        provision.links("/change/")
    );
    visitor.get("/").await.expect_status(200).assert_says("Service 1");
    visitor
        .get("/changes")
        .await
        .expect_status(200)
        .assert_says("Service 1");

    // One click ends it, without a cookie; the next change brings nothing.
    let (status, body) = app
        .browser()
        .bare(Method::POST, &unsubscribe, "List-Unsubscribe=One-Click")
        .await;
    assert_eq!(status, 200, "{body}");
    app.relay.clear();
    app.site.set("/service-1/privacy", &Policy::LongRetention.html());
    app.poll(&documents[0]).await;
    assert_eq!(
        app.count("SELECT count(*) FROM publication WHERE NOT historical").await,
        2
    );
    assert!(app.mails().is_empty(), "unsubscribed, and Free has no same-day mail");

    // On Monday morning, where they live, the reader on Free gets both changes in one digest.
    app.write_digests_at(datetime!(2026-11-23 15:59 UTC)).await;
    assert!(app.mails_to(FREE).is_empty(), "not before eight");
    app.write_digests_at(datetime!(2026-11-23 19:01 UTC)).await;
    app.write_digests_at(datetime!(2026-11-24 10:00 UTC)).await;
    let digests = app.mails_to(FREE);
    assert_eq!(digests.len(), 1);
    for words in [TRAINING_AFTER, DELETION_AFTER] {
        assert!(
            digests[0].words().contains(words),
            "`{words}` is not in\n{}",
            digests[0].text
        );
    }
    assert!(digests[0].header("List-Unsubscribe").contains("/u/"));
    assert_eq!(
        digests[0].link(app.base_url(), "/change/"),
        digests[0].link(app.base_url(), "/change/")
    );
}

#[tokio::test]
async fn what_no_reader_would_notice_and_what_comes_back_is_not_told() {
    let app = TestApp::start().await;
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    let mut browser = app.member(WATCHER).await;
    app.set_plan(WATCHER, Plan::Watcher).await;
    app.watch(&mut browser, "service-1").await;
    app.relay.clear();

    // Other markup around the same words: not even a version.
    app.site.set(&document.site_path, &Policy::OptInReset.html());
    app.poll(&document).await;
    assert_eq!(app.count("SELECT count(*) FROM version").await, 1);
    assert_eq!(app.count("SELECT checks FROM unchanged_run").await, 1);

    // Two marks of punctuation: recorded or not, nobody is told.
    app.site.set(&document.site_path, &Policy::OptInPunctuated.html());
    app.poll(&document).await;
    assert_eq!(
        app.count("SELECT count(*) FROM change WHERE materiality <> 'cosmetic'")
            .await,
        0
    );
    assert!(app.mails().is_empty());

    // What matters is told once; what was there before and comes back is held as a revert and is not.
    app.site.set(&document.site_path, &Policy::OptOut.html());
    app.poll(&document).await;
    assert_eq!(app.mails().len(), 1);
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    assert_eq!(
        app.count("SELECT count(*) FROM version WHERE kind = 'reverted'").await,
        1
    );
    app.site.set(&document.site_path, &Policy::OptOut.html());
    app.poll(&document).await;
    assert_eq!(
        app.count("SELECT count(*) FROM version WHERE kind = 'reverted'").await,
        1,
        "two texts that alternate make no more versions"
    );
    assert_eq!(app.count("SELECT count(*) FROM variant").await, 2);
    let page = browser
        .get("/platform/service-1/privacy-policy")
        .await
        .expect_status(200);
    assert!(page.words().contains("Texts that alternate"), "{}", page.words());
    assert_eq!(app.mails().len(), 1, "a text that comes and goes is told once");
}

#[tokio::test]
async fn a_grave_change_is_shown_as_provisional_until_a_second_capture_agrees() {
    let grave = "We may use the content you provide to train our models.";
    let mut app = TestApp::start().await;
    app.services_mut().settings.confirm_after = std::time::Duration::from_mins(10);
    let document = app.add_platform("service-1", "Service 1").await;
    app.site.set(&document.site_path, &Policy::OptIn.html());
    app.poll(&document).await;
    let mut browser = app.member(WATCHER).await;
    app.set_plan(WATCHER, Plan::Watcher).await;
    app.watch(&mut browser, "service-1").await;
    app.relay.clear();
    app.site.set(
        &document.site_path,
        &Policy::OptOut.html().replace(TRAINING_AFTER, grave),
    );
    app.poll(&document).await;
    let page = browser
        .get("/platform/service-1/privacy-policy")
        .await
        .expect_status(200);
    assert!(page.words().contains("Provisional: seen once"), "{}", page.words());
    assert!(app.mails().is_empty());
    app.clock.advance(time::Duration::minutes(11));
    app.poll(&document).await;
    let page = browser
        .get("/platform/service-1/privacy-policy")
        .await
        .expect_status(200);
    assert!(!page.words().contains("Provisional"), "{}", page.words());
    assert_eq!(app.mails().len(), 1);
    assert!(app.mails()[0].words().contains(grave));
}

#[tokio::test]
async fn an_address_that_is_known_gets_another_mail_and_the_same_page() {
    let app = TestApp::start().await;
    app.member(WATCHER).await;
    app.relay.clear();
    let mut stranger = app.sign_up(WATCHER).await;
    let mails = app.mails();
    assert_eq!(mails.len(), 1);
    assert!(!mails[0].text.contains("/confirm/"), "{}", mails[0].text);
    assert_eq!(
        stranger.get("/app").await.path,
        "/login",
        "signing up again logs nobody in"
    );
}

#[tokio::test]
async fn a_confirmation_link_works_for_as_long_as_the_page_and_the_mail_say() {
    let app = TestApp::start().await;
    let mut browser = app.sign_up(WATCHER).await;
    browser
        .get("/signup/check")
        .await
        .assert_says("it works once, for 24 hours");
    let mail = app.mails().pop().unwrap();
    assert!(mail.words().contains("19 November 2026, 09:00"), "{}", mail.text);
    let link = mail.link(app.base_url(), "/confirm/");
    app.clock
        .advance(time::Duration::hours(24) - time::Duration::minutes(1));
    browser.get(&link).await.expect_status(200);
    app.clock.advance(time::Duration::minutes(2));
    browser.get(&link).await.expect_status(410);
}
