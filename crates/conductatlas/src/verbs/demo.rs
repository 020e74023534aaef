//! `demo …`: something happens on a sample platform of the instance that works in this data folder.

use anyhow::{Result, bail};
use atlas_db::Role;

use crate::{cli::Demo, config::Mode, instance::Instance, samples};

pub(super) async fn run(instance: &mut Instance, what: Demo) -> Result<()> {
    if instance.config.mode == Mode::Production {
        bail!("production has no samples");
    }
    let Demo::Step { platform, document } = what;
    let only = platform.as_deref().zip(document.as_deref());
    let pool = instance.pool(Role::Worker).await?;
    let site = samples::site(&instance.config.data)?;
    samples::step(&pool, &*instance.clock, &site, only).await?;
    pool.close().await;
    Ok(())
}
