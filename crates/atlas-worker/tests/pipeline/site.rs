//! A web site on loopback, and policies to put on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// What one path of the site answers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub etag: Option<String>,
}

#[derive(Debug, Default)]
struct SiteState {
    answers: HashMap<String, Answer>,
    asked: Vec<(String, Option<String>)>,
    held: HashMap<String, Arc<tokio::sync::Semaphore>>,
}

/// A web site on loopback.
#[derive(Debug, Clone, Default)]
pub struct Site(Arc<Mutex<SiteState>>);

impl Site {
    pub fn page(&self, path: &str, body: &str) {
        self.answer(
            path,
            Answer {
                status: 200,
                body: body.to_owned(),
                etag: None,
            },
        );
    }
    /// Answers this path only when the gate is opened; see [`Site::release`].
    pub fn hold(&self, path: &str) {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        self.0.lock().unwrap().held.insert(path.to_owned(), gate);
    }
    /// Opens the gate of a path.
    pub fn release(&self, path: &str) {
        if let Some(gate) = self.0.lock().unwrap().held.remove(path) {
            gate.close();
        }
    }
    pub fn answer(&self, path: &str, answer: Answer) {
        self.0.lock().unwrap().answers.insert(path.to_owned(), answer);
    }
    /// Paths that were asked, with the entity tag that came along; without what a fetcher and a browser ask every site.
    pub fn asked(&self) -> Vec<(String, Option<String>)> {
        let asked = self.0.lock().unwrap().asked.clone();
        asked
            .into_iter()
            .filter(|(path, _)| path != "robots.txt" && path != "favicon.ico")
            .collect()
    }
    /// Serves until the test ends; returns the port.
    pub async fn serve(self) -> u16 {
        let router = axum::Router::new().route("/{*path}", get(respond)).with_state(self);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        port
    }
}

async fn respond(State(site): State<Site>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    let tag = headers
        .get(header::IF_NONE_MATCH)
        .map(|value| value.to_str().unwrap().to_owned());
    let gate = {
        let mut state = site.0.lock().unwrap();
        state.asked.push((path.clone(), tag.clone()));
        state.held.get(&path).cloned()
    };
    if let Some(gate) = gate {
        // A gate has no permits: it ends when it is closed.
        let _ = gate.acquire().await;
    }
    let answer = site.0.lock().unwrap().answers.get(&path).cloned();
    let Some(answer) = answer else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if answer.etag.is_some() && answer.etag == tag {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let kind = if answer.body.starts_with("%PDF-") {
        "application/pdf"
    } else {
        "text/html; charset=utf-8"
    };
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, kind.parse().unwrap());
    if let Some(tag) = answer.etag {
        response.headers_mut().insert(header::ETAG, tag.parse().unwrap());
    }
    response
}

/// A page around a policy, with the junk that real ones have.
pub fn page(title: &str, paragraphs: &[&str]) -> String {
    let body: String = paragraphs
        .iter()
        .map(|text| match text.strip_prefix("## ") {
            Some(heading) => format!("<h2>{heading}</h2>"),
            None => format!("<p>{text}</p>"),
        })
        .collect();
    format!(
        "<!doctype html><html><head><title>{title}</title></head><body><nav><a href='/'>Home</a> <a href='/p'>Pricing</a></nav>\
         <main><h1>{title}</h1>{body}</main><footer>© Halden AI. All rights reserved.</footer></body></html>"
    )
}

/// Enough plain policy for the content gate, without a word on any question.
pub const FILLER: [&str; 4] = [
    "## About this policy",
    "This policy explains how Halden AI handles information when you use the Halden service, our websites and our apps, \
     and how you can reach us when something in it is unclear to you or when you would like to hear more about it.",
    "The service is operated by Halden AI Ltd, a company registered in Norway, and the words below are meant to be read \
     together with the other documents that we publish on our site, which describe the service and its parts in detail.",
    "If you have a question about this policy you can write to the address at the end of this page at any time, and a \
     member of our staff will answer you within a reasonable time and in the language in which you wrote to us.",
];

/// A policy: the filler, then a section of the given sentences.
pub fn policy(sentences: &[&str]) -> String {
    let mut parts = FILLER.to_vec();
    parts.push("## Your content");
    parts.extend(sentences);
    page("Privacy Policy", &parts)
}

/// Opt-in and opt-out, as a detector reads them.
pub const OPT_IN: &str = "We will not use your content to train our models unless you opt in.";
pub const OPT_OUT: &str = "We use your content to train our models unless you opt out in your account settings.";
/// No choice at all: of high severity.
pub const NO_CHOICE: &str = "We may use your content to train our models.";
