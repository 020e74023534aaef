//! The platforms that are followed and how their documents are obtained: `catalog/platforms/<slug>.toml`, one each.
//!
//! Invariant: what [`platforms`] returns is whole and legal. Slugs are unique, every address is absolute `https`,
//! every document type and category is on its closed list, every document has at least one location.

use std::{collections::BTreeSet, sync::OnceLock};

use atlas_domain::{ExtractRules, FetchMode, Location, Selector};
use serde::Deserialize;
use url::Url;

use crate::{
    CatalogError, files,
    words::{self, Category, DocumentType, is_slug},
};

/// A platform as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CataloguePlatform {
    /// Slug, also the name of its file; never given to another platform.
    pub slug: String,
    /// The name as its operator writes it.
    pub name: String,
    /// The company or body behind it.
    pub operator: String,
    /// Slug of its category.
    pub category: String,
    /// Absolute address of its home page.
    pub website: String,
    /// What it is, one sentence of ours; says nothing about its policies.
    pub description: String,
    /// Slugs it had before, or under which other archives list it; they redirect.
    pub former_slugs: Vec<String>,
    /// Its documents, the most read first.
    pub documents: Vec<CatalogueDocument>,
}

/// A document of a platform as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueDocument {
    /// Slug, unique within the platform.
    pub slug: String,
    /// Title of a document type on the closed list, for example `Terms of Service`.
    pub document_type: String,
    /// The title as the publisher writes it.
    pub title: String,
    /// BCP 47 language tag; `None` where the file declares none.
    pub locale: Option<String>,
    /// Where it applies, when the publisher has several by place: for example `EEA`.
    pub jurisdiction: Option<String>,
    /// Whose contract it is, when the publisher has several by plan: for example `Business`.
    pub plan: Option<String>,
    /// Hours between two polls, 1 or more.
    pub poll_hours: u32,
    /// Its pages, in reading order; at least one.
    pub locations: Vec<Location>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    name: String,
    operator: String,
    category: String,
    website: String,
    description: String,
    #[serde(default)]
    former_slugs: Vec<String>,
    poll_hours: Option<u32>,
    #[serde(default)]
    document: Vec<DocumentEntry>,
}

/// Either `url` for the usual single page, or `[[document.location]]` for several. `select`, `remove` and `fetch`
/// of the document hold for each of its locations that does not say otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentEntry {
    #[serde(rename = "type")]
    document_type: String,
    title: String,
    /// Defaults to the slug of the document type.
    slug: Option<String>,
    locale: Option<String>,
    jurisdiction: Option<String>,
    plan: Option<String>,
    poll_hours: Option<u32>,
    url: Option<String>,
    #[serde(default)]
    select: Vec<Selector>,
    #[serde(default)]
    remove: Vec<Selector>,
    fetch: Option<FetchMode>,
    #[serde(default)]
    location: Vec<LocationEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LocationEntry {
    url: String,
    select: Option<Vec<Selector>>,
    remove: Option<Vec<Selector>>,
    fetch: Option<FetchMode>,
}

/// Every platform, sorted by slug; empty only if [`crate::check`] reports a fault.
pub fn platforms() -> &'static [CataloguePlatform] {
    loaded().as_deref().unwrap_or_default()
}

/// The platform with a slug, current or former.
pub fn platform(slug: &str) -> Option<&'static CataloguePlatform> {
    let by_slug = platforms().iter().find(|platform| platform.slug == slug);
    by_slug.or_else(|| {
        platforms()
            .iter()
            .find(|platform| platform.former_slugs.iter().any(|former| former == slug))
    })
}

pub(crate) fn loaded() -> &'static Result<Vec<CataloguePlatform>, Vec<CatalogError>> {
    static LOADED: OnceLock<Result<Vec<CataloguePlatform>, Vec<CatalogError>>> = OnceLock::new();
    LOADED.get_or_init(|| {
        // A fault in the lists is reported by their own loaders; here it would only repeat itself for every platform.
        let (Ok(categories), Ok(types)) = (words::loaded_categories(), words::loaded_document_types()) else {
            return Err(Vec::new());
        };
        let mut platforms = Vec::new();
        let mut faults = Vec::new();
        for file in files::in_folder("platforms") {
            let read = files::text(&file).map_err(|fault| vec![fault]);
            match read.and_then(|text| parse_platform(&file, &text, categories, types)) {
                Ok(platform) => platforms.push(platform),
                Err(mut found) => faults.append(&mut found),
            }
        }
        faults.append(&mut reused_slugs(&platforms));
        if faults.is_empty() { Ok(platforms) } else { Err(faults) }
    })
}

