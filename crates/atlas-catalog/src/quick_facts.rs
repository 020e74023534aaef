//! The questions that people ask of a platform first, with one plain line for each stance: `catalog/quick-facts.toml`.
//!
//! Invariant: every question belongs to a type of the taxonomy and has a line for each stance of it, so that no
//! finding is left without words.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use atlas_domain::Stance;
use serde::Deserialize;

use crate::{CatalogError, files, taxonomy::taxonomy};

const FILE: &str = "quick-facts.toml";

/// A number that a quotation may hold and that answers the question better than a line of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// A length of time, like "30 days".
    Duration,
    /// An age in years, from 10 to 21.
    Age,
}

/// One question with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuickFact {
    /// The question as a reader asks it.
    pub question: String,
    /// Slug of the provision type that answers it.
    #[serde(rename = "type")]
    pub provision_type: String,
    /// The number to show in the quotation's own words.
    #[serde(default)]
    pub figure: Option<Figure>,
    answers: BTreeMap<Stance, String>,
}

impl QuickFact {
    /// The line for a stance.
    pub fn answer(&self, stance: Stance) -> &str {
        match stance {
            Stance::Ambiguous => "The words allow two readings",
            Stance::Conflicting => "Two passages of the document disagree",
            Stance::Silent => "Not stated",
            stance => self.answers.get(&stance).map_or_else(|| stance.label(), String::as_str),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactFile {
    facts: Vec<QuickFact>,
}

/// The questions in the order in which pages show them; empty only if [`crate::check`] reports a fault.
pub fn quick_facts() -> &'static [QuickFact] {
    loaded().as_deref().unwrap_or_default()
}

pub(crate) fn loaded() -> &'static Result<Vec<QuickFact>, Vec<CatalogError>> {
    static LOADED: OnceLock<Result<Vec<QuickFact>, Vec<CatalogError>>> = OnceLock::new();
    LOADED.get_or_init(|| read(&files::text(FILE).map_err(|fault| vec![fault])?))
}

fn read(text: &str) -> Result<Vec<QuickFact>, Vec<CatalogError>> {
    let file: FactFile = files::parse(FILE, text).map_err(|fault| vec![fault])?;
    let faults: Vec<CatalogError> = file.facts.iter().flat_map(faults).collect();
    if faults.is_empty() { Ok(file.facts) } else { Err(faults) }
}

fn faults(fact: &QuickFact) -> Vec<CatalogError> {
    let fault = |key: &str, reason: String| CatalogError::invalid(FILE, format!("{}.{key}", fact.question), reason);
    let Some(kind) = taxonomy().provision_type(&fact.provision_type) else {
        return vec![fault(
            "type",
            format!("`{}` is not in catalog/provision-types", fact.provision_type),
        )];
    };
    let mut found = Vec::new();
    if !fact.question.ends_with('?') {
        found.push(fault("question", "does not end with a question mark".to_owned()));
    }
    for stance in kind.stances.keys().filter(|stance| !is_common(**stance)) {
        if !fact.answers.contains_key(stance) {
            found.push(fault("answers", format!("has no line for {stance}")));
        }
    }
    for (stance, line) in &fact.answers {
        if !kind.stances.contains_key(stance) || is_common(*stance) {
            found.push(fault("answers", format!("{stance} is no stance of {}", kind.slug)));
        }
        if line.trim().is_empty() || line.ends_with('.') {
            found.push(fault("answers", format!("{stance} is empty or ends with a full stop")));
        }
    }
    found
}

/// Whether the line is the same for every question.
const fn is_common(stance: Stance) -> bool {
    matches!(stance, Stance::Silent | Stance::Ambiguous | Stance::Conflicting)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_stance_without_a_line_and_a_line_without_a_stance_are_faults() {
        let text = "[[facts]]\nquestion = \"Court?\"\ntype = \"arbitration\"\n[facts.answers]\nrequires = \"Yes.\"\n\
                    permits = \"x\"\nconditional = \"y\"\n";
        let faults: Vec<String> = read(text).unwrap_err().iter().map(ToString::to_string).collect();
        let told = faults.join("\n");
        assert!(told.contains("has no line for permits_opt_out"), "{told}");
        assert!(told.contains("permits is no stance of arbitration"), "{told}");
        assert!(told.contains("requires is empty or ends with a full stop"), "{told}");
        assert_eq!(faults.len(), 3, "{told}");
    }

    #[test]
    fn a_question_of_an_unknown_type_is_a_fault() {
        let told = read("[[facts]]\nquestion = \"A?\"\ntype = \"nothing\"\n[facts.answers]\n").unwrap_err();
        assert!(told.iter().any(|fault| fault.to_string().contains("nothing")));
    }
}
