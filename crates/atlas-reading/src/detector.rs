//! Runs the rules over a policy. Invariant: at most one reading for each sentence and type; quotations are slices
//! of the text, and everything is decided from the text alone, so the same text gives the same readings.

use aho_corasick::AhoCorasick;
use atlas_domain::{Actor, Basis, Confidence, PolicyText, Reading, Taxonomy};

use crate::clause::ClauseSplitter;
use crate::cues::{Cue, CueFinder, Cues};
use crate::passage::{Passage, passages};
use crate::polarity::Polarity;
use crate::rules::{Certainty, ReadyType, Rule, RuleError, Says, ready_types};
use crate::stance::{Judgement, Position, severity};

/// Version of the rules; raised with every change of what they find.
pub const RULE_VERSION: &str = "rules-1";

/// Reason kept with a passage that speaks of users' material in general, not of one feature's.
pub(crate) const BROAD: &str = "in-general";
const GENERAL: &str = r"\b(?:your|customer|user|users') (?:personal )?(?:content|data|information|inputs?|prompts?|conversations)\b|\byou (?:provide|submit|upload)\b";

/// Words with which a sentence that qualifies the one before it begins.
const CARRY: &str = r"^(?:however,? |but )?(?:this|these|that|the (?:above|foregoing)|it does not|you (?:can|may) (?:opt|choose|turn|disable|object|change|control|withdraw|always)|if you (?:do not|don't|would|prefer|want|opt|turn|disable|no longer)|to opt[- ]?out|unless|except|we (?:will|'ll) (?:notify|inform|give|provide|let|e-?mail)|if (?:we|the (?:changes?|modification|update))|for (?:material|significant|example)|when we|in such case)\b";
const CUSTOMER: &str =
    r"^\W*(?:and |or |then )?(?:you|customers?|users?|the customer|each party|you and|the parties)\b";
const THIRD_PARTY: &str =
    r"^\W*(?:these |such |our |the |any )*(?:third[- ]part(?:y|ies)|sub-?processors?|model providers?|partners?)\b";

/// Under such a heading stands what users may not do; no rule here speaks on that.
const PROHIBITED_USES: &str = r"\b(?:prohibited|restrictions|restricted uses?|acceptable use|universal usage|use requirements|what you (?:cannot|can't|may not)|do not|don't|disallowed|misuse|you (?:may|must|will|shall) not)\b";

/// Finds what a policy says on each provision type.
pub trait Detector: Send + Sync {
    /// Name and version, kept with every reading.
    fn id(&self) -> &str;
    /// The passages that speak on a type, in the order of the text.
    fn detect(&self, text: &PolicyText) -> Vec<Reading>;
}

/// The detector by rules.
#[derive(Debug)]
pub struct RuleDetector {
    taxonomy: Taxonomy,
    engine: Option<Engine>,
}

/// How a passage qualifies what it says.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) cues: Cues,
    /// The longest period named, in days.
    pub(crate) days: Option<u32>,
    /// Where the quotation ends: after the next sentence, if that qualifies this one.
    pub(crate) end: usize,
    /// Codes for the curator.
    pub(crate) reasons: Vec<String>,
}

/// Everything compiled.
#[derive(Debug)]
pub(crate) struct Engine {
    types: Vec<ReadyType>,
    /// For each stem of the prefilter, the index of its type.
    stem_types: Vec<usize>,
    stems: AhoCorasick,
    clauses: ClauseSplitter,
    polarity: Polarity,
    cues: CueFinder,
    carry: regex::Regex,
    customer: regex::Regex,
    third_party: regex::Regex,
    prohibited: regex::Regex,
    general: regex::Regex,
}

impl RuleDetector {
    /// A detector for the types of a taxonomy; types without rules are silent.
    pub fn new(taxonomy: &Taxonomy) -> Self {
        // The patterns are constants of this crate and a test compiles them all.
        Self {
            taxonomy: taxonomy.clone(),
            engine: Engine::new().ok(),
        }
    }

    /// Slugs of the types for which there are rules.
    pub fn covered() -> Vec<&'static str> {
        crate::types::ALL.iter().map(|rules| rules.slug).collect()
    }
}

impl Detector for RuleDetector {
    fn id(&self) -> &str {
        RULE_VERSION
    }

    fn detect(&self, text: &PolicyText) -> Vec<Reading> {
        let Some(engine) = &self.engine else { return Vec::new() };
        passages(text)
            .iter()
            .flat_map(|passage| engine.read(&self.taxonomy, text, passage))
            .collect()
    }
}

impl Engine {
    pub(crate) fn new() -> Result<Self, RuleError> {
        let types = ready_types()?;
        let mut stem_types = Vec::new();
        let mut stems = Vec::new();
        for (index, kind) in types.iter().enumerate() {
            for stem in kind.rules.stems {
                stems.push(*stem);
                stem_types.push(index);
            }
        }
        let stems = AhoCorasick::new(stems).map_err(RuleError::Prefilter)?;
        Ok(Self {
            types,
            stem_types,
            stems,
            clauses: ClauseSplitter::new()?,
            polarity: Polarity::new()?,
            cues: CueFinder::new()?,
            carry: RuleError::compile("carry", CARRY)?,
            customer: RuleError::compile("customer", CUSTOMER)?,
            third_party: RuleError::compile("third party", THIRD_PARTY)?,
            prohibited: RuleError::compile("prohibited uses", PROHIBITED_USES)?,
            general: RuleError::compile("in general", GENERAL)?,
        })
    }

