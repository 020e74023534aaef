//! The editorial text on a provision: the reviewed block for its type and stance with the names filled in, and the
//! outline that readers without the plan see.
//!
//! Invariant: the outline names every section with its size; nothing of it is cut in mid-sentence or blurred.

use atlas_domain::{AnalysisBlock, ProvisionType, Severity, Stance, urls};

use super::words;

/// The text on one provision.
#[derive(Debug, Clone)]
pub(super) struct Analysis {
    /// A statement in one sentence: the heading of the page.
    pub headline: String,
    /// What the clause is.
    pub statement: String,
    /// Why it matters.
    pub why_it_matters: String,
    /// What the quoted words leave open.
    pub interpretive_note: String,
    /// What it means for a person.
    pub consumer_impact: String,
    /// What it means for an organization.
    pub institutional_impact: String,
    /// Questions and answers.
    pub faq: Vec<(String, String)>,
    /// The compliance analysis; `None` where no text has been written for the stance.
    pub compliance: Option<Compliance>,
}

/// Regulatory landscape, exposure, jurisdictions, contract, steps.
#[derive(Debug, Clone)]
pub(super) struct Compliance {
    /// The laws it touches, in prose.
    pub regulatory_landscape: String,
    /// Pinpoints in laws.
    pub references: Vec<Pinpoint>,
    /// How exposed a business is, and why.
    pub governance_exposure: String,
    /// The exposure.
    pub exposure: Severity,
    /// Place and remark.
    pub jurisdiction_flags: Vec<(String, String)>,
    /// What to look for in a contract.
    pub contract_implications: String,
    /// Steps for a compliance team.
    pub considerations: Vec<String>,
}

/// A pinpoint in a law.
#[derive(Debug, Clone)]
pub(super) struct Pinpoint {
    /// Short name of the law.
    pub law: String,
    /// Page of the law.
    pub href: String,
    /// Article or section.
    pub place: String,
    /// What it has to do with the type.
    pub relation: String,
    /// The day on which a curator compared it with the law; `None` means "to be confirmed".
    pub checked_at: Option<String>,
}

/// One section of the outline.
#[derive(Debug, Clone)]
pub(super) struct OutlineSection {
    /// Its heading.
    pub title: &'static str,
    /// Its size.
    pub size: String,
    /// What is in it, in a few words.
    pub about: String,
}

/// The names that stand for the placeholders of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    /// Name of the platform.
    pub platform: &'a str,
    /// Title of the document.
    pub document: &'a str,
    /// Title of the provision type.
    pub title: &'a str,
}

impl Names<'_> {
    /// The text with its placeholders replaced, once: a name that looks like a placeholder stays as it is.
    fn fill(self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            filled.push_str(before);
            let names = [
                ("{platform}", self.platform),
                ("{document}", self.document),
                ("{title}", self.title),
            ];
            if let Some((mark, name)) = names.into_iter().find(|(mark, _)| from.starts_with(mark)) {
                filled.push_str(name);
                rest = from.get(mark.len()..).unwrap_or_default();
            } else {
                filled.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        filled.push_str(rest);
        filled
    }
}

impl Analysis {
    /// The text on a stance of a type: `block` is what readers get, if one has been written.
    pub(super) fn new(kind: &ProvisionType, stance: Stance, block: Option<&AnalysisBlock>, names: Names<'_>) -> Self {
        block.map_or_else(
            || Self::plain(kind, stance, names),
            |block| Self::of_block(kind, block, names),
        )
    }

