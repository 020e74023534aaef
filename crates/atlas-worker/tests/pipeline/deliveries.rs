//! The sender: fence, leases, refusals, and what happens when nobody knows.

use std::collections::HashSet;

use atlas_db::delivery::{Sent, deliveries_claim, deliveries_reclaim, delivery_finish};
use atlas_db::watch::plans_with;
use atlas_domain::{DeliveryId, Feature, Plan};
use atlas_mail::SendError;
use time::Duration;

use crate::harness::{OPT_IN, OPT_OUT, Person, START, World, policy};

async fn alerted(world: &World, names: &[&str]) -> Vec<Person> {
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    let mut people = Vec::new();
    for name in names {
        people.push(world.watcher(name, Plan::Watcher).await);
    }
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    people
}

async fn states(world: &World) -> Vec<String> {
    world
        .words("SELECT state || coalesce(' ' || finished_reason, '') FROM delivery ORDER BY id")
        .await
}

fn transient() -> SendError {
    SendError::Transient {
        detail: "RCPT TO: 451 4.3.0 try later".to_owned(),
    }
}

fn ambiguous() -> SendError {
    SendError::Ambiguous {
        detail: "after the final dot: connection lost".to_owned(),
    }
}

#[tokio::test]
async fn whoever_lost_the_lease_changes_nothing_any_more() {
    let world = World::new().await;
    alerted(&world, &["paula"]).await;
    world.mails.fail_next(transient());
    world.after(Duration::hours(2)).await;
    let now = atlas_worker::micros(START + Duration::hours(5));
    let plans = plans_with(Feature::SameDayAlerts);
    let mut connection = world.services.pool.acquire().await.unwrap();
    let claim = deliveries_claim(&mut connection, now, now + Duration::SECOND, 10, &plans)
        .await
        .unwrap();
    let [old] = claim.sending.as_slice() else {
        panic!("{claim:?}")
    };
    // The lease ends, another sender takes the mail.
    let later = now + Duration::minutes(1);
    let reclaimed = deliveries_reclaim(&mut connection, later, 1, 3).await.unwrap();
    assert_eq!((reclaimed.requeued, reclaimed.parked), (1, 0));
    let claim = deliveries_claim(&mut connection, later, later + Duration::HOUR, 10, &plans)
        .await
        .unwrap();
    let [new] = claim.sending.as_slice() else {
        panic!("{claim:?}")
    };
    assert_eq!(new.id, old.id);
    assert!(new.lease_seq > old.lease_seq);
    assert_eq!(new.message_id, old.message_id);
    let zombie = delivery_finish(&mut connection, old.id, old.lease_seq, Sent::Accepted, later)
        .await
        .unwrap();
    assert!(!zombie, "the old owner finished it");
    assert_eq!(states(&world).await, ["sending"]);
    assert!(
        delivery_finish(&mut connection, new.id, new.lease_seq, Sent::Accepted, later)
            .await
            .unwrap()
    );
    assert_eq!(states(&world).await, ["accepted"]);
}

#[tokio::test]
async fn fifty_senders_at_once_take_every_mail_once() {
    let world = World::new().await;
    let people = alerted(&world, &["paula"]).await;
    for _ in 0..300 {
        world
            .execute(&format!(
                "INSERT INTO delivery (id, org_id, recipient_id, kind, message_id, tier, due_at, created_at)
                 VALUES ('{id}', '{}', '{}', 'reset_password', '{id}@atlas.test', 0, '{START}', '{START}')",
                people[0].organization,
                people[0].account,
                id = DeliveryId::generate(),
            ))
            .await;
    }
    let plans = plans_with(Feature::SameDayAlerts);
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (pool, plans) = (world.services.pool.clone(), plans.clone());
        senders.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let mut connection = pool.acquire().await.unwrap();
                let now = START + Duration::HOUR;
                let claim = deliveries_claim(&mut connection, now, now + Duration::HOUR, 7, &plans)
                    .await
                    .unwrap();
                assert!(claim.sending.len() <= 7);
                if claim.sending.is_empty() {
                    return taken;
                }
                taken.extend(claim.sending.into_iter().map(|delivery| delivery.id));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(taken) = senders.join_next().await {
        all.extend(taken.unwrap());
    }
    assert_eq!(all.len(), 300);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 300);
}

#[tokio::test]
async fn what_forbids_a_mail_is_asked_when_it_is_taken() {
    let world = World::new().await;
    let names = [
        "plan",
        "unsubscribed",
        "suppressed",
        "unconfirmed",
        "paused",
        "removed",
        "suspended",
        "fine",
    ];
    let people = alerted(&world, &names).await;
    for _ in names {
        world.mails.fail_next(transient());
    }
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("delivery WHERE state = 'queued'").await, 8);
    let of = |index: usize| people[index].account;
    for statement in [
        format!(
            "UPDATE organization SET plan = 'free' WHERE id = '{}'",
            people[0].organization
        ),
        format!("INSERT INTO unsubscription VALUES ('{}', 'alerts', now())", of(1)),
        "INSERT INTO suppression VALUES (sha256('suppressed@example.org'), 'complaint', now())".to_owned(),
        format!("UPDATE account SET email_confirmed_at = NULL WHERE id = '{}'", of(3)),
        format!("UPDATE watch SET paused_at = now() WHERE account_id = '{}'", of(4)),
        format!("DELETE FROM watch WHERE account_id = '{}'", of(5)),
        format!("UPDATE account SET suspended_at = now() WHERE id = '{}'", of(6)),
    ] {
        world.execute(&statement).await;
    }
    world.after(Duration::minutes(10)).await;
    let mut ended = Vec::new();
    for person in &people {
        let state: String = world
            .one(&format!(
                "SELECT state || coalesce(' ' || finished_reason, '') FROM delivery WHERE recipient_id = '{}'",
                person.account
            ))
            .await;
        ended.push(state);
    }
    assert_eq!(
        ended,
        [
            "cancelled plan",
            "cancelled unsubscribed",
            "suppressed suppressed",
            "cancelled unconfirmed",
            "cancelled watch_paused",
            "cancelled watch_removed",
            "cancelled suspended",
            "accepted",
        ]
    );
    assert_eq!(world.mails.sent().len(), 1);
}

