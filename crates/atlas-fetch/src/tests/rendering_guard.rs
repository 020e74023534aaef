//! What a page in the browser can't reach, and what is left of a browser: nothing.

use std::{
    collections::HashSet,
    fs,
    net::IpAddr,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use atlas_domain::CaptureOutcome;
use futures::future::BoxFuture;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    rendering::browser,
    server::{Server, settings},
};
use crate::{
    BrowserSettings, FetchRequest, FetchSettings, Fetched, Fetcher,
    browser::proxy::{Proxy, Wanted},
    guard::Lookup,
};

fn fetcher(site: &Server, browser: BrowserSettings) -> Fetcher {
    Fetcher::new(FetchSettings {
        browser: Some(browser),
        ..settings(&[site.address])
    })
    .unwrap()
}

async fn rendered(site: &Server, browser: BrowserSettings) -> Fetched {
    let request = FetchRequest::new(site.url("/")).in_browser();
    fetcher(site, browser).get(&request).await
}

async fn serving(html: String) -> Server {
    Server::start(move |mut exchange| {
        let html = html.clone();
        Box::pin(async move { exchange.answer("200 OK\r\nContent-Type: text/html", html).await })
    })
    .await
}

#[tokio::test]
async fn a_page_can_not_send_us_to_a_private_address() {
    let Some(browser) = browser() else { return };
    let canary = Server::canary("127.0.0.1:0").await;
    for to in [
        canary.url("/"),
        format!("http://localhost:{}/", canary.address.port()),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::ffff:127.0.0.1]/".to_owned(),
    ] {
        for html in [
            format!("<p>The terms.</p><script>location.href = '{to}'</script>"),
            format!("<p>The terms.</p><meta http-equiv=refresh content='0; url={to}'>"),
            format!("<form id=f method=post action='{to}'></form><script>f.submit()</script>"),
        ] {
            let site = serving(html).await;
            let fetched = rendered(&site, browser.clone()).await;
            assert_eq!(
                fetched.outcome,
                CaptureOutcome::RefusedAddress,
                "{to}: {:?}",
                fetched.detail
            );
        }
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn no_part_of_a_page_reaches_a_private_address() {
    let Some(browser) = browser() else { return };
    let canary = Server::canary("127.0.0.1:0").await;
    let udp = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (tcp_port, udp_port) = (canary.address.port(), udp.local_addr().unwrap().port());
    let site = serving(format!(
        "<p>The terms.</p><link rel=stylesheet href='http://127.0.0.1:{tcp_port}/a.css'>\
         <link rel=preconnect href='http://127.0.0.1:{tcp_port}'>\
         <iframe src='http://127.0.0.1:{tcp_port}/frame'></iframe><img src='http://127.0.0.1:{tcp_port}/i.png'>\
         <script src='http://127.0.0.1:{tcp_port}/s.js'></script><script>\
         const tries = ['http://127.0.0.1:{tcp_port}/', 'http://localhost:{tcp_port}/', 'http://[::1]:{tcp_port}/'];\
         for (const to of tries) {{ fetch(to, {{mode: 'no-cors'}}).catch(() => 0); navigator.sendBeacon(to, 'x');\
         new WebSocket(to.replace('http', 'ws')); new EventSource(to); }}\
         const code = `fetch('${{tries[0]}}', {{mode: 'no-cors'}}); new WebSocket('ws://127.0.0.1:{tcp_port}/');\
         try {{ new WebTransport('https://127.0.0.1:{udp_port}/') }} catch {{}}`;\
         new Worker(URL.createObjectURL(new Blob([code])));\
         const frame = document.createElement('iframe'); document.body.append(frame);\
         const Peer = window.RTCPeerConnection ?? frame.contentWindow.RTCPeerConnection;\
         if (Peer) {{ const peer = new Peer({{iceServers: [{{urls: 'stun:127.0.0.1:{udp_port}'}}]}});\
         peer.createDataChannel('x'); peer.createOffer().then(o => peer.setLocalDescription(o)); }}\
         setTimeout(() => {{ document.body.append('at the end'); }}, 1500)</script><p id=end></p>"
    ))
    .await;
    let fetched = rendered(&site, browser).await;
    assert_eq!(fetched.outcome, CaptureOutcome::Captured, "{:?}", fetched.detail);
    assert!(fetched.headers["atlas-browser-refused"].parse::<usize>().unwrap() > 0);
    assert_eq!(canary.connections(), 0);
    let mut buffer = [0; 64];
    assert!(udp.try_recv_from(&mut buffer).is_err(), "not a datagram either");
}

/// A name server that notes what it is asked.
#[derive(Default)]
struct Noted(Mutex<Vec<String>>);

impl Lookup for Noted {
    fn lookup(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        self.0.lock().unwrap().push(host);
        Box::pin(async { Err(std::io::ErrorKind::NotFound.into()) })
    }
}

#[tokio::test]
async fn the_browser_asks_for_nothing_of_its_own() {
    let Some(browser) = browser() else { return };
    let site =
        serving("<p>The terms.</p><script>setTimeout(() => document.body.append('x'), 2000)</script>".to_owned()).await;
    let names = Arc::new(Noted::default());
    let lookup: Arc<dyn Lookup> = names.clone();
    let settings = FetchSettings {
        browser: Some(browser),
        ..settings(&[site.address])
    };
    let fetcher = Fetcher::with_lookup(settings, &lookup).unwrap();
    let mut request = FetchRequest::new(site.url("/")).in_browser();
    request.content = vec!["#never".to_owned()];
    assert_eq!(fetcher.get(&request).await.outcome, CaptureOutcome::Captured);
    assert_eq!(*names.0.lock().unwrap(), Vec::<String>::new());
}

/// A name server that knows one private address for every name.
struct Private;

impl Lookup for Private {
    fn lookup(&self, host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            match host.as_str() {
                "nowhere.example" => Err(std::io::ErrorKind::NotFound.into()),
                _ => Ok(vec!["10.1.2.3".parse().unwrap()]),
            }
        })
    }
}

