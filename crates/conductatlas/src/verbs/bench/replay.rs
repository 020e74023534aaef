//! Replay of a folder of policies: versions, changes by materiality, seconds, memory.

use std::{path::Path, time::Instant};

use anyhow::Result;
use atlas_domain::Materiality;
use atlas_worker::import::ImportOptions;

use super::{figure, usage};
use crate::{assembly, instance::Instance, verbs::import};

pub(super) async fn run(instance: &mut Instance, folder: &Path) -> Result<()> {
    let services = assembly::services(instance, None).await?;
    let (ours, theirs) = (usage::processor_seconds(), usage::processor_seconds_of_all("postgres"));
    let started = Instant::now();
    // One document for each of the two cores that the figures are stated for.
    let report = import::policies(
        &services,
        folder,
        ImportOptions {
            concurrency: 2,
            ..ImportOptions::default()
        },
    )
    .await?;
    let wall = started.elapsed().as_secs_f64();
    let ours = usage::processor_seconds() - ours;
    let theirs = usage::processor_seconds_of_all("postgres") - theirs;

    let counts = &report.counts;
    figure("documents", report.documents);
    figure("captures", counts.captures);
    figure("versions", counts.versions());
    figure(
        "technical upgrades / reverted",
        format!("{} / {}", counts.technical_upgrades, counts.reverted),
    );
    figure(
        "unchanged / refused / too old",
        format!("{} / {} / {}", counts.unchanged, counts.refused, counts.too_old),
    );
    let mut connection = services.pool.acquire().await?;
    let by_materiality = atlas_db::change::change_counts(&mut connection).await?;
    for materiality in Materiality::ALL {
        let count = by_materiality
            .iter()
            .find(|(found, _)| found == materiality)
            .map_or(0, |(_, count)| *count);
        figure(&format!("changes: {materiality}"), count);
    }
    figure("wall seconds", format!("{wall:.1}"));
    figure("processor seconds, program", format!("{ours:.1}"));
    figure("processor seconds, database", format!("{theirs:.1}"));
    let captures = f64::from(u32::try_from(counts.captures).unwrap_or(u32::MAX)).max(1.0);
    figure(
        "processor ms a capture, program",
        format!("{:.2}", ours * 1e3 / captures),
    );
    figure("peak memory, MiB", usage::peak_memory_mib());
    for note in report.notes.iter().take(20) {
        figure("note", note);
    }
    Ok(())
}
