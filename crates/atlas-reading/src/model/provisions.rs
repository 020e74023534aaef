//! The model of provisions: on which of the 47 types a sentence speaks, and what it says on that type's proposition.
//! Invariant: a sentence is judged by itself; a score is a calibrated probability, and below the threshold the answer
//! is silence.

use super::corpus::{PROPOSITION_STANCES, ProvisionRow, SentenceSet};
use super::features::FeatureSpec;
use super::format::{ModelError, ModelFile};
use super::head::{Choice, Head, likeliest};
use super::labels::in_sentence_sets;
use super::linear::Loss;
use super::rows::hex;
use super::training::{Example, Recipe, train};

const TYPES: &str = "types";
const STANCES: &str = "stances";

/// The model that ships.
static SHIPPED: &[u8] = include_bytes!("../../../../models/provisions.bin");

/// What a sentence says.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// The likeliest type, if it is likely enough.
    pub provision_type: Option<String>,
    /// What the sentence says on that type's proposition: one of [`PROPOSITION_STANCES`].
    pub proposition_stance: Option<String>,
    /// Probability of the likeliest type, 0 to 1, given or not.
    pub score: f64,
    /// Probability of each type, 0 to 1, in the order of the model's labels.
    pub scores: Vec<(String, f64)>,
}

/// The model of provisions.
#[derive(Debug)]
pub struct ProvisionModel {
    types: Head,
    stances: Head,
    id: String,
}

impl ProvisionModel {
    /// The model that ships with the program.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::from_bytes(SHIPPED)
    }

    /// Reads a model, checking every part.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut file = ModelFile::from_bytes(bytes)?;
        // The file ends with its own digest.
        let digest = bytes.len().checked_sub(32).and_then(|at| bytes.get(at..at + 4));
        let digest = hex(digest.unwrap_or_default());
        let mut head = |wanted: &'static str| {
            let at = file.heads.iter().position(|(name, _)| name == wanted);
            at.map(|at| file.heads.swap_remove(at).1)
                .ok_or(ModelError::Head { name: wanted })
        };
        Ok(Self {
            types: head(TYPES)?,
            stances: head(STANCES)?,
            id: format!("model-{digest}"),
        })
    }

    /// A name that changes with every byte of the model.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// On which type a sentence speaks, and how.
    pub fn classify(&self, text: &str) -> Classification {
        let scores = self.type_scores(text);
        let given = self.types.decide(&scores).first().copied();
        let best = likeliest(&scores);
        let slug = |at: usize| self.types.labels().get(at).cloned();
        let provision_type = given.and_then(slug);
        Classification {
            proposition_stance: provision_type.as_deref().map(|kind| self.stance(text, kind).0),
            provision_type,
            score: best.and_then(|at| scores.get(at)).copied().unwrap_or_default(),
            scores: self.types.labels().iter().cloned().zip(scores).collect(),
        }
    }

    /// Probability of each type, 0 to 1, in the order of [`ProvisionModel::types`].
    pub fn type_scores(&self, text: &str) -> Vec<f64> {
        self.types.probabilities(text, None)
    }

    /// Slugs of the types, in the order of the scores.
    pub fn types(&self) -> &[String] {
        self.types.labels()
    }

    /// The probability below which the model is silent on a type; 1 for a type that it does not know.
    pub fn threshold(&self, slug: &str) -> f64 {
        let at = self.types.labels().iter().position(|known| known == slug);
        at.and_then(|at| self.types.thresholds.get(at).copied()).unwrap_or(1.0)
    }

    /// What a sentence says on the proposition of a type, with its probability, 0 to 1.
    pub fn stance(&self, text: &str, kind: &str) -> (String, f64) {
        let scores = self.stances.probabilities(text, Some(kind));
        let sum: f64 = scores.iter().sum();
        let best = likeliest(&scores).unwrap_or_default();
        let label = self.stances.labels().get(best).cloned().unwrap_or_default();
        (label, scores.get(best).copied().unwrap_or_default() / sum.max(1e-9))
    }
}

/// How the two heads are trained.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ProvisionRecipe {
    /// For the types.
    pub types: Recipe,
    /// For the stances.
    pub stances: Recipe,
    /// Below this probability a sentence is silent.
    pub threshold: f64,
    /// The same for types that no public set labels: few rows make a score less sure than it says.
    pub threshold_untried: f64,
}