#[tokio::test]
async fn names_are_judged_by_our_own_resolver() {
    let Some(browser) = browser() else { return };
    let lookup: Arc<dyn Lookup> = Arc::new(Private);
    let settings = FetchSettings {
        browser: Some(browser),
        ..settings(&[])
    };
    let fetcher = Fetcher::with_lookup(settings, &lookup).unwrap();
    for (url, expected) in [
        ("http://rebinding.example/", CaptureOutcome::RefusedAddress),
        ("https://rebinding.example/", CaptureOutcome::RefusedAddress),
        ("https://nowhere.example/", CaptureOutcome::Dns),
        ("http://nowhere.example/", CaptureOutcome::Dns),
    ] {
        let fetched = fetcher.get(&FetchRequest::new(url).in_browser()).await;
        assert_eq!(fetched.outcome, expected, "{url}: {:?}", fetched.detail);
    }
}

#[tokio::test]
async fn robots_txt_holds_for_the_page_and_for_where_it_leads() {
    let Some(browser) = browser() else { return };
    let site = Server::start(|mut exchange| {
        Box::pin(async move {
            let body = match exchange.path() {
                "/robots.txt" => "User-agent: *\nDisallow: /closed\n",
                _ => "<p>The terms.</p><script>location.href = '/closed/terms'</script>",
            };
            exchange.answer("200 OK\r\nContent-Type: text/html", body).await;
        })
    })
    .await;
    let fetcher = Fetcher::new(FetchSettings {
        browser: Some(browser),
        respect_robots: true,
        ..settings(&[site.address])
    })
    .unwrap();
    for path in ["/closed/", "/open"] {
        let fetched = fetcher.get(&FetchRequest::new(site.url(path)).in_browser()).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::RobotsDisallowed,
            "{path}: {:?}",
            fetched.detail
        );
    }
    assert!(!site.requests().concat().contains("GET /closed"));
}

/// Processes that were started with this text among their words.
fn processes_with(text: &str) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .filter(|words| String::from_utf8_lossy(words).contains(text))
        .count()
}

fn profiles_of(process: u32) -> usize {
    let prefix = format!("conductatlas-browser-{process}-");
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        .count()
}

/// Waits until something holds, at most half a minute.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const ADDRESS: &str = "ATLAS_FETCH_TEST_ADDRESS";

/// Not a test of its own: what the next test starts as a process of its own and kills.
#[tokio::test]
async fn a_process_that_renders_until_it_is_killed() {
    let (Some(browser), Ok(address)) = (browser(), std::env::var(ADDRESS)) else {
        return;
    };
    let address = address.parse().unwrap();
    let fetcher = Fetcher::new(FetchSettings {
        browser: Some(browser),
        ..settings(&[address])
    })
    .unwrap();
    fetcher
        .get(&FetchRequest::new(format!("http://{address}/")).in_browser())
        .await;
}

