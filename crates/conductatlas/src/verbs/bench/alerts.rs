//! From a changed sample page to the mail that a local relay has accepted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use atlas_db::{Role, account};
use atlas_domain::{AccountId, OrganizationId, Plan};
use atlas_mail::{Transport, testing::SmtpSink};
use tokio_util::sync::CancellationToken;

use super::{figure, percentile, usage};
use crate::{
    assembly,
    instance::Instance,
    samples::{self, Samples},
};

/// The document that changes again and again.
const PLATFORM: &str = "halden-ai";
const DOCUMENT: &str = "privacy-policy";

pub(super) async fn run(instance: &mut Instance, changes: u32) -> Result<()> {
    let sink = SmtpSink::start().await?;
    let samples = Samples::open(&instance.config.data).await?;
    let mut services = assembly::services(instance, Some(samples.address())).await?;
    let own = Arc::get_mut(&mut services).context("nobody else works yet")?;
    own.transport = Transport::smtp(&sink.url())?;
    // What is timed is the way from capture to mail, not the pause between two captures.
    own.settings.confirm_after = Duration::ZERO;
    samples.load(&services).await?;
    watcher(instance).await?;

    let shutdown = CancellationToken::new();
    let site = samples.site().clone();
    let serving = tokio::spawn(samples.serve(shutdown.clone()));
    let working = tokio::spawn(atlas_worker::run(
        Arc::clone(&services),
        assembly::run_options(instance),
        shutdown.clone(),
    ));

    let mut seconds = Vec::new();
    for number in 1..=usize::try_from(changes)? {
        let changed = Instant::now();
        samples::step(&services.pool, &*services.clock, &site, Some((PLATFORM, DOCUMENT))).await?;
        ensure!(
            sink.wait_for(number, Duration::from_secs(30)).await,
            "no mail for change {number}"
        );
        seconds.push(changed.elapsed().as_secs_f64());
    }
    let mails = sink.accepted().len();
    shutdown.cancel();
    let _ = serving.await;
    let _ = working.await;

    seconds.sort_by(f64::total_cmp);
    figure("changes / mails accepted", format!("{changes} / {mails}"));
    figure(
        "page changed to mail accepted, p50 ms",
        format!("{:.0}", percentile(&seconds, 0.5) * 1e3),
    );
    figure(
        "page changed to mail accepted, p99 ms",
        format!("{:.0}", percentile(&seconds, 0.99) * 1e3),
    );
    figure(
        "page changed to mail accepted, max ms",
        format!("{:.0}", percentile(&seconds, 1.0) * 1e3),
    );
    figure("peak memory, MiB", usage::peak_memory_mib());
    ensure!(mails == seconds.len(), "{mails} mails for {} changes", seconds.len());
    Ok(())
}

/// Somebody with a confirmed address on the Watcher plan who follows the platform.
async fn watcher(instance: &Instance) -> Result<()> {
    let pool = instance.pool(Role::Owner).await?;
    let mut transaction = pool.begin().await?;
    let now = instance.clock.now();
    let (person, organization) = (AccountId::generate(), OrganizationId::generate());
    let new = account::NewAccount {
        id: person,
        email: "reader@conductatlas.example",
        password_hash: "nobody logs in here",
        display_name: "",
        created_at: now,
    };
    account::account_insert(&mut transaction, &new).await?;
    account::account_confirm(&mut transaction, person, now).await?;
    account::organization_insert(&mut transaction, organization, "Bench", now).await?;
    account::membership_insert(&mut transaction, organization, person, "owner", now).await?;
    account::organization_set_plan(&mut transaction, organization, Plan::Watcher, now).await?;
    let platform = atlas_db::platform::platform_by_slug(&mut transaction, PLATFORM)
        .await?
        .context("the sample")?;
    account::watch_add(&mut transaction, organization, person, platform, now).await?;
    transaction.commit().await?;
    pool.close().await;
    Ok(())
}
