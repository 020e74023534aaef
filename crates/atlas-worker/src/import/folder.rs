//! The layout `platform/document/<time>[.<page>].<kind>` as a plan of captures in the order of time.
//!
//! Invariant: planning reads names and the manifest only; a file's content is read when its turn comes.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use atlas_domain::{ExtractRules, Location};
use time::OffsetDateTime;

use super::manifest::{self, Entry, Version};
use super::{bare, title_of};
use crate::Error;
use crate::replay::{ReplayCapture, ReplayPage};

/// Largest page that is read, unpacked.
const MAX_PAGE_BYTES: u64 = 64 * 1024 * 1024;

/// What is known of an imported document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedDocument {
    /// The platform's name.
    pub platform_name: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// The terms type.
    pub document_type: String,
}

/// One document to import.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub platform: String,
    pub document: String,
    pub about: ImportedDocument,
    /// From pages, with the manifest's rules, rather than from Markdown.
    pub from_pages: bool,
    pub steps: Vec<Step>,
    pub notes: Vec<String>,
    urls: Vec<String>,
    rules: ExtractRules,
}

/// One instant of a document.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Files that together are the document.
    Capture {
        at: OffsetDateTime,
        files: Vec<(i32, PathBuf)>,
    },
    /// Proved by others to say the same.
    Standing { at: OffsetDateTime },
}

impl Plan {
    pub fn name(&self) -> String {
        format!("{}/{}", self.platform, self.document)
    }
    /// The pages with the rules by which these files are read.
    pub fn locations(&self) -> Vec<Location> {
        let rules = if self.from_pages {
            self.rules.clone()
        } else {
            ExtractRules::default()
        };
        self.urls
            .iter()
            .map(|url| Location {
                rules: rules.clone(),
                ..bare(url.clone())
            })
            .collect()
    }
}

impl Step {
    pub const fn at(&self) -> OffsetDateTime {
        match self {
            Self::Capture { at, .. } | Self::Standing { at } => *at,
        }
    }
    /// Reads the files of a capture.
    pub fn read(&self, plan: &Plan) -> Result<Option<ReplayCapture>, Error> {
        let Self::Capture { at, files } = self else {
            return Ok(None);
        };
        let mut pages = Vec::with_capacity(files.len());
        for (position, path) in files {
            let is_page = is_page(path);
            let index = usize::try_from(*position).unwrap_or_default();
            pages.push(ReplayPage {
                position: *position,
                url: plan.urls.get(index).cloned().unwrap_or_else(|| address_of(plan)),
                content_type: Some(
                    if is_page {
                        "text/html"
                    } else {
                        "text/markdown; charset=utf-8"
                    }
                    .to_owned(),
                ),
                bytes: read_bytes(path)?,
            });
        }
        Ok(Some(ReplayCapture {
            captured_at: *at,
            pages,
        }))
    }
}

/// An address for a document of which none is known: it is a name, nothing is fetched from it.
fn address_of(plan: &Plan) -> String {
    format!("import:{}/{}", plan.platform, plan.document)
}

fn is_page(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|name| ends(name, ".html.gz") || ends(name, ".html"))
}

/// The files of one instant.
#[derive(Debug, Default)]
struct Instant {
    markdown: Option<PathBuf>,
    pages: Vec<(String, PathBuf)>,
    unchanged: Option<PathBuf>,
}

/// Every document of a folder, by name.
pub(super) fn plan(folder: &Path) -> Result<Vec<Plan>, Error> {
    let mut known = manifest::read(folder)?;
    let mut plans = Vec::new();
    for platform in folders(folder)? {
        for document in folders(&platform)? {
            let (platform, name) = (name_of(&platform), name_of(&document));
            let entry = known.remove(&format!("{platform}/{name}"));
            if let Some(plan) = plan_document(&platform, &name, &document, entry)? {
                plans.push(plan);
            }
        }
    }
    Ok(plans)
}

fn plan_document(platform: &str, document: &str, folder: &Path, entry: Option<Entry>) -> Result<Option<Plan>, Error> {
    let mut notes = Vec::new();
    let instants = instants(folder, &mut notes)?;
    if instants.is_empty() {
        return Ok(None);
    }
    let ruled = entry.as_ref().is_some_and(|entry| entry.rules().is_some());
    let entry = entry.unwrap_or_default();
    let filled =
        |text: &Option<String>, fallback: String| text.clone().filter(|text| !text.is_empty()).unwrap_or(fallback);
    let mut plan = Plan {
        platform: crate::declarations::slug(platform),
        document: crate::declarations::slug(document),
        about: ImportedDocument {
            platform_name: regional(filled(&entry.platform, title_of(platform)), platform),
            operator: entry.company.clone(),
            document_type: filled(&entry.document_type, title_of(document)),
        },
        from_pages: false,
        steps: Vec::new(),
        notes,
        urls: entry.urls().to_vec(),
        rules: entry.rules().unwrap_or_default(),
    };
    let wanted = entry.urls().len().max(1);
    let no_markdown = instants.values().all(|instant| instant.markdown.is_none());
    let versions = || {
        instants
            .values()
            .filter(|instant| instant.markdown.is_some() || !instant.pages.is_empty())
    };
    plan.from_pages = no_markdown || ruled && versions().all(|instant| instant.pages.len() == wanted);
    if plan.urls.is_empty() {
        plan.urls.push(address_of(&plan));
    }
    for (at, instant) in instants {
        let step = if plan.from_pages {
            page_step(&plan, &entry, at, &instant)
        } else {
            text_step(&entry, at, &instant)
        };
        match step {
            Some(step) => plan.steps.push(step),
            None => plan.notes.push(left_out(at, &instant)),
        }
    }
    Ok(Some(plan))
}

