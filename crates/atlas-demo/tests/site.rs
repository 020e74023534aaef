//! The sample site over real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test's own function may fail the test")]

use std::collections::BTreeSet;

use atlas_demo::{DemoError, DemoSite, platforms};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
    fn article(&self) -> &str {
        let (_, rest) = self.body.split_once("<article").unwrap();
        let (_, words) = rest.split_once('>').unwrap();
        words.split_once("</article>").unwrap().0
    }
}

struct Served {
    address: std::net::SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn start(site: &DemoSite) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = site.router();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    async fn get(&self, path: &str, extra: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n{extra}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = String::new();
        stream.read_to_string(&mut bytes).await.unwrap();
        let (head, body) = bytes.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn site(folder: &tempfile::TempDir) -> DemoSite {
    DemoSite::open(folder.path().join("demo").join("state.json")).unwrap()
}

#[tokio::test]
async fn every_document_is_served_and_its_bytes_differ_each_time_while_its_words_stand() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(&site(&folder)).await;
    for platform in platforms() {
        for document in &platform.documents {
            let path = format!("/{}/{}", platform.slug, document.slug);
            let (first, second) = (served.get(&path, "").await, served.get(&path, "").await);
            assert_eq!(first.status, 200, "{path}");
            assert_ne!(first.body, second.body, "{path}");
            assert_eq!(first.article(), second.article(), "{path}");
        }
    }
    assert!(served.get("/robots.txt", "").await.body.contains("User-agent: *"));
    assert_eq!(served.get("/", "").await.status, 200);
    assert_eq!(served.get("/halden-ai", "").await.status, 200);
    for path in ["/nobody", "/halden-ai/nothing", "/a/b/c"] {
        let answer = served.get(path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("fictitious"));
    }
}

#[tokio::test]
async fn half_of_the_platforms_answer_not_modified_until_the_words_change() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let served = Served::start(&site).await;
    let with_tag = platforms().iter().filter(|platform| platform.etag).count();
    assert_eq!(with_tag, platforms().len() / 2);
    for platform in platforms() {
        let document = &platform.documents[0];
        let path = format!("/{}/{}", platform.slug, document.slug);
        let Some(tag) = served.get(&path, "").await.header("etag").map(str::to_owned) else {
            assert!(!platform.etag, "{path}");
            let answer = served.get(&path, "If-None-Match: *\r\n").await;
            assert_eq!(answer.status, 200, "{path} knows no tags");
            continue;
        };
        assert!(platform.etag && !tag.starts_with("W/"), "{path}");
        for list in [tag.clone(), format!("\"other\", W/{tag}")] {
            let answer = served.get(&path, &format!("If-None-Match: {list}\r\n")).await;
            assert_eq!(answer.status, 304, "{path}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert!(answer.body.is_empty());
        }
        site.step_document(&platform.slug, &document.slug).unwrap();
        let answer = served.get(&path, &format!("If-None-Match: {tag}\r\n")).await;
        assert_eq!(answer.status, 200, "{path} has new words");
        assert_ne!(answer.header("etag"), Some(tag.as_str()));
    }
}

#[tokio::test]
async fn a_step_by_another_process_shows_at_the_next_request_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = "/halden-ai/privacy-policy";
    let before = {
        let served = Served::start(&site(&folder)).await;
        let before = served.get(path, "").await.article().to_owned();
        // A second site on the same file stands for `demo step` in another process.
        let step = site(&folder).step_document("halden-ai", "privacy-policy").unwrap();
        assert_eq!(
            (step.platform, step.document, step.number),
            ("halden-ai", "privacy-policy", 1)
        );
        assert_ne!(served.get(path, "").await.article(), before);
        before
    };
    let restarted = site(&folder);
    let served = Served::start(&restarted).await;
    assert_ne!(served.get(path, "").await.article(), before);
    restarted.reset().unwrap();
    assert_eq!(served.get(path, "").await.article(), before);
}

#[test]
fn steps_make_everything_pending_happen_once_by_platform_and_then_go_on_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let pending: BTreeSet<_> = platforms()
        .iter()
        .flat_map(|platform| platform.documents.iter().map(move |document| (platform, document)))
        .filter(|(_, document)| document.pending.is_some())
        .map(|(platform, document)| (platform.slug.as_str(), document.slug.as_str()))
        .collect();
    let platforms_pending: BTreeSet<_> = pending.iter().map(|(platform, _)| *platform).collect();
    let mut happened = Vec::new();
    for _ in &pending {
        let step = site.step().unwrap().unwrap();
        assert_eq!(step.number, 1);
        let (_, document) = atlas_demo::document(step.platform, step.document).unwrap();
        assert_eq!(
            &site.text(step.platform, step.document).unwrap(),
            document.pending.as_ref().unwrap()
        );
        happened.push((step.platform, step.document));
    }
    assert_eq!(happened.iter().copied().collect::<BTreeSet<_>>(), pending);
    let first_round: Vec<_> = happened
        .iter()
        .map(|(platform, _)| *platform)
        .take(platforms_pending.len())
        .collect();
    assert_eq!(first_round, platforms_pending.into_iter().collect::<Vec<_>>());
    let documents: usize = platforms().iter().map(|platform| platform.documents.len()).sum();
    let mut further = BTreeSet::new();
    for _ in 0..documents {
        let step = site.step().unwrap().unwrap();
        assert!(
            further.insert((step.platform, step.document)),
            "every document has its turn"
        );
    }
    assert!(site.step().unwrap().is_some());
}

#[test]
fn steps_from_several_threads_are_all_counted() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    site(&folder).step_document("quillmark", "privacy-policy").unwrap();
                }
            });
        }
    });
    assert_eq!(
        site(&folder)
            .step_document("quillmark", "privacy-policy")
            .unwrap()
            .number,
        41
    );
}

#[test]
fn a_hundred_steps_on_one_document_give_a_hundred_texts() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder);
    let mut texts = BTreeSet::from([site.text("quillmark", "privacy-policy").unwrap()]);
    for _ in 0..100 {
        site.step_document("quillmark", "privacy-policy").unwrap();
        assert!(texts.insert(site.text("quillmark", "privacy-policy").unwrap()));
    }
}

#[test]
fn an_unknown_document_and_a_broken_state_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = site(&folder).step_document("halden-ai", "nothing");
    assert!(matches!(unknown, Err(DemoError::UnknownDocument { .. })));
    let path = folder.path().join("broken.json");
    std::fs::write(&path, "{\"steps\": 3}").unwrap();
    assert!(matches!(DemoSite::open(path), Err(DemoError::StateFormat { .. })));
}
