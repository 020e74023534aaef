//! Puts an instance's crates together: the worker's services, the web's state, the sample site.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, Result};
use atlas_db::{
    Role,
    curation::{ReviewPolicy, review_policy, review_policy_set},
};
use atlas_fetch::{BrowserChoice, BrowserSettings, FetchSettings, Fetcher};
use atlas_reading::TrainedDetector;
use atlas_web::{ClientAddressSource, ServeLimits, WebSettings, WebState};
use atlas_worker::{RunOptions, Services, Settings};
use sqlx::PgPool;

use crate::{
    config::{Mode, RelayClass},
    instance::Instance,
    say,
};

/// What every job works with. `sample_site` is a private address that may be fetched.
pub async fn services(instance: &Instance, sample_site: Option<SocketAddr>) -> Result<Arc<Services>> {
    let config = &instance.config;
    let mut settings = Settings::new(
        &config.base_url,
        &config.mail_from_alerts,
        &config.mail_from_account,
        instance.secret()?,
    )
    .context("a sender's address is none")?;
    settings.imprint.clone_from(&config.mail_footer);
    settings.poll = config.poll;
    settings.polls_at_once = config.poll_concurrency;
    settings.drafting.clone_from(&config.drafting);
    settings.confirm_after = config.confirm_after;
    settings.confirm_samples_after = config.confirm_samples_after;
    settings.variant_returns = config.variant_returns;
    settings.variant_window = config.variant_window;
    settings.variant_settle = config.variant_settle;
    settings.relay = match config.smtp_relay_class {
        // The outbox names its files by the idempotency key, so it drops copies by itself.
        _ if config.smtp_url.is_none() => atlas_worker::RelayClass::Idempotent,
        RelayClass::Blind => atlas_worker::RelayClass::Blind,
        RelayClass::Idempotent => atlas_worker::RelayClass::Idempotent,
    };
    let fetcher = Fetcher::new(FetchSettings {
        user_agent: config.user_agent.clone(),
        allowed_private: sample_site
            .into_iter()
            .chain(config.private_sources.iter().copied())
            .collect(),
        host_pause: config.host_pause,
        browser: browser(instance),
        ..FetchSettings::default()
    })?;
    Ok(Arc::new(Services {
        pool: instance.pool(Role::Worker).await?,
        archive: instance.archive()?,
        fetcher: Arc::new(fetcher),
        transport: instance.transport()?,
        clock: Arc::clone(&instance.clock),
        detector: Arc::new(TrainedDetector::new(atlas_catalog::taxonomy())?),
        taxonomy: atlas_catalog::taxonomy(),
        settings,
    }))
}

/// Lets the review settings of this instance hold, for what is already read too. Any number of processes may do it at
/// once; of different settings the last ones hold.
pub async fn apply_review_policy(instance: &Instance, pool: &PgPool) -> Result<()> {
    let mut transaction = pool.begin().await?;
    let changed = review_policy_set(&mut transaction, instance.config.review).await?;
    transaction
        .commit()
        .await
        .context("cannot set what goes out unreviewed")?;
    if changed {
        say(format!("review settings changed: {}", in_words(instance.config.review)));
    }
    Ok(())
}

/// Says so where other review settings hold than those of this process, whose role may not set them.
pub async fn compare_review_policy(instance: &Instance, pool: &PgPool) -> Result<()> {
    let holds = review_policy(&mut *pool.acquire().await?).await?;
    if holds != instance.config.review {
        say(format!(
            "warning: the review settings here ({}) do not hold; those of the worker do: {}",
            in_words(instance.config.review),
            in_words(holds)
        ));
    }
    Ok(())
}

fn in_words(policy: ReviewPolicy) -> String {
    format!(
        "publish {}, automatic from {}, review from {}",
        policy.publish.as_str(),
        policy.auto_from,
        policy.queue_from
    )
}

/// The browser of this instance, if there is one.
pub fn browser(instance: &Instance) -> Option<BrowserSettings> {
    match &instance.config.browser {
        BrowserChoice::Found(program) => Some(BrowserSettings::new(program)),
        BrowserChoice::Off | BrowserChoice::Missing => None,
    }
}

/// How the worker of this instance runs.
pub fn run_options(instance: &Instance) -> RunOptions {
    let mut options = RunOptions::default();
    options.concurrency = instance.config.worker_concurrency;
    options
}

/// How much the web server of this instance takes on. A proxy that names the client holds all connections itself, so
/// they are not counted by its address.
pub fn serve_limits(instance: &Instance) -> ServeLimits {
    let mut limits = ServeLimits::default();
    if instance.config.client_address_header.is_some() {
        limits.connections_per_address = None;
    }
    limits
}

/// What every page works with.
pub async fn web_state(instance: &Instance) -> Result<WebState> {
    let config = &instance.config;
    let mut settings = WebSettings::new(&config.base_url, instance.secret()?);
    settings.corrections_address.clone_from(&config.corrections_address);
    settings.production = config.mode == Mode::Production;
    settings.poll = config.poll;
    settings.drafting = config.drafting.is_some();
    settings.outbox_dir = instance.outbox();
    settings.page_cache_ttl = config.page_cache;
    if let Some(header) = &config.client_address_header {
        settings.client_address = ClientAddressSource::Header(header.clone());
    }
    Ok(WebState::new(
        instance.pool(Role::App).await?,
        Arc::clone(&instance.clock),
        settings,
    ))
}
