//! The weekly digest: when, for whom, and that it neither loses nor repeats.

use std::collections::BTreeMap;

use atlas_domain::jobs::WriteDigests;
use atlas_domain::{Clock as _, Plan};
use atlas_worker::{DigestWritten, write_digest_now};
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

async fn digests(world: &World) {
    world.enqueue(&WriteDigests {}).await;
    world.run().await;
}

#[tokio::test]
async fn on_the_free_plan_a_change_comes_in_the_digest_of_the_next_monday_and_only_there() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.clock.set(datetime!(2026-11-24 09:00 UTC));
    world.watcher("frida", Plan::Free).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    digests(&world).await;
    assert!(world.mails.sent().is_empty(), "Tuesday is not Monday");
    assert_eq!(world.count("digest").await, 0);
    world.clock.set(datetime!(2026-11-30 06:59 UTC));
    digests(&world).await;
    assert_eq!(world.count("digest").await, 0, "before eight in Berlin");
    world.clock.set(datetime!(2026-11-30 10:00 UTC));
    digests(&world).await;
    digests(&world).await;
    let sent = world.mails.sent();
    assert_eq!(sent.len(), 1);
    let mail = &sent[0].mail;
    assert!(mail.subject.contains("1 change"), "{}", mail.subject);
    assert!(
        mail.text.contains("Halden AI") && mail.text.contains("unless you opt out"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("/pricing"), "the way up:\n{}", mail.text);
    assert!(mail.unsubscribe_url.is_some());
    // A week without news: a row, no mail.
    world.clock.set(datetime!(2026-12-07 10:00 UTC));
    digests(&world).await;
    assert_eq!(world.count("digest").await, 2);
    assert_eq!(world.mails.sent().len(), 1);
    let windows = world
        .words("SELECT from_seq || '-' || cut_seq FROM digest ORDER BY created_at")
        .await;
    assert_eq!(windows, ["0-1", "1-1"]);
}

#[tokio::test]
async fn a_digest_can_be_written_at_once_and_the_next_one_continues_from_it() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    let frida = world.watcher("frida", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    world.mails.clear();
    assert_eq!(
        write_digest_now(&world.services, frida.account).await.unwrap(),
        DigestWritten::Mailed
    );
    assert_eq!(
        write_digest_now(&world.services, frida.account).await.unwrap(),
        DigestWritten::Already
    );
    world.run().await;
    assert_eq!(world.mails.sent().len(), 1);
    let mail = &world.mails.sent()[0].mail;
    assert!(!mail.text.contains("/pricing"), "who pays is not offered a plan");
    world
        .execute("INSERT INTO unsubscription SELECT id, 'digest', now() FROM account")
        .await;
    world.clock.set(datetime!(2026-12-07 12:00 UTC));
    assert_eq!(
        write_digest_now(&world.services, frida.account).await.unwrap(),
        DigestWritten::NotEntitled
    );
}

#[tokio::test]
async fn a_history_that_was_imported_is_no_news() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("frida", Plan::Free).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(2)).await;
    world.execute("UPDATE publication SET historical = true").await;
    world.clock.set(datetime!(2026-11-30 12:00 UTC));
    digests(&world).await;
    assert!(world.mails.sent().is_empty());
}

#[derive(Debug, Clone)]
enum Event {
    Publish,
    Wait(u16),
    Move(usize),
}

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Asia/Kolkata",
];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Publish),
        // Up to thirty days without a worker.
        4 => (1_u16..720).prop_map(Event::Wait),
        1 => (0..ZONES.len()).prop_map(Event::Move),
    ]
}

