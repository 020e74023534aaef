//! The manifest beside an archive's folders: names, types, addresses and selectors.
//!
//! Invariant: everything in it is optional; a folder without one is imported too.

use std::collections::HashMap;
use std::path::Path;

use atlas_domain::Selector;
use serde::Deserialize;

use crate::Error;
use crate::import::folder::read_text;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    documents: Vec<Entry>,
}

/// What a manifest says of one document.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    dir: String,
    pub platform: String,
    pub company: Option<String>,
    pub document_type: String,
    pub source_urls: Vec<String>,
    pub select: Vec<Selector>,
    pub remove: Vec<Selector>,
    pub versions: Vec<Version>,
    pub unchanged_polls: Vec<UnchangedPoll>,
}

/// One version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    pub html: Vec<Page>,
}

/// One page of a version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub file: String,
    pub source_url: Option<String>,
}

/// A later poll that found nothing new.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct UnchangedPoll {
    pub file: String,
    pub selected_text_equal: Option<bool>,
}

/// The manifest in the folder or in the one above it, by `platform/document`.
pub(super) fn read(folder: &Path) -> Result<HashMap<String, Entry>, Error> {
    let places = [
        Some(folder.join("manifest.json")),
        folder.parent().map(|above| above.join("manifest.json")),
    ];
    let Some(path) = places.into_iter().flatten().find(|path| path.is_file()) else {
        return Ok(HashMap::new());
    };
    let text = read_text(&path)?;
    let file: File = serde_json::from_str(&text).map_err(|error| Error::Form {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    Ok(file
        .documents
        .into_iter()
        .map(|entry| (entry.dir.clone(), entry))
        .collect())
}
