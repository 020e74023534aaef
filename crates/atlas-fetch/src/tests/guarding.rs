//! What is never fetched: by spelling, by redirect, by name server.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
};

use atlas_domain::CaptureOutcome;
use futures::future::BoxFuture;

use super::server::{Server, settings};
use crate::{FetchRequest, Fetcher, guard::Lookup};

/// Ways to write an address that must not be asked; `{port}` is the canary's.
const REFUSED: &[&str] = &[
    // Loopback, in every spelling that the URL standard normalises.
    "http://127.0.0.1/",
    "http://127.0.0.1:{port}/",
    "http://127.1/",
    "http://127.1:{port}/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://2130706433:{port}/",
    "http://0x7f000001/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0177.0.0.1/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001/",
    "http://0177.0x0.0.1/",
    "http://127.0.0.1./",
    "http://127.255.255.254/",
    "http://127.00.00.01/",
    "http://%31%32%37.0.0.1/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://１２７.0.0.1/",
    "http://１２７.０.０.１:{port}/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127｡0｡0｡1:{port}/",
    "http:127.0.0.1/",
    "http:/127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http:///127.0.0.1/",
    " http://127.0.0.1/ ",
    "ht\ntp://127.0.0.1/",
    "http://127.0.\t0.1/",
    "HTTP://127.0.0.1/",
    "http://[::1]/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000::0001]/",
    // IPv4 inside IPv6.
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:8.8.8.8]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2001::1]/",
    // Unspecified, private, shared, link-local, metadata.
    "http://0/",
    "http://0.0.0.0/",
    "http://0.0.0.0:{port}/",
    "http://[::]/",
    "http://[::]:{port}/",
    "http://0x0/",
    "http://10.0.0.1/",
    "http://10.1/",
    "http://167772161/",
    "http://012.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.168.1/",
    "http://0xc0a80001/",
    "http://100.64.0.1/",
    "http://100.127.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[fe80::1]/",
    "http://[febf::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    // Reserved, documentation, benchmarking, multicast, broadcast.
    "http://192.0.0.1/",
    "http://192.0.0.170/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://198.18.0.1/",
    "http://198.19.255.255/",
    "http://192.88.99.1/",
    "http://224.0.0.1/",
    "http://239.1.2.3/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[100::1]/",
    "http://[2001:2::1]/",
    "http://[2001:10::1]/",
    "http://[5f00::1]/",
    "http://[4000::1]/",
    // Other schemes, ports, credentials, and what is no address.
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:{port}/_",
    "data:text/html,x",
    "javascript:alert(1)",
    "unix:/var/run/docker.sock",
    "ws://example.com/",
    "about:blank",
    "http://example.com:22/",
    "http://example.com:{port}/",
    "https://example.com:8443/",
    "https://8.8.8.8:53/",
    "http://user@example.com/",
    "http://user:pw@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1:{port}@example.com/",
    "http://1.1.1.1 @127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "http://256.256.256.256/",
    "http://0x100000000/",
    "http://[::1/",
    "http://",
    "//127.0.0.1/",
    "/etc/passwd",
    "",
    "127.0.0.1",
    "http://[::1%25lo]/",
    "http://exa mple.com/",
];

#[tokio::test]
async fn no_spelling_of_a_private_address_is_fetched() {
    assert!(REFUSED.len() >= 80);
    let canary = Server::canary("127.0.0.1:0").await;
    let canary6 = Server::canary(&format!("[::1]:{}", canary.address.port())).await;
    // Another address on another port is exempted: the exemption must not spread.
    let fetcher = Fetcher::new(settings(&["127.0.0.9:9".parse().unwrap()])).unwrap();
    for spelling in REFUSED {
        let url = spelling.replace("{port}", &canary.address.port().to_string());
        let fetched = fetcher.get(&FetchRequest::new(&url)).await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::RefusedAddress,
            "{url:?}: {:?}",
            fetched.detail
        );
        assert!(fetched.detail.is_some_and(|detail| !detail.is_empty()), "{url:?}");
    }
    assert_eq!((canary.connections(), canary6.connections()), (0, 0));
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_without_a_connection() {
    let canary = Server::canary("127.0.0.1:0").await;
    let site = Server::start(|mut exchange| {
        Box::pin(async move {
            let to = exchange.path().trim_start_matches("/to?").to_owned();
            exchange.answer(&format!("302 Found\r\nLocation: {to}"), "").await;
        })
    })
    .await;
    let fetcher = Fetcher::new(settings(&[site.address])).unwrap();
    for spelling in REFUSED {
        let target = spelling.replace("{port}", &canary.address.port().to_string());
        // What the URL standard resolves to the site itself is no way out of it.
        let base = url::Url::parse(&site.url("/")).unwrap();
        let is_out = base.join(target.trim()).is_ok_and(|to| to.origin() != base.origin());
        if target.contains(['\n', '\t', ' ']) || !target.is_ascii() || !is_out {
            continue;
        }
        let fetched = fetcher
            .get(&FetchRequest::new(site.url(&format!("/to?{target}"))))
            .await;
        assert_eq!(
            fetched.outcome,
            CaptureOutcome::RefusedAddress,
            "{target}: {:?}",
            fetched.detail
        );
        assert_eq!(fetched.status, Some(302));
        assert_eq!(fetched.redirects.len(), 1, "the refused address is reported");
    }
    assert_eq!(canary.connections(), 0);
}

/// A name server that gives its answers in turn and counts the questions.
#[derive(Default)]
struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<usize>,
}

