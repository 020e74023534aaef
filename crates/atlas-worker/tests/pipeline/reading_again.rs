//! A better detector and another rubric read again what is on record: nobody is told, nothing looks like a platform's
//! change, what a person said holds on, and what was published stays.

use std::sync::Arc;

use atlas_domain::jobs::Tick;
use atlas_domain::{PolicyText, Reading, Severity, Stance, Taxonomy};
use atlas_jobs::{Enqueue, enqueue};
use atlas_reading::{Detector, RuleDetector};
use atlas_worker::Services;
use time::Duration;

use crate::harness::{NO_CHOICE, OPT_IN, World, policy};

const ARBITRATION: &str = "You and we agree to settle every dispute by binding arbitration.";

/// The rules with some of their readings changed, under a name of its own.
struct Other {
    rules: RuleDetector,
    id: &'static str,
    change: fn(Reading) -> Option<Reading>,
}

impl Detector for Other {
    fn id(&self) -> &str {
        self.id
    }
    fn detect(&self, text: &PolicyText) -> Vec<Reading> {
        self.rules.detect(text).into_iter().filter_map(self.change).collect()
    }
}

/// Takes an opt-in for a condition, and passes over arbitration.
fn otherwise(mut reading: Reading) -> Option<Reading> {
    if reading.provision_type == "arbitration" {
        return None;
    }
    if reading.stance == Stance::PermitsOptIn {
        reading.stance = Stance::Conditional;
    }
    Some(reading)
}

/// The same world with another program.
async fn upgraded(world: &World, id: &'static str, change: fn(Reading) -> Option<Reading>) -> Arc<Services> {
    let services = Services {
        detector: Arc::new(Other {
            rules: RuleDetector::new(world.services.taxonomy),
            id,
            change,
        }),
        ..(*world.services).clone()
    };
    atlas_worker::start_reading(&services).await.unwrap();
    Arc::new(services)
}

/// Looks what is due, and runs everything to its end.
async fn tick(world: &World, services: &Arc<Services>) {
    world.clock.advance(Duration::minutes(1));
    let mut connection = services.pool.acquire().await.unwrap();
    enqueue(&mut connection, &Tick {}, Enqueue::default()).await.unwrap();
    drop(connection);
    atlas_worker::run_due(services).await.unwrap();
}

/// A document that went from a choice to none, with somebody who was told of it.
async fn two_versions() -> World {
    let world = World::new().await;
    atlas_worker::start_reading(&world.services).await.unwrap();
    world.site.page("privacy", &policy(&[OPT_IN, ARBITRATION]));
    world.follow(&["privacy"]).await;
    world.watcher("ann", atlas_domain::Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[NO_CHOICE, ARBITRATION]));
    world.after(Duration::hours(2)).await;
    world.after(Duration::hours(2)).await;
    assert_eq!((world.count("version").await, world.count("publication").await), (2, 1));
    world
}

/// What is told of a type at a version: stance, review and place of each finding that stands.
async fn told(world: &World, kind: &str, version: i32) -> String {
    world
        .one(&format!(
            "SELECT coalesce(string_agg(f.stance || ' ' || coalesce(f.review, 'waits') || ' ' || f.position, ', '
                 ORDER BY f.detected_position), '')
             FROM finding f JOIN version v ON v.id = f.version_id JOIN provision p ON p.id = f.provision_id
             WHERE p.provision_type = '{kind}' AND v.number = {version} AND f.superseded_at IS NULL"
        ))
        .await
}

/// Everything that tells people something, counted.
async fn news(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "change",
        "publication",
        "alert",
        "delivery",
        "change_provision",
        "curator_note",
    ] {
        counts.push(world.count(table).await);
    }
    counts
}

