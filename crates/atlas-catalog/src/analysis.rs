//! Loads the reviewed text blocks of which an analysis is composed: `catalog/analysis/<type>.toml`, a table for each
//! stance. Invariant: a block belongs to a type of the taxonomy and to a stance allowed there, and holds no
//! placeholder but `{platform}`, `{document}` and `{title}`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use atlas_domain::{AnalysisBlock, Stance, Taxonomy};

use crate::{CatalogError, files};

/// Blocks by type and stance.
type Analyses = BTreeMap<String, BTreeMap<Stance, AnalysisBlock>>;

const PLACEHOLDERS: [&str; 3] = ["platform", "document", "title"];

/// The text block on one stance of one type, if one has been written.
pub fn analysis(provision_type: &str, stance: Stance) -> Option<&'static AnalysisBlock> {
    loaded().as_ref().ok()?.get(provision_type)?.get(&stance)
}

pub(crate) fn loaded() -> &'static Result<Analyses, CatalogError> {
    static ANALYSES: OnceLock<Result<Analyses, CatalogError>> = OnceLock::new();
    ANALYSES.get_or_init(|| load(crate::taxonomy()))
}

fn load(taxonomy: &Taxonomy) -> Result<Analyses, CatalogError> {
    let mut analyses = Analyses::new();
    for file in files::in_folder("analysis") {
        let slug = files::stem(&file);
        analyses.insert(slug.to_owned(), blocks(taxonomy, slug, &file, &files::text(&file)?)?);
    }
    Ok(analyses)
}

fn blocks(
    taxonomy: &Taxonomy,
    slug: &str,
    path: &str,
    text: &str,
) -> Result<BTreeMap<Stance, AnalysisBlock>, CatalogError> {
    let kind = taxonomy
        .provision_type(slug)
        .ok_or_else(|| CatalogError::invalid(path, "file", "is not named after a provision type"))?;
    let blocks: BTreeMap<Stance, AnalysisBlock> = files::parse(path, text)?;
    for (stance, block) in &blocks {
        if !kind.stances.contains_key(stance) {
            return Err(CatalogError::invalid(
                path,
                stance.as_str(),
                "is not a stance of this type",
            ));
        }
        for (field, words) in fields(block) {
            let key = || format!("{stance}.{field}");
            if words.trim().is_empty() {
                return Err(CatalogError::invalid(path, key(), "is empty"));
            }
            if let Some(unknown) = unknown_placeholder(words) {
                return Err(CatalogError::invalid(
                    path,
                    key(),
                    format!("holds the unknown placeholder {{{unknown}}}"),
                ));
            }
        }
    }
    Ok(blocks)
}

/// What is wrong with a text that somebody wrote: an empty field, a placeholder that no page replaces.
pub fn analysis_faults(block: &AnalysisBlock) -> Vec<String> {
    let mut faults = Vec::new();
    for (field, words) in fields(block) {
        let name = field.replace('_', " ");
        if words.trim().is_empty() {
            faults.push(format!("The {name} is empty."));
        }
        if let Some(unknown) = unknown_placeholder(words) {
            faults.push(format!("The {name} holds {{{unknown}}}, which no page replaces."));
        }
    }
    faults
}

/// Every text of a block with the name of its field.
fn fields(block: &AnalysisBlock) -> Vec<(&'static str, &str)> {
    let mut all = vec![
        ("headline", block.headline.as_str()),
        ("statement", &block.statement),
        ("why_it_matters", &block.why_it_matters),
        ("interpretive_note", &block.interpretive_note),
        ("consumer_impact", &block.consumer_impact),
        ("institutional_impact", &block.institutional_impact),
        ("regulatory_landscape", &block.regulatory_landscape),
        ("governance_exposure", &block.governance_exposure),
        ("contract_implications", &block.contract_implications),
    ];
    for (place, remark) in &block.jurisdiction_flags {
        all.extend([("jurisdiction_flags", place.as_str()), ("jurisdiction_flags", remark)]);
    }
    all.extend(
        block
            .compliance_considerations
            .iter()
            .map(|step| ("compliance_considerations", step.as_str())),
    );
    for (question, answer) in &block.faq {
        all.extend([("faq", question.as_str()), ("faq", answer)]);
    }
    all
}

/// The first name in braces that no page knows how to replace.
fn unknown_placeholder(words: &str) -> Option<&str> {
    words
        .split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').map_or(rest, |(name, _)| name))
        .find(|name| !PLACEHOLDERS.contains(name))
}

#[cfg(test)]
mod tests;