/// A site whose page goes on and on.
async fn endless_page() -> Server {
    Server::start(|mut exchange| {
        Box::pin(async move {
            exchange
                .send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
                .await;
            exchange.drip(&[b'x'; 10_000], Duration::from_millis(50)).await;
        })
    })
    .await
}

#[tokio::test]
async fn a_browser_does_not_outlive_us_and_its_profile_goes_with_the_next_start() {
    let Some(browser) = browser() else { return };
    let site = endless_page().await;
    let mut renderer = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tests::rendering_guard::a_process_that_renders_until_it_is_killed",
        ])
        .env(ADDRESS, site.address.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let folder = format!("conductatlas-browser-{}-", renderer.id());
    until("the page is asked for", || site.connections() > 0).await;
    assert!(processes_with(&folder) > 0);
    renderer.kill().unwrap();
    renderer.wait().unwrap();
    until("every process of the browser ends", || processes_with(&folder) == 0).await;
    fetcher(&site, browser);
    assert_eq!(profiles_of(renderer.id()), 0);
}

#[tokio::test]
async fn a_look_that_is_given_up_leaves_no_process() {
    let Some(browser) = browser() else { return };
    let site = endless_page().await;
    let fetcher = fetcher(&site, browser);
    let mut request = FetchRequest::new(site.url("/")).in_browser();
    // By which this browser is told from those of tests that run beside this one.
    request.language = "de-CH".to_owned();
    let look = tokio::spawn(async move { fetcher.get(&request).await });
    until("the page is asked for", || site.connections() > 0).await;
    let folder = format!("conductatlas-browser-{}-", std::process::id());
    let groups = groups_with(&[&folder, "--lang=de-CH"]);
    assert_eq!(groups.len(), 1, "one browser runs");
    look.abort();
    assert!(look.await.unwrap_err().is_cancelled());
    until("every process of the browser ends", || {
        groups.iter().all(|group| alive_in(group) == 0)
    })
    .await;
}

/// State and process group of every process.
fn processes() -> Vec<(PathBuf, String, String)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let mut fields = stat.rsplit(") ").next()?.split(' ');
            let (state, group) = (fields.next()?.to_owned(), fields.nth(1)?.to_owned());
            Some((entry.path(), state, group))
        })
        .collect()
}

/// Groups of the processes that were started with all of these texts among their words.
fn groups_with(texts: &[&str]) -> HashSet<String> {
    processes()
        .into_iter()
        .filter(|(folder, ..)| {
            let words = fs::read(folder.join("cmdline")).unwrap_or_default();
            let words = String::from_utf8_lossy(&words).into_owned();
            texts.iter().all(|text| words.contains(text))
        })
        .map(|(_, _, group)| group)
        .collect()
}

/// Processes of a group that have not ended.
fn alive_in(group: &str) -> usize {
    let is_alive = |state: &str| !matches!(state, "Z" | "X");
    processes()
        .iter()
        .filter(|(_, state, of)| of == group && is_alive(state))
        .count()
}

#[tokio::test]
async fn a_connection_ahead_of_its_request_waits_until_the_page_asks() {
    let site = Server::canary("127.0.0.1:0").await;
    let fetcher = Fetcher::new(settings(&[site.address])).unwrap();
    let wanted = Arc::new(Wanted::default());
    let proxy = Proxy::start(fetcher, Arc::clone(&wanted)).await.unwrap();
    let mut ahead = TcpStream::connect(proxy.address()).await.unwrap();
    let ask = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", site.address);
    ahead.write_all(ask.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    let early = tokio::time::timeout(Duration::from_millis(200), ahead.peek(&mut head)).await;
    assert!(early.is_err(), "no answer, and above all no refusal");
    assert_eq!(site.connections(), 0);
    wanted.add(&site.url("/script.js").parse().unwrap());
    ahead.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    until("the host is connected to", || site.connections() == 1).await;
}

#[tokio::test]
async fn what_the_page_never_asks_for_is_refused_in_the_end() {
    let site = Server::canary("127.0.0.1:0").await;
    let hasty = FetchSettings {
        connect_timeout: Duration::from_millis(100),
        ..settings(&[site.address])
    };
    let proxy = Proxy::start(Fetcher::new(hasty).unwrap(), Arc::default())
        .await
        .unwrap();
    let mut unasked = TcpStream::connect(proxy.address()).await.unwrap();
    let ask = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", site.address);
    unasked.write_all(ask.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    unasked.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 502");
    assert_eq!(site.connections(), 0);
}
