//! Everything that can go wrong in a handler, and the one page that tells it.
//!
//! Invariant: a person sees a fixed sentence and a request id; the log has the whole chain, once. The page is drawn
//! by [`crate::middleware`], which knows the request: here an error only becomes a status and a note for it.

use std::{error::Error as StdError, time::Duration};

use atlas_domain::Feature;
use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// What is wrong with a form, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(&'static str, String)>);

impl FieldErrors {
    /// Notes one fault; `field` is the name (and id) of the input.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.push((field, sentence.into()));
    }
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Field and sentence, in order of the form.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, sentence)| (*field, sentence.as_str()))
    }
    /// The first sentence on a field.
    pub fn on(&self, field: &str) -> Option<&str> {
        self.iter()
            .find(|(name, _)| *name == field)
            .map(|(_, sentence)| sentence)
    }
    /// How many faults there are, in words: "One thing needs your attention".
    pub fn title(&self) -> String {
        match self.0.len() {
            1 => "One thing needs your attention".to_owned(),
            2 => "Two things need your attention".to_owned(),
            3 => "Three things need your attention".to_owned(),
            count => format!("{count} things need your attention"),
        }
    }
}

/// Why a request was not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such record, or not one that this person may know of.
    #[error("not found")]
    NotFound,
    /// Known, and refused.
    #[error("forbidden")]
    Forbidden,
    /// Nobody is signed in; carries the path to return to afterwards.
    #[error("sign-in required")]
    SignInRequired(String),
    /// The plan does not have the feature.
    #[error("the plan does not include {0}")]
    UpgradeRequired(Feature),
    /// A form that cannot be read or used.
    #[error("invalid input")]
    Invalid(FieldErrors),
    /// Too often; may be tried again after the given time.
    #[error("too many requests")]
    TooManyRequests(Duration),
    /// Too much at once on our side.
    #[error("overloaded")]
    Overloaded,
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// A fault of ours with its cause.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::internal(cause)
    }
}
impl From<atlas_db::Error> for Error {
    fn from(cause: atlas_db::Error) -> Self {
        Self::internal(cause)
    }
}
impl From<atlas_jobs::Error> for Error {
    fn from(cause: atlas_jobs::Error) -> Self {
        Self::internal(cause)
    }
}
impl From<askama::Error> for Error {
    fn from(cause: askama::Error) -> Self {
        Self::internal(cause)
    }
}

/// A note to the middleware: which error page to draw.
#[derive(Debug, Clone)]
pub(crate) struct ErrorPage {
    pub status: StatusCode,
    pub feature: Option<Feature>,
    pub fields: FieldErrors,
    pub retry_after: Option<Duration>,
}

impl ErrorPage {
    pub(crate) fn plain(status: StatusCode) -> Self {
        Self {
            status,
            feature: None,
            fields: FieldErrors::default(),
            retry_after: None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let page = match self {
            Self::NotFound => ErrorPage::plain(StatusCode::NOT_FOUND),
            Self::Forbidden => ErrorPage::plain(StatusCode::FORBIDDEN),
            Self::SignInRequired(next) => {
                return crate::render::see_other(&crate::accounts::log_in_address(&next));
            }
            Self::UpgradeRequired(feature) => ErrorPage {
                feature: Some(feature),
                ..ErrorPage::plain(StatusCode::PAYMENT_REQUIRED)
            },
            Self::Invalid(fields) => ErrorPage {
                fields,
                ..ErrorPage::plain(StatusCode::UNPROCESSABLE_ENTITY)
            },
            Self::TooManyRequests(wait) => ErrorPage {
                retry_after: Some(wait),
                ..ErrorPage::plain(StatusCode::TOO_MANY_REQUESTS)
            },
            Self::Overloaded => ErrorPage {
                retry_after: Some(Duration::from_secs(5)),
                ..ErrorPage::plain(StatusCode::SERVICE_UNAVAILABLE)
            },
            Self::Internal(cause) => {
                tracing::error!(error = %chain(cause.as_ref()), "request failed");
                ErrorPage::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = page.status;
        response.extensions_mut().insert(page);
        response
    }
}

/// An error with all its causes, on one line.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

/// The handler of every address that no route has.
pub(crate) async fn not_found() -> Error {
    Error::NotFound
}
