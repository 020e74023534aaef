//! Loads the questions that are asked of every document: `catalog/provision-types/*.toml` and
//! `catalog/regulations.toml`. Invariant: what is returned has unique slugs, known regulations and, for every type,
//! a severity for each stance that a document can be given on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use atlas_domain::{
    Favours, ProvisionType, Regulation, RegulatoryReference, Severity, SeverityRule, Stance, Taxonomy, TaxonomyGroup,
};
use serde::Deserialize;

use crate::{CatalogError, files};

/// Version of the severity rubric in the shipped files; raised with every change of a severity or a stance table.
const RUBRIC_VERSION: u32 = 1;

const TYPES: &str = "provision-types";
const REGULATIONS: &str = "regulations.toml";

/// One file of `provision-types/`: a group with its types, in reading order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    code: String,
    title: String,
    types: Vec<TypeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeEntry {
    slug: String,
    title: String,
    definition: String,
    proposition: String,
    question: String,
    stances: BTreeMap<Stance, SeverityRule>,
    #[serde(default)]
    references: Vec<ReferenceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReferenceEntry {
    regulation: String,
    pinpoint: String,
    relation: String,
    #[serde(default)]
    checked_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegulationFile {
    /// The day on which summaries and articles were written down.
    entered_at: String,
    regulations: Vec<Regulation>,
}

/// The shipped taxonomy, parsed once; empty if a file is at fault, which [`crate::check`] tells.
pub fn taxonomy() -> &'static Taxonomy {
    static EMPTY: OnceLock<Taxonomy> = OnceLock::new();
    loaded()
        .as_ref()
        .unwrap_or_else(|_| EMPTY.get_or_init(Taxonomy::default))
}

pub(crate) fn loaded() -> &'static Result<Taxonomy, CatalogError> {
    static TAXONOMY: OnceLock<Result<Taxonomy, CatalogError>> = OnceLock::new();
    TAXONOMY.get_or_init(load)
}

fn load() -> Result<Taxonomy, CatalogError> {
    let read = |file: String| files::text(&file).map(|text| (file, text));
    let groups = files::in_folder(TYPES)
        .into_iter()
        .map(read)
        .collect::<Result<Vec<_>, _>>()?;
    build(&groups, &files::text(REGULATIONS)?)
}

/// Builds a taxonomy from the text of its files, each group file with its name.
fn build(groups: &[(String, String)], regulations: &str) -> Result<Taxonomy, CatalogError> {
    let laws: RegulationFile = files::parse(REGULATIONS, regulations)?;
    let mut known_laws = BTreeSet::new();
    for law in &laws.regulations {
        if !known_laws.insert(law.slug.as_str()) {
            return Err(CatalogError::invalid(REGULATIONS, &law.slug, "is there twice"));
        }
        check_law(law)?;
    }
    check_day("entered_at", &laws.entered_at)?;
    let mut taxonomy = Taxonomy {
        rubric_version: RUBRIC_VERSION,
        ..Taxonomy::default()
    };
    let mut slugs = BTreeSet::new();
    for (name, text) in groups {
        let group: GroupFile = files::parse(name, text)?;
        if taxonomy.groups.iter().any(|known| known.code == group.code) {
            return Err(CatalogError::invalid(
                name,
                "code",
                format!("{} is there twice", group.code),
            ));
        }
        for entry in group.types {
            if !slugs.insert(entry.slug.clone()) {
                return Err(CatalogError::invalid(name, &entry.slug, "is there twice"));
            }
            check_entry(name, &entry, &known_laws)?;
            taxonomy.types.push(provision_type(entry, &group.code));
        }
        taxonomy.groups.push(TaxonomyGroup {
            code: group.code,
            title: group.title,
        });
    }
    taxonomy.regulations = laws.regulations;
    taxonomy.laws_entered_at = laws.entered_at;
    check_pinpoints(&taxonomy)?;
    Ok(taxonomy)
}

fn check_law(law: &Regulation) -> Result<(), CatalogError> {
    let fault = |key: &str, problem: &str| {
        Err(CatalogError::invalid(
            REGULATIONS,
            format!("{}.{key}", law.slug),
            problem,
        ))
    };
    for (key, text) in [("summary", &law.summary), ("reach", &law.reach)] {
        if !text.ends_with('.') {
            return fault(key, "is no sentence with a full stop");
        }
    }
    let mut slugs = BTreeSet::new();
    for article in &law.articles {
        if !slugs.insert(article.slug()) {
            return fault("articles", &format!("{} is there twice", article.cite));
        }
        if article.title.trim().is_empty() || !article.says.ends_with('.') {
            return fault("articles", &format!("{} lacks a title or a sentence", article.cite));
        }
        if let Some(day) = &article.checked_at {
            check_day(&format!("{}.articles", law.slug), day)?;
        }
    }
    Ok(())
}