    /// The readings of one sentence.
    pub(crate) fn read(&self, taxonomy: &Taxonomy, text: &PolicyText, passage: &Passage) -> Vec<Reading> {
        let mut wanted = vec![false; self.types.len()];
        for found in self.stems.find_overlapping_iter(&passage.words) {
            let index = self.stem_types.get(found.pattern().as_usize()).copied();
            if let Some(flag) = index.and_then(|index| wanted.get_mut(index)) {
                *flag = true;
            }
        }
        let mut facts = None;
        let mut readings = Vec::new();
        if self.lists_prohibited_uses(passage) {
            return Vec::new();
        }
        for (kind, _) in self.types.iter().zip(&wanted).filter(|(_, wanted)| **wanted) {
            let Some((rule, matched)) = kind.first_match(passage) else {
                continue;
            };
            let facts = facts.get_or_insert_with(|| self.facts(passage));
            readings.extend(self.reading(taxonomy, text, passage, kind, rule, &matched, facts));
        }
        readings
    }

    /// Whether a passage stands under a heading of what users may not do.
    pub(crate) fn lists_prohibited_uses(&self, passage: &Passage) -> bool {
        self.prohibited.is_match(&passage.heading)
    }

    /// How a passage qualifies what it says, with the sentence after it where that carries on.
    pub(crate) fn facts(&self, passage: &Passage) -> Facts {
        let words = passage.words.as_str();
        let own = self.cues.find(words);
        let mut facts = Facts {
            cues: own,
            days: self.cues.days(words),
            end: passage.end,
            reasons: Vec::new(),
        };
        if let Some((next, next_end)) = &passage.next
            && self.carry.is_match(next)
        {
            let carried = self.cues.find(next);
            let changes = [Cue::OptOut, Cue::OptIn, Cue::Exception, Cue::Notice, Cue::Region];
            if carried.any(&changes) {
                facts.cues = own.union(carried);
                facts.end = *next_end;
                facts.days = facts.days.or_else(|| self.cues.days(next));
                facts.reasons.push("next-sentence".to_owned());
            }
        }
        if self.general.is_match(words) {
            facts.reasons.push(BROAD.to_owned());
        }
        facts
    }

    /// Cues in plain words, and the longest period they name, in days.
    pub(crate) fn qualifiers(&self, words: &str) -> (Cues, Option<u32>) {
        (self.cues.find(words), self.cues.days(words))
    }

    /// Who acts in a clause.
    pub(crate) fn actor(&self, clause: &str) -> Actor {
        if self.third_party.is_match(clause) {
            Actor::ThirdParty
        } else if self.customer.is_match(clause) {
            Actor::Customer
        } else {
            Actor::Vendor
        }
    }

    /// The plan, region or product to which a quotation limits itself.
    pub(crate) fn scope(&self, quote: &str) -> Option<String> {
        self.cues.scope(quote)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call; the arguments are one sentence's facts"
    )]
    fn reading(
        &self,
        taxonomy: &Taxonomy,
        text: &PolicyText,
        passage: &Passage,
        kind: &ReadyType,
        rule: &Rule,
        matched: &std::ops::Range<usize>,
        facts: &Facts,
    ) -> Option<Reading> {
        let mut reasons = vec![rule.code.to_owned()];
        let position = match rule.says {
            Says::Polar if self.polarity.denies(&self.clauses, &passage.words, matched) => {
                reasons.push("negated".to_owned());
                Position::Denied
            }
            Says::Polar | Says::Affirms => Position::Affirmed,
            Says::Denies => Position::Denied,
            Says::OptOut => Position::OptOut,
            Says::Conditional => Position::Conditional,
        };
        reasons.extend_from_slice(&facts.reasons);
        let words = passage.words.as_str();
        let (cues, days) = (facts.cues, facts.days);
        let stance = (kind.rules.judge)(&Judgement { position, cues, days })?;
        let provision_type = taxonomy.provision_type(kind.rules.slug)?;
        let severity = severity(provision_type, stance, cues)?;
        let long = passage.end - passage.start > 700;
        let confidence = match rule.certainty {
            Certainty::Stated if !long => Confidence::Explicit,
            Certainty::Stated | Certainty::Implied => Confidence::Inferred,
        };
        let quote = text.text.get(passage.start..facts.end)?;
        let clause = self.clauses.around(words, matched);
        let clause = words.get(clause).unwrap_or_default().trim_start();
        let score = match confidence {
            Confidence::Explicit if matched.len() < 120 => 0.9,
            Confidence::Explicit => 0.85,
            Confidence::Inferred => 0.65,
            Confidence::Unclear => 0.4,
        };
        Some(Reading {
            provision_type: kind.rules.slug.to_owned(),
            stance,
            severity,
            confidence,
            start: passage.start,
            end: facts.end,
            quote: quote.to_owned(),
            basis: if confidence == Confidence::Explicit {
                Basis::Explicit
            } else {
                Basis::Interpretation
            },
            actor: self.actor(clause),
            scope: self.scope(quote),
            score,
            reasons,
        })
    }
}
