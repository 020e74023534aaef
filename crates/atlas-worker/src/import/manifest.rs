//! The manifest beside an archive's folders: names, types, addresses and selectors.
//!
//! Invariant: everything in it is optional; a folder without one is imported too.

use std::collections::HashMap;
use std::path::Path;

use atlas_domain::ExtractRules;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::declarations::selectors;
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
    pub platform: Option<String>,
    pub company: Option<String>,
    pub document_type: Option<String>,
    source_urls: Option<Vec<String>>,
    select: Option<Value>,
    remove: Option<Value>,
    versions: Option<Vec<Version>>,
    unchanged_polls: Option<Vec<UnchangedPoll>>,
}

impl Entry {
    pub fn urls(&self) -> &[String] {
        self.source_urls.as_deref().unwrap_or_default()
    }
    pub fn versions(&self) -> &[Version] {
        self.versions.as_deref().unwrap_or_default()
    }
    pub fn unchanged_polls(&self) -> &[UnchangedPoll] {
        self.unchanged_polls.as_deref().unwrap_or_default()
    }
    /// How the words are found on its pages; `None` if the manifest does not say it in a form that is known.
    pub fn rules(&self) -> Option<ExtractRules> {
        let read = |value: &Option<Value>| selectors(value.as_ref().unwrap_or(&Value::Null));
        Some(ExtractRules {
            select: read(&self.select)?,
            remove: read(&self.remove)?,
        })
    }
}

/// One version.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Version {
    html: Option<Vec<Page>>,
}

impl Version {
    pub fn pages(&self) -> &[Page] {
        self.html.as_deref().unwrap_or_default()
    }
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