/// Where a law's articles are listed, each pinpoint names one of them, and each of them is named.
fn check_pinpoints(taxonomy: &Taxonomy) -> Result<(), CatalogError> {
    for law in taxonomy.regulations.iter().filter(|law| !law.articles.is_empty()) {
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for kind in &taxonomy.types {
            for reference in kind
                .references
                .iter()
                .filter(|reference| reference.regulation == law.slug)
            {
                let touched = law.touched(&reference.pinpoint);
                // A title like "Directive 2011/83/EU" stands for the whole law.
                if touched.is_empty() && !law.title.contains(&reference.pinpoint) {
                    return Err(CatalogError::invalid(
                        REGULATIONS,
                        format!("{}.articles", law.slug),
                        format!("lacks what {} refers to: {}", kind.slug, reference.pinpoint),
                    ));
                }
                named.extend(touched.iter().map(|article| article.cite.as_str()));
            }
        }
        if let Some(idle) = law
            .articles
            .iter()
            .find(|article| !named.contains(article.cite.as_str()))
        {
            return Err(CatalogError::invalid(
                REGULATIONS,
                format!("{}.articles", law.slug),
                format!("lists {}, to which no type refers", idle.cite),
            ));
        }
    }
    Ok(())
}

fn check_day(key: &str, day: &str) -> Result<(), CatalogError> {
    let parts: Vec<Option<u16>> = day.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(2000..=2999), Some(1..=12), Some(1..=31)] if day.len() == 10 => Ok(()),
        _ => Err(CatalogError::invalid(
            REGULATIONS,
            key,
            format!("{day} is no day like 2026-11-27"),
        )),
    }
}

fn check_entry(file: &str, entry: &TypeEntry, laws: &BTreeSet<&str>) -> Result<(), CatalogError> {
    let fault = |key: &str, problem: &str| Err(CatalogError::invalid(file, format!("{}.{key}", entry.slug), problem));
    for (key, text) in [
        ("title", &entry.title),
        ("definition", &entry.definition),
        ("proposition", &entry.proposition),
        ("question", &entry.question),
    ] {
        if text.trim().is_empty() {
            return fault(key, "is empty");
        }
    }
    if !entry.question.ends_with('?') {
        return fault("question", "does not end with a question mark");
    }
    if entry.stances.is_empty() {
        return fault("stances", "is empty");
    }
    for (stance, rule) in &entry.stances {
        if rule.reason.trim().is_empty() {
            return fault(&format!("stances.{stance}.reason"), "is empty");
        }
    }
    for reference in &entry.references {
        if let Some(day) = &reference.checked_at {
            check_day(&format!("{}.references", entry.slug), day)?;
        }
        if !laws.contains(reference.regulation.as_str()) {
            return fault(
                "references",
                &format!("names the unknown regulation {}", reference.regulation),
            );
        }
        if reference.relation.trim().is_empty() || reference.pinpoint.trim().is_empty() {
            return fault(
                "references",
                &format!("{} lacks a pinpoint or a relation", reference.regulation),
            );
        }
    }
    Ok(())
}

fn provision_type(entry: TypeEntry, group: &str) -> ProvisionType {
    let mut stances = entry.stances;
    // Any document can be unclear or contradict itself, so these two are possible on every question; a type may
    // still give them a severity of its own.
    for (stance, reason) in [
        (Stance::Ambiguous, "The words allow two readings"),
        (Stance::Conflicting, "Two passages of the document disagree"),
    ] {
        stances.entry(stance).or_insert_with(|| SeverityRule {
            severity: Severity::Medium,
            reason: reason.to_owned(),
            favours: Favours::Neither,
        });
    }
    ProvisionType {
        slug: entry.slug,
        title: entry.title,
        group: group.to_owned(),
        definition: entry.definition,
        proposition: entry.proposition,
        question: entry.question,
        stances,
        references: entry
            .references
            .into_iter()
            .map(|reference| RegulatoryReference {
                regulation: reference.regulation,
                pinpoint: reference.pinpoint,
                relation: reference.relation,
                checked_at: reference.checked_at,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
