//! Reads a policy with the trained model and the rules together. Invariant: quotations are slices of the text; the
//! same text under the same model gives the same readings; a doubtful reading says so in its score and confidence,
//! and below the floor there is silence.
//!
//! The model knows all types but takes a sentence for a bag of words; the rules know eighteen types and the structure
//! of their sentences. Where both speak and agree the reading is sure; where they disagree it goes to a curator.

use std::collections::HashMap;

use atlas_domain::{Basis, Confidence, PolicyText, Reading, Stance, Taxonomy};

use crate::detector::{Detector, Engine, Facts, RULE_VERSION};
use crate::model::{Classification, ModelError, PROPOSITION_STANCES, ProvisionModel};
use crate::passage::{Passage, passages, plain};
use crate::proposition::{position_of, published};
use crate::rules::RuleError;
use crate::stance::{Judgement, severity};

/// Goes up with every change of how model and rules are brought together: what was read before is read again.
const READING_VERSION: u32 = 2;
/// A reading needs this probability; a curator sees everything above it.
pub const REVIEW: f64 = 0.5;
/// From this probability on a reading may be proposed without a question.
pub const SURE: f64 = 0.8;
/// The best that a reading of the model gets which may not be proposed without a question.
const UNSURE: f64 = 0.79;
/// Probability of the stance from which it counts as sure.
const SURE_STANCE: f64 = 0.7;
/// How much the odds of a type grow under a heading on that type, and shrink under one on another.
const HEADING_ODDS: f64 = 2.5;
/// A heading is on a type from this probability on.
const HEADING_SURE: f64 = 0.6;
/// Passages kept for each type: a policy that repeats itself is not read aloud.
const MOST_PASSAGES: usize = 8;
/// Fewer words say nothing on their own.
const FEWEST_WORDS: usize = 5;
/// First reason of a reading that no rule gave.
const BY_MODEL: &str = "model";
/// A label without a full stop has at most as many words.
const LONGEST_LABEL: usize = 8;
/// Types on which a list of prohibited uses speaks.
const USE_RULES: [&str; 5] = [
    "acceptable-use",
    "high-risk-professional-use",
    "output-use-restrictions",
    "scraping-automation",
    "ai-disclosure",
];

/// Why the detector cannot be built from its own tables and model; a test builds it.
#[derive(Debug, thiserror::Error)]
pub enum DetectorError {
    /// The model cannot be used.
    #[error("the shipped model cannot be used")]
    Model(#[from] ModelError),
    /// A pattern of the rules does not compile.
    #[error("{0}")]
    Rules(String),
}

impl From<RuleError> for DetectorError {
    fn from(error: RuleError) -> Self {
        Self::Rules(error.to_string())
    }
}

/// The readings on which a judgement of a change may rest: those of the rules, and those of the model that are sure.
/// What the model takes for likely may tip with any word, and an alert must not.
pub fn certain(readings: &[Reading]) -> Vec<Reading> {
    let kept = readings
        .iter()
        .filter(|reading| is_certain(&reading.reasons, reading.score));
    kept.cloned().collect()
}

/// Whether a reading with these reasons and this score is by rule, or sure.
pub fn is_certain(reasons: &[String], score: f64) -> bool {
    score >= SURE || reasons.first().is_none_or(|reason| reason != BY_MODEL)
}

/// The detector of the product: the trained model with the rules.
#[derive(Debug)]
pub struct TrainedDetector {
    taxonomy: Taxonomy,
    engine: Engine,
    model: ProvisionModel,
    id: String,
}

impl TrainedDetector {
    /// A detector with the model that ships.
    pub fn new(taxonomy: &Taxonomy) -> Result<Self, DetectorError> {
        Self::with(taxonomy, ProvisionModel::shipped()?)
    }

    /// A detector with a model of one's own.
    pub fn with(taxonomy: &Taxonomy, model: ProvisionModel) -> Result<Self, DetectorError> {
        Ok(Self {
            taxonomy: taxonomy.clone(),
            engine: Engine::new()?,
            id: format!("{RULE_VERSION}+{}+reading-{READING_VERSION}", model.id()),
            model,
        })
    }

