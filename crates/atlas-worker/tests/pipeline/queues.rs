//! Polls and the jobs that tell people: neither waits for the other.

use std::time::{Duration as Wait, Instant};

use atlas_domain::Plan;
use atlas_domain::jobs::Deliver;
use atlas_mail::SendError;
use atlas_worker::RunOptions;
use time::Duration;
use tokio_util::sync::CancellationToken;

use crate::harness::{OPT_IN, OPT_OUT, World, policy};

/// Far longer than anything here takes on a busy machine.
const PATIENCE: Wait = Wait::from_mins(1);

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what} did not happen");
        tokio::time::sleep(Wait::from_millis(20)).await;
    }
}

/// Mails of the same day; it is Monday, so the week's digest may go out beside them.
fn alerts(world: &World) -> usize {
    let sent = world.mails.sent();
    sent.iter()
        .filter(|sent| !sent.mail.subject.starts_with("Your week"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_of_the_same_day_does_not_wait_for_a_site_that_does_not_answer() {
    let world = World::with(|settings| settings.polls_at_once = 1).await;
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[OPT_OUT]));
    // The mail is written, and the relay refuses it once.
    world.mails.fail_next(SendError::Transient {
        detail: "451 later".to_owned(),
    });
    world.after(Duration::hours(2)).await;
    assert_eq!(alerts(&world), 0);
    assert_eq!(world.site.asked().len(), 2);

    // The page is due at once, and hangs; the mail is due in a minute.
    world.site.hold("privacy");
    world.execute("UPDATE source SET next_poll_at = last_checked_at").await;
    let stop = CancellationToken::new();
    let mut options = RunOptions::default();
    options.concurrency = 1;
    let worker = tokio::spawn(atlas_worker::run(world.services.clone(), options, stop.clone()));
    until("the poll", || world.site.asked().len() == 3).await;
    assert_eq!(alerts(&world), 0);
    world.clock.advance(Duration::minutes(2));
    world.enqueue(&Deliver {}).await;
    until("the mail", || alerts(&world) > 0).await;
    assert_eq!(world.site.asked().len(), 3, "the page hangs still");
    world.site.release("privacy");
    stop.cancel();
    worker.await.unwrap().unwrap();
}
