//! Polling: what an attempt costs, what it tells, and what never becomes history.

use atlas_worker::chain::{self, ChainFault};
use time::Duration;

use crate::harness::{Answer, FILLER, OPT_IN, OPT_OUT, World, page, policy};

#[tokio::test]
async fn an_unchanged_page_costs_one_check_and_no_extraction() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    for _ in 0..4 {
        world.after(Duration::hours(2)).await;
    }
    assert_eq!(world.site.asked().len(), 4);
    assert_eq!(world.count("version").await, 1);
    assert_eq!(
        world.count("capture").await,
        1,
        "checks that tell nothing new are no rows"
    );
    assert_eq!(world.count("snapshot").await, 1);
    let checks: i64 = world.one("SELECT checks FROM unchanged_run").await;
    assert_eq!(checks, 3);
    assert_eq!(world.health().await, "not_modified");
}

#[tokio::test]
async fn a_conditional_request_is_made_with_what_the_server_gave_and_its_304_is_a_check() {
    let world = World::new().await;
    let tag = "\"v1\"".to_owned();
    world.site.answer(
        "privacy",
        Answer {
            status: 200,
            body: policy(&[OPT_IN]),
            etag: Some(tag.clone()),
        },
    );
    world.follow(&["privacy"]).await;
    for _ in 0..3 {
        world.after(Duration::hours(2)).await;
    }
    let tags: Vec<_> = world.site.asked().into_iter().map(|(_, tag)| tag).collect();
    assert_eq!(tags, [None, Some(tag.clone()), Some(tag)]);
    assert_eq!(world.one::<i64>("SELECT checks FROM unchanged_run").await, 2);
    assert_eq!(world.count("capture").await, 1);
}

#[tokio::test]
async fn other_bytes_with_the_same_words_are_one_more_snapshot_and_no_version() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    let noisy = policy(&[OPT_IN]).replace("<main>", "<!-- built 4711 --><main data-nonce='8f3a'>");
    world.site.page("privacy", &noisy);
    world.after(Duration::hours(2)).await;
    assert_eq!((world.count("version").await, world.count("snapshot").await), (1, 2));
    assert_eq!(world.one::<i64>("SELECT checks FROM unchanged_run").await, 1);
    assert_eq!(world.health().await, "captured");
}

#[tokio::test]
async fn a_failure_keeps_the_version_is_shown_as_it_was_and_is_tried_again_with_growing_pauses() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world.site.answer(
        "privacy",
        Answer {
            status: 503,
            body: "busy".to_owned(),
            etag: None,
        },
    );
    let mut pauses = Vec::new();
    for failures in 1..=3 {
        world.after(Duration::hours(3)).await;
        assert_eq!(world.health().await, "server_error");
        assert_eq!(world.one::<i32>("SELECT failures FROM source").await, failures);
        let pause: i32 = world
            .one("SELECT extract(epoch FROM next_poll_at - last_checked_at)::int FROM source")
            .await;
        pauses.push(pause);
    }
    assert!(pauses.is_sorted() && pauses[2] >= 3 * pauses[0], "{pauses:?}");
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.count("capture").await, 2, "the same failure again is no row");
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.after(Duration::hours(24)).await;
    assert_eq!(world.health().await, "not_modified");
    assert_eq!(world.one::<i32>("SELECT failures FROM source").await, 0);
    let outcomes = world.words("SELECT outcome FROM capture ORDER BY chain_number").await;
    assert_eq!(outcomes, ["captured", "server_error", "captured"]);
}

#[tokio::test]
async fn a_browser_check_in_place_of_the_policy_is_no_version_and_does_not_pass_for_unchanged() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    let challenge = "<html><head><title>Just a moment...</title></head><body><main><h1>Just a moment...</h1>\
                     <p>Verify you are human by completing the action below.</p></main></body></html>";
    world.site.page("privacy", challenge);
    for failures in 1..=2 {
        world.after(Duration::hours(3)).await;
        assert_eq!(world.health().await, "challenge");
        assert_eq!(world.one::<i32>("SELECT failures FROM source").await, failures);
    }
    assert_eq!(world.count("version").await, 1);
    assert_eq!(
        world.count("unchanged_run").await,
        0,
        "a challenge page is no check that the text stands"
    );
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.after(Duration::hours(24)).await;
    assert_eq!(world.health().await, "captured");
    assert_eq!(world.count("version").await, 2);
    let outcomes = world.words("SELECT outcome FROM capture ORDER BY chain_number").await;
    assert_eq!(outcomes, ["captured", "captured", "challenge", "captured"]);
}

