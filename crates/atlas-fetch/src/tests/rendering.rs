//! Pages that need scripts, in a real browser on loopback.

use std::time::{Duration, Instant};

use atlas_domain::{CaptureOutcome, FetchMode};
use futures::future::BoxFuture;

use super::server::{Exchange, Server, settings};
use crate::{
    BrowserChoice, BrowserSettings, FetchRequest, FetchSettings, Fetched, Fetcher, browser_version, find_browser,
};

/// The browser of this machine. Tests that are asked to do without one say so and prove nothing.
pub(super) fn browser() -> Option<BrowserSettings> {
    match find_browser("") {
        BrowserChoice::Found(program) => Some(BrowserSettings {
            total_timeout: Duration::from_mins(1),
            ..BrowserSettings::new(program)
        }),
        _ if std::env::var_os("CONDUCTATLAS_SKIP_BROWSER").is_some() => {
            println!("left out: no browser here, and CONDUCTATLAS_SKIP_BROWSER is set");
            None
        }
        _ => panic!("the tests need Chromium: install it, or set CONDUCTATLAS_SKIP_BROWSER=1"),
    }
}

fn with(exempt: &[&Server], browser: BrowserSettings) -> FetchSettings {
    let exempt: Vec<_> = exempt.iter().map(|server| server.address).collect();
    FetchSettings {
        browser: Some(browser),
        ..settings(&exempt)
    }
}

async fn render_with(server: &Server, path: &str, settings: FetchSettings) -> Fetched {
    let fetcher = Fetcher::new(settings).unwrap();
    fetcher.get(&FetchRequest::new(server.url(path)).in_browser()).await
}

async fn render(server: &Server, path: &str, browser: BrowserSettings) -> Fetched {
    render_with(server, path, with(&[server], browser)).await
}

fn html(fetched: &Fetched) -> String {
    String::from_utf8(fetched.body.to_vec()).unwrap()
}

/// A server of pages by their path; anything else is a 404.
async fn site<F>(page_of: F) -> Server
where
    F: Fn(&Exchange) -> Option<String> + Send + Sync + 'static,
{
    let page_of = std::sync::Arc::new(page_of);
    Server::start(move |mut exchange| {
        let page_of = std::sync::Arc::clone(&page_of);
        let answered: BoxFuture<'static, ()> = Box::pin(async move {
            match page_of(&exchange) {
                Some(page) => exchange.answer("200 OK\r\nContent-Type: text/html", page).await,
                None => exchange.answer("404 Not Found", "").await,
            }
        });
        answered
    })
    .await
}

/// A server with one page at `/`.
async fn page(html: &'static str) -> Server {
    site(move |exchange| (exchange.path() == "/").then(|| html.to_owned())).await
}

