//! The public pages of the record.

use axum::Router;

use crate::WebState;

/// Routes of the public pages.
pub fn routes() -> Router<WebState> {
    Router::new()
}
