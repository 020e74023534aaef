//! A note to the curators where a statement has other qualifiers than its quotation.

use time::Duration;

use crate::harness::{NO_CHOICE, World, policy};

const NOTES: &str = "SELECT text FROM curator_note WHERE kind = 'qualifier_drift' AND resolved_at IS NULL";
const LIMITED: &str = "We may use your content for five years to train our models.";

async fn notes(world: &World) -> Vec<String> {
    world.words(NOTES).await
}

#[tokio::test]
async fn a_period_that_the_statement_leaves_out_is_noted_once_and_settled_when_it_is_gone() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[LIMITED]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    let open = notes(&world).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert!(
        open[0].starts_with("Version 1: ") && open[0].contains("five years"),
        "{open:?}"
    );

    world
        .site
        .page("privacy", &policy(&[LIMITED, "Write to us with any question."]));
    world.after(Duration::hours(2)).await;
    let open = notes(&world).await;
    assert_eq!(open.len(), 1, "an open note gets the new words");
    assert!(open[0].starts_with("Version 2: "), "{open:?}");

    world.site.page("privacy", &policy(&[NO_CHOICE]));
    world.after(Duration::hours(2)).await;
    assert_eq!(notes(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_a_person_reviewed_is_theirs_to_answer_for() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[LIMITED]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world
        .execute(
            "INSERT INTO review (id, finding_id, seq, verdict, before, after, reviewer_id, created_at)
             SELECT gen_random_uuid(), f.id, 1, 'approved', told.state, told.state || '{\"review\": \"approved\"}',
                 gen_random_uuid(), f.created_at
             FROM finding f CROSS JOIN LATERAL (SELECT jsonb_build_object('review', f.review, 'stance', f.stance,
                 'severity', f.severity, 'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start, 'end',
                 f.excerpt_end) AS state) told WHERE f.excerpt IS NOT NULL",
        )
        .await;
    world
        .site
        .page("privacy", &policy(&[LIMITED, "Write to us with any question."]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("version").await, 2);
    assert_eq!(notes(&world).await, Vec::<String>::new());
}