    /// On which type a sentence by itself speaks, and the stance that would be published for it.
    pub fn classify(&self, sentence: &str) -> (Classification, Option<Stance>) {
        let found = self.model.classify(sentence);
        let stance = found.provision_type.as_deref().and_then(|slug| {
            let position = position_of(found.proposition_stance.as_deref()?)?;
            let (cues, days) = self.engine.qualifiers(&plain(sentence));
            published(slug, &Judgement { position, cues, days })
        });
        (found, stance)
    }

    /// What a sentence says on the proposition of a type that it is known to speak on, with its probability, 0 to 1.
    pub fn stance(&self, sentence: &str, kind: &str) -> (String, f64) {
        self.model.stance(sentence, kind)
    }

    /// The label of [`PROPOSITION_STANCES`] under which a sentence on a type is published with a stance: the way back from
    /// a curated stance to a training row. `None` where no label leads there.
    pub fn proposition_stance(&self, sentence: &str, kind: &str, stance: Stance) -> Option<&'static str> {
        let (cues, days) = self.engine.qualifiers(&plain(sentence));
        let leads = |label: &&str| {
            position_of(label).and_then(|position| published(kind, &Judgement { position, cues, days })) == Some(stance)
        };
        // The label of the same name is meant where it leads there, else the plainest one.
        let same = PROPOSITION_STANCES
            .into_iter()
            .filter(|label| *label == stance.as_str());
        same.chain(["permits", "prohibits", "conditional", "permits_opt_out"])
            .find(leads)
    }

    /// The model's readings of one passage, and those of the rules, brought together.
    fn read(&self, text: &PolicyText, passage: &Passage, heading: Option<usize>) -> Vec<Reading> {
        let ruled = self.engine.read(&self.taxonomy, text, passage);
        let plain = self.plain_scores(passage);
        let scores = under_heading(&plain, heading);
        let defines = is_definition(&passage.words);
        let uses_only = self.engine.lists_prohibited_uses(passage);
        let mut facts = None;
        let mut readings: Vec<Reading> = ruled
            .into_iter()
            .map(|reading| self.weighed(passage, reading, &scores))
            .collect();
        for ((slug, score), plain) in self.model.types().iter().zip(&scores).zip(&plain) {
            let known = readings.iter().any(|reading| reading.provision_type == *slug);
            let out_of_place = uses_only && !USE_RULES.contains(&slug.as_str());
            if *score < REVIEW || known || out_of_place {
                continue;
            }
            let facts = facts.get_or_insert_with(|| self.engine.facts(passage));
            // A heading makes a type likelier, never sure; a type with few rows is sure only where the model is; and
            // what a word means is not yet what anybody does.
            let score = if *plain >= self.model.threshold(slug).max(SURE) && !defines {
                *score
            } else {
                score.min(UNSURE)
            };
            readings.extend(self.modelled(text, passage, slug, score, facts));
        }
        readings
    }

    /// Probabilities of the types for a passage by itself.
    fn plain_scores(&self, passage: &Passage) -> Vec<f64> {
        if is_label(&passage.words) {
            return vec![0.0; self.model.types().len()];
        }
        self.model.type_scores(&passage.words)
    }

    /// A reading by rule with the model's word on it.
    fn weighed(&self, passage: &Passage, mut reading: Reading, scores: &[f64]) -> Reading {
        let at = self
            .model
            .types()
            .iter()
            .position(|slug| *slug == reading.provision_type);
        let score = at.and_then(|at| scores.get(at)).copied().unwrap_or_default();
        let (label, _) = self.model.stance(&passage.words, &reading.provision_type);
        let facts = self.engine.facts(passage);
        let agreed = position_of(&label).and_then(|position| {
            let (cues, days) = (facts.cues, facts.days);
            published(&reading.provision_type, &Judgement { position, cues, days })
        }) == Some(reading.stance);
        if score >= REVIEW && agreed {
            reading.score = reading.score.max(score);
        } else if score < 0.1 {
            reading.score = reading.score.min(0.6);
            reading.reasons.push("model-silent".to_owned());
        } else if !agreed {
            reading.score = reading.score.min(0.75);
            reading.reasons.push(format!("model-{label}"));
        }
        reading
    }

