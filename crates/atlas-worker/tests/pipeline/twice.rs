//! Every job can run twice: the second run changes nothing and only sends on what follows.

use atlas_domain::Plan;
use atlas_domain::jobs::{Deliver, PublishChange, RaiseAlerts, ReadVersion, RecordVersion};
use time::Duration;

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

const TABLES: [&str; 13] = [
    "version",
    "version_snapshot",
    "provision",
    "finding",
    "version_reading",
    "change",
    "change_provision",
    "publication",
    "fanout",
    "alert",
    "delivery",
    "capture",
    "snapshot",
];

async fn counts(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(world.count(table).await);
    }
    counts
}

/// A world in which one change was made known, and its jobs.
async fn told() -> (World, RecordVersion, ReadVersion, PublishChange) {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    let (document_id, _) = world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    let version: uuid::Uuid = world.one("SELECT id FROM version WHERE number = 2").await;
    let change: uuid::Uuid = world.one("SELECT id FROM change").await;
    let row: (time::OffsetDateTime, i32, String, Vec<u8>) = sqlx::query_as(
        "SELECT v.captured_at, s.position, s.url, s.snapshot_sha256 FROM version v
         JOIN version_snapshot s ON s.version_id = v.id WHERE v.number = 2",
    )
    .fetch_one(&world.owner)
    .await
    .unwrap();
    let record = RecordVersion {
        ends_history: false,
        document_id,
        captured_at: row.0,
        locations: vec![atlas_domain::jobs::CapturedLocation {
            position: row.1,
            url: row.2,
            snapshot: atlas_domain::Sha256::from_slice(&row.3).unwrap(),
            requested_url: None,
            etag: None,
            last_modified: None,
            second_look: false,
        }],
        historical: false,
        fetched_anew: false,
    };
    let read = ReadVersion {
        version_id: version.into(),
        historical: false,
    };
    (
        world,
        record,
        read,
        PublishChange {
            change_id: change.into(),
            historical: false,
        },
    )
}

#[tokio::test]
async fn each_job_run_again_from_any_step_has_the_effect_of_once() {
    let (world, record, read, publish) = told().await;
    let before = counts(&world).await;
    assert_eq!(world.mails.sent().len(), 1);
    let raise = RaiseAlerts {
        change_id: publish.change_id,
    };
    world.enqueue(&record).await;
    world.run().await;
    world.enqueue(&read).await;
    world.run().await;
    world.enqueue(&publish).await;
    world.run().await;
    world.enqueue(&raise).await;
    world.run().await;
    world.enqueue(&Deliver {}).await;
    world.run().await;
    assert_eq!(counts(&world).await, before);
    assert_eq!(world.mails.sent().len(), 1);
}

#[tokio::test]
async fn what_an_interrupted_step_left_is_found_by_the_sweep_and_carried_on() {
    // As if the process had died between two steps, and the queue had lost the job too.
    let (world, ..) = told().await;
    let wipe = |tables: &'static [&'static str]| {
        let world = &world;
        async move {
            for table in tables {
                world.execute(&format!("DELETE FROM {table}")).await;
            }
            world.mails.clear();
        }
    };
    wipe(&["delivery", "alert", "fanout"]).await;
    world
        .execute("INSERT INTO fanout SELECT id, NULL, NULL, created_at FROM change")
        .await;
    world.after(Duration::minutes(5)).await;
    assert_eq!(world.mails.sent().len(), 1, "an open fan-out");

    wipe(&["delivery", "alert", "fanout", "publication"]).await;
    world.after(Duration::minutes(5)).await;
    assert_eq!(
        world.mails.sent().len(),
        1,
        "a change without a place in the public order"
    );

    wipe(&[
        "delivery",
        "alert",
        "fanout",
        "publication",
        "change_provision",
        "change",
    ])
    .await;
    world
        .execute("DELETE FROM finding WHERE version_id = (SELECT id FROM version WHERE number = 2)")
        .await;
    world
        .execute("DELETE FROM version_reading WHERE version_id = (SELECT id FROM version WHERE number = 2)")
        .await;
    world.after(Duration::minutes(5)).await;
    assert_eq!(world.mails.sent().len(), 1, "a version without a reading");
    assert_eq!(world.count("change").await, 1);
}

#[tokio::test]
async fn a_version_is_not_compared_with_one_that_was_not_read() {
    let (world, ..) = told().await;
    for table in [
        "delivery",
        "alert",
        "fanout",
        "publication",
        "change_provision",
        "change",
        "finding",
        "version_reading",
    ] {
        world.execute(&format!("DELETE FROM {table}")).await;
    }
    let second: uuid::Uuid = world.one("SELECT id FROM version WHERE number = 2").await;
    world
        .enqueue(&ReadVersion {
            version_id: second.into(),
            historical: false,
        })
        .await;
    world.run().await;
    assert_eq!(world.count("change").await, 0, "it waits for the first");
    let first: uuid::Uuid = world.one("SELECT id FROM version WHERE number = 1").await;
    world
        .enqueue(&ReadVersion {
            version_id: first.into(),
            historical: false,
        })
        .await;
    world
        .enqueue(&ReadVersion {
            version_id: second.into(),
            historical: false,
        })
        .await;
    world.run().await;
    assert_eq!(world.count("change").await, 1);
}
