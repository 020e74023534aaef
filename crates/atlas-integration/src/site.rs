//! A site whose pages change when the test says so.
//!
//! Invariant: a page answers exactly what it was last set to, and every request to it is counted.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What a page answers.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    content_type: String,
    body: String,
    etag: Option<String>,
    requests: usize,
    /// Requests that were answered with 304.
    confirmed: usize,
}

type Pages = Arc<Mutex<HashMap<String, Answer>>>;

/// A site on loopback; it stops when dropped.
#[derive(Debug)]
pub struct SourceSite {
    address: SocketAddr,
    pages: Pages,
    serving: JoinHandle<()>,
}

impl Drop for SourceSite {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl SourceSite {
    /// Starts an empty site on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let pages = Pages::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&pages));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            pages,
            serving,
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
    /// The whole address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets a page's HTML, answered with status 200 and no validators.
    pub fn set(&self, path: &str, html: &str) {
        self.change(path, |answer| {
            answer.status = 200;
            html.clone_into(&mut answer.body);
        });
    }
    /// Sets the entity tag that a page carries and answers with 304; `None` takes it away.
    pub fn set_etag(&self, path: &str, etag: Option<&str>) {
        self.change(path, |answer| answer.etag = etag.map(str::to_owned));
    }
    /// Lets a page answer with a status, its body kept.
    pub fn set_status(&self, path: &str, status: u16) {
        self.change(path, |answer| answer.status = status);
    }
    /// Sets what a page says it is.
    pub fn set_content_type(&self, path: &str, content_type: &str) {
        self.change(path, |answer| content_type.clone_into(&mut answer.content_type));
    }

    /// Requests for a page so far.
    pub fn requests(&self, path: &str) -> usize {
        self.pages().get(path).map_or(0, |answer| answer.requests)
    }
    /// Requests for a page that were answered with 304.
    pub fn confirmed(&self, path: &str) -> usize {
        self.pages().get(path).map_or(0, |answer| answer.confirmed)
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Answer)) {
        change(self.pages().entry(path.to_owned()).or_insert_with(|| Answer {
            status: 200,
            content_type: "text/html; charset=utf-8".to_owned(),
            body: String::new(),
            etag: None,
            requests: 0,
            confirmed: 0,
        }));
    }
}

async fn answer(State(pages): State<Pages>, uri: Uri, request: HeaderMap) -> Response {
    let mut pages = pages.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(page) = pages.get_mut(uri.path()) else {
        return (StatusCode::NOT_FOUND, "nothing here").into_response();
    };
    page.requests += 1;
    let mut headers = HeaderMap::new();
    if let Some(etag) = &page.etag {
        headers.insert(header::ETAG, etag.parse().unwrap());
        let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        if known == Some(etag) && page.status == 200 {
            page.confirmed += 1;
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    headers.insert(header::CONTENT_TYPE, page.content_type.parse().unwrap());
    let status = StatusCode::from_u16(page.status).unwrap();
    (status, headers, page.body.clone()).into_response()
}
