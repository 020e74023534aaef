//! What a person said of a finding holds on in the next version where the words are the same, and only there.

use atlas_domain::jobs::ReadVersion;
use time::Duration;

use crate::harness::{NO_CHOICE, OPT_IN, OPT_OUT, World, policy};

const ARRANGED: &str = "SELECT string_agg(f.stance || ' ' || coalesce(f.review, 'waits') || ' ' || f.position, ', '
        ORDER BY f.detected_position)
     FROM finding f JOIN version v ON v.id = f.version_id JOIN provision p ON p.id = f.provision_id
     WHERE p.provision_type = 'model-training-use' AND v.number = ";

/// A review of the finding on model training at version 1, by a person.
async fn reviewed(world: &World, review: &str, stance: &str) {
    world
        .execute(&format!(
            "INSERT INTO review (id, finding_id, seq, verdict, before, after, reviewer_id, created_at)
             SELECT gen_random_uuid(), f.id, 1, '{review}', told.state,
                 told.state || '{{\"review\": \"{review}\", \"stance\": \"{stance}\"}}', gen_random_uuid(), f.created_at
             FROM finding f JOIN version v ON v.id = f.version_id JOIN provision p ON p.id = f.provision_id
             CROSS JOIN LATERAL (SELECT jsonb_build_object('review', f.review, 'stance', f.stance, 'severity',
                 f.severity, 'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start, 'end', f.excerpt_end)
                 AS state) told
             WHERE v.number = 1 AND p.provision_type = 'model-training-use' AND f.position = 0"
        ))
        .await;
}

async fn arranged(world: &World, version: i32) -> String {
    world.one(&format!("{ARRANGED}{version}")).await
}

/// A first version, its finding on model training reviewed, and a second version.
async fn two_versions(review: &str, stance: &str, second: &[&str]) -> World {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    reviewed(&world, review, stance).await;
    world.site.page("privacy", &policy(second));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("version").await, 2);
    world
}

#[tokio::test]
async fn a_reviewed_finding_holds_on_where_its_words_survive_and_moves_with_them() {
    let before = "You must be at least 16 years old to use the service, and somewhere else the text moves on.";
    let world = two_versions("edited", "prohibits", &[before, OPT_IN]).await;
    assert_eq!(arranged(&world, 2).await, "prohibits edited 0");
    let exact: bool = world
        .one(
            "SELECT bool_and(substring(convert_to(v.text, 'UTF8') FROM f.excerpt_start + 1
                 FOR f.excerpt_end - f.excerpt_start) = convert_to(f.excerpt, 'UTF8'))
             FROM finding f JOIN version v ON v.id = f.version_id WHERE f.review IS NOT NULL",
        )
        .await;
    assert!(exact);
    let moved: bool = world
        .one(
            "SELECT count(DISTINCT f.excerpt_start) = 2 AND count(DISTINCT f.provision_id) = 1
             FROM finding f WHERE f.review IS NOT NULL",
        )
        .await;
    assert!(moved, "other offsets, the same provision");
    let told: bool = world
        .one("SELECT bool_and(before->>'stance' <> 'prohibits') FROM review WHERE verdict = 'carried'")
        .await;
    assert!(told, "what the detector wrote stays");
    // Nobody is told that the platform changed its stance.
    assert_eq!(world.count("change_provision WHERE effect = 'stance_changed'").await, 0);
}

#[tokio::test]
async fn a_struck_finding_stays_struck_where_its_words_survive() {
    let world = two_versions(
        "rejected",
        "permits_opt_in",
        &[OPT_IN, "A new sentence about something else stands here."],
    )
    .await;
    assert!(
        arranged(&world, 2).await.ends_with("rejected -1"),
        "{}",
        arranged(&world, 2).await
    );
}

#[tokio::test]
async fn other_words_go_back_to_the_queue() {
    for words in [OPT_OUT, NO_CHOICE] {
        let world = two_versions("approved", "permits_opt_in", &[words]).await;
        assert!(!arranged(&world, 2).await.contains("approved"), "{words}");
        assert!(arranged(&world, 2).await.contains("waits 0"), "{words}");
        assert_eq!(world.count("review").await, 1);
    }
}

#[tokio::test]
async fn reading_twice_carries_once() {
    let world = two_versions(
        "edited",
        "prohibits",
        &[OPT_IN, "A new sentence about something else stands here."],
    )
    .await;
    let version: uuid::Uuid = world.one("SELECT id FROM version WHERE number = 2").await;
    let before = world.count("review").await;
    world
        .enqueue(&ReadVersion {
            version_id: version.into(),
            historical: false,
        })
        .await;
    world.run().await;
    assert_eq!((before, world.count("review").await), (2, 2));
}
