//! Qualifiers that a published statement and its quotation do not share: whose models, exceptions, plans, regions, ways
//! to decline, consent, periods and numbers.
//!
//! Invariant: only words are compared, never meaning; what is flagged is always shown with the words that were found. A
//! statement that says in general what a quotation says in particular ("within a stated time") drops nothing; one that
//! names something of its own adds it.

mod named;

use std::fmt;
use std::sync::LazyLock;

use atlas_domain::{AnalysisBlock, Stance};
use regex::Regex;

use named::{Found, models, named, plain};

/// What qualifies a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qualifier {
    /// The provider's own models, against all models.
    Models,
    /// An exception or a condition.
    Exception,
    /// A plan or a product tier.
    Plan,
    /// People of a place.
    Region,
    /// A way to decline.
    OptOut,
    /// Consent or an active choice.
    Consent,
    /// A period.
    Time,
    /// A number, a sum, a percentage, an age.
    Number,
}

impl Qualifier {
    /// The words as a sentence names it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Models => "whose models are meant",
            Self::Exception => "an exception or condition",
            Self::Plan => "a plan",
            Self::Region => "a region",
            Self::OptOut => "a way to decline",
            Self::Consent => "consent",
            Self::Time => "a period",
            Self::Number => "a number",
        }
    }
}

/// A qualifier that stands on one side only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// What it is.
    pub qualifier: Qualifier,
    /// Whether the quotation has it and the statement leaves it out; else the statement adds it.
    pub is_dropped: bool,
    /// The words that were found.
    pub words: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, words) = (self.qualifier.label(), &self.words);
        if self.is_dropped {
            write!(f, "The quotation names {what} (“{words}”), the statement does not.")
        } else {
            write!(f, "The statement names {what} (“{words}”), the quotation does not.")
        }
    }
}

/// What is published about a quotation.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// The sentence that claims.
    pub claim: &'a str,
    /// Words beside it that explain. They may say in general what the claim leaves out; they claim nothing.
    pub beside: &'a str,
    /// The stance that is shown beside it.
    pub stance: Option<Stance>,
    /// The plan, region or product that is shown beside it.
    pub scope: Option<&'a str>,
}

impl<'a> Statement<'a> {
    /// What readers are told of a finding: the headline of the reviewed text on its stance, with what stands beside it.
    pub fn of_block(block: &'a AnalysisBlock, stance: Stance, scope: Option<&'a str>) -> Self {
        Self {
            claim: &block.headline,
            beside: &block.statement,
            stance: Some(stance),
            scope,
        }
    }
}

/// The qualifiers that statement and quotation do not share, in order of kind. Statements that are unclear by their own
/// words, and silence, have none.
pub fn drift(statement: Statement<'_>, quotation: &str) -> Vec<Drift> {
    if matches!(
        statement.stance,
        Some(Stance::Ambiguous | Stance::Conflicting | Stance::Silent)
    ) {
        return Vec::new();
    }
    let claim = plain(statement.claim);
    let quoted = plain(quotation);
    let claimed = named(&without_denials(&claim));
    let found = named(&quoted);
    let around = without_denials(&plain(&format!("{}. {}", statement.claim, statement.beside)));
    let mut drifts: Vec<Drift> = Vec::new();
    if let Some(drift) = models(&claim, &quoted, &around) {
        drifts.push(drift);
    }
    for one in &found {
        let shared = claimed.iter().any(|other| other.same(one));
        // Who names another plan or period has not spoken in general.
        let in_general = claimed.iter().all(|other| other.qualifier != one.qualifier) && is_told(one, &around);
        if !shared && !in_general && !conveys(statement, one) {
            drifts.push(one.drift(true));
        }
    }
    for one in &claimed {
        let shared = found.iter().any(|other| {
            // A statement may sum up any limit as a condition.
            other.same(one) || (one.qualifier == Qualifier::Exception && other.qualifier < Qualifier::Time)
        });
        if !shared {
            drifts.push(one.drift(false));
        }
    }
    drifts.sort_by_key(|drift| (drift.qualifier, !drift.is_dropped));
    drifts.dedup();
    drifts
}

/// Whether the words around tell a qualifier of the quotation in general.
fn is_told(found: &Found, around: &str) -> bool {
    general(found.qualifier).is_some_and(|words| words.is_match(around))
}

/// Whether the stance or the scope that is shown tells a qualifier of the quotation.
fn conveys(statement: Statement<'_>, found: &Found) -> bool {
    let by_stance = match statement.stance {
        Some(Stance::Conditional) => true,
        Some(Stance::CommitsQualified) => found.qualifier < Qualifier::Time,
        Some(Stance::PermitsOptOut) => matches!(found.qualifier, Qualifier::OptOut | Qualifier::Exception),
        Some(Stance::PermitsOptIn) => matches!(found.qualifier, Qualifier::Consent | Qualifier::Exception),
        _ => false,
    };
    let by_scope = statement.scope.is_some_and(|scope| {
        let scope = plain(scope);
        named(&scope).iter().any(|other| other.same(found)) || (!found.words.is_empty() && scope.contains(&found.words))
    });
    by_stance || by_scope
}

/// The words that tell a qualifier in general.
fn general(qualifier: Qualifier) -> Option<&'static Regex> {
    static WORDS: LazyLock<Vec<(Qualifier, Regex)>> = LazyLock::new(|| {
        [
            (
                Qualifier::Exception,
                r"(?i)\b(?:limit(?:s|ed)|conditions?|depends?|exceptions?|carve-?outs?|stated (?:cases?|causes?)|in (?:some|stated|certain) (?:uses|kinds|cases)|some (?:uses|kinds|claims)|beyond)\b",
            ),
            (Qualifier::Plan, r"(?i)\b(?:plans?|tiers?|products?|editions?)\b"),
            (
                Qualifier::Region,
                r"(?i)\b(?:regions?|countr(?:y|ies)|places?|jurisdictions?|residents?|where (?:the|a) (?:user|customer|person|consumer) lives)\b",
            ),
            (
                Qualifier::OptOut,
                r"(?i)\b(?:ways? (?:to decline|out)|choices?|declines?|opts? out|objects?|switched off|settings?)\b",
            ),
            (
                Qualifier::Consent,
                r"(?i)\b(?:agree(?:s|d|ment)?|consent|permission|approval|active choice)\b",
            ),
            (
                Qualifier::Time,
                r"(?i)\b(?:in time|stated time|fixed time|times?|periods?|days?|hours?|weeks?|months?|years?|deadlines?|notice)\b",
            ),
            (
                Qualifier::Number,
                r"(?i)\b(?:amounts?|caps?|capped|ages?|sums?|numbers?|percent\w*|fees?|prices?|stated)\b",
            ),
        ]
        .into_iter()
        .filter_map(|(qualifier, pattern)| Some((qualifier, Regex::new(pattern).ok()?)))
        .collect()
    });
    WORDS
        .iter()
        .find(|(known, _)| *known == qualifier)
        .map(|(_, words)| words)
}

/// The words without what they deny: "the passage states no choice" tells of no choice.
fn without_denials(words: &str) -> String {
    static DENIAL: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i)\b(?:no|nor|neither|without)\b[^.;,]*").ok());
    DENIAL.as_ref().map_or_else(
        || words.to_owned(),
        |denial| denial.replace_all(words, " ").into_owned(),
    )
}

#[cfg(test)]
mod tests;
