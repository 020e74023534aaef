//! Finished public pages in memory, answered before anything else is done.
//!
//! Invariant: only `GET` answers with status 200 and [`CachePolicy::Public`] for requests without a session are kept,
//! with all their headers and in both encodings. One page is drawn once at a time, however many ask for it. A page that
//! is kept is handed out before the router is asked (`PageCache::kept`).

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
            RANGE,
        },
    },
    response::Response,
};
use bytes::Bytes;
use moka::future::Cache;
use tower::{Service, ServiceExt};

use crate::{CachePolicy, WebState, accounts::session, assets, middleware, pages, theme::Theme};

/// Longest path and query that is kept: longer ones are asked once.
const LONGEST_KEY: usize = 512;
/// Largest page that is kept, in bytes.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

type Pages = Cache<Arc<str>, Arc<Kept>>;

/// A finished page.
#[derive(Debug)]
struct Kept {
    plain: Encoded,
    gzip: Option<Encoded>,
}

#[derive(Debug)]
struct Encoded {
    headers: HeaderMap,
    body: Bytes,
}

/// Finished public pages of each theme, by path and query.
#[derive(Clone)]
pub struct PageCache(Option<Arc<[Pages; 3]>>);

impl std::fmt::Debug for PageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = self.0.as_deref().map(|pages| pages.each_ref().map(Cache::entry_count));
        f.debug_tuple("PageCache").field(&counts).finish()
    }
}

impl PageCache {
    /// A cache whose pages live for `ttl`; zero gives one that keeps nothing.
    pub fn new(ttl: Duration, bytes: u64) -> Self {
        if ttl.is_zero() {
            return Self(None);
        }
        // Few readers choose a theme.
        let shares = [bytes / 2, bytes / 4, bytes / 4];
        Self(Some(Arc::new(shares.map(|share| {
            Cache::builder()
                .max_capacity(share)
                .weigher(|path: &Arc<str>, page: &Arc<Kept>| {
                    let gzip = page.gzip.as_ref().map_or(0, |gzip| gzip.body.len());
                    u32::try_from(path.len() + page.plain.body.len() + gzip + 2_048).unwrap_or(u32::MAX)
                })
                .time_to_live(ttl)
                .build()
        }))))
    }

    /// Forgets every page, for tests and after bulk imports.
    pub fn clear(&self) {
        for pages in self.0.iter().flat_map(|pages| pages.iter()) {
            pages.invalidate_all();
        }
    }

    /// The answer to a request, if it is a kept page.
    pub(crate) async fn kept<B>(&self, request: &Request<B>) -> Option<Response<Option<Bytes>>> {
        let pages = self.0.as_ref()?;
        if !is_candidate(request) {
            return None;
        }
        let page = of_theme(pages, request.headers()).get(target(request)).await?;
        tracing::debug!(route = "cached", "answered");
        Some(page.respond(request.headers()))
    }
}

/// The pages of the reader's theme.
fn of_theme<'c>(pages: &'c [Pages; 3], headers: &HeaderMap) -> &'c Pages {
    let [auto, light, dark] = pages;
    match Theme::of(headers) {
        Theme::Auto => auto,
        Theme::Light => light,
        Theme::Dark => dark,
    }
}

fn target<B>(request: &Request<B>) -> &str {
    request.uri().path_and_query().map_or("/", |target| target.as_str())
}

/// Puts the cache in front of a finished router.
pub fn wrap(inner: Router, state: &WebState) -> Router {
    if state.page_cache.0.is_none() {
        return inner;
    }
    Router::new().fallback_service(CacheService {
        inner,
        cache: state.page_cache.clone(),
    })
}

#[derive(Clone)]
struct CacheService {
    inner: Router,
    cache: PageCache,
}

impl Service<Request> for CacheService {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            match &service.cache.0 {
                Some(pages) if is_candidate(&request) => Ok(answer(&service.inner, pages, request).await),
                _ => service.inner.oneshot(request).await,
            }
        })
    }
}

