//! `import …`: history and sources from elsewhere, through the same jobs.

use std::sync::Mutex;

use anyhow::Result;
use atlas_worker::import::{self, ImportOptions, ImportReport};

use crate::{assembly, cli::Import, instance::Instance, progress::Progress, say};

/// Notes printed in full; the rest are counted.
const NOTES_SHOWN: usize = 40;

pub(super) async fn run(instance: &mut Instance, what: Import) -> Result<()> {
    instance.migrate().await?;
    super::up::load_catalogue(instance).await?;
    let services = assembly::services(instance, None).await?;
    match what {
        Import::Policies { folder, alert } => {
            let options = ImportOptions {
                historical: !alert,
                ..ImportOptions::default()
            };
            let report = policies(&services, &folder, options).await?;
            notes(&report.notes);
        }
        Import::Declarations { path } => {
            let (loaded, warnings) = import::declarations(&services, &path).await?;
            notes(&warnings);
            say(format!(
                "declarations: {} platforms, {} documents, {} new rules, {} left as the catalogue has them",
                loaded.platforms, loaded.documents, loaded.revisions, loaded.kept
            ));
        }
    }
    services.pool.close().await;
    Ok(())
}

/// Imports a folder of policies with a progress bar, and says what came of it.
pub(super) async fn policies(
    services: &atlas_worker::Services,
    folder: &std::path::Path,
    options: ImportOptions,
) -> Result<ImportReport> {
    let bar: Mutex<Option<Progress>> = Mutex::new(None);
    let report = import::policies(services, folder, options, &mut |step| {
        let mut bar = bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        bar.get_or_insert_with(|| Progress::new("import", step.total))
            .at(step.done, &step.current);
    })
    .await?;
    let counts = &report.counts;
    let result = format!(
        "{} documents ({} from their pages), {} captures, {} versions ({} first records, {} updates, {} reverted, {} \
         technical upgrades), {} unchanged, {} sightings of variants, {} refused, {} too old, {} known already",
        report.documents,
        report.from_pages,
        counts.captures,
        counts.versions(),
        counts.first_records,
        counts.updates,
        counts.reverted,
        counts.technical_upgrades,
        counts.unchanged,
        counts.variants,
        counts.refused,
        counts.too_old,
        counts.again
    );
    match bar.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(progress) => progress.finish(&result),
        None => say(format!("import: {result}")),
    }
    Ok(report)
}

fn notes(notes: &[String]) {
    for note in notes.iter().take(NOTES_SHOWN) {
        say(format!("note: {note}"));
    }
    if notes.len() > NOTES_SHOWN {
        say(format!("note: {} more", notes.len() - NOTES_SHOWN));
    }
}
