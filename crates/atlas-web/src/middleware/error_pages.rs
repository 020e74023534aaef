//! Draws the one error page: a fixed sentence, what to do next, and the request id.
//!
//! Invariant: whatever refused a request (a handler, an extractor, a limit, the cross-site check, a panic), the
//! reader gets the same page, and nothing of the cause.

use std::any::Any;

use askama::Template;
use atlas_db::view::spelling::{NearPlatform, near_platforms};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};

use crate::{CachePolicy, Chrome, FieldErrors, WebState, error::ErrorPage, middleware::RequestId, render};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorView {
    chrome: Chrome,
    status: u16,
    title: &'static str,
    sentence: String,
    next: NextStep,
    /// Platforms with a name like the one in an address that leads nowhere.
    near: Vec<NearPlatform>,
    fields: FieldErrors,
    request_id: String,
}

/// What the page offers.
#[derive(PartialEq, Eq)]
enum NextStep {
    Search,
    Upgrade,
    Nothing,
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that the panic layer calls")]
pub(super) fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown cause");
    tracing::error!(error = text, "a handler panicked");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

pub(super) async fn draw(State(state): State<WebState>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let cookies: HeaderMap = request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .map(|value| (header::COOKIE, value.clone()))
        .collect();
    let id = request.extensions().get::<RequestId>().copied();
    let response = next.run(request).await;
    let status = response.status();
    let drawn = response.extensions().get::<CachePolicy>().is_some();
    let plain_answer = matches!(path.as_str(), "/readyz" | "/livez");
    if drawn || plain_answer || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let page = response
        .extensions()
        .get::<ErrorPage>()
        .cloned()
        .unwrap_or_else(|| ErrorPage::plain(status));
    let chrome = frame(&state, &path, &cookies, status).await;
    let near = near(&state, &path, status).await;
    let mut answer = body(chrome, &page, near, id);
    // What the layer below had to say about the method or the waiting time stays true.
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    if let Some(wait) = page.retry_after {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    answer
}

/// The frame; after a fault of ours the database is not asked who reads.
async fn frame(state: &WebState, path: &str, cookies: &HeaderMap, status: StatusCode) -> Chrome {
    let anonymous = Chrome::anonymous(state, path, cookies);
    if status.is_server_error() {
        return anonymous;
    }
    Chrome::of(state, path, cookies).await.unwrap_or(anonymous)
}

/// Longest piece of an address that is compared with slugs, in bytes.
const LONGEST_SLUG: usize = 80;

/// Platforms that an unknown address below `/platform/` may have meant. A fault in finding them is no fault of the page.
async fn near(state: &WebState, path: &str, status: StatusCode) -> Vec<NearPlatform> {
    let slug = path
        .strip_prefix("/platform/")
        .and_then(|rest| rest.split('/').next())
        .filter(|slug| status == StatusCode::NOT_FOUND && slug.len() <= LONGEST_SLUG && !slug.contains('%'));
    let Some(slug) = slug else { return Vec::new() };
    let found = async {
        let mut conn = state.pool.acquire().await?;
        near_platforms(&mut conn, slug, 4).await
    };
    found.await.unwrap_or_else(|error| {
        tracing::warn!(%error, "no platform could be proposed");
        Vec::new()
    })
}

fn body(chrome: Chrome, page: &ErrorPage, near: Vec<NearPlatform>, id: Option<RequestId>) -> Response {
    let (title, sentence, next) = words(page);
    let view = ErrorView {
        chrome,
        status: page.status.as_u16(),
        title,
        sentence,
        next,
        near,
        fields: page.fields.clone(),
        request_id: id.map(|id| id.to_string()).unwrap_or_default(),
    };
    let mut response = match view.render() {
        Ok(text) => render::bytes(render::HTML, text, CachePolicy::Private, None),
        Err(error) => {
            tracing::error!(%error, "the error page could not be drawn");
            render::bytes("text/plain; charset=utf-8", title, CachePolicy::Private, None)
        }
    };
    *response.status_mut() = page.status;
    response
}

fn words(page: &ErrorPage) -> (&'static str, String, NextStep) {
    let fixed = |title, sentence: &str, next| (title, sentence.to_owned(), next);
    match page.status {
        StatusCode::NOT_FOUND => fixed(
            "No record has this address",
            "Records are never deleted, so the number may be mistyped or the page may have a new slug. \
             A CA- number always finds it.",
            NextStep::Search,
        ),
        StatusCode::FORBIDDEN => fixed(
            "This request was refused",
            "It did not come from a page of ours, or you may not do this. Open the page again and repeat it from there.",
            NextStep::Nothing,
        ),
        StatusCode::METHOD_NOT_ALLOWED => fixed(
            "This address does not take that kind of request",
            "Open the page in your browser instead.",
            NextStep::Nothing,
        ),
        StatusCode::PAYMENT_REQUIRED => {
            let plan = page.feature.map(atlas_domain::Feature::lowest_plan);
            let sentence = plan.map_or_else(
                || "Your plan does not include this.".to_owned(),
                |plan| {
                    format!(
                        "This starts with {} for ${} a month. What you follow now stays as it is.",
                        plan.label(),
                        plan.limits().monthly_usd
                    )
                },
            );
            ("Your plan does not include this", sentence, NextStep::Upgrade)
        }
        StatusCode::TOO_MANY_REQUESTS => {
            let sentence = page.retry_after.map_or_else(
                || "Please wait a while and try again.".to_owned(),
                |wait| format!("Please wait {} and try again.", waiting_words(wait)),
            );
            ("That was too often", sentence, NextStep::Nothing)
        }
        StatusCode::PAYLOAD_TOO_LARGE => fixed(
            "That was too much at once",
            "The request is larger than we accept (256 KB).",
            NextStep::Nothing,
        ),
        StatusCode::SERVICE_UNAVAILABLE => fixed(
            "We could not answer in time",
            "The service is busy. Please try again in a moment.",
            NextStep::Nothing,
        ),
        status if status.is_client_error() => fixed(
            "The request could not be read",
            "Something in it is missing or malformed. Go back, check the form and send it again.",
            NextStep::Nothing,
        ),
        _ => fixed(
            "Something went wrong on our side",
            "The fault is recorded. If it stays, write to us with the number below.",
            NextStep::Nothing,
        ),
    }
}

fn waiting_words(wait: std::time::Duration) -> String {
    match wait.as_secs() {
        0..=90 => "a minute".to_owned(),
        seconds @ 91..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
    }
}
