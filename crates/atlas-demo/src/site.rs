//! The loopback site that serves every sample document at its present step.
//!
//! Invariant: the words of a page depend on the state file alone, so a step made by any process shows at the next
//! request; the bytes differ at every request, as they do on real sites.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use sha2::{Digest as _, Sha256};

use crate::{
    DemoDocument, DemoError, DemoPlatform, DemoStep, document, page, platforms,
    state::{State, StateFile},
};

/// The sample site; clones share it.
#[derive(Debug, Clone)]
pub struct DemoSite {
    file: StateFile,
    requests: Arc<AtomicU64>,
}

impl DemoSite {
    /// A site whose steps are kept in the file at `state` (made at the first step, with its folder).
    pub fn open(state: impl Into<PathBuf>) -> Result<Self, DemoError> {
        let file = StateFile::new(state.into())?;
        file.read()?;
        // Another start on every run, so that a page's bytes do not come again after a restart either.
        let first = RandomState::new().build_hasher().finish();
        Ok(Self {
            file,
            requests: Arc::new(AtomicU64::new(first)),
        })
    }

    /// The site: `/{platform}/{document}`, `/{platform}`, `/`, `/robots.txt`, and a 404 page for anything else.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(home))
            .route("/robots.txt", get(robots))
            .route("/{platform}", get(platform_page))
            .route("/{platform}/{document}", get(document_page))
            .fallback(async || not_found())
            .with_state(self.clone())
    }

    /// Makes the next thing happen: the next pending version that has not happened, platform by platform in order
    /// of slug; after the last of them, the further change of whichever document has had the fewest.
    /// `None` only if there are no samples.
    pub fn step(&self) -> Result<Option<DemoStep>, DemoError> {
        self.file.update(|state| {
            let (platform, document) = next(state)?;
            Some(advance(state, platform, document))
        })
    }

    /// Makes the next thing happen to one document: its pending version first, then ever new ones.
    pub fn step_document(&self, platform_slug: &str, document_slug: &str) -> Result<DemoStep, DemoError> {
        let (platform, document) = find(platform_slug, document_slug)?;
        self.file.update(|state| advance(state, platform, document))
    }

    /// Whether anything has happened beyond the written history.
    pub fn has_stepped(&self) -> Result<bool, DemoError> {
        Ok(self.file.read()?.any())
    }

    /// Takes everything back to the end of the written history.
    pub fn reset(&self) -> Result<(), DemoError> {
        self.file.update(|state| *state = State::default())
    }

    /// The words that the site serves for a document now, Markdown.
    pub fn text(&self, platform_slug: &str, document_slug: &str) -> Result<String, DemoError> {
        let (platform, document) = find(platform_slug, document_slug)?;
        Ok(document.text_at(self.file.read()?.steps(&platform.slug, &document.slug)))
    }

    /// A number that no other request of this run gets.
    fn nonce(&self) -> u64 {
        // The finaliser of SplitMix64: a bijection, so distinct counts give distinct, unlike-looking numbers.
        let mut mixed = self.requests.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn find(platform: &str, slug: &str) -> Result<(&'static DemoPlatform, &'static DemoDocument), DemoError> {
    document(platform, slug).ok_or_else(|| DemoError::UnknownDocument {
        platform: platform.to_owned(),
        document: slug.to_owned(),
    })
}

fn advance(state: &mut State, platform: &'static DemoPlatform, document: &'static DemoDocument) -> DemoStep {
    DemoStep {
        platform: &platform.slug,
        document: &document.slug,
        number: state.advance(&platform.slug, &document.slug),
    }
}

/// The document whose turn it is.
fn next(state: &State) -> Option<(&'static DemoPlatform, &'static DemoDocument)> {
    // The first pending document of every platform comes before the second of any.
    let mut turns = Vec::new();
    for platform in platforms() {
        let (pending, other): (Vec<_>, Vec<_>) = platform.documents.iter().partition(|it| it.pending.is_some());
        turns.extend(
            (0_usize..)
                .zip(pending.into_iter().chain(other))
                .map(|(round, it)| (round, platform, it)),
        );
    }
    turns.sort_by_key(|(round, platform, document)| (document.pending.is_none(), *round, &platform.slug));
    let waiting = turns
        .iter()
        .find(|(_, platform, document)| document.pending.is_some() && state.steps(&platform.slug, &document.slug) == 0);
    let further = |(_, platform, document): &&(usize, &DemoPlatform, &DemoDocument)| {
        let steps = state.steps(&platform.slug, &document.slug);
        steps - u32::from(document.pending.is_some()).min(steps)
    };
    // `min_by_key` keeps the first of equals, so ties fall in the same order.
    waiting
        .or_else(|| turns.iter().min_by_key(further))
        .map(|(_, platform, document)| (*platform, *document))
}

async fn home(Shared(site): Shared<DemoSite>) -> Html<String> {
    Html(page::home_html(site.nonce()))
}

async fn platform_page(Shared(site): Shared<DemoSite>, Path(slug): Path<String>) -> Response {
    match platforms().iter().find(|platform| platform.slug == slug) {
        Some(platform) => Html(page::platform_html(platform, site.nonce())).into_response(),
        None => not_found(),
    }
}

async fn robots() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        "User-agent: *\nAllow: /\nDisallow: /account/\n",
    )
}

async fn document_page(
    Shared(site): Shared<DemoSite>,
    Path((platform_slug, document_slug)): Path<(String, String)>,
    request: HeaderMap,
) -> Response {
    let Some((platform, document)) = document(&platform_slug, &document_slug) else {
        return not_found();
    };
    let file = site.file.clone();
    let steps = match tokio::task::spawn_blocking(move || file.read()).await {
        Ok(Ok(state)) => state.steps(&platform.slug, &document.slug),
        Ok(Err(error)) => {
            tracing::error!(error = %error, "the state of the sample site cannot be read");
            return failed();
        }
        Err(error) => {
            tracing::error!(error = %error, "reading the state of the sample site was cut short");
            return failed();
        }
    };
    let text = document.text_at(steps);
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        HeaderName::from_static("x-sample"),
        HeaderValue::from_static("fictitious"),
    );
    if platform.etag {
        let tag = entity_tag(&text);
        if let Ok(value) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, value);
        }
        if request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .any(|value| names(value, &tag))
        {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
    }
    let html = page::page_html(platform, document, &text, site.nonce());
    (headers, Html(html)).into_response()
}

/// A strong tag for the words of a page. It ignores the bytes around them: publishers do that too.
fn entity_tag(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        // Writing into a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    format!("\"{hex}\"")
}

/// Whether a value of `If-None-Match` names the tag (weak comparison, RFC 9110 13.1.2).
fn names(value: &HeaderValue, tag: &str) -> bool {
    value.to_str().is_ok_and(|list| {
        list.split(',')
            .map(str::trim)
            .any(|item| item == "*" || item.strip_prefix("W/").unwrap_or(item) == tag)
    })
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Html(page::not_found_html())).into_response()
}

fn failed() -> Response {
    let sentence = "The sample site cannot read its state file; its log says why.";
    (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
}
