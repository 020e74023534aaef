//! Two captures that agree: what waits for the second one, what it makes known, and what it withdraws.

use atlas_domain::Plan;
use atlas_domain::jobs::{PublishChange, ReadVersion};
use time::Duration;

use crate::harness::{Answer, NO_CHOICE, OPT_IN, World, policy};

/// Long enough to fall between two regular polls.
const CONFIRM: std::time::Duration = std::time::Duration::from_mins(10);

/// A third text, as grave as the second.
const NO_CHOICE_EITHER: &str = "We may use your content, including but not limited to prompts, to train our models.";

/// A world with a second capture, in which the opt-in was seen, then a use without a choice once.
async fn waiting() -> World {
    let world = World::with(|settings| {
        settings.confirm_after = CONFIRM;
        settings.confirm_samples_after = CONFIRM;
    })
    .await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[NO_CHOICE]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.one::<String>("SELECT severity FROM change").await, "high");
    world
}

async fn told(world: &World) -> [i64; 4] {
    [
        world.count("publication").await,
        world.count("alert").await,
        i64::try_from(world.mails.sent().len()).unwrap(),
        world.count("change_withdrawal").await,
    ]
}

#[tokio::test]
async fn a_change_of_high_severity_is_mailed_once_a_second_capture_agrees_and_not_before() {
    let world = waiting().await;
    assert_eq!(world.count("change_provisional").await, 1);
    assert_eq!(told(&world).await, [0, 0, 0, 0]);
    let standing: i32 = world
        .one("SELECT number FROM version v JOIN standing_version s ON s.version_id = v.id")
        .await;
    assert_eq!(standing, 1, "what was seen once does not stand");
    world.after(Duration::minutes(11)).await;
    assert_eq!(told(&world).await, [1, 1, 1, 0]);
    assert_eq!(
        world.one::<String>("SELECT basis FROM version_confirmation").await,
        "second_capture"
    );
    world.after(Duration::hours(4)).await;
    assert_eq!(told(&world).await, [1, 1, 1, 0], "once");
}

#[tokio::test]
async fn a_capture_that_shows_the_earlier_text_withdraws_the_change_and_tells_nobody() {
    let world = waiting().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.after(Duration::minutes(11)).await;
    world.after(Duration::hours(4)).await;
    assert_eq!(world.count("alert").await, 0);
    assert!(world.mails.sent().is_empty());
    assert_eq!(world.words("SELECT reason FROM change_withdrawal").await, ["reverted"]);
    assert_eq!(world.count("version_confirmation").await, 0);
}

#[tokio::test]
async fn a_third_text_withdraws_the_second_and_waits_for_a_capture_of_its_own() {
    let world = waiting().await;
    world.site.page("privacy", &policy(&[NO_CHOICE_EITHER]));
    world.after(Duration::minutes(11)).await;
    assert_eq!(
        world.words("SELECT reason FROM change_withdrawal").await,
        ["superseded"]
    );
    assert!(world.mails.sent().is_empty());
    world.after(Duration::minutes(11)).await;
    assert_eq!(world.mails.sent().len(), 1);
    let (old, new): (i32, i32) = sqlx::query_as(
        "SELECT o.number, n.number FROM publication p JOIN change c ON c.id = p.change_id
         JOIN version o ON o.id = c.old_version_id JOIN version n ON n.id = c.new_version_id",
    )
    .fetch_one(&world.owner)
    .await
    .unwrap();
    assert_eq!((old, new), (1, 3), "judged against the last text that was believed");
}

#[tokio::test]
async fn a_capture_that_comes_too_early_confirms_nothing() {
    let world = waiting().await;
    world.execute("UPDATE source SET next_poll_at = last_checked_at").await;
    world.after(Duration::minutes(3)).await;
    assert_eq!(told(&world).await, [0, 0, 0, 0]);
    world.after(Duration::minutes(8)).await;
    assert_eq!(told(&world).await, [1, 1, 1, 0]);
}

#[tokio::test]
async fn while_a_change_waits_the_page_is_asked_for_anew_and_not_whether_it_changed() {
    let world = World::with(|settings| {
        settings.confirm_after = CONFIRM;
        settings.confirm_samples_after = CONFIRM;
    })
    .await;
    let answer = |words: &str, tag: &str| Answer {
        status: 200,
        body: policy(&[words]),
        etag: Some(format!("\"{tag}\"")),
    };
    world.site.answer("privacy", answer(OPT_IN, "v1"));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world.site.answer("privacy", answer(NO_CHOICE, "v2"));
    world.after(Duration::hours(2)).await;
    world.after(Duration::minutes(11)).await;
    let tags: Vec<_> = world.site.asked().into_iter().map(|(_, tag)| tag).collect();
    assert_eq!(tags, [None, Some("\"v1\"".to_owned()), None]);
    assert_eq!(world.count("publication").await, 1);
}

#[tokio::test]
async fn jobs_run_again_while_a_change_waits_make_it_neither_known_nor_double() {
    let world = waiting().await;
    let version: uuid::Uuid = world.one("SELECT id FROM version WHERE number = 2").await;
    let change: uuid::Uuid = world.one("SELECT id FROM change").await;
    for _ in 0..2 {
        world
            .enqueue(&ReadVersion {
                version_id: version.into(),
                historical: false,
            })
            .await;
        world
            .enqueue(&PublishChange {
                change_id: change.into(),
                historical: false,
            })
            .await;
        world.run().await;
        assert_eq!(told(&world).await, [0, 0, 0, 0]);
    }
    world.after(Duration::minutes(11)).await;
    assert_eq!(told(&world).await, [1, 1, 1, 0]);
    world
        .enqueue(&PublishChange {
            change_id: change.into(),
            historical: false,
        })
        .await;
    world.run().await;
    assert_eq!(told(&world).await, [1, 1, 1, 0]);
}

#[tokio::test]
async fn a_second_capture_whose_job_was_lost_is_found_by_the_regular_look() {
    let world = waiting().await;
    // As if the process had died behind the confirmation and before the change became public.
    world
        .execute(
            "INSERT INTO version_confirmation SELECT new_version_id, 'second_capture', detected_at, detected_at FROM change",
        )
        .await;
    world.execute("UPDATE source SET paused_at = last_checked_at").await;
    world.after(Duration::minutes(5)).await;
    assert_eq!(told(&world).await, [1, 1, 1, 0]);
}
