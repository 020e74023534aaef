//! The closed lists that platforms are sorted by: categories and document types.
//!
//! Invariant: a platform names a category, and a document a type, that is on these lists.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::{CatalogError, files};

const CATEGORIES: &str = "categories.toml";
const DOCUMENT_TYPES: &str = "document-types.toml";

/// A kind of platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Slug, for example `ai-assistants`.
    pub slug: String,
    /// The words as pages show them.
    pub title: String,
    /// What belongs here, one sentence.
    pub description: String,
    /// Hours between two polls of a document, unless the platform or the document says otherwise.
    pub poll_hours: u32,
}

/// A kind of document: one of Open Terms Archive's terms types, so that histories can be exchanged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentType {
    /// Slug, for example `terms-of-service`.
    pub slug: String,
    /// The word as it stands in `document_type`, for example `Terms of Service`.
    pub title: String,
    /// To whom such a document speaks and on what, a few words.
    pub about: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentTypeFile {
    document_type: Vec<DocumentType>,
}

/// Every category, in the order in which pages list them; empty only if [`crate::check`] reports a fault.
pub fn categories() -> &'static [Category] {
    loaded_categories().as_deref().unwrap_or_default()
}

/// Every document type, the common ones first; empty only if [`crate::check`] reports a fault.
pub fn document_types() -> &'static [DocumentType] {
    loaded_document_types().as_deref().unwrap_or_default()
}

/// The document type with a title, for example `Privacy Policy`.
pub fn document_type(title: &str) -> Option<&'static DocumentType> {
    document_types().iter().find(|kind| kind.title == title)
}

pub(crate) fn loaded_categories() -> &'static Result<Vec<Category>, Vec<CatalogError>> {
    static LOADED: OnceLock<Result<Vec<Category>, Vec<CatalogError>>> = OnceLock::new();
    LOADED.get_or_init(|| {
        let text = files::text(CATEGORIES).map_err(|fault| vec![fault])?;
        let read: CategoryFile = files::parse(CATEGORIES, &text).map_err(|fault| vec![fault])?;
        let names = read
            .category
            .iter()
            .map(|category| (category.slug.as_str(), category.title.as_str()));
        let mut faults = name_faults(CATEGORIES, "category", names);
        for (at, category) in read.category.iter().enumerate() {
            if category.poll_hours == 0 {
                faults.push(CatalogError::invalid(
                    CATEGORIES,
                    format!("category[{at}].poll_hours"),
                    "must be 1 or more",
                ));
            }
        }
        if faults.is_empty() {
            Ok(read.category)
        } else {
            Err(faults)
        }
    })
}

pub(crate) fn loaded_document_types() -> &'static Result<Vec<DocumentType>, Vec<CatalogError>> {
    static LOADED: OnceLock<Result<Vec<DocumentType>, Vec<CatalogError>>> = OnceLock::new();
    LOADED.get_or_init(|| {
        let text = files::text(DOCUMENT_TYPES).map_err(|fault| vec![fault])?;
        let read: DocumentTypeFile = files::parse(DOCUMENT_TYPES, &text).map_err(|fault| vec![fault])?;
        let names = read
            .document_type
            .iter()
            .map(|kind| (kind.slug.as_str(), kind.title.as_str()));
        let faults = name_faults(DOCUMENT_TYPES, "document_type", names);
        if faults.is_empty() {
            Ok(read.document_type)
        } else {
            Err(faults)
        }
    })
}

/// Whether a word may be a slug: lower-case ASCII words and digits joined by single hyphens.
pub(crate) fn is_slug(word: &str) -> bool {
    !word.is_empty()
        && word.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn name_faults<'a>(file: &str, list: &str, names: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<CatalogError> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut faults = Vec::new();
    for (at, (slug, title)) in names.enumerate() {
        if !is_slug(slug) {
            faults.push(CatalogError::invalid(
                file,
                format!("{list}[{at}].slug"),
                format!("`{slug}` is not a slug"),
            ));
        }
        if title.trim().is_empty() {
            faults.push(CatalogError::invalid(file, format!("{list}[{at}].title"), "is empty"));
        }
        if seen.iter().any(|(earlier, _)| *earlier == slug) {
            faults.push(CatalogError::invalid(
                file,
                format!("{list}[{at}].slug"),
                format!("`{slug}` stands twice"),
            ));
        }
        if seen.iter().any(|(_, earlier)| *earlier == title) {
            faults.push(CatalogError::invalid(
                file,
                format!("{list}[{at}].title"),
                format!("`{title}` stands twice"),
            ));
        }
        seen.push((slug, title));
    }
    faults
}