/// Whether the answer could be a public page: everything else goes straight through.
fn is_candidate<B>(request: &Request<B>) -> bool {
    const PRIVATE: [&str; 13] = [
        "static", "og", "app", "login", "signup", "password", "confirm", "u", "outbox", "livez", "readyz", "search",
        "watch",
    ];
    let path = request.uri().path();
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    request.method() == Method::GET
        && !PRIVATE.contains(&first)
        && request
            .uri()
            .path_and_query()
            .is_some_and(|target| target.as_str().len() <= LONGEST_KEY)
        && !request.headers().contains_key(RANGE)
        && !session::is_present(request.headers())
        // A page is kept by its address alone; data under the same address is asked for itself.
        && !pages::wants_json(request.headers())
}

/// An answer that is not for keeping, handed to the one request that caused it.
struct NotKept(Mutex<Option<Response>>);

async fn answer(inner: &Router, pages: &[Pages; 3], mut request: Request) -> Response {
    let asked = request.headers().clone();
    let pages = of_theme(pages, &asked);
    if let Some(page) = pages.get(target(&request)).await {
        return page.respond(&asked).map(body);
    }
    let key: Arc<str> = target(&request).into();
    // The page is kept whole and uncompressed; what this reader can take is decided when it is handed out.
    for name in [ACCEPT_ENCODING, IF_NONE_MATCH, IF_MODIFIED_SINCE] {
        request.headers_mut().remove(name);
    }
    let again = retry_of(&request);
    match pages.try_get_with(key, draw(inner.clone(), request)).await {
        Ok(page) => page.respond(&asked).map(body),
        Err(not_kept) => {
            let own = not_kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            match own {
                Some(response) => response,
                // Somebody else's request was refused while we waited: ours is asked for itself.
                None => match inner.clone().oneshot(again).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
            }
        }
    }
}

fn body(bytes: Option<Bytes>) -> Body {
    bytes.map_or_else(Body::empty, Body::from)
}

fn retry_of(request: &Request) -> Request {
    let mut again = Request::new(Body::empty());
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    *again.extensions_mut() = request.extensions().clone();
    again
}

async fn draw(inner: Router, request: Request) -> Result<Arc<Kept>, NotKept> {
    let response = match inner.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let public = response.extensions().get::<CachePolicy>() == Some(&CachePolicy::Public);
    if !public || response.status() != StatusCode::OK || response.headers().contains_key("set-cookie") {
        return Err(NotKept(Mutex::new(Some(response))));
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_PAGE).await else {
        tracing::error!("a public page is too large to keep");
        let mut failed = Response::new(Body::empty());
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(NotKept(Mutex::new(Some(failed))));
    };
    parts.headers.remove(CONTENT_LENGTH);
    // The id named the request that drew the page, not those that will read it.
    parts.headers.remove("x-request-id");
    let gzip = assets::gzip(&body)
        .filter(|small| small.len() < body.len())
        .map(|small| compressed(&parts.headers, small));
    Ok(Arc::new(Kept {
        plain: Encoded {
            headers: parts.headers,
            body,
        },
        gzip,
    }))
}

fn compressed(headers: &HeaderMap, body: Bytes) -> Encoded {
    let mut headers = headers.clone();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let tag = headers
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok())
        .and_then(|tag| HeaderValue::from_str(&format!("{}-gz\"", tag.trim_end_matches('"'))).ok());
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    Encoded { headers, body }
}

impl Kept {
    /// The answer; without bytes where the reader holds them.
    fn respond(&self, asked: &HeaderMap) -> Response<Option<Bytes>> {
        let page = match &self.gzip {
            Some(gzip) if assets::accepts_gzip(asked) => gzip,
            _ => &self.plain,
        };
        let mut response = Response::new(None);
        *response.headers_mut() = page.headers.clone();
        if middleware::is_current(asked, &page.headers) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().remove(CONTENT_ENCODING);
        } else {
            *response.body_mut() = Some(page.body.clone());
        }
        response
    }
}