impl ProvisionRecipe {
    /// What did best by cross-validation; the figures are in `models/README.md`.
    pub fn chosen(seed: u64) -> Self {
        let features = FeatureSpec {
            word_bits: 16,
            word_most: 3,
            letter_bits: 16,
            group_bits: 14,
            lengths: true,
            signal_bits: 0,
            weights: [1.0, 0.5, 0.7, 0.5],
        };
        let recipe = Recipe {
            features,
            losses: vec![(Loss::SquaredHinge, 1.0)],
            balance: 0.3,
            folds: 5,
            seed,
        };
        Self {
            types: recipe.clone(),
            stances: Recipe {
                features: FeatureSpec {
                    lengths: false,
                    signal_bits: 16,
                    weights: [0.7, 0.7, 0.7, 1.0],
                    ..features
                },
                losses: vec![(Loss::SquaredHinge, 2.0)],
                ..recipe
            },
            threshold: 0.35,
            threshold_untried: 0.9,
        }
    }
}

/// Trains the model of provisions. The labels are `types`, sorted slugs of every type of the taxonomy.
pub fn train_provisions(
    types: &[String],
    rows: &[ProvisionRow],
    recipe: &ProvisionRecipe,
    training_sha256: String,
) -> Result<ModelFile, ModelError> {
    let typed: Vec<Example> = rows.iter().map(|row| type_example(types, row)).collect();
    let mut type_head = train(types, Choice::One, &typed, &[], &recipe.types)?;
    let threshold = |slug: &String| {
        if in_sentence_sets(slug) {
            recipe.threshold
        } else {
            recipe.threshold_untried
        }
    };
    type_head.thresholds = types.iter().map(threshold).collect();
    let stances: Vec<String> = PROPOSITION_STANCES.iter().map(|stance| (*stance).to_owned()).collect();
    let stanced: Vec<Example> = rows.iter().filter_map(|row| stance_example(&stances, row)).collect();
    let stance_head = train(&stances, Choice::One, &stanced, &[], &recipe.stances)?;
    Ok(ModelFile {
        training_sha256,
        training_rows: rows.len(),
        recipe: serde_json::to_value(recipe).map_err(ModelError::Header)?,
        heads: vec![(TYPES.to_owned(), type_head), (STANCES.to_owned(), stance_head)],
    })
}

fn type_example(types: &[String], row: &ProvisionRow) -> Example {
    let known = |slug: &str| match row.set {
        SentenceSet::Ours => true,
        SentenceSet::Tosdr => in_sentence_sets(slug),
        // Somebody who labels what is unfair passes by every fair clause.
        SentenceSet::UnfairTos => row.types.iter().any(|own| own == slug),
    };
    let holds = |slug: &String| row.types.contains(slug);
    Example {
        text: row.text.clone(),
        about: None,
        labels: (0..)
            .zip(types)
            .filter(|(_, slug)| holds(slug))
            .map(|(at, _)| at)
            .collect(),
        unknown: (0..)
            .zip(types)
            .filter(|(_, slug)| !known(slug))
            .map(|(at, _)| at)
            .collect(),
        weight: 1.0,
    }
}

fn stance_example(stances: &[String], row: &ProvisionRow) -> Option<Example> {
    let stance = row.stance.as_ref()?;
    Some(Example {
        text: row.text.clone(),
        about: row.types.first().cloned(),
        labels: stances.iter().position(|known| known == stance).into_iter().collect(),
        unknown: Vec::new(),
        weight: 1.0,
    })
}

#[cfg(test)]
mod tests {
    use super::ProvisionModel;

    #[test]
    fn the_shipped_model_knows_every_type_and_what_it_is_silent_on() {
        let model = ProvisionModel::shipped().unwrap();
        let mut types: Vec<&str> = atlas_catalog::taxonomy()
            .types
            .iter()
            .map(|kind| kind.slug.as_str())
            .collect();
        types.sort_unstable();
        assert_eq!(model.types(), types);
        let says = |text: &str| {
            let found = model.classify(text);
            (
                found.provision_type.unwrap_or_default(),
                found.proposition_stance.unwrap_or_default(),
            )
        };
        let pair = |kind: &str, stance: &str| (kind.to_owned(), stance.to_owned());
        assert_eq!(
            says("We will never train our models on anything that you upload."),
            pair("model-training-use", "prohibits")
        );
        assert_eq!(
            says("You agree to settle every dispute with us by binding arbitration."),
            pair("arbitration", "permits")
        );
        assert_eq!(says("Our office is open from nine to five on weekdays."), pair("", ""));
    }
}
