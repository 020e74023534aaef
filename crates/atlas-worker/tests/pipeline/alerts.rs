//! The fan-out: who is told, once, whatever is interrupted.

use atlas_domain::Plan;
use atlas_domain::jobs::RaiseAlerts;
use time::Duration;

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

async fn ready(chunk: i64) -> World {
    let world = World::with(|settings| settings.fanout_chunk = chunk).await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world
}

async fn change(world: &World) {
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
}

#[tokio::test]
async fn a_fan_out_in_chunks_tells_everybody_once_and_resumes_where_it_stopped() {
    let world = ready(5).await;
    for index in 0..23 {
        world.watcher(&format!("watcher-{index}"), Plan::Watcher).await;
    }
    change(&world).await;
    assert_eq!(world.count("alert").await, 23);
    assert_eq!(world.mails.sent().len(), 23);
    // As if the process had died in the middle: rows of the first chunks are there, the cursor stands behind them.
    let cursor: uuid::Uuid = world.one("SELECT id FROM watch ORDER BY id LIMIT 1 OFFSET 9").await;
    world
        .execute(&format!(
            "DELETE FROM delivery WHERE alert_id IN (SELECT id FROM alert WHERE watch_id > '{cursor}')"
        ))
        .await;
    world
        .execute(&format!("DELETE FROM alert WHERE watch_id > '{cursor}'"))
        .await;
    world
        .execute(&format!(
            "UPDATE fanout SET finished_at = NULL, cursor_watch_id = '{cursor}'"
        ))
        .await;
    world.mails.clear();
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.count("alert").await, 23);
    assert_eq!(world.mails.sent().len(), 13);
    // Replayed from the start, it adds nothing.
    world
        .execute("UPDATE fanout SET finished_at = NULL, cursor_watch_id = NULL")
        .await;
    world.after(Duration::minutes(2)).await;
    assert_eq!((world.count("alert").await, world.count("delivery").await), (23, 23));
    assert_eq!(world.mails.sent().len(), 13);
}

#[tokio::test]
async fn only_who_followed_before_with_a_plan_and_a_threshold_that_fit_is_told() {
    let world = ready(1000).await;
    let entitled = world.watcher("entitled", Plan::Professional).await;
    world.watcher("free", Plan::Free).await;
    let paused = world.watcher("paused", Plan::Watcher).await;
    world
        .execute(&format!(
            "UPDATE watch SET paused_at = now() WHERE account_id = '{}'",
            paused.account
        ))
        .await;
    let demanding = world.watcher("demanding", Plan::Watcher).await;
    world
        .execute(&format!(
            "UPDATE watch SET threshold = 'critical' WHERE account_id = '{}'",
            demanding.account
        ))
        .await;
    change(&world).await;
    let materiality: String = world.one("SELECT materiality FROM change").await;
    assert_ne!(materiality, "critical", "the test needs a change below critical");
    world.clock.advance(Duration::minutes(1));
    world.watcher("late", Plan::Watcher).await;
    world
        .execute("UPDATE fanout SET finished_at = NULL, cursor_watch_id = NULL")
        .await;
    let change: uuid::Uuid = world.one("SELECT id FROM change").await;
    world
        .enqueue(&RaiseAlerts {
            change_id: change.into(),
        })
        .await;
    world.run().await;
    let told: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT recipient_id FROM alert")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    assert_eq!(told, [entitled.account.uuid()]);
}

#[tokio::test]
async fn a_person_who_follows_through_two_organizations_is_told_once() {
    let world = ready(1000).await;
    let person = world.watcher("paula", Plan::Watcher).await;
    let other = world.watcher("other", Plan::Watcher).await;
    let both = crate::harness::Person {
        account: person.account,
        organization: other.organization,
    };
    world
        .execute(&format!(
            "INSERT INTO membership VALUES ('{}', '{}', 'viewer', now())",
            both.organization, both.account
        ))
        .await;
    world.watch(both, "minor").await;
    change(&world).await;
    assert_eq!(world.mails.sent().len(), 2);
    assert_eq!(
        world
            .count(&format!("alert WHERE recipient_id = '{}'", person.account))
            .await,
        1
    );
}
