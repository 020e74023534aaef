//! Stored bytes read again: a technical upgrade, no alert, and a run that goes on where it was interrupted.

use std::sync::Arc;

use atlas_domain::Plan;
use atlas_worker::reextract::{Choice, Report, reextract};
use time::Duration;

use crate::harness::{FILLER, OPT_IN, OPT_OUT, World, policy};

fn body(words: &str) -> String {
    policy(&[words]).replace(
        "</main>",
        &format!("</main><section id='more'><p>{}</p></section>", FILLER[3]),
    )
}

async fn read_again(world: &World, choice: Choice<'_>) -> Report {
    reextract(&world.services, choice, &mut |_, _, _| {}).await.unwrap()
}

/// A document with one version, whose rules were widened since.
async fn widened() -> World {
    let world = World::new().await;
    world.site.page("privacy", &body(OPT_IN));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.clock.advance(Duration::minutes(5));
    world.load(&["privacy"], "main, #more").await;
    world.clock.advance(Duration::minutes(5));
    world
}

#[tokio::test]
async fn new_rules_over_stored_bytes_are_a_technical_upgrade_with_progress_and_without_an_alert() {
    let world = widened().await;
    let mut steps = Vec::new();
    let report = reextract(&world.services, Choice::default(), &mut |done, total, name| {
        steps.push((done, total, name.to_owned()));
    })
    .await
    .unwrap();
    assert_eq!((report.versions, report.upgraded), (1, 1), "{report:?}");
    assert_eq!(steps, [(1, 1, "halden-ai/privacy-policy".to_owned())]);
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "technical_upgrade"]
    );
    assert_eq!(world.count("alert").await, 0);
    // The next poll brings the same bytes, and what they say is known.
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("version").await, 2);
    assert!(world.mails.sent().is_empty());
    let again = read_again(&world, Choice::default()).await;
    assert_eq!((again.up_to_date, again.upgraded), (1, 0), "{again:?}");
    assert_eq!(world.count("version").await, 2);
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_writes_nothing() {
    let world = widened().await;
    let choice = Choice {
        dry_run: true,
        ..Choice::default()
    };
    let report = read_again(&world, choice).await;
    assert_eq!(report.upgraded, 1, "{report:?}");
    assert_eq!(
        (world.count("version").await, world.count("reextraction").await),
        (1, 0)
    );
}

#[tokio::test]
async fn what_the_rules_changed_is_told_apart_from_what_the_publisher_changed_at_the_same_time() {
    let world = widened().await;
    world.site.page("privacy", &body(OPT_OUT));
    world.after(Duration::hours(2)).await;
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "technical_upgrade", "update"]
    );
    assert_eq!(world.mails.sent().len(), 1);
    let hunks: String = world
        .one("SELECT c.hunks::text FROM change c JOIN version v ON v.id = c.new_version_id WHERE v.number = 3")
        .await;
    assert!(!hunks.contains("member of our staff"), "{hunks}");
}

#[tokio::test]
async fn a_new_extractor_that_gives_the_same_words_is_noted_once_and_changes_no_history() {
    let world = World::new().await;
    world.site.page("privacy", &body(OPT_IN));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world.execute("UPDATE version SET extract_version = 0").await;
    world.clock.advance(Duration::minutes(5));
    let report = read_again(&world, Choice::default()).await;
    assert_eq!((report.same, report.upgraded), (1, 0), "{report:?}");
    assert_eq!(world.count("version").await, 1);
    let report = read_again(&world, Choice::default()).await;
    assert_eq!((report.up_to_date, report.same), (1, 0), "{report:?}");
    assert_eq!(world.words("SELECT outcome FROM reextraction").await, ["same"]);
}

#[tokio::test]
async fn a_run_that_was_interrupted_goes_on_behind_what_it_did() {
    let world = World::new().await;
    world.follow(&["privacy"]).await;
    for words in [OPT_IN, OPT_OUT, FILLER[3]] {
        world.site.page("privacy", &policy(&[words]));
        world.after(Duration::hours(2)).await;
    }
    world.execute("UPDATE version SET extract_version = 0").await;
    world.clock.advance(Duration::minutes(5));
    let choice = Choice {
        history: true,
        ..Choice::default()
    };
    let services = Arc::clone(&world.services);
    let interrupted = tokio::spawn(async move {
        reextract(&services, choice, &mut |done, _, _| assert!(done < 2, "interrupted"))
            .await
            .map(|_| ())
    });
    assert!(interrupted.await.unwrap_err().is_panic());
    assert_eq!(world.count("reextraction").await, 2);
    let report = read_again(&world, choice).await;
    assert_eq!(
        (report.versions, report.up_to_date, report.same),
        (3, 2, 1),
        "{report:?}"
    );
    assert_eq!(world.count("reextraction").await, 3);
}

#[tokio::test]
async fn the_rules_of_a_source_are_kept_with_the_time_for_which_they_held() {
    let world = widened().await;
    let rules: Vec<(String, bool)> = sqlx::query_as(
        "SELECT rules::text, valid_from = (SELECT max(valid_from) FROM source_revision) FROM source_revision
         ORDER BY valid_from",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(rules.len(), 2);
    assert!(!rules[0].0.contains("#more") && !rules[0].1);
    assert!(rules[1].0.contains("#more") && rules[1].1);
}

#[tokio::test]
async fn a_page_without_a_selector_gets_one_proposed_from_what_is_stored() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.load(&["privacy"], "").await;
    world.after(Duration::hours(2)).await;
    let proposals = atlas_worker::selectors::propose(&world.services, Some("halden-ai"))
        .await
        .unwrap();
    let found: Vec<_> = proposals
        .iter()
        .map(|found| (found.url.as_str(), found.selector.as_deref()))
        .collect();
    assert_eq!(found, [(format!("{}/privacy", world.origin).as_str(), Some("main"))]);
    world.load(&["privacy"], "main").await;
    world.after(Duration::hours(2)).await;
    assert!(
        atlas_worker::selectors::propose(&world.services, None)
            .await
            .unwrap()
            .is_empty()
    );
}