#[test]
fn windows_of_one_reader_follow_each_other_without_gap_or_overlap() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(async {
        let world = World::new().await;
        world.site.page("privacy", &policy(&[OPT_IN]));
        world.follow(&["privacy"]).await;
        world.after(Duration::minutes(2)).await;
        world
    });
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 12,
        ..ProptestConfig::default()
    });
    let cases = std::cell::Cell::new(0);
    runner
        .run(&proptest::collection::vec(event(), 1..25), |events| {
            cases.set(cases.get() + 1);
            runtime.block_on(one_history(&world, cases.get(), &events));
            Ok(())
        })
        .unwrap();
}

/// Readers begin at different hours of the week.
const fn cases_apart(case: u32) -> u32 {
    1 + case * 31 % 168
}

async fn one_history(world: &World, case: u32, events: &[Event]) {
    // Time only goes forward: each reader begins where the one before ended.
    world.clock.advance(Duration::hours(i64::from(cases_apart(case))));
    let person = world.watcher(&format!("reader-{case}"), Plan::Free).await;
    let first: i64 = world.one("SELECT coalesce(max(publish_seq), 0) FROM publication").await;
    let mut published = BTreeMap::new();
    for event in events {
        match event {
            Event::Publish => {
                let seq = publish(world).await;
                published.insert(seq, 0_u32);
            }
            Event::Wait(hours) => world.clock.advance(Duration::hours(i64::from(*hours))),
            Event::Move(zone) => {
                let zone = ZONES[*zone];
                world
                    .execute(&format!(
                        "UPDATE account SET time_zone = '{zone}' WHERE id = '{}'",
                        person.account
                    ))
                    .await;
            }
        }
        digests(world).await;
    }
    // Two more weeks let the last change be told; where they end on a Monday before the digest is due, a day more.
    for pause in [Duration::weeks(2), Duration::days(1)] {
        world.clock.advance(pause);
        digests(world).await;
    }
    let windows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT from_seq, cut_seq FROM digest WHERE recipient_id = $1 ORDER BY created_at")
            .bind(person.account.uuid())
            .fetch_all(&world.owner)
            .await
            .unwrap();
    assert_eq!(windows.first().map(|window| window.0), Some(first), "{windows:?}");
    assert!(
        windows.windows(2).all(|pair| pair[0].1 == pair[1].0),
        "gap or overlap: {windows:?}"
    );
    for (seq, told) in &mut published {
        *told = windows
            .iter()
            .filter(|(from, cut)| from < seq && seq <= cut)
            .map(|_| 1)
            .sum();
    }
    assert!(
        published.values().all(|told| *told == 1),
        "{published:?} in {windows:?}"
    );
    world
        .execute(&format!(
            "UPDATE watch SET paused_at = now() WHERE account_id = '{}'",
            person.account
        ))
        .await;
}

/// A change of the document, published at this instant.
async fn publish(world: &World) -> i64 {
    let now = world.clock.now();
    let (version, change) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    world
        .execute(&format!(
            "INSERT INTO version (id, document_id, number, kind, captured_at, text, blocks, text_sha256, normal_sha256,
                 word_count, created_at)
             SELECT '{version}', document_id, max(number) + 1, 'update', max(captured_at) + interval '1 second', 'x', '[]',
                 sha256('{version}'), sha256('{version}'), 1, '{now}' FROM version GROUP BY document_id"
        ))
        .await;
    world
        .execute(&format!(
            "INSERT INTO change (id, document_id, old_version_id, new_version_id, kind, materiality, direction, severity,
                 labels, headline, hunks, signals, words_added, words_removed, detected_at, rule_version, created_at)
             SELECT '{change}', v.document_id, (SELECT id FROM version WHERE number = 1), v.id, 'update', 'material',
                 'worse', 'high', '{{}}', 'Something changed', '[]', '[]', 1, 1, '{now}', 1, '{now}'
             FROM version v WHERE v.id = '{version}'"
        ))
        .await;
    world
        .one(&format!(
            "INSERT INTO publication SELECT '{change}', coalesce(max(publish_seq), 0) + 1, '{now}', false FROM publication
             RETURNING publish_seq"
        ))
        .await
}
