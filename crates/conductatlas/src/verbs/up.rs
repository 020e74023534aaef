//! `up`: everything for one machine in one process, with the samples.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result, bail};
use atlas_db::Role;
use atlas_worker::catalogue::{self, PlatformSpec};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    serve::{announce, listen},
    shutdown_signal,
};
use crate::{
    assembly,
    config::Mode,
    instance::Instance,
    progress::Progress,
    samples::{self, Samples},
    say,
};

pub(super) async fn run(instance: &mut Instance, samples_wanted: bool) -> Result<()> {
    let started = Instant::now();
    let shutdown = shutdown_signal()?;
    // Before anything is loaded, so that a taken port is known at once.
    let listener = listen(instance).await?;
    let listening = listener.local_addr()?;
    instance.migrate().await?;
    load_catalogue(instance).await?;
    let samples = if samples_wanted && instance.config.mode == Mode::Development {
        Some(Samples::open(&instance.config.data).await?)
    } else {
        None
    };
    let services = assembly::services(instance, samples.as_ref().map(Samples::address)).await?;
    samples::settle(instance, &services.pool, samples.is_some()).await?;
    assembly::apply_review_policy(instance, &services.pool).await?;
    if let Some(samples) = &samples {
        samples.load(&services).await?;
    }
    let site = atlas_web::Site::new(assembly::web_state(instance).await?);

    let worker = tokio::spawn(atlas_worker::run(
        Arc::clone(&services),
        assembly::run_options(instance),
        shutdown.clone(),
    ));
    let sample_site = samples.map(|samples| {
        tokio::spawn(samples::first_change(
            Arc::clone(&services),
            samples.site().clone(),
            shutdown.clone(),
        ));
        tokio::spawn(samples.serve(shutdown.clone()))
    });
    let web = tokio::spawn(atlas_web::serve_with(
        listener,
        site,
        assembly::serve_limits(instance),
        shutdown.clone(),
    ));
    say(format!(
        "ready after {:.1} s; Ctrl-C stops everything",
        started.elapsed().as_secs_f64()
    ));
    announce(instance, listening);

    // Each part has its own time to end what it has begun; the database stays until the last one is through.
    let (web, worker) = tokio::join!(
        part("the web server", web, &shutdown),
        part("the worker", worker, &shutdown)
    );
    if let Some(site) = sample_site {
        let _ = site.await;
    }
    services.pool.close().await;
    web.and(worker)
}

/// Waits for a part of the instance. One that ends without having been told to takes the others with it.
async fn part<E>(name: &str, running: JoinHandle<Result<(), E>>, shutdown: &CancellationToken) -> Result<()>
where
    Result<(), E>: anyhow::Context<(), E>,
{
    let ended = running.await;
    let was_told = shutdown.is_cancelled();
    shutdown.cancel();
    ended
        .with_context(|| name.to_owned())?
        .with_context(|| format!("{name} failed"))?;
    if !was_told {
        bail!("{name} ended by itself");
    }
    Ok(())
}

/// The shipped platforms and the questions that are asked, with progress.
pub(super) async fn load_catalogue(instance: &Instance) -> Result<()> {
    let faults = atlas_catalog::check();
    if let Some(first) = faults.first() {
        bail!("the catalogue has {} faults, the first: {first}", faults.len());
    }
    let platforms: Vec<_> = atlas_catalog::platforms().iter().map(PlatformSpec::from).collect();
    let pool = instance.pool(Role::Worker).await?;
    let progress = Progress::new("catalogue", platforms.len());
    let loaded = catalogue::load(
        &pool,
        &*instance.clock,
        &platforms,
        atlas_catalog::taxonomy(),
        &mut |step| {
            progress.at(step.done, step.platform);
        },
    )
    .await
    .context("cannot load the catalogue")?;
    progress.finish(&format!(
        "{} platforms, {} documents, {} new rules",
        loaded.platforms, loaded.documents, loaded.revisions
    ));
    pool.close().await;
    Ok(())
}
