//! The questions that are asked of every document, as loaded from the catalogue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Severity, Stance, text_enum::text_enum};

mod pinpoint;

text_enum! {
    /// Whom a stance favours.
    Favours, "side", {
        /// The user.
        User = "user",
        /// The provider.
        Provider = "provider",
        /// Neither.
        Neither = "neither",
    }
}

/// A group of provision types, for example "Training and improvement".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxonomyGroup {
    /// Short code, `C1` to `C8`.
    pub code: String,
    /// The words as pages show them.
    pub title: String,
}

/// The severity of one stance of one type, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityRule {
    /// The base severity.
    pub severity: Severity,
    /// The reason, a few words.
    pub reason: String,
    /// Whom this stance favours.
    pub favours: Favours,
}

/// A pinpoint in a law with its relation to a provision type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegulatoryReference {
    /// Slug of the regulation.
    pub regulation: String,
    /// Article or section, as cited.
    pub pinpoint: String,
    /// What it has to do with the type, one sentence.
    pub relation: String,
    /// The day on which a curator checked the pinpoint against the law; shown as "to be confirmed" until then.
    #[serde(default)]
    pub checked_at: Option<String>,
}

/// A law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regulation {
    /// Slug, for example `gdpr`.
    pub slug: String,
    /// Short name, for example `GDPR`.
    pub name: String,
    /// Full title with its number.
    pub title: String,
    /// Where it applies.
    pub jurisdiction: String,
    /// Plain summary, one or two sentences.
    pub summary: String,
    /// Whom it binds, one sentence.
    #[serde(default)]
    pub reach: String,
    /// The articles that provision types refer to, in the order of the law.
    #[serde(default)]
    pub articles: Vec<Article>,
}

/// An article or section of a law, in our own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// As it is cited, for example `Art. 5` or `11 CCR 7051`.
    pub cite: String,
    /// What it is about, a few words.
    pub title: String,
    /// What it says, one sentence.
    pub says: String,
    /// The day on which a curator compared the sentence with the law; shown as "to be confirmed" until then.
    #[serde(default)]
    pub checked_at: Option<String>,
}

impl Article {
    /// The last part of its address: `art-5`, `11-ccr-7051`.
    pub fn slug(&self) -> String {
        let mut slug = String::with_capacity(self.cite.len());
        for letter in self.cite.chars() {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.trim_end_matches('-').to_owned()
    }
}

impl Regulation {
    /// The article with a slug.
    pub fn article(&self, slug: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.slug() == slug)
    }
    /// The listed articles that a pinpoint touches, for example `Art. 13, 21` or `Art. 12 to 22`.
    pub fn touched(&self, pinpoint: &str) -> Vec<&Article> {
        let places = pinpoint::places(pinpoint);
        let touches = |article: &&Article| places.iter().any(|place| place.covers(&article.cite));
        self.articles.iter().filter(touches).collect()
    }
}

/// A question asked of every document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionType {
    /// Slug, for example `model-training-use`.
    pub slug: String,
    /// The words as pages show them.
    pub title: String,
    /// Code of the group.
    pub group: String,
    /// What belongs here.
    pub definition: String,
    /// The one proposition on which every stance is taken, for example
    /// "The provider may use customer content to train its models."
    pub proposition: String,
    /// The question as a reader asks it, for example "May they train on what you write?"
    pub question: String,
    /// Severity by allowed stance; a stance that is absent is not allowed for the type.
    pub stances: BTreeMap<Stance, SeverityRule>,
    /// Pinpoints in laws.
    #[serde(default)]
    pub references: Vec<RegulatoryReference>,
}

impl ProvisionType {
    /// Whether silence is looked for. Where it is not, only platforms that speak are on record, and a share of them
    /// says nothing.
    pub fn has_share(&self) -> bool {
        self.stances.contains_key(&Stance::Silent)
    }
}

/// The editorial text on one stance of one type: reviewed building blocks of an analysis.
///
/// Text may hold `{platform}`, `{document}` and `{title}`, which are replaced when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisBlock {
    /// A statement in one sentence, for example "{platform} says it does not train models on customer content."
    pub headline: String,
    /// What the clause is, two or three sentences.
    pub statement: String,
    /// Why it matters.
    pub why_it_matters: String,
    /// What the quoted words leave open.
    pub interpretive_note: String,
    /// What it means for a person.
    pub consumer_impact: String,
    /// What it means for an organization.
    pub institutional_impact: String,
    /// The laws it touches, in prose.
    pub regulatory_landscape: String,
    /// How exposed a business is, and why.
    pub governance_exposure: String,
    /// Exposure for the business reader.
    pub exposure: Severity,
    /// Pairs of place and remark.
    pub jurisdiction_flags: Vec<(String, String)>,
    /// What to look for in a contract.
    pub contract_implications: String,
    /// Steps for a compliance team.
    pub compliance_considerations: Vec<String>,
    /// Pairs of question and answer.
    pub faq: Vec<(String, String)>,
}

/// Everything that is asked, in reading order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxonomy {
    /// Version of the rubric; a new one is never shown as a change by a platform.
    pub rubric_version: u32,
    /// Groups, in order.
    pub groups: Vec<TaxonomyGroup>,
    /// Types, in order of group.
    pub types: Vec<ProvisionType>,
    /// Laws.
    pub regulations: Vec<Regulation>,
    /// The day on which summaries and articles of the laws were written down, like `2026-11-27`.
    pub laws_entered_at: String,
}

impl Taxonomy {
    /// The type with a slug.
    pub fn provision_type(&self, slug: &str) -> Option<&ProvisionType> {
        self.types.iter().find(|kind| kind.slug == slug)
    }
    /// The regulation with a slug.
    pub fn regulation(&self, slug: &str) -> Option<&Regulation> {
        self.regulations.iter().find(|law| law.slug == slug)
    }
}
