//! Whether the process lives, and whether it can do its work.

use std::time::Duration;

use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::WebState;

/// The routes that a supervisor asks.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
}

async fn ready(State(state): State<WebState>) -> (StatusCode, &'static str) {
    let answered = tokio::time::timeout(Duration::from_secs(2), async {
        let mut connection = state.pool.acquire().await?;
        sqlx::Connection::ping(&mut *connection).await
    })
    .await;
    match answered {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database unreachable\n"),
    }
}
