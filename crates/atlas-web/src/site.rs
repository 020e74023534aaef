//! What a server serves: the routes, and in front of them the pages that are kept.
//!
//! Invariant: a kept page is handed out without asking the router; everything else takes the whole way.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{Router, body::Body, http::Request, response::Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use crate::{WebState, cache::PageCache};

/// Routes, with or without kept pages.
#[derive(Debug)]
pub struct Site {
    router: Router,
    kept: Option<PageCache>,
}

impl From<Router> for Site {
    fn from(router: Router) -> Self {
        Self { router, kept: None }
    }
}

impl Site {
    /// Every route of an instance behind its kept pages.
    pub fn new(state: WebState) -> Self {
        let kept = Some(state.page_cache.clone());
        Self {
            router: crate::router(state),
            kept,
        }
    }

    /// The answer to a request, if it is a kept page.
    pub(crate) async fn kept<B>(&self, request: &Request<B>) -> Option<Response<Answer>> {
        let kept = self.kept.as_ref()?.kept(request).await?;
        Some(kept.map(Answer::Kept))
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }
}

/// The body of an answer: bytes that are held already, or what a handler made.
#[derive(Debug)]
pub(crate) enum Answer {
    Kept(Option<Bytes>),
    Drawn(Body),
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Kept(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Drawn(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Kept(bytes) => bytes.is_none(),
            Self::Drawn(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Kept(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Drawn(body) => body.size_hint(),
        }
    }
}