#[tokio::test]
async fn words_that_a_script_writes_are_in_the_capture_and_it_says_how_they_came() {
    let Some(browser) = browser() else { return };
    let server = site(|exchange| match exchange.path() {
        "/" => Some(
            "<meta charset=latin1><noscript>Switch scripts on.</noscript><main id=m></main><widget-x></widget-x>\
             <iframe src=/frame></iframe><script>\
             setTimeout(() => fetch('/words').then(r => r.text()).then(t => { m.textContent = t; }), 700);\
             customElements.define('widget-x', class extends HTMLElement { constructor() { super(); \
             this.attachShadow({mode: 'open'}).innerHTML = '<p>in the shadow</p>'; } });</script>"
                .to_owned(),
        ),
        "/words" => Some("We keep your prompts for thirty days – “no longer”.".to_owned()),
        "/frame" => Some("<p>in the frame</p>".to_owned()),
        _ => None,
    })
    .await;
    let mut request = FetchRequest::new(server.url("/")).in_browser();
    request.content = vec!["#m".to_owned()];
    let fetcher = Fetcher::new(with(&[&server], browser)).unwrap();
    let fetched = fetcher.get(&request).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    let text = html(&fetched);
    for words in [
        "We keep your prompts for thirty days – “no longer”.",
        "in the shadow",
        "in the frame",
    ] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    assert!(!text.contains("Switch scripts on."));
    assert_eq!(fetched.mode, FetchMode::Browser);
    assert_eq!(fetched.status, Some(200));
    assert_eq!(fetched.final_url, server.url("/"));
    assert_eq!(fetched.content_type.as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(fetched.headers["atlas-fetch-mode"], "browser");
    assert!(fetched.headers["atlas-browser"].contains("Chrome/"));
}

#[tokio::test]
async fn language_zone_screen_and_name_are_pinned() {
    let Some(browser) = browser() else { return };
    let server = page(
        "<p id=p></p><script>p.textContent = JSON.stringify([navigator.languages, navigator.language, \
         Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getTimezoneOffset(), innerWidth, \
         navigator.userAgent, typeof RTCPeerConnection, typeof WebTransport, 'serviceWorker' in navigator])</script>",
    )
    .await;
    let mut request = FetchRequest::new(server.url("/")).in_browser();
    request.language = "de-AT".to_owned();
    let fetched = Fetcher::new(with(&[&server], browser)).unwrap().get(&request).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    let text = html(&fetched);
    assert!(text.contains(r#"[["de-AT","de"],"de-AT","UTC",0,1280,"#), "{text}");
    assert!(text.contains(r#""undefined","undefined",false]"#), "{text}");
    assert!(
        text.contains("ConductAtlasBot/0.1 (+https://conductatlas.example/methodology)"),
        "{text}"
    );
    let asked = server.requests().concat().to_lowercase();
    assert!(asked.contains("accept-language: de-at,de;q=0.9"), "{asked}");
    assert!(asked.contains("conductatlasbot/0.1"), "{asked}");
    assert!(!asked.contains("headless"), "{asked}");
}

#[tokio::test]
async fn a_page_that_never_rests_is_taken_as_it_stands() {
    let Some(mut browser) = browser() else { return };
    browser.settle_timeout = Duration::from_secs(3);
    let server = page("<p>The terms.</p><script>setInterval(() => fetch('/tick?' + Math.random()), 50)</script>").await;
    let fetched = render(&server, "/", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    assert!(html(&fetched).contains("The terms."));
    assert_eq!(fetched.headers["atlas-browser-ready"], "late");
}

#[tokio::test]
async fn a_script_that_never_ends_is_ended_in_time() {
    let Some(mut browser) = browser() else { return };
    browser.total_timeout = Duration::from_secs(8);
    let server = page("<p>The terms.</p><script>while (true) {}</script>").await;
    let started = Instant::now();
    let fetched = render(&server, "/", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Timeout, "{:?}", fetched.detail);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_page_that_allocates_without_end_is_too_large() {
    let Some(mut browser) = browser() else { return };
    // Filling a gibibyte takes a busy machine its time; this is about the memory.
    browser.total_timeout = Duration::from_mins(4);
    for script in [
        "const all = []; while (true) all.push(new Array(100000).fill({}))",
        "const all = []; while (true) { try { all.push(new Uint8Array(3e7).fill(1)) } catch { } }",
    ] {
        let html: &'static str = format!("<p>The terms.</p><script>{script}</script>").leak();
        let server = page(html).await;
        let fetched = render(&server, "/", browser.clone()).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::TooLarge,
            "{script}: {:?}",
            fetched.detail
        );
    }
}

#[tokio::test]
async fn a_page_and_parts_beyond_the_limit_are_too_large() {
    let Some(browser) = browser() else { return };
    let server = page("<p id=p></p><script>p.textContent = 'words '.repeat(100000)</script>").await;
    let fetched = render(&server, "/", browser.clone()).await;
    assert_eq!(fetched.outcome, CaptureOutcome::TooLarge, "{:?}", fetched.detail);
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            let body = if exchange.path() == "/" {
                "<p>The terms.</p><script src=/big.js></script>".to_owned()
            } else {
                "/* */\n".repeat(1024 * 1024)
            };
            exchange.answer("200 OK\r\nContent-Type: text/html", body).await;
        })
    })
    .await;
    let fetched = render(&server, "/", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::TooLarge, "{:?}", fetched.detail);
}

#[tokio::test]
async fn dialogs_windows_and_questions_before_leaving_hold_nothing_up() {
    let Some(browser) = browser() else { return };
    let server = page(
        "<script>alert('a'); confirm('b'); prompt('c'); window.open('/window'); \
         onbeforeunload = () => 'stay'; </script><a id=l href=/window target=_blank></a><p id=p></p>\
         <script>l.click(); p.textContent = 'The terms.'</script>",
    )
    .await;
    let fetched = render(&server, "/", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    assert!(html(&fetched).contains("The terms."));
    assert!(
        !server.requests().concat().contains("/window"),
        "no second window is loaded"
    );
}

#[tokio::test]
async fn a_page_that_sends_us_on_without_end_is_a_failure() {
    let Some(browser) = browser() else { return };
    let server = site(|exchange| {
        let number: usize = exchange.path().trim_start_matches('/').parse().unwrap_or(0);
        Some(format!("<p>Wait</p><script>location.href = '/{}'</script>", number + 1))
    })
    .await;
    let fetched = render(&server, "/1", browser.clone()).await;
    assert_eq!(fetched.outcome, CaptureOutcome::ServerError, "{:?}", fetched.detail);
    assert!(fetched.detail.unwrap().contains("redirects"));
    let server = Server::start(|mut exchange| {
        Box::pin(async move {
            let to = format!("302 Found\r\nLocation: {}x", exchange.path());
            exchange.answer(&to, "").await;
        })
    })
    .await;
    let fetched = render(&server, "/", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::ServerError, "{:?}", fetched.detail);
}

#[tokio::test]
async fn where_a_script_sends_us_is_reported() {
    let Some(browser) = browser() else { return };
    let server = site(|exchange| match exchange.path() {
        "/terms" => Some("<script>location.replace('/legal/terms')</script>".to_owned()),
        "/legal/terms" => Some("<p>The terms.</p>".to_owned()),
        _ => None,
    })
    .await;
    let fetched = render(&server, "/terms", browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    assert_eq!(fetched.final_url, server.url("/legal/terms"));
    assert_eq!(fetched.redirects, [server.url("/legal/terms")]);
}

#[tokio::test]
async fn statuses_and_checks_mean_what_they_mean_to_the_plain_fetcher() {
    let Some(mut browser) = browser() else { return };
    browser.settle_timeout = Duration::from_secs(2);
    for (head, expected) in [
        ("404 Not Found", CaptureOutcome::Gone),
        ("401 Unauthorized", CaptureOutcome::LoginWall),
        ("403 Forbidden", CaptureOutcome::Blocked),
        ("503 Service Unavailable", CaptureOutcome::ServerError),
        ("403 Forbidden\r\ncf-mitigated: challenge", CaptureOutcome::Challenge),
    ] {
        let server = Server::start(move |mut exchange| {
            Box::pin(async move {
                let head = format!("{head}\r\nContent-Type: text/html");
                exchange.answer(&head, "<p>Just a moment</p>").await;
            })
        })
        .await;
        let fetched = render(&server, "/", browser.clone()).await;
        assert_eq!(fetched.outcome, expected, "{head}: {:?}", fetched.detail);
        assert!(fetched.body.is_empty());
    }
}

#[tokio::test]
async fn a_file_needs_no_browser_and_is_judged_as_one() {
    let Some(browser) = browser() else { return };
    for (head, body, expected) in [
        ("Content-Type: application/octet-stream", "x", CaptureOutcome::WrongType),
        (
            "Content-Type: text/html\r\nContent-Disposition: attachment",
            "<p>The terms.</p>",
            CaptureOutcome::Captured,
        ),
        ("Content-Type: text/plain", "The terms.", CaptureOutcome::Captured),
    ] {
        let server = Server::start(move |mut exchange| {
            Box::pin(async move { exchange.answer(&format!("200 OK\r\n{head}"), body).await })
        })
        .await;
        let fetched = render(&server, "/", browser.clone()).await;
        assert_eq!(fetched.outcome, expected, "{head}: {:?}", fetched.detail);
        assert_eq!(fetched.mode, FetchMode::Plain);
    }
}

#[tokio::test]
async fn without_a_browser_the_outcome_says_so() {
    let server = page("<p>The terms.</p>").await;
    let fetched = render_with(&server, "/", settings(&[server.address])).await;
    assert_eq!(fetched.outcome, CaptureOutcome::NoBrowser);
    let nothing = BrowserSettings::new("/does/not/exist");
    let fetched = render(&server, "/", nothing.clone()).await;
    assert_eq!(fetched.outcome, CaptureOutcome::NoBrowser, "{:?}", fetched.detail);
    assert_eq!(server.connections(), 0);
    assert!(browser_version(&nothing).await.is_err());
}

#[tokio::test]
async fn the_browser_tells_its_version() {
    let Some(browser) = browser() else { return };
    let version = browser_version(&browser).await.unwrap();
    assert!(version.contains("Chrome/"), "{version}");
}
