//! `bench …`: whole flows, timed on an instance of their own in a temporary folder.
//!
//! Invariant: a bench never touches a configured database or mail relay, and prints what it measured with its counts.

mod alerts;
mod hello;
mod hostile;
mod polls;
mod reading;
mod replay;
mod usage;

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use tokio::runtime::Runtime;

use crate::{
    cli::Bench,
    config::{Config, Sources},
    instance::Instance,
    telemetry,
};

pub(super) fn run(what: Bench) -> Result<()> {
    if matches!(what, Bench::Hello) {
        return Runtime::new()?.block_on(hello::run());
    }
    let folder = std::env::temp_dir().join(format!("conductatlas-bench-{}", std::process::id()));
    let done = if let Bench::Hostile { only } = &what {
        hostile::run(&folder, only.as_deref())
    } else {
        with_instance(&folder, what)
    };
    let _ = fs::remove_dir_all(&folder);
    done
}

fn with_instance(folder: &Path, what: Bench) -> Result<()> {
    let mut config = Config::from_sources(Sources::of([("CONDUCTATLAS_LOG".to_owned(), "error".to_owned())]))?;
    folder.join("instance").clone_into(&mut config.data);
    telemetry::start(&config);
    let mut instance = Instance::open(config, true)?;
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let done = runtime.block_on(async {
        instance.migrate().await?;
        match what {
            Bench::Replay { folder } => replay::run(&mut instance, &folder).await,
            Bench::Polls { folder, rounds, nonces } => polls::run(&mut instance, &folder, rounds, nonces).await,
            Bench::Reading { policy } => reading::run(&mut instance, &policy, folder).await,
            Bench::Alerts { changes } => alerts::run(&mut instance, changes).await,
            Bench::Hello | Bench::Hostile { .. } => Ok(()),
        }
    });
    drop(runtime);
    instance.close();
    done
}

/// Prints one figure.
#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn figure(name: &str, value: impl std::fmt::Display) {
    println!("{name:<44} {value}");
}

/// The value below which a share of the sorted measurements lies (nearest rank); 0 for none.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rank among a few thousand measurements"
    )]
    let rank = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(rank).or(sorted.last()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn percentiles_are_nearest_ranks() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert!((super::percentile(&sorted, 0.5) - 50.0).abs() < f64::EPSILON);
        assert!((super::percentile(&sorted, 0.99) - 99.0).abs() < f64::EPSILON);
        assert!(super::percentile(&[], 0.5).abs() < f64::EPSILON);
    }
}
