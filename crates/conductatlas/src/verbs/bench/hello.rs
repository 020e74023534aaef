//! A plain server that says hello: what pages are measured against.

use anyhow::Result;
use axum::{Router, routing::get};
use tokio::net::TcpListener;

/// Serves until stopped; prints its address.
#[expect(clippy::print_stdout, reason = "the address is what a load generator needs")]
pub(super) async fn run() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{}/", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/", get(async || "hello"))).await?;
    Ok(())
}
