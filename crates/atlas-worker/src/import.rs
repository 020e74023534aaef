//! Histories and declarations from files.
//!
//! Invariant: a file is imported at the instant that its name tells, a document in the order of time and all of it from
//! one kind of file (pages where every version has them and their rules are known, else Markdown), because the two are
//! never compared with each other. An interrupted import continues where it stopped.

mod folder;
mod manifest;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use atlas_db::document::{DocumentFields, document_by_slugs, document_lock, document_upsert};
use atlas_db::platform::{PlatformFields, platform_by_slug, platform_upsert};
use atlas_db::source::{source_of_document, source_revision_at, source_revision_insert, source_upsert};
use atlas_db::variant::variants;
use atlas_db::version::{unchanged_run_last, version_current, version_standing_at};
use atlas_domain::{DocumentId, Location, SourceRules};
use futures::StreamExt as _;
use time::OffsetDateTime;

pub use folder::ImportedDocument;

use crate::catalogue::{Loaded, load_types};
use crate::declarations::{CATEGORY, slug};
use crate::import::folder::{Plan, Step};
use crate::replay::{ReplayCounts, replay_capture};
use crate::variants::seen_again;
use crate::{Error, Services};

/// Seconds between two polls, should somebody switch polling on.
const POLL_SECONDS: i32 = 12 * 3600;

/// How an import works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// Nobody is told of what is imported. `false` raises alerts as for live changes.
    pub historical: bool,
    /// Documents worked on side by side.
    pub concurrency: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            historical: true,
            concurrency: 4,
        }
    }
}

/// How far an import has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// Captures done.
    pub done: usize,
    /// Captures in all.
    pub total: usize,
    /// Documents done.
    pub documents_done: usize,
    /// Documents in all.
    pub documents: usize,
    /// The document of the capture just done, `platform/document`.
    pub current: String,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Documents imported.
    pub documents: usize,
    /// Of these, documents read from their pages rather than from Markdown.
    pub from_pages: usize,
    /// What became of the captures.
    pub counts: ReplayCounts,
    /// Files that were not used, and documents that failed, one sentence each.
    pub notes: Vec<String>,
}

/// Imports a folder `platform/document/<time>.md` or `….html.gz`.
///
/// # Errors
/// [`Error::File`] if the folder can't be read. A document that fails does not stop the others: it is in the notes.
pub async fn policies(
    services: &Services,
    folder: &Path,
    options: ImportOptions,
    progress: &mut (dyn FnMut(ImportProgress) + Send),
) -> Result<ImportReport, Error> {
    load_types(&services.pool, services.taxonomy).await?;
    let plans = folder::plan(folder)?;
    let meter = Meter {
        total: plans.iter().map(|plan| plan.steps.len()).sum(),
        documents: plans.len(),
        state: Mutex::new((0, 0, progress)),
    };
    let meter = &meter;
    let mut report = ImportReport::default();
    let mut running = futures::stream::iter(plans)
        .map(|plan| async move {
            let done = one_document(services, &plan, options, meter).await;
            meter.document_done();
            (plan, done)
        })
        .buffer_unordered(options.concurrency.max(1));
    while let Some((plan, done)) = running.next().await {
        report
            .notes
            .extend(plan.notes.iter().map(|note| format!("{}: {note}", plan.name())));
        match done {
            Ok(counts) => {
                report.documents += 1;
                report.from_pages += usize::from(plan.from_pages);
                report.counts.merge(&counts);
            }
            Err(error) => {
                let atlas_jobs::Outcome::Retry(reason) = atlas_jobs::Outcome::retry(&error) else {
                    continue;
                };
                report.notes.push(format!("{}: {reason}", plan.name()));
            }
        }
    }
    report.notes.sort();
    Ok(report)
}

/// Captures done, documents done, and whom to tell.
type Told<'a> = (usize, usize, &'a mut (dyn FnMut(ImportProgress) + Send));

/// Counts what is done and tells the caller.
struct Meter<'a> {
    total: usize,
    documents: usize,
    state: Mutex<Told<'a>>,
}

impl Meter<'_> {
    fn capture_done(&self, current: String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        let told = ImportProgress {
            done: state.0,
            total: self.total,
            documents_done: state.1,
            documents: self.documents,
            current,
        };
        (state.2)(told);
    }
    fn document_done(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 += 1;
    }
}

async fn one_document(
    services: &Services,
    plan: &Plan,
    options: ImportOptions,
    meter: &Meter<'_>,
) -> Result<ReplayCounts, Error> {
    let document = prepare(services, plan).await?;
    let mut counts = ReplayCounts::default();
    let last = plan.steps.iter().rposition(|step| matches!(step, Step::Capture { .. }));
    for (index, step) in plan.steps.iter().enumerate() {
        match step {
            Step::Capture { .. } => {
                if let Some(capture) = step.read(plan)? {
                    let is_last = options.historical && last == Some(index);
                    counts.add(&replay_capture(services, document, capture, options.historical, is_last).await?);
                }
            }
            Step::Standing { at } => standing(services, document, *at, &mut counts).await?,
        }
        meter.capture_done(plan.name());
    }
    Ok(counts)
}