/// Reads one platform; every fault of a readable file is reported, not only the first.
pub(crate) fn parse_platform(
    file: &str,
    text: &str,
    categories: &[Category],
    types: &[DocumentType],
) -> Result<CataloguePlatform, Vec<CatalogError>> {
    let read: PlatformFile = files::parse(file, text).map_err(|fault| vec![fault])?;
    let mut check = Check {
        file,
        faults: Vec::new(),
    };
    let slug = files::stem(file).to_owned();
    check.slug("(file name)", &slug);
    check.filled("name", &read.name);
    check.filled("operator", &read.operator);
    check.filled("description", &read.description);
    check.address("website", &read.website);
    for (at, former) in read.former_slugs.iter().enumerate() {
        check.slug(&format!("former_slugs[{at}]"), former);
    }
    let category = categories.iter().find(|category| category.slug == read.category);
    if category.is_none() {
        check.fault(
            "category",
            format!("`{}` is not in catalog/categories.toml", read.category),
        );
    }
    if read.document.is_empty() {
        check.fault("document", "a platform has at least one document".to_owned());
    }
    let poll_hours = read
        .poll_hours
        .or(category.map(|category| category.poll_hours))
        .unwrap_or(24);

    let mut documents = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, entry) in read.document.into_iter().enumerate() {
        let place = format!("document[{at}]");
        let document = document(&mut check, &place, entry, types, poll_hours);
        if !seen.insert(document.slug.clone()) {
            check.fault(
                &format!("{place}.slug"),
                format!("`{}` stands twice on this platform", document.slug),
            );
        }
        documents.push(document);
    }
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    Ok(CataloguePlatform {
        slug,
        name: read.name,
        operator: read.operator,
        category: read.category,
        website: read.website,
        description: read.description,
        former_slugs: read.former_slugs,
        documents,
    })
}

fn document(
    check: &mut Check<'_>,
    place: &str,
    entry: DocumentEntry,
    types: &[DocumentType],
    poll_hours: u32,
) -> CatalogueDocument {
    let kind = types.iter().find(|kind| kind.title == entry.document_type);
    if kind.is_none() {
        let reason = format!("`{}` is not in catalog/document-types.toml", entry.document_type);
        check.fault(&format!("{place}.type"), reason);
    }
    check.filled(&format!("{place}.title"), &entry.title);
    let slug = entry
        .slug
        .unwrap_or_else(|| kind.map(|kind| kind.slug.clone()).unwrap_or_default());
    if kind.is_some() {
        check.slug(&format!("{place}.slug"), &slug);
    }
    let poll_hours = entry.poll_hours.unwrap_or(poll_hours);
    if poll_hours == 0 {
        check.fault(&format!("{place}.poll_hours"), "must be 1 or more".to_owned());
    }

    let mut locations = Vec::new();
    match (entry.url, entry.location.is_empty()) {
        (Some(url), true) => locations.push(Location {
            url,
            rules: ExtractRules {
                select: entry.select,
                remove: entry.remove,
            },
            fetch: entry.fetch.unwrap_or(FetchMode::Plain),
        }),
        (None, false) => locations.extend(entry.location.into_iter().map(|location| Location {
            url: location.url,
            rules: ExtractRules {
                select: location.select.unwrap_or_else(|| entry.select.clone()),
                remove: location.remove.unwrap_or_else(|| entry.remove.clone()),
            },
            fetch: location.fetch.or(entry.fetch).unwrap_or(FetchMode::Plain),
        })),
        (Some(_), false) => {
            check.fault(
                &format!("{place}.url"),
                "give either `url` or `[[document.location]]`, not both".to_owned(),
            );
        }
        (None, true) => check.fault(
            &format!("{place}.url"),
            "a document has at least one address".to_owned(),
        ),
    }
    for (at, location) in locations.iter().enumerate() {
        check.address(&format!("{place}.location[{at}].url"), &location.url);
    }
    CatalogueDocument {
        slug,
        document_type: entry.document_type,
        title: entry.title,
        locale: entry.locale,
        jurisdiction: entry.jurisdiction,
        plan: entry.plan,
        poll_hours,
        locations,
    }
}

/// A slug, current or former, that two platforms claim: the second one is at fault.
fn reused_slugs(platforms: &[CataloguePlatform]) -> Vec<CatalogError> {
    let mut seen: BTreeSet<&str> = platforms.iter().map(|platform| platform.slug.as_str()).collect();
    let mut faults = Vec::new();
    for platform in platforms {
        for (at, former) in platform.former_slugs.iter().enumerate() {
            if !seen.insert(former) {
                let file = format!("platforms/{}.toml", platform.slug);
                let reason = format!("`{former}` belongs to another platform");
                faults.push(CatalogError::invalid(&file, format!("former_slugs[{at}]"), reason));
            }
        }
    }
    faults
}

/// Gathers the faults of one file.
struct Check<'a> {
    file: &'a str,
    faults: Vec<CatalogError>,
}

impl Check<'_> {
    fn fault(&mut self, key: &str, reason: String) {
        self.faults.push(CatalogError::invalid(self.file, key, reason));
    }
    fn filled(&mut self, key: &str, value: &str) {
        if value.trim().is_empty() {
            self.fault(key, "is empty".to_owned());
        }
    }
    fn slug(&mut self, key: &str, value: &str) {
        if !is_slug(value) {
            self.fault(key, format!("`{value}` is not a slug"));
        }
    }
    fn address(&mut self, key: &str, value: &str) {
        let public = Url::parse(value).is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some());
        if !public {
            self.fault(key, format!("`{value}` is not an absolute https address"));
        }
    }
}

#[cfg(test)]
mod tests;