impl Names {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            asked: Mutex::default(),
        })
    }
    fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl Lookup for Names {
    fn lookup(&self, _host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        *self.asked.lock().unwrap() += 1;
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.ok_or_else(|| io::ErrorKind::NotFound.into()) })
    }
}

/// A fetcher that asks this name server.
fn naming(exempt: &[SocketAddr], names: Arc<Names>) -> Fetcher {
    let lookup: Arc<dyn Lookup> = names;
    Fetcher::with_lookup(settings(exempt), &lookup).unwrap()
}

#[tokio::test]
async fn a_rebinding_name_is_judged_at_every_connection() {
    let site = Server::start(|mut exchange| Box::pin(async move { exchange.answer("200 OK", "policy").await })).await;
    let port = site.address.port();
    let canary = Server::canary(&format!("127.0.0.2:{port}")).await;
    let names = Names::new(&[
        &["127.0.0.1"],
        &["127.0.0.2"],
        &["127.0.0.2", "127.0.0.1"],
        &["10.0.0.1", "::1"],
    ]);
    let fetcher = naming(&[site.address], names.clone());
    let request = FetchRequest::new(format!("http://rebinding.example:{port}/"));
    let outcomes = [
        CaptureOutcome::Captured,
        CaptureOutcome::RefusedAddress,
        // The private address is left out, the permitted one beside it is used.
        CaptureOutcome::Captured,
        CaptureOutcome::RefusedAddress,
        // The answers are used up: the name is gone.
        CaptureOutcome::Dns,
    ];
    for (round, expected) in outcomes.into_iter().enumerate() {
        let fetched = fetcher.get(&request).await;
        assert_eq!(fetched.outcome, expected, "round {round}: {:?}", fetched.detail);
        assert_eq!(
            names.asked(),
            round + 1,
            "one question for one connection: nothing is asked again behind the guard"
        );
    }
    assert_eq!((site.connections(), canary.connections()), (2, 0));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_on_the_web_ports_too() {
    for answer in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "fd00::1",
        "fe80::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "192.168.1.1",
        "198.18.0.1",
    ] {
        for scheme in ["http", "https"] {
            let names = Names::new(&[&[answer]]);
            let fetcher = naming(&[], names);
            let fetched = fetcher
                .get(&FetchRequest::new(format!("{scheme}://inside.example/")))
                .await;
            assert_eq!(
                fetched.outcome,
                CaptureOutcome::RefusedAddress,
                "{answer}: {:?}",
                fetched.detail
            );
        }
    }
}

#[tokio::test]
async fn an_exemption_holds_for_exactly_one_address_and_port() {
    let site = Server::canary("127.0.0.1:0").await;
    let other = Server::canary("127.0.0.1:0").await;
    let neighbour = Server::canary(&format!("127.0.0.2:{}", site.address.port())).await;
    let fetcher = Fetcher::new(settings(&[site.address])).unwrap();
    let outcome = async |url: String| fetcher.get(&FetchRequest::new(url)).await.outcome;
    assert_eq!(outcome(site.url("/")).await, CaptureOutcome::Captured);
    assert_eq!(outcome(other.url("/")).await, CaptureOutcome::RefusedAddress);
    assert_eq!(outcome(neighbour.url("/")).await, CaptureOutcome::RefusedAddress);
    let by_name = format!("http://localhost:{}/", site.address.port());
    assert_eq!(
        outcome(by_name).await,
        CaptureOutcome::Captured,
        "a name may lead to the exempted address"
    );
    // A public address on an exempted port stays closed.
    let names = Names::new(&[&["8.8.8.8"]]);
    let fetcher = naming(&[SocketAddr::from(([127, 0, 0, 1], 9))], names);
    let fetched = fetcher.get(&FetchRequest::new("http://public.example:9/")).await;
    assert_eq!(fetched.outcome, CaptureOutcome::RefusedAddress);
    assert_eq!((other.connections(), neighbour.connections()), (0, 0));
}

/// The site that the second process of the test below fetches.
const FETCHED_BY_CHILD: &str = "ATLAS_FETCH_TEST_SITE";

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_used() {
    if let Ok(site) = std::env::var(FETCHED_BY_CHILD) {
        let url = format!("http://{site}/");
        let fetcher = Fetcher::new(settings(&[site.parse().unwrap()])).unwrap();
        assert_eq!(
            fetcher.get(&FetchRequest::new(&*url)).await.outcome,
            CaptureOutcome::Captured
        );
        // A client that nobody told otherwise does ask the proxy: the environment is one that matters.
        reqwest::Client::new().get(&url).send().await.unwrap();
        return;
    }
    let (site, proxy) = (Server::canary("127.0.0.1:0").await, Server::canary("127.0.0.1:0").await);
    // The environment belongs to the whole process, so the fetching is done by a second one.
    let done = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::guarding::a_proxy_of_the_environment_is_not_used"])
        .env(FETCHED_BY_CHILD, site.address.to_string())
        .env("HTTP_PROXY", proxy.url("/"))
        .env("http_proxy", proxy.url("/"))
        .env_remove("REQUEST_METHOD")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .await
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let requests = site.requests();
    assert_eq!(requests.len(), 1, "ours goes to the site: {requests:?}");
    let head = &requests[0];
    assert!(
        head.starts_with("GET / HTTP/1.1\r\n"),
        "a proxy would be sent the absolute form: {head}"
    );
    assert!(!head.to_ascii_lowercase().contains("cookie") && !head.to_ascii_lowercase().contains("referer"));
    let asked = proxy.requests();
    assert_eq!(asked.len(), 1, "only the other client asks the proxy: {asked:?}");
}
