//! Pages that need scripts: declared so, or found out by a second look.

use atlas_domain::Plan;
use atlas_fetch::{BrowserChoice, BrowserSettings, FetchSettings, find_browser};
use atlas_worker::Settings;
use time::Duration;

use crate::harness::{NO_CHOICE, OPT_IN, OPT_OUT, World, policy};

/// A world with the browser of this machine; `None` where the tests are asked to do without one.
async fn world() -> Option<World> {
    world_with(|_| {}).await
}

async fn world_with(change: impl FnOnce(&mut Settings)) -> Option<World> {
    let browser = match find_browser("") {
        BrowserChoice::Found(program) => BrowserSettings {
            total_timeout: std::time::Duration::from_mins(1),
            ..BrowserSettings::new(program)
        },
        _ if std::env::var_os("CONDUCTATLAS_SKIP_BROWSER").is_some() => {
            println!("left out: no browser here, and CONDUCTATLAS_SKIP_BROWSER is set");
            return None;
        }
        _ => panic!("the tests need Chromium: install it, or set CONDUCTATLAS_SKIP_BROWSER=1"),
    };
    let fetch = FetchSettings {
        browser: Some(browser),
        ..FetchSettings::default()
    };
    Some(World::fetching(change, fetch).await)
}

/// The same policy, written by a script.
fn by_script(sentences: &[&str]) -> String {
    let html = policy(sentences);
    let (_, main) = html.split_once("<main>").unwrap();
    let (main, _) = main.split_once("</main>").unwrap();
    format!(
        "<!doctype html><html><head><title>Privacy Policy</title></head><body><main></main>\
         <script>document.querySelector('main').innerHTML = {main:?};</script></body></html>"
    )
}

/// The rules of every source say that its pages need a browser.
async fn declare(world: &World) {
    world
        .execute("UPDATE source_revision SET rules = jsonb_set(rules, '{locations,0,fetch}', '\"browser\"')")
        .await;
}

#[tokio::test]
async fn a_page_without_words_is_looked_at_once_more_through_the_browser() {
    let Some(world) = world().await else { return };
    world.site.page("privacy", &by_script(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.health().await, "captured");
    let detail: String = world.one("SELECT last_detail FROM source").await;
    assert!(detail.contains("through the browser"), "{detail}");
    let note: String = world
        .one("SELECT text FROM curator_note WHERE kind = 'needs_browser'")
        .await;
    assert!(
        note.contains("fetch = \"browser\"") && note.contains("/privacy"),
        "{note}"
    );
    let modes = "SELECT outcome || ' ' || coalesce(headers ->> 'atlas-fetch-mode', 'plain') FROM capture
                 ORDER BY chain_number";
    let told = world.words(modes).await;
    assert_eq!(told.last().map(String::as_str), Some("captured browser"), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("empty")), "{told:?}");
    // The next day it is the same text, and no second note.
    world.after(Duration::hours(26)).await;
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.health().await, "not_modified");
    assert_eq!(world.count("curator_note").await, 1);
}

#[tokio::test]
async fn a_page_that_lost_most_of_its_words_to_a_script_is_no_change() {
    let Some(world) = world().await else { return };
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    let short = "<p>This policy explains how Halden AI handles what you write to us, what you may ask of us, whom you \
                 can turn to, and when it was last changed by the people who look after it and after you.</p>";
    let page = by_script(&[OPT_IN]).replace("<main></main>", &format!("<main>{short}</main>"));
    world.site.page("privacy", &page);
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.health().await, "captured");
}

#[tokio::test]
async fn a_change_that_waits_is_confirmed_through_the_browser_where_the_plain_page_lost_its_words() {
    let confirm = std::time::Duration::from_mins(10);
    let waits = move |settings: &mut Settings| {
        settings.confirm_after = confirm;
        settings.confirm_samples_after = confirm;
    };
    let Some(world) = world_with(waits).await else { return };
    world.site.page("privacy", &policy(&[OPT_IN]));
    world.follow(&["privacy"]).await;
    world.watcher("paula", Plan::Watcher).await;
    world.after(Duration::minutes(2)).await;
    world.site.page("privacy", &policy(&[NO_CHOICE]));
    world.after(Duration::hours(2)).await;
    assert_eq!(world.count("change_provisional").await, 1);
    // By the second capture the words have moved into a script.
    world.site.page("privacy", &by_script(&[NO_CHOICE]));
    world.after(Duration::minutes(11)).await;
    let basis = world.words("SELECT basis FROM version_confirmation").await;
    assert_eq!(basis, ["second_capture"], "{}", world.health().await);
    assert_eq!(world.count("publication").await, 1);
    assert_eq!(world.mails.sent().len(), 1);
    assert_eq!(world.count("version").await, 2);
}

#[tokio::test]
async fn a_page_that_is_empty_in_the_browser_too_stays_refused_and_is_not_asked_in_a_circle() {
    let Some(world) = world().await else { return };
    world
        .site
        .page("privacy", "<html><body><main></main><script></script></body></html>");
    world.follow(&["privacy"]).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.count("version").await, 0);
    assert_eq!(world.health().await, "empty");
    assert_eq!(world.site.asked().len(), 2, "once plainly, once in the browser");
    assert_eq!(world.count("curator_note").await, 0);
}

#[tokio::test]
async fn a_source_that_needs_a_browser_says_so_where_there_is_none() {
    let world = World::new().await;
    world.site.page("privacy", &by_script(&[OPT_OUT]));
    world.follow(&["privacy"]).await;
    declare(&world).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.health().await, "no_browser");
    assert_eq!((world.count("version").await, world.site.asked().len()), (0, 0));
}

#[tokio::test]
async fn a_source_that_needs_a_browser_is_read_through_it() {
    let Some(world) = world().await else { return };
    world.site.page("privacy", &by_script(&[OPT_OUT]));
    world.follow(&["privacy"]).await;
    declare(&world).await;
    world.after(Duration::minutes(2)).await;
    assert_eq!(world.health().await, "captured");
    assert_eq!(world.count("version").await, 1);
    assert_eq!(world.count("curator_note").await, 0, "it is declared already");
    let asked = world.site.asked().len();
    assert_eq!(asked, 1, "it is not asked plainly first");
}
