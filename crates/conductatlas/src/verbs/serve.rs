//! `serve`, `work`, `migrate`: the roles of an instance that is more than one process.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;

use super::shutdown_signal;
use crate::{assembly, config::local_url, instance::Instance, samples, say};

/// The web server alone.
pub(super) async fn web(instance: &mut Instance) -> Result<()> {
    let shutdown = shutdown_signal()?;
    let listener = listen(instance).await?;
    let state = assembly::web_state(instance).await?;
    samples::refuse(instance, &state.pool).await?;
    assembly::compare_review_policy(instance, &state.pool).await?;
    let site = atlas_web::Site::new(state);
    announce(instance, listener.local_addr()?);
    atlas_web::serve_with(listener, site, assembly::serve_limits(instance), shutdown)
        .await
        .context("the web server failed")
}

/// The worker alone.
pub(super) async fn worker(instance: &mut Instance) -> Result<()> {
    let shutdown = shutdown_signal()?;
    let services = assembly::services(instance, None).await?;
    samples::settle(instance, &services.pool, false).await?;
    assembly::apply_review_policy(instance, &services.pool).await?;
    let config = &instance.config;
    say(format!(
        "working, {} jobs and {} polls at once",
        config.worker_concurrency, config.poll_concurrency
    ));
    atlas_worker::run(services, assembly::run_options(instance), shutdown)
        .await
        .context("the worker failed")
}

/// Schema and catalogue.
pub(super) async fn migrate(instance: &mut Instance) -> Result<()> {
    instance.migrate().await?;
    say("schema up to date");
    super::up::load_catalogue(instance).await
}

/// Takes the address; the port may be 0 for a free one, which is then part of the instance's own address.
pub(super) async fn listen(instance: &mut Instance) -> Result<TcpListener> {
    let address = instance.config.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; is something else there? CONDUCTATLAS_LISTEN takes another address")
    })?;
    if !instance.config.base_url_is_set {
        instance.config.base_url = local_url(listener.local_addr()?);
    }
    Ok(listener)
}

/// Prints the address that can be opened on this machine: the one line on standard output.
pub(super) fn announce(instance: &Instance, listening: SocketAddr) {
    use std::io::Write as _;
    if instance.config.base_url_is_set {
        say(format!("people reach this instance at {}", instance.config.base_url));
    }
    let mut output = std::io::stdout().lock();
    // Nobody has to listen.
    let _ = writeln!(output, "{}", local_url(listening)).and_then(|()| output.flush());
}
