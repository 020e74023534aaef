//! An editorial text as a form: one field for each text, lists as lines, pairs as "left | right".
//!
//! Invariant: what a form shows is read back as the same text; a text with a fault in it is never stored.

use atlas_domain::{AnalysisBlock, Severity};
use serde::Deserialize;

/// The longest field, in characters.
const LONGEST: usize = 8_000;

/// A field of the form.
pub(super) struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub rows: u8,
    pub value: String,
}

/// What is sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct EditForm {
    pub known: i32,
    pub reason: String,
    headline: String,
    statement: String,
    why_it_matters: String,
    interpretive_note: String,
    consumer_impact: String,
    institutional_impact: String,
    regulatory_landscape: String,
    governance_exposure: String,
    pub exposure: String,
    jurisdiction_flags: String,
    contract_implications: String,
    compliance_considerations: String,
    faq: String,
}

/// The fields of a text.
pub(super) fn fields(block: &AnalysisBlock) -> Vec<Field> {
    EditForm::of(block).fields()
}

impl EditForm {
    /// The form of a text.
    pub(super) fn of(block: &AnalysisBlock) -> Self {
        let pairs = |pairs: &[(String, String)]| {
            let lines: Vec<String> = pairs.iter().map(|(left, right)| format!("{left} | {right}")).collect();
            lines.join("\n")
        };
        Self {
            known: 0,
            reason: String::new(),
            headline: block.headline.clone(),
            statement: block.statement.clone(),
            why_it_matters: block.why_it_matters.clone(),
            interpretive_note: block.interpretive_note.clone(),
            consumer_impact: block.consumer_impact.clone(),
            institutional_impact: block.institutional_impact.clone(),
            regulatory_landscape: block.regulatory_landscape.clone(),
            governance_exposure: block.governance_exposure.clone(),
            exposure: block.exposure.as_str().to_owned(),
            jurisdiction_flags: pairs(&block.jurisdiction_flags),
            contract_implications: block.contract_implications.clone(),
            compliance_considerations: block.compliance_considerations.join("\n"),
            faq: pairs(&block.faq),
        }
    }

    /// The fields with what is in them.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |name, label, rows, value: &str| Field {
            name,
            label,
            rows,
            value: value.to_owned(),
        };
        vec![
            field("headline", "Headline, one sentence", 2, &self.headline),
            field("statement", "What it is", 4, &self.statement),
            field("why_it_matters", "Why it matters", 5, &self.why_it_matters),
            field("interpretive_note", "Interpretive note", 4, &self.interpretive_note),
            field("consumer_impact", "If you use it yourself", 4, &self.consumer_impact),
            field(
                "institutional_impact",
                "If you buy it for work",
                4,
                &self.institutional_impact,
            ),
            field(
                "regulatory_landscape",
                "Regulatory landscape",
                5,
                &self.regulatory_landscape,
            ),
            field(
                "governance_exposure",
                "Governance exposure",
                4,
                &self.governance_exposure,
            ),
            field(
                "jurisdiction_flags",
                "Jurisdiction flags, one a line: place | remark",
                4,
                &self.jurisdiction_flags,
            ),
            field(
                "contract_implications",
                "Contract implications",
                4,
                &self.contract_implications,
            ),
            field(
                "compliance_considerations",
                "Compliance considerations, one a line",
                5,
                &self.compliance_considerations,
            ),
            field("faq", "Questions, one a line: question | answer", 5, &self.faq),
        ]
    }

    /// The text and the reason, or everything that is wrong with them.
    pub(super) fn read(&self) -> Result<(AnalysisBlock, String), Vec<String>> {
        let mut faults = Vec::new();
        let mut text = |name: &str, value: &str| {
            let clean = value.replace("\r\n", "\n").replace('\0', "").trim().to_owned();
            if clean.chars().count() > LONGEST {
                faults.push(format!("{name} is longer than {LONGEST} characters."));
            }
            clean
        };
        let mut block = AnalysisBlock {
            headline: text("The headline", &self.headline),
            statement: text("What it is", &self.statement),
            why_it_matters: text("Why it matters", &self.why_it_matters),
            interpretive_note: text("The interpretive note", &self.interpretive_note),
            consumer_impact: text("If you use it yourself", &self.consumer_impact),
            institutional_impact: text("If you buy it for work", &self.institutional_impact),
            regulatory_landscape: text("The regulatory landscape", &self.regulatory_landscape),
            governance_exposure: text("The governance exposure", &self.governance_exposure),
            exposure: Severity::Low,
            jurisdiction_flags: Vec::new(),
            contract_implications: text("The contract implications", &self.contract_implications),
            compliance_considerations: Vec::new(),
            faq: Vec::new(),
        };
        let flags = text("The jurisdiction flags", &self.jurisdiction_flags);
        let steps = text("The compliance considerations", &self.compliance_considerations);
        let faq = text("The questions", &self.faq);
        let reason = text("The reason", &self.reason);
        match self.exposure.parse() {
            Ok(exposure) => block.exposure = exposure,
            Err(_) => faults.push("Choose an exposure.".to_owned()),
        }
        block.jurisdiction_flags = pairs("jurisdiction flags", &flags, &mut faults);
        block.faq = pairs("questions", &faq, &mut faults);
        block.compliance_considerations = lines(&steps).map(str::to_owned).collect();
        if reason.is_empty() {
            faults.push("Say why the text is another one.".to_owned());
        }
        faults.extend(atlas_catalog::analysis_faults(&block));
        if faults.is_empty() {
            Ok((block, reason))
        } else {
            Err(faults)
        }
    }
}

fn lines(words: &str) -> impl Iterator<Item = &str> {
    words.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn pairs(name: &str, words: &str, faults: &mut Vec<String>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for line in lines(words) {
        match line.split_once('|') {
            Some((left, right)) => pairs.push((left.trim().to_owned(), right.trim().to_owned())),
            None => faults.push(format!("A line of the {name} has no | between its two parts: {line}")),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::EditForm;

    fn form() -> EditForm {
        let block = atlas_catalog::analysis("model-training-use", Stance::Permits).unwrap();
        EditForm {
            reason: "Shorter".to_owned(),
            ..EditForm::of(block)
        }
    }

    #[test]
    fn every_text_of_the_catalogue_is_read_back_from_its_form() {
        for kind in &atlas_catalog::taxonomy().types {
            for stance in kind.stances.keys() {
                let Some(block) = atlas_catalog::analysis(&kind.slug, *stance) else {
                    continue;
                };
                let form = EditForm {
                    reason: "x".to_owned(),
                    ..EditForm::of(block)
                };
                assert_eq!(
                    form.read().map(|(read, _)| read),
                    Ok(block.clone()),
                    "{} {stance}",
                    kind.slug
                );
            }
        }
    }

    #[test]
    fn each_fault_is_named() {
        let broken = EditForm {
            reason: " \0".to_owned(),
            headline: String::new(),
            statement: "{provider} says".to_owned(),
            exposure: "huge".to_owned(),
            faq: "A question without an answer".to_owned(),
            consumer_impact: "x".repeat(8_001),
            ..form()
        };
        let faults = broken.read().unwrap_err().join("\n");
        for part in [
            "headline is empty",
            "{provider}",
            "Choose an exposure.",
            "no | between",
            "longer than 8000",
            "Say why",
        ] {
            assert!(faults.contains(part), "{part}: {faults}");
        }
    }
}