#[tokio::test]
async fn a_better_reading_takes_the_place_of_the_old_one_and_nobody_is_told() {
    let world = two_versions().await;
    let before = news(&world).await;
    let unchanged = world
        .words("SELECT id::text FROM finding WHERE stance = 'permits' ORDER BY id")
        .await;
    assert_eq!(told(&world, "model-training-use", 1).await, "permits_opt_in waits 0");
    assert_eq!(told(&world, "arbitration", 2).await, "requires waits 0");
    assert!(!unchanged.is_empty());

    let better = upgraded(&world, "better-1", otherwise).await;
    tick(&world, &better).await;
    assert_eq!(told(&world, "model-training-use", 1).await, "conditional waits 0");
    assert_eq!(told(&world, "model-training-use", 2).await, "permits waits 0");
    // What was told and is told no more is not left without a word.
    assert_eq!(told(&world, "arbitration", 2).await, "silent waits 0");
    assert_eq!(news(&world).await, before);
    assert_eq!(
        world
            .words("SELECT id::text FROM finding WHERE stance = 'permits' ORDER BY id")
            .await,
        unchanged,
        "what reads the same stays the same finding"
    );
    // The published change still quotes what it was about.
    let quoted = "change_provision c JOIN finding f ON f.id = c.old_finding_id AND f.was_shown
                  WHERE f.stance = 'permits_opt_in' AND f.superseded_at IS NOT NULL";
    assert_eq!(world.count(quoted).await, 1);
    assert_eq!(world.count("version_reading WHERE detector = 'better-1'").await, 2);
    assert_eq!(world.count("version_reading_past").await, 2);

    let findings = world.count("finding").await;
    tick(&world, &better).await;
    assert_eq!(
        (world.count("finding").await, world.count("version_reading_past").await),
        (findings, 2)
    );
    // The next version is compared with what is read today.
    world.site.page(
        "privacy",
        &policy(&[NO_CHOICE, ARBITRATION, "A new sentence stands here."]),
    );
    world.clock.advance(Duration::hours(2));
    tick(&world, &better).await;
    assert_eq!(world.count("version").await, 3);
    let effects = world.count("change_provision").await;
    assert_eq!(effects, before[4], "no provision came or went");
}

#[tokio::test]
async fn what_a_person_said_holds_on() {
    let world = two_versions().await;
    for (kind, verdict, stance) in [
        ("model-training-use", "edited", "prohibits"),
        ("arbitration", "rejected", "requires"),
    ] {
        world
            .execute(&format!(
                "INSERT INTO review (id, finding_id, seq, verdict, before, after, reviewer_id, created_at)
                 SELECT gen_random_uuid(), f.id, 1, '{verdict}', told.state,
                     told.state || '{{\"review\": \"{verdict}\", \"stance\": \"{stance}\"}}', gen_random_uuid(),
                     f.created_at
                 FROM finding f JOIN provision p ON p.id = f.provision_id AND p.provision_type = '{kind}'
                 JOIN version v ON v.id = f.version_id AND v.number = 1
                 CROSS JOIN LATERAL (SELECT jsonb_build_object('review', f.review, 'stance', f.stance, 'severity',
                     f.severity, 'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start, 'end',
                     f.excerpt_end) AS state) told
                 WHERE f.position = 0"
            ))
            .await;
    }
    assert_eq!(told(&world, "arbitration", 1).await, "requires rejected -1");
    // Read as before: the same finding with the same review.
    let same = upgraded(&world, "same-1", Some).await;
    tick(&world, &same).await;
    assert_eq!(told(&world, "model-training-use", 1).await, "prohibits edited 0");
    assert_eq!(told(&world, "arbitration", 1).await, "requires rejected -1");
    assert_eq!(world.count("finding WHERE superseded_at IS NOT NULL").await, 0);
    assert_eq!(world.count("version_reading WHERE reread_at IS NOT NULL").await, 0);
    // What only a person quotes stays the finding that it is.
    world
        .execute(
            "INSERT INTO review (id, finding_id, seq, verdict, before, after, reviewer_id, created_at)
             SELECT gen_random_uuid(), f.id, 1, 'edited', told.state, told.state || jsonb_build_object('review', 'edited',
                 'excerpt', left(f.excerpt, 20), 'end', f.excerpt_start + 20), gen_random_uuid(), f.created_at
             FROM finding f JOIN provision p ON p.id = f.provision_id AND p.provision_type = 'arbitration'
             JOIN version v ON v.id = f.version_id AND v.number = 2
             CROSS JOIN LATERAL (SELECT jsonb_build_object('review', f.review, 'stance', f.stance, 'severity',
                 f.severity, 'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start, 'end',
                 f.excerpt_end) AS state) told
             WHERE f.position = 0",
        )
        .await;
    let silent = upgraded(&world, "silent-1", |reading| {
        (reading.provision_type != "arbitration").then_some(reading)
    })
    .await;
    tick(&world, &silent).await;
    assert_eq!(told(&world, "arbitration", 2).await, "requires edited 0");
    let carried = world.count("review WHERE verdict = 'carried'").await;
    let findings = world.count("finding").await;
    let silent = upgraded(&world, "silent-2", |reading| {
        (reading.provision_type != "arbitration").then_some(reading)
    })
    .await;
    tick(&world, &silent).await;
    assert_eq!(told(&world, "arbitration", 2).await, "requires edited 0");
    assert_eq!(
        (
            world.count("review WHERE verdict = 'carried'").await,
            world.count("finding").await
        ),
        (carried, findings)
    );
    // Read otherwise: the words are the same, and so is what the person said of them.
    let better = upgraded(&world, "better-1", otherwise).await;
    tick(&world, &better).await;
    assert_eq!(told(&world, "model-training-use", 1).await, "prohibits edited 0");
    assert_eq!(
        world
            .count(
                "review r JOIN finding f ON f.id = r.finding_id WHERE r.verdict = 'carried' AND f.stance = 'prohibits'"
            )
            .await,
        1
    );
    assert_eq!(told(&world, "arbitration", 1).await, "silent waits 0");
}

