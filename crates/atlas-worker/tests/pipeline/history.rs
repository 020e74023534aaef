//! Replays: the past through the same jobs, at its own time, telling nobody.

use atlas_domain::Plan;
use atlas_worker::replay::{ReplayCapture, ReplayPage, replay};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::harness::{OPT_IN, OPT_OUT, START, World, policy};

fn capture(captured_at: OffsetDateTime, body: &str) -> ReplayCapture {
    ReplayCapture {
        captured_at,
        pages: vec![ReplayPage {
            position: 0,
            url: "https://halden.example/privacy".to_owned(),
            content_type: Some("text/html".to_owned()),
            bytes: body.as_bytes().to_vec(),
        }],
    }
}

fn history() -> Vec<ReplayCapture> {
    let day = |day: i64| datetime!(2025-01-01 00:00 UTC) + Duration::days(day);
    vec![
        // Out of order on purpose.
        capture(day(60), &policy(&[OPT_OUT])),
        capture(day(0), &policy(&[OPT_IN])),
        capture(day(30), &policy(&[OPT_IN]).replace("<main>", "<!-- x --><main>")),
        capture(day(90), &policy(&[OPT_IN])),
    ]
}

#[tokio::test]
async fn a_replayed_history_has_its_own_dates_and_tells_nobody() {
    let world = World::new().await;
    let (document, source) = world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    let counts = replay(&world.services, document, history(), true).await.unwrap();
    assert_eq!(
        (counts.first_records, counts.updates, counts.reverted, counts.unchanged),
        (1, 1, 1, 1)
    );
    world.run().await;
    assert_eq!(world.count("change").await, 2);
    assert_eq!(
        world
            .count("publication WHERE historical AND published_at < '2025-12-31'")
            .await,
        2
    );
    assert_eq!((world.count("fanout").await, world.count("alert").await), (0, 0));
    assert_eq!(world.count("capture WHERE imported").await, 4);
    let mut connection = world.owner.acquire().await.unwrap();
    assert_eq!(
        atlas_worker::chain::verify(&mut connection, source).await.unwrap(),
        None
    );
    assert_eq!(
        world.health().await,
        "none",
        "the past says nothing of the source's health today"
    );

    // Repeated, it adds nothing.
    let again = replay(&world.services, document, history(), true).await.unwrap();
    assert_eq!((again.again, again.versions()), (4, 0));
    assert_eq!((world.count("capture").await, world.count("change").await), (4, 2));
}

#[tokio::test]
async fn live_polls_go_on_from_a_replayed_history() {
    let world = World::new().await;
    let (document, _) = world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    replay(&world.services, document, history(), true).await.unwrap();
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.after(Duration::hours(2)).await;
    assert_eq!(
        world.count("version").await,
        3,
        "the page says what the last version said"
    );
    assert!(world.mails.sent().is_empty());
    world.site.page(
        "privacy",
        &policy(&[OPT_IN, "We keep your messages for 30 days after you delete them."]),
    );
    world.after(Duration::hours(2)).await;
    assert_eq!(world.mails.sent().len(), 1);
    // History is written in the order of time.
    let late = vec![capture(
        datetime!(2025-02-15 00:00 UTC),
        &policy(&["We sell nothing to anybody."]),
    )];
    let counts = replay(&world.services, document, late, true).await.unwrap();
    assert_eq!(counts.too_old, 1);
}

#[tokio::test]
async fn people_are_told_of_a_replay_only_if_that_is_asked_for() {
    let world = World::new().await;
    let (document, _) = world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    let captures = vec![
        capture(START + Duration::minutes(1), &policy(&[OPT_IN])),
        capture(START + Duration::minutes(2), &policy(&[OPT_OUT])),
    ];
    replay(&world.services, document, captures, false).await.unwrap();
    world.run().await;
    assert_eq!(world.mails.sent().len(), 1);
}