    fn of_block(kind: &ProvisionType, block: &AnalysisBlock, names: Names<'_>) -> Self {
        let fill = |text: &str| names.fill(text);
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(a, b)| (fill(a), fill(b))).collect();
        Self {
            headline: fill(&block.headline),
            statement: fill(&block.statement),
            why_it_matters: fill(&block.why_it_matters),
            interpretive_note: fill(&block.interpretive_note),
            consumer_impact: fill(&block.consumer_impact),
            institutional_impact: fill(&block.institutional_impact),
            faq: pairs(&block.faq),
            compliance: Some(Compliance {
                regulatory_landscape: fill(&block.regulatory_landscape),
                references: references(kind),
                governance_exposure: fill(&block.governance_exposure),
                exposure: block.exposure,
                jurisdiction_flags: pairs(&block.jurisdiction_flags),
                contract_implications: fill(&block.contract_implications),
                considerations: block.compliance_considerations.iter().map(|step| fill(step)).collect(),
            }),
        }
    }

    /// What can be said of any stance of any type, where no text has been reviewed yet: the proposition and the label.
    fn plain(kind: &ProvisionType, stance: Stance, names: Names<'_>) -> Self {
        let headline = if stance == Stance::Silent {
            format!("{}: no passage on this question", names.platform)
        } else {
            format!("{}: {}", names.platform, kind.title.to_lowercase())
        };
        let reason = kind
            .stances
            .get(&stance)
            .map(|rule| rule.reason.clone())
            .unwrap_or_default();
        Self {
            headline,
            statement: format!(
                "Every document is asked whether this holds: “{}” {} takes the position “{}”.",
                kind.proposition,
                names.document,
                stance.label()
            ),
            why_it_matters: kind.definition.clone(),
            interpretive_note: if reason.is_empty() {
                String::new()
            } else {
                format!("The rubric ranks this stance so for the following reason: {reason}.")
            },
            consumer_impact: String::new(),
            institutional_impact: String::new(),
            faq: Vec::new(),
            compliance: None,
        }
    }
}

fn references(kind: &ProvisionType) -> Vec<Pinpoint> {
    kind.references
        .iter()
        .map(|reference| Pinpoint {
            law: atlas_catalog::taxonomy()
                .regulation(&reference.regulation)
                .map_or_else(|| reference.regulation.clone(), |law| law.name.clone()),
            href: urls::regulation(&reference.regulation),
            place: reference.pinpoint.clone(),
            relation: reference.relation.clone(),
            checked_at: reference.checked_at.clone(),
        })
        .collect()
}

impl Compliance {
    /// Words of all sections.
    pub(super) fn word_count(&self) -> usize {
        let count = |text: &str| text.split_whitespace().count();
        count(&self.regulatory_landscape)
            + count(&self.governance_exposure)
            + count(&self.contract_implications)
            + self.considerations.iter().map(|step| count(step)).sum::<usize>()
            + self
                .jurisdiction_flags
                .iter()
                .map(|(_, remark)| count(remark))
                .sum::<usize>()
            + self
                .references
                .iter()
                .map(|pinpoint| count(&pinpoint.relation))
                .sum::<usize>()
    }

    /// The sections with their sizes.
    pub(super) fn outline(&self) -> Vec<OutlineSection> {
        let laws: Vec<String> = self.references.iter().fold(Vec::new(), |mut laws, pinpoint| {
            if !laws.contains(&pinpoint.law) {
                laws.push(pinpoint.law.clone());
            }
            laws
        });
        let places: Vec<String> = self.jurisdiction_flags.iter().map(|(place, _)| place.clone()).collect();
        vec![
            OutlineSection {
                title: "Regulatory landscape",
                size: words::counted(self.references.len(), "pinpoint", "pinpoints"),
                about: format!("{}.", words::listed(&laws)),
            },
            OutlineSection {
                title: "Governance exposure",
                size: self.exposure.label().to_owned(),
                about: "How exposed a business is, and why.".to_owned(),
            },
            OutlineSection {
                title: "Jurisdiction flags",
                size: words::counted(places.len(), "flag", "flags"),
                about: format!("{}.", words::listed(&places)),
            },
            OutlineSection {
                title: "Contract and vendor implications",
                size: words::counted(self.contract_implications.split_whitespace().count(), "word", "words"),
                about: "What to look for in the contract before you rely on this.".to_owned(),
            },
            OutlineSection {
                title: "Compliance considerations",
                size: words::counted(self.considerations.len(), "action", "actions"),
                about: "Steps to record, in order.".to_owned(),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn placeholders_are_replaced_once_and_anything_else_in_braces_stays() {
        let names = Names {
            platform: "{document}",
            document: "Terms",
            title: "t",
        };
        assert_eq!(
            names.fill("{platform} says in {document}: {other} {title}{"),
            "{document} says in Terms: {other} t{"
        );
    }
}