#[tokio::test]
async fn another_rubric_scores_anew_without_a_change() {
    let world = two_versions().await;
    let before = news(&world).await;
    let mut taxonomy: Taxonomy = world.services.taxonomy.clone();
    taxonomy.rubric_version += 1;
    let kind = taxonomy
        .types
        .iter_mut()
        .find(|kind| kind.slug == "model-training-use")
        .unwrap();
    let was = world
        .one::<String>("SELECT severity FROM finding WHERE stance = 'permits' AND position = 0 LIMIT 1")
        .await;
    let now = if was == "low" { Severity::Medium } else { Severity::Low };
    for rule in kind.stances.values_mut() {
        rule.severity = now;
    }
    let taxonomy: &'static Taxonomy = Box::leak(Box::new(taxonomy));
    let services = Arc::new(Services {
        detector: Arc::new(RuleDetector::new(taxonomy)),
        taxonomy,
        ..(*world.services).clone()
    });
    atlas_worker::start_reading(&services).await.unwrap();
    tick(&world, &services).await;
    let scored = world
        .words(
            "SELECT DISTINCT f.rubric_version || ' ' || f.severity FROM finding f
             JOIN provision p ON p.id = f.provision_id AND p.provision_type = 'model-training-use'
             WHERE f.superseded_at IS NULL",
        )
        .await;
    let expected = [Severity::Low, Severity::Medium]
        .into_iter()
        .filter(|severity| *severity >= now)
        .map(|severity| format!("{} {severity}", taxonomy.rubric_version));
    // Sweeping words lift a severity by one step.
    assert!(
        scored
            .iter()
            .all(|scored| expected.clone().any(|wanted| wanted == *scored)),
        "{scored:?}"
    );
    assert!(!scored.is_empty());
    assert_eq!(news(&world).await, before);
}

#[tokio::test]
async fn a_date_moves_only_with_what_readers_see() {
    let world = two_versions().await;
    world.execute("SELECT review_policy_set('reviewed', 0.8, 0.35)").await;
    // Nothing is shown, so nothing that is shown can change.
    let better = upgraded(&world, "better-1", otherwise).await;
    tick(&world, &better).await;
    assert_eq!(world.count("finding WHERE superseded_at IS NOT NULL").await, 3);
    assert_eq!(world.count("version_reading WHERE reread_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn an_older_program_beside_a_newer_one_leaves_its_readings_alone() {
    let world = two_versions().await;
    let better = upgraded(&world, "better-1", otherwise).await;
    tick(&world, &world.services).await;
    assert_eq!(
        world.count("version_reading_past").await,
        0,
        "it is not in force any more"
    );
    tick(&world, &better).await;
    tick(&world, &world.services).await;
    assert_eq!(world.count("version_reading WHERE detector = 'better-1'").await, 2);
    // Set back on purpose, it is in force again.
    atlas_worker::start_reading(&world.services).await.unwrap();
    tick(&world, &world.services).await;
    assert_eq!(world.count("version_reading WHERE detector = 'better-1'").await, 0);
    assert_eq!(told(&world, "model-training-use", 1).await, "permits_opt_in waits 0");
}