/// Others proved that the text stood at this instant: counted as one check.
async fn standing(
    services: &Services,
    document: DocumentId,
    at: OffsetDateTime,
    counts: &mut ReplayCounts,
) -> Result<(), Error> {
    let mut transaction = services.pool.begin().await?;
    document_lock(&mut transaction, document).await?;
    counts.captures += 1;
    let members = variants(&mut transaction, document).await?;
    let current = version_current(&mut transaction, document).await?;
    let standing = version_standing_at(&mut transaction, document, at).await?;
    let slot = match standing {
        Some(standing)
            if unchanged_run_last(&mut transaction, standing.id)
                .await?
                .is_some_and(|last| last >= at) =>
        {
            &mut counts.again
        }
        Some(_) if members.first().is_some_and(|last| last.last_seen_at >= at) => &mut counts.again,
        Some(standing) if current.is_some_and(|current| current.id == standing.id) && standing.captured_at < at => {
            seen_again(&mut transaction, &standing, &members, at).await?;
            &mut counts.unchanged
        }
        _ => &mut counts.too_old,
    };
    *slot += 1;
    transaction.commit().await?;
    Ok(())
}

/// Finds or makes the platform, the document and its source. What is there is not changed, except that rules are added
/// for the time before the first known ones.
async fn prepare(services: &Services, plan: &Plan) -> Result<DocumentId, Error> {
    let now = services.now();
    let mut transaction = services.pool.begin().await?;
    let about = &plan.about;
    let platform = if let Some(id) = platform_by_slug(&mut transaction, &plan.platform).await? {
        id
    } else {
        let fields = PlatformFields {
            slug: &plan.platform,
            name: &about.platform_name,
            operator: about.operator.as_deref(),
            category: CATEGORY,
            website: None,
            description: "",
            is_sample: false,
        };
        platform_upsert(&mut transaction, fields, now).await?
    };
    let document = if let Some(id) = document_by_slugs(&mut transaction, &plan.platform, &plan.document).await? {
        id
    } else {
        let fields = DocumentFields {
            slug: &plan.document,
            document_type: &about.document_type,
            title: &about.document_type,
            locale: "en",
            jurisdiction: None,
            plan: None,
        };
        document_upsert(&mut transaction, platform, fields, now).await?
    };
    let source = match source_of_document(&mut transaction, document).await? {
        Some(id) => id,
        None => source_upsert(&mut transaction, document, POLL_SECONDS, None, now).await?,
    };
    if let Some(first) = plan.steps.first().map(Step::at) {
        let known = source_revision_at(&mut transaction, source, first).await?;
        if known.is_none_or(|known| known.valid_from > first) {
            let rules = SourceRules {
                locations: plan.locations(),
                locale: None,
            };
            source_revision_insert(&mut transaction, source, &rules, first).await?;
        }
    }
    transaction.commit().await?;
    Ok(document)
}

/// Imports declarations: one file `<name>.json` (with its `<name>.history.json` beside it), or all of a folder.
///
/// # Errors
/// [`Error::File`] if a file can't be read, [`Error::Form`] if one given by name is no declaration.
pub async fn declarations(services: &Services, path: &Path) -> Result<(Loaded, Vec<String>), Error> {
    let mut notes = Vec::new();
    let mut platforms = Vec::new();
    for file in folder::declaration_files(path)? {
        let shown = file.display().to_string();
        let name = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        let text = folder::read_text(&file)?;
        let beside = file.with_file_name(format!("{name}.history.json"));
        let history = if beside.is_file() {
            Some(folder::read_text(&beside)?)
        } else {
            None
        };
        match crate::declarations::parse(&name, &text, history.as_deref()) {
            Ok(declared) => {
                notes.extend(
                    declared
                        .warnings
                        .into_iter()
                        .map(|warning| format!("{shown}: {warning}")),
                );
                platforms.push(declared.platform);
            }
            Err(reason) if path.is_file() => return Err(Error::Form { path: shown, reason }),
            Err(reason) => notes.push(format!("{shown}: {reason}")),
        }
    }
    let loaded = crate::catalogue::load(
        &services.pool,
        services.clock.as_ref(),
        &platforms,
        services.taxonomy,
        &mut |_| {},
    )
    .await?;
    Ok((loaded, notes))
}

/// A location of which only the address is known.
fn bare(url: String) -> Location {
    Location {
        url,
        rules: atlas_domain::ExtractRules::default(),
        fetch: atlas_domain::FetchMode::Plain,
    }
}

/// A slug as a title: `terms-of-service` → `Terms of service`.
fn title_of(text: &str) -> String {
    let words = slug(text).replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
