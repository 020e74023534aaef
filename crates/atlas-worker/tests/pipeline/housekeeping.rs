//! What nobody needs any more is neither kept nor polled.

use time::Duration;

use crate::harness::{OPT_IN, World, policy};
use atlas_domain::{Clock as _, Plan};

#[tokio::test]
async fn what_has_run_out_is_deleted_by_the_regular_look_and_what_holds_stays() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    let person = world.watcher("paula", Plan::Free).await;
    let now = world.clock.now();
    for (number, ends) in [(1, now + Duration::minutes(5)), (2, now + Duration::days(2))] {
        let hash = format!("decode(repeat('{number:02}', 32), 'hex')");
        for statement in [
            format!("INSERT INTO throttle VALUES ('bucket-{number}', '{ends}')"),
            format!(
                "INSERT INTO email_token (token_hash, account_id, purpose, expires_at, created_at)
                 VALUES ({hash}, '{}', 'confirm_email', '{ends}', '{now}')",
                person.account
            ),
            format!(
                "INSERT INTO session (id_hash, account_id, created_at, last_seen_at, expires_at)
                 VALUES ({hash}, '{}', '{now}', '{now}', '{ends}')",
                person.account
            ),
        ] {
            world.execute(&statement).await;
        }
    }
    for _ in 0..2 {
        world.after(Duration::hours(2)).await;
        for table in ["throttle", "email_token", "session"] {
            assert_eq!(world.count(table).await, 1, "{table}");
        }
    }
}

#[tokio::test]
async fn a_document_that_left_the_catalogue_is_polled_no_more_and_again_when_it_comes_back() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.site.asked().len(), 1);
    world.load_documents(Vec::new()).await;
    world.after(Duration::hours(3)).await;
    assert_eq!(world.site.asked().len(), 1, "it left");
    assert_eq!(world.count("document WHERE retired_at IS NOT NULL").await, 1);
    assert_eq!(world.count("version").await, 1, "what is held stays");
    world.load(&["privacy"], "main").await;
    world.after(Duration::hours(3)).await;
    assert_eq!(world.site.asked().len(), 2, "it came back");
    assert_eq!(world.count("document WHERE retired_at IS NOT NULL").await, 0);
}

#[tokio::test]
async fn what_an_operator_retired_stays_so_when_the_catalogue_is_loaded_again() {
    let world = World::new().await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    let mut connection = world.services.pool.acquire().await.unwrap();
    let at = Some(world.clock.now());
    let retired = atlas_db::document::documents_retire(&mut connection, "halden-ai", Some("privacy-policy"), at);
    assert_eq!(retired.await.unwrap(), 1);
    world.load(&["privacy"], "main").await;
    world.after(Duration::hours(3)).await;
    assert_eq!(world.site.asked().len(), 0);
    let back = atlas_db::document::documents_retire(&mut connection, "halden-ai", None, None);
    assert_eq!(back.await.unwrap(), 1);
    world.after(Duration::hours(3)).await;
    assert_eq!(world.site.asked().len(), 1);
}