/// Why the files of an instant are not used.
fn left_out(at: OffsetDateTime, instant: &Instant) -> String {
    let at = at
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap_or_default();
    if instant.unchanged.is_some() {
        format!("the poll of {at} is left out: nobody proved that its text was the same")
    } else {
        format!("the capture of {at} is left out: some of its pages are missing")
    }
}

fn page_step(plan: &Plan, entry: &Entry, at: OffsetDateTime, instant: &Instant) -> Option<Step> {
    if let Some(path) = &instant.unchanged {
        return (plan.urls.len() == 1).then(|| Step::Capture {
            at,
            files: vec![(0, path.clone())],
        });
    }
    let mut files = Vec::with_capacity(instant.pages.len());
    for ((_, path), index) in instant.pages.iter().zip(0_i32..) {
        let name = name_of(path);
        let pages = entry.versions().iter().flat_map(Version::pages);
        let url = pages
            .filter(|page| page.file == name)
            .find_map(|page| page.source_url.as_deref());
        let position = url.and_then(|url| plan.urls.iter().position(|known| known == url));
        files.push((
            position
                .and_then(|position| i32::try_from(position).ok())
                .unwrap_or(index),
            path.clone(),
        ));
    }
    files.sort();
    let distinct = files
        .windows(2)
        .all(|pair| !matches!(pair, [(one, _), (other, _)] if one == other));
    (!files.is_empty() && distinct).then_some(Step::Capture { at, files })
}

fn text_step(entry: &Entry, at: OffsetDateTime, instant: &Instant) -> Option<Step> {
    if let Some(path) = &instant.markdown {
        return Some(Step::Capture {
            at,
            files: vec![(0, path.clone())],
        });
    }
    let name = name_of(instant.unchanged.as_ref()?);
    let proved = entry
        .unchanged_polls()
        .iter()
        .any(|poll| poll.file == name && poll.selected_text_equal == Some(true));
    proved.then_some(Step::Standing { at })
}

/// The files of a document's folder by the instant that their names tell.
fn instants(folder: &Path, notes: &mut Vec<String>) -> Result<BTreeMap<OffsetDateTime, Instant>, Error> {
    let mut instants: BTreeMap<OffsetDateTime, Instant> = BTreeMap::new();
    for path in entries(folder)? {
        let name = name_of(&path);
        let Some((time, rest)) = name.split_once('.') else {
            continue;
        };
        let Some(at) = instant_of(time) else {
            notes.push(format!("{name} does not begin with a time"));
            continue;
        };
        let instant = instants.entry(at).or_default();
        let rest = rest.strip_suffix(".gz").unwrap_or(rest);
        if rest == "md" {
            instant.markdown = Some(path);
        } else if rest == "nochange.html" {
            instant.unchanged = Some(path);
        } else if rest == "html" || ends(rest, ".html") {
            instant.pages.push((rest.to_owned(), path));
            instant.pages.sort();
        } else {
            notes.push(format!("{name} is of no kind that is known"));
        }
    }
    instants
        .retain(|_, instant| instant.markdown.is_some() || !instant.pages.is_empty() || instant.unchanged.is_some());
    Ok(instants)
}

/// `2025-08-01T00-32-18Z`, or with colons.
fn instant_of(text: &str) -> Option<OffsetDateTime> {
    let (date, clock) = text.split_once('T')?;
    let text = format!("{date}T{}", clock.replace('-', ":"));
    OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339).ok()
}

/// Names in these archives are lower case: `.GZ` is not one of theirs.
fn ends(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some()
}

/// The name of a platform whose folder is that of a region (`chatgpt.eu`), so that two are not called the same.
fn regional(name: String, folder: &str) -> String {
    match folder.rsplit_once('.') {
        Some((_, region)) if region.len() == 2 && !name.contains('(') => {
            format!("{name} ({})", region.to_uppercase())
        }
        _ => name,
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |source| Error::File { path, source }
}

/// What a folder holds, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(file_error(folder))? {
        paths.push(entry.map_err(file_error(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_hidden = |path: &PathBuf| name_of(path).starts_with('.');
    Ok(entries(folder)?
        .into_iter()
        .filter(|path| path.is_dir() && !is_hidden(path))
        .collect())
}

/// The declarations of a folder, with the folders in it, or the one file.
pub(super) fn declaration_files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in entries(path)? {
        let name = name_of(&entry);
        if entry.is_dir() {
            files.append(&mut declaration_files(&entry)?);
        } else if ends(&name, ".json") && !ends(&name, ".history.json") {
            files.push(entry);
        }
    }
    Ok(files)
}

pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(file_error(path))
}

/// The bytes of a file, unpacked if it is packed.
fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let file = std::fs::File::open(path).map_err(file_error(path))?;
    let mut bytes = Vec::new();
    if ends(&name_of(path), ".gz") {
        flate2::read::MultiGzDecoder::new(file)
            .take(MAX_PAGE_BYTES)
            .read_to_end(&mut bytes)
            .map_err(file_error(path))?;
    } else {
        file.take(MAX_PAGE_BYTES)
            .read_to_end(&mut bytes)
            .map_err(file_error(path))?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