#[tokio::test]
async fn a_text_that_shrank_is_believed_only_when_it_is_seen_again() {
    let world = World::new().await;
    let long: Vec<String> = (0..12).map(|at| format!("Clause {at}. {}", FILLER[1])).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    world.site.page("privacy", &policy(&long));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "wrong_type");
    let detail: String = world.one("SELECT last_detail FROM source").await;
    assert!(detail.starts_with("shrank from "), "{detail}");
    assert_eq!(world.count("version").await, 1);
    world.after(Duration::hours(2)).await;
    assert_eq!(world.health().await, "captured");
    assert_eq!(world.count("version").await, 2);
}

#[tokio::test]
async fn a_document_of_several_pages_has_a_version_only_if_all_of_them_came() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy", "annex"]).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.health().await, "gone");
    assert_eq!(world.count("version").await, 0);
    let annex = page("Annex", &["## Sub-processors", FILLER[1], FILLER[2], FILLER[3]]);
    world.site.page("annex", &annex);
    world.after(Duration::hours(24)).await;
    assert_eq!(world.count("version").await, 1);
    let text: String = world.one("SELECT text FROM version").await;
    assert!(text.contains("opt in") && text.contains("Sub-processors"));
    assert_eq!(world.count("version_snapshot").await, 2);
    // One page gone again: the other's new words wait.
    world.site.page("privacy", &policy(&[OPT_OUT]));
    world.site.answer(
        "annex",
        Answer {
            status: 500,
            body: String::new(),
            etag: None,
        },
    );
    world.after(Duration::hours(24)).await;
    assert_eq!(world.count("version").await, 1);
    world.site.page("annex", &annex);
    world.after(Duration::hours(24)).await;
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "update"]
    );
}

#[tokio::test]
async fn new_rules_alone_are_a_technical_upgrade_and_tell_nobody() {
    let world = World::new().await;
    let body = |note: &str| {
        policy(&[OPT_IN]).replace(
            "</main>",
            &format!("</main><section id='more'><p>{}</p>{note}</section>", FILLER[3]),
        )
    };
    world.site.page("privacy", &body(""));
    world.follow(&["privacy"]).await;
    world.watcher("paula", atlas_domain::Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    // The curator widens the selector; the next poll brings other bytes with the same words.
    world.load(&["privacy"], "main, #more").await;
    world.site.page("privacy", &body("<!-- 2 -->"));
    world.after(Duration::hours(2)).await;
    assert_eq!(
        world.words("SELECT kind FROM version ORDER BY number").await,
        ["first_record", "technical_upgrade"]
    );
    assert_eq!(world.count("source_revision").await, 2);
    assert!(world.mails.sent().is_empty());
    // Loaded again, the catalogue adds nothing.
    world.load(&["privacy"], "main, #more").await;
    assert_eq!(world.count("source_revision").await, 2);
}

#[tokio::test]
async fn the_chain_of_captures_tells_of_every_change_to_it() {
    let world = World::new().await;
    let (_, source) = world.follow(&["privacy"]).await;
    for round in 0..4 {
        world
            .site
            .page("privacy", &policy(&[OPT_IN, &format!("Round {round}.")]));
        world.after(Duration::hours(2)).await;
    }
    let mut connection = world.owner.acquire().await.unwrap();
    assert_eq!(world.count("capture").await, 4);
    assert_eq!(chain::verify(&mut connection, source).await.unwrap(), None);
    world
        .execute("UPDATE capture SET http_status = 204 WHERE chain_number = 2")
        .await;
    let fault = chain::verify(&mut connection, source).await.unwrap();
    assert_eq!(fault, Some(ChainFault::Changed { chain_number: 2 }));
    world
        .execute("UPDATE capture SET http_status = 200 WHERE chain_number = 2")
        .await;
    assert_eq!(chain::verify(&mut connection, source).await.unwrap(), None);
    world.execute("DELETE FROM capture WHERE chain_number = 3").await;
    let fault = chain::verify(&mut connection, source).await.unwrap();
    assert_eq!(fault, Some(ChainFault::Broken { chain_number: 4 }));
}

#[tokio::test]
async fn a_paused_source_is_left_alone() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.execute("UPDATE source SET paused_at = now()").await;
    world.after(Duration::hours(5)).await;
    assert!(world.site.asked().is_empty());
}
