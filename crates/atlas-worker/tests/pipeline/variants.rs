//! Documents that go to and fro between texts: at most one alert for each, one note, and a set that is remembered.

use atlas_domain::Plan;
use time::Duration;

use crate::harness::{NO_CHOICE, OPT_IN, World, policy};

/// Alerts of each distinct text, the most first.
const MOST_ALERTS: &str = "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM alert a
     JOIN change c ON c.id = a.change_id JOIN version v ON v.id = c.new_version_id GROUP BY v.normal_sha256) t";

async fn flapping(confirm: std::time::Duration, rounds: usize) -> World {
    let world = World::with(|settings| {
        settings.confirm_after = confirm;
        settings.confirm_samples_after = confirm;
    })
    .await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    for round in 0..rounds {
        let text = if round % 2 == 0 { NO_CHOICE } else { OPT_IN };
        world.site.page("privacy", &policy(&[text]));
        world.after(Duration::hours(2)).await;
    }
    world
}

#[tokio::test]
async fn a_document_that_flaps_raises_one_alert_for_each_text_and_one_note_and_no_more_versions() {
    let world = flapping(std::time::Duration::ZERO, 20).await;
    assert_eq!(world.one::<i64>(MOST_ALERTS).await, 1);
    assert_eq!(
        world.mails.sent().len(),
        1,
        "the first text was there before anybody followed"
    );
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "update", "reverted"]
    );
    assert_eq!(world.count("variant").await, 2);
    assert_eq!(world.words("SELECT kind FROM curator_note").await, ["variants"]);
    let seen: i64 = world.one("SELECT sum(sightings)::bigint FROM variant").await;
    assert_eq!(seen, 21, "every capture was a sighting of one of them");
}

#[tokio::test]
async fn a_document_that_flaps_faster_than_two_captures_agree_raises_no_alert() {
    let world = flapping(std::time::Duration::from_mins(10), 20).await;
    assert_eq!(world.count("alert").await, 0);
    assert!(world.mails.sent().is_empty());
    assert_eq!(world.count("variant").await, 2);
    assert_eq!(world.count("curator_note").await, 1);
}

#[tokio::test]
async fn a_text_equal_to_an_earlier_one_is_a_return_and_no_news() {
    let world = flapping(std::time::Duration::ZERO, 2).await;
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "update", "reverted"]
    );
    assert_eq!(world.count("variant").await, 0, "once is no habit");
    assert_eq!(world.mails.sent().len(), 1);
    let equals: i32 = world
        .one("SELECT e.number FROM version v JOIN version e ON e.id = v.equals_version_id")
        .await;
    assert_eq!(equals, 1);
}

#[tokio::test]
async fn a_variant_that_stands_alone_for_long_is_what_the_document_says() {
    let world = flapping(std::time::Duration::ZERO, 5).await;
    assert_eq!(world.count("version").await, 3);
    for _ in 0..30 {
        world.after(Duration::hours(2)).await;
    }
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "update", "reverted", "reverted"]
    );
    assert_eq!(world.mails.sent().len(), 1);
    assert_eq!(world.count("curator_note").await, 1);
}

#[tokio::test]
async fn a_new_text_of_a_flapping_document_is_news_once() {
    let world = flapping(std::time::Duration::ZERO, 6).await;
    world.mails.clear();
    let new = "We may share your personal data with advertising partners for their own purposes.";
    world.site.page("privacy", &policy(&[NO_CHOICE, new]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.mails.sent().len(), 1);
    world.after(Duration::hours(8)).await;
    assert_eq!(world.mails.sent().len(), 1);
    assert_eq!(world.one::<i64>(MOST_ALERTS).await, 1);
}
