//! Watching, and the limit of the plan (A5, Q1 and Q2).

use atlas_domain::Plan;
use axum::http::StatusCode;

use crate::harness::Instance;

#[tokio::test]
async fn free_follows_one_platform_and_the_second_is_refused_with_a_way_up() {
    let instance = Instance::start().await;
    instance.platforms(2).await;
    let mut browser = instance.member("a@example.org").await;
    let answer = browser
        .post("/watch", &[("platform", "p1"), ("next", "/platform/p1")])
        .await;
    assert_eq!(answer.location(), "/platform/p1");
    let answer = browser.post("/watch", &[("platform", "p1")]).await;
    assert_eq!(
        answer.status,
        StatusCode::SEE_OTHER,
        "following it again changes nothing"
    );

    let answer = browser
        .post("/watch", &[("platform", "p2"), ("next", "/platform/p2")])
        .await;
    assert_eq!(answer.status, StatusCode::PAYMENT_REQUIRED);
    for words in [
        "Free follows 1 platform",
        "Platform 2 was not added",
        "Watcher",
        "$19 a month",
        "href=\"/pricing\"",
    ] {
        assert!(answer.body.contains(words), "{words}");
    }
    assert_eq!(instance.count("SELECT count(*) FROM watch").await, 1);
    let page = browser.get("/app").await.body;
    assert!(
        page.contains("You have used your one platform.")
            && page.contains("Watcher follows 10 platforms for $19 a month")
    );

    // Removing makes room.
    let answer = browser.post("/watch", &[("platform", "p1"), ("action", "stop")]).await;
    assert_eq!(answer.location(), "/app/watches?done=stopped&platform=p1");
    assert!(
        browser
            .get(answer.location())
            .await
            .body
            .contains("You stopped watching Platform 1.")
    );
    let answer = browser.post("/watch", &[("platform", "p2")]).await;
    assert_eq!(answer.location(), "/app/watches?done=started&platform=p2");
    assert_eq!(
        browser.post("/watch", &[("platform", "none")]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_visitor_who_wants_to_watch_logs_in_and_comes_back() {
    let instance = Instance::start().await;
    instance.platforms(1).await;
    let mut visitor = instance.browser();
    let answer = visitor
        .post("/watch", &[("platform", "p1"), ("next", "/platform/p1")])
        .await;
    assert_eq!(answer.location(), "/login?next=%2Fplatform%2Fp1");
    let answer = visitor
        .post("/watch", &[("platform", "p1"), ("next", "https://evil.example")])
        .await;
    assert_eq!(answer.location(), "/login?next=%2Fplatform%2Fp1");
}

#[tokio::test]
async fn fifty_adds_at_once_fill_ten_places_exactly() {
    let instance = Instance::start().await;
    instance.platforms(50).await;
    let browser = instance.member("a@example.org").await;
    instance.set_plan("a@example.org", Plan::Watcher).await;
    let adds = (1..=50).map(|number| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            let platform = format!("p{number}");
            browser.post("/watch", &[("platform", platform.as_str())]).await.status
        })
    });
    let mut statuses = Vec::new();
    for add in adds.collect::<Vec<_>>() {
        statuses.push(add.await.unwrap());
    }
    let added = statuses
        .iter()
        .filter(|status| **status == StatusCode::SEE_OTHER)
        .count();
    let refused = statuses
        .iter()
        .filter(|status| **status == StatusCode::PAYMENT_REQUIRED)
        .count();
    assert_eq!((added, refused), (10, 40));
    assert_eq!(
        instance
            .count("SELECT count(*) FROM watch WHERE paused_at IS NULL")
            .await,
        10
    );
}

#[tokio::test]
async fn a_downgrade_pauses_the_newest_and_an_upgrade_wakes_them() {
    let instance = Instance::start().await;
    instance.platforms(5).await;
    let mut browser = instance.member("a@example.org").await;
    instance.set_plan("a@example.org", Plan::Watcher).await;
    for number in 1..=5 {
        browser.post("/watch", &[("platform", &format!("p{number}"))]).await;
        instance.clock.advance(time::Duration::minutes(1));
    }
    let change = instance.set_plan("a@example.org", Plan::Free).await;
    assert_eq!((change.paused, change.woken), (4, 0));
    let awake = "SELECT count(*) FROM watch JOIN platform ON platform.id = watch.platform_id
                 WHERE paused_at IS NULL AND slug = 'p1'";
    assert_eq!(instance.count(awake).await, 1, "the oldest stays");
    assert_eq!(
        instance.count("SELECT count(*) FROM watch").await,
        5,
        "nothing is deleted"
    );
    let again = instance.set_plan("a@example.org", Plan::Free).await;
    assert_eq!((again.paused, again.woken), (0, 0), "twice is once");
    let page = browser.get("/app").await.body;
    assert!(page.contains("Platform 2 and 3 others are paused."), "{page}");
    let answer = browser.post("/watch", &[("platform", "p3")]).await;
    assert_eq!(
        answer.status,
        StatusCode::PAYMENT_REQUIRED,
        "a paused one does not wake without room"
    );

    let change = instance.set_plan("a@example.org", Plan::Watcher).await;
    assert_eq!((change.paused, change.woken), (0, 4));
    assert!(!browser.get("/app").await.body.contains("paused."));
}

#[tokio::test]
async fn a_paused_platform_can_be_resumed_once_there_is_room() {
    let instance = Instance::start().await;
    instance.platforms(2).await;
    let mut browser = instance.member("a@example.org").await;
    instance.set_plan("a@example.org", Plan::Watcher).await;
    for slug in ["p1", "p2"] {
        browser.post("/watch", &[("platform", slug)]).await;
        instance.clock.advance(time::Duration::minutes(1));
    }
    instance.set_plan("a@example.org", Plan::Free).await;
    assert!(!browser.get("/app/watches").await.body.contains("Resume"));
    browser.post("/watch", &[("platform", "p1"), ("action", "stop")]).await;
    assert!(browser.get("/app/watches").await.body.contains("Resume"));
    browser.post("/watch", &[("platform", "p2"), ("action", "start")]).await;
    assert_eq!(
        instance
            .count("SELECT count(*) FROM watch WHERE paused_at IS NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn platforms_are_found_by_name_and_special_letters_mean_themselves() {
    let instance = Instance::start().await;
    instance.platform("halden-ai", "Halden AI").await;
    instance.platform("percent", "100 % Cloud").await;
    let mut browser = instance.member("a@example.org").await;
    let page = browser.get("/app/watches?q=halden").await.body;
    assert!(page.contains("Halden AI") && !page.contains("100 % Cloud"));
    let page = browser.get("/app/watches?q=%25").await.body;
    assert!(page.contains("100 % Cloud") && !page.contains("Halden AI"));
    assert!(
        browser
            .get("/app/watches?q=zzz")
            .await
            .body
            .contains("No platform has “zzz” in its name.")
    );
}