#[tokio::test]
async fn a_temporary_refusal_is_repeated_on_schedule_with_the_same_bytes_and_ends_after_three_days() {
    let world = World::new().await;
    alerted(&world, &["paula"]).await;
    world.mails.fail_next(transient());
    world.after(Duration::hours(2)).await;
    world.mails.fail_next(transient());
    world.after(Duration::minutes(1)).await;
    let wait: i32 = world
        .one(&format!(
            "SELECT extract(epoch FROM due_at - '{}'::timestamptz)::int FROM delivery",
            atlas_domain::Clock::now(&world.clock)
        ))
        .await;
    assert_eq!(wait, 300);
    world.after(Duration::minutes(4)).await;
    assert!(world.mails.sent().is_empty(), "sent before its time");
    for _ in 0..100 {
        world.mails.fail_next(transient());
    }
    for _ in 0..76 {
        world.after(Duration::HOUR).await;
    }
    assert_eq!(states(&world).await, ["parked expired"]);
}

#[tokio::test]
async fn a_refusal_for_good_ends_the_mail_and_only_an_unknown_address_is_never_written_to_again() {
    let world = World::new().await;
    alerted(&world, &["gone", "policy"]).await;
    world.mails.fail_next(SendError::Permanent {
        detail: "RCPT TO: 550 5.1.1 no such user".to_owned(),
    });
    world.mails.fail_next(SendError::Permanent {
        detail: "after the final dot: 550 5.7.1 policy".to_owned(),
    });
    world.after(Duration::hours(2)).await;
    assert_eq!(
        states(&world).await,
        ["bounced refused_by_relay", "bounced refused_by_relay"]
    );
    let suppressed = world.count("suppression").await;
    assert_eq!(suppressed, 1);
    world.after(Duration::hours(2)).await;
    assert!(world.mails.sent().is_empty());
}

#[tokio::test]
async fn a_blind_relay_gets_at_most_one_more_copy_with_the_same_message_id() {
    let world = World::new().await;
    alerted(&world, &["paula"]).await;
    world.mails.fail_next(ambiguous());
    world.after(Duration::hours(2)).await;
    assert_eq!(world.one::<i32>("SELECT ambiguous_attempts FROM delivery").await, 1);
    world.mails.fail_next(ambiguous());
    world.after(Duration::minutes(2)).await;
    assert_eq!(states(&world).await, ["parked ambiguous"]);
    world.after(Duration::hours(5)).await;
    assert!(world.mails.sent().is_empty());
}

#[tokio::test]
async fn a_relay_that_remembers_is_asked_until_it_is_certain() {
    let world = World::with(World::idempotent).await;
    alerted(&world, &["paula"]).await;
    for _ in 0..4 {
        world.mails.fail_next(ambiguous());
    }
    world.after(Duration::hours(2)).await;
    for _ in 0..5 {
        world.after(Duration::hours(1)).await;
    }
    assert_eq!(states(&world).await, ["accepted"]);
    let sent = world.mails.sent();
    assert_eq!(sent.len(), 1);
    let id: uuid::Uuid = world.one("SELECT id FROM delivery").await;
    assert_eq!(sent[0].mail.idempotency_key, id.to_string());
}

#[tokio::test]
async fn a_mail_whose_sender_vanished_is_sent_by_another_after_the_lease() {
    let world = World::new().await;
    alerted(&world, &["paula"]).await;
    world.mails.fail_next(transient());
    world.after(Duration::hours(2)).await;
    world.clock.advance(Duration::minutes(2));
    {
        // A sender takes it and dies.
        let now = atlas_domain::Clock::now(&world.clock);
        let mut connection = world.services.pool.acquire().await.unwrap();
        let plans = plans_with(Feature::SameDayAlerts);
        let claim = deliveries_claim(&mut connection, now, now + Duration::seconds(30), 10, &plans)
            .await
            .unwrap();
        assert_eq!(claim.sending.len(), 1);
    }
    world.after(Duration::seconds(20)).await;
    assert!(
        world.mails.sent().is_empty(),
        "taken from a sender that still had its lease"
    );
    world.after(Duration::seconds(20)).await;
    assert_eq!(world.mails.sent().len(), 1);
    assert_eq!(states(&world).await, ["accepted"]);
}

#[tokio::test]
async fn a_retry_is_a_copy_of_the_first_attempt_to_the_byte() {
    let world = World::with(World::idempotent).await;
    alerted(&world, &["paula"]).await;
    world.after(Duration::hours(2)).await;
    world
        .execute("UPDATE delivery SET state = 'queued', accepted_at = NULL")
        .await;
    world.after(Duration::hours(3)).await;
    let sent = world.mails.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].bytes == sent[1].bytes, "the copies differ");
}