    fn modelled(&self, text: &PolicyText, passage: &Passage, slug: &str, score: f64, facts: &Facts) -> Option<Reading> {
        let (label, certainty) = self.model.stance(&passage.words, slug);
        let position = position_of(&label)?;
        let (cues, days) = (facts.cues, facts.days);
        let stance = published(slug, &Judgement { position, cues, days })?;
        let severity = severity(self.taxonomy.provision_type(slug)?, stance, cues)?;
        let quote = text.text.get(passage.start..facts.end)?;
        // A stance that is a guess cannot be proposed, however sure the type is.
        let score = if certainty < SURE_STANCE { score.min(0.7) } else { score };
        let confidence = if score >= SURE {
            Confidence::Explicit
        } else if score >= 0.6 {
            Confidence::Inferred
        } else {
            Confidence::Unclear
        };
        let mut reasons = vec![BY_MODEL.to_owned(), format!("says-{label}")];
        reasons.extend_from_slice(&facts.reasons);
        Some(Reading {
            provision_type: slug.to_owned(),
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
            actor: self.engine.actor(&passage.words),
            scope: self.engine.scope(quote),
            score,
            reasons,
        })
    }
}

impl Detector for TrainedDetector {
    fn id(&self) -> &str {
        &self.id
    }

    fn detect(&self, text: &PolicyText) -> Vec<Reading> {
        let mut headings: HashMap<String, Option<usize>> = HashMap::new();
        let mut readings = Vec::new();
        for passage in passages(text) {
            let heading = *headings
                .entry(passage.heading.clone())
                .or_insert_with(|| self.heading_type(&passage.heading));
            readings.extend(self.read(text, &passage, heading));
        }
        surest(readings)
    }
}

impl TrainedDetector {
    /// Place of the type that a heading names, if it names one.
    fn heading_type(&self, heading: &str) -> Option<usize> {
        if heading.is_empty() {
            return None;
        }
        let scores = self.model.type_scores(heading);
        let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        (*best.1 >= HEADING_SURE).then_some(best.0)
    }
}

/// Probabilities with what the heading speaks for.
fn under_heading(plain: &[f64], heading: Option<usize>) -> Vec<f64> {
    let Some(heading) = heading else { return plain.to_vec() };
    let moved = |(at, score): (usize, &f64)| {
        let factor = if at == heading {
            HEADING_ODDS
        } else {
            1.0 / HEADING_ODDS
        };
        let odds = score / (1.0 - score.min(0.999_999)) * factor;
        odds / (1.0 + odds)
    };
    plain.iter().enumerate().map(moved).collect()
}

/// Whether words only say what a quoted term means.
fn is_definition(words: &str) -> bool {
    let Some((before, (term, after))) = words
        .split_once('"')
        .and_then(|(before, rest)| Some((before, rest.split_once('"')?)))
    else {
        return false;
    };
    // A clause number may stand before the term.
    let means = [
        "mean",
        "shall mean",
        "has the meaning",
        "have the meaning",
        "refers to",
        "is defined",
    ];
    before.len() <= 12 && term.len() <= 60 && means.iter().any(|verb| after.trim_start().starts_with(verb))
}

/// Whether words name a subject instead of stating something: an entry of a table of contents, a label before a text.
fn is_label(words: &str) -> bool {
    let count = words.split(' ').count();
    let closed = words.ends_with(['.', ';', ':', '!', ')', '"', ',']);
    count < FEWEST_WORDS || (count <= LONGEST_LABEL && !closed)
}

/// The surest passages of each type, in the order of the text.
fn surest(mut readings: Vec<Reading>) -> Vec<Reading> {
    let mut order: Vec<usize> = (0..readings.len()).collect();
    order.sort_by(|a, b| {
        let score = |at: &usize| readings.get(*at).map_or(0.0, |reading| reading.score);
        score(b).total_cmp(&score(a)).then(a.cmp(b))
    });
    let mut taken: HashMap<&str, usize> = HashMap::new();
    let mut kept = vec![false; readings.len()];
    for at in order {
        let Some(reading) = readings.get(at) else { continue };
        let count = taken.entry(reading.provision_type.as_str()).or_default();
        *count += 1;
        if let Some(flag) = kept.get_mut(at) {
            *flag = *count <= MOST_PASSAGES;
        }
    }
    let mut kept = kept.into_iter();
    readings.retain(|_| kept.next().unwrap_or_default());
    readings
}

#[cfg(test)]
mod tests;
