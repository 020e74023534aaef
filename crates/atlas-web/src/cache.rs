//! Finished public pages in memory, answered before anything else is done.
//!
//! Invariant: only `GET` answers with status 200 and [`CachePolicy::Public`] for requests without a session are kept,
//! with all their headers and in both encodings. One page is drawn once at a time, however many ask for it.

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

type Key = (Box<str>, Theme);

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

/// Finished public pages, by path, query and theme.
#[derive(Clone)]
pub struct PageCache(Option<Cache<Key, Arc<Kept>>>);

impl std::fmt::Debug for PageCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PageCache")
            .field(&self.0.as_ref().map(Cache::entry_count))
            .finish()
    }
}

impl PageCache {
    /// A cache whose pages live for `ttl`; zero gives one that keeps nothing.
    pub fn new(ttl: Duration, bytes: u64) -> Self {
        if ttl.is_zero() {
            return Self(None);
        }
        let weigh = |key: &Key, page: &Arc<Kept>| {
            let gzip = page.gzip.as_ref().map_or(0, |gzip| gzip.body.len());
            u32::try_from(key.0.len() + page.plain.body.len() + gzip + 2_048).unwrap_or(u32::MAX)
        };
        Self(Some(
            Cache::builder()
                .max_capacity(bytes)
                .weigher(weigh)
                .time_to_live(ttl)
                .build(),
        ))
    }

    /// Forgets every page, for tests and after bulk imports.
    pub fn clear(&self) {
        if let Some(cache) = &self.0 {
            cache.invalidate_all();
        }
    }
}

/// Puts the cache in front of a finished router.
pub fn wrap(inner: Router, state: &WebState) -> Router {
    match &state.page_cache.0 {
        None => inner,
        Some(cache) => Router::new().fallback_service(CacheService {
            inner,
            cache: cache.clone(),
        }),
    }
}

#[derive(Clone)]
struct CacheService {
    inner: Router,
    cache: Cache<Key, Arc<Kept>>,
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
            if !is_candidate(&request) {
                return service.inner.oneshot(request).await;
            }
            Ok(service.answer(request).await)
        })
    }
}

/// Whether the answer could be a public page: everything else goes straight through.
fn is_candidate(request: &Request) -> bool {
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

impl CacheService {
    async fn answer(self, mut request: Request) -> Response {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let key: Key = (target.into(), Theme::of(request.headers()));
        if let Some(page) = self.cache.get(&key).await {
            tracing::debug!(route = "cached", "answered");
            return page.respond(request.headers());
        }
        let asked = request.headers().clone();
        // The page is kept whole and uncompressed; what this reader can take is decided when it is handed out.
        for name in [ACCEPT_ENCODING, IF_NONE_MATCH, IF_MODIFIED_SINCE] {
            request.headers_mut().remove(name);
        }
        let again = retry_of(&request);
        let inner = self.inner.clone();
        match self.cache.try_get_with(key, draw(inner, request)).await {
            Ok(page) => page.respond(&asked),
            Err(not_kept) => {
                let own = not_kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
                match own {
                    Some(response) => response,
                    // Somebody else's request was refused while we waited: ours is asked for itself.
                    None => match self.inner.oneshot(again).await {
                        Ok(response) => response,
                        Err(never) => match never {},
                    },
                }
            }
        }
    }
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
    fn respond(&self, asked: &HeaderMap) -> Response {
        let page = match &self.gzip {
            Some(gzip) if assets::accepts_gzip(asked) => gzip,
            _ => &self.plain,
        };
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = page.headers.clone();
        if middleware::is_current(asked, &page.headers) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(CONTENT_TYPE);
            response.headers_mut().remove(CONTENT_ENCODING);
        } else {
            *response.body_mut() = Body::from(page.body.clone());
        }
        response
    }
}
