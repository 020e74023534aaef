//! One trained model: from a sentence to a probability for each label. Invariant: weights are 8-bit with a scale for
//! each label; scoring never depends on other sentences.

use super::features::{Extractor, FeatureSpec};
use super::linear::Row;
use super::numbers::{byte, index, single};
use super::platt::Sigmoid;

/// How labels are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Every label whose probability reaches its threshold.
    Any,
    /// The likeliest label, if its probability reaches its threshold.
    One,
}

/// A trained model of one question.
#[derive(Debug)]
pub struct Head {
    pub(super) extractor: Extractor,
    pub(super) choice: Choice,
    pub(super) labels: Vec<String>,
    pub(super) rarity: Vec<f32>,
    /// A row of weights for each feature, one weight for each label.
    pub(super) weights: Vec<i8>,
    pub(super) scales: Vec<f32>,
    pub(super) biases: Vec<f32>,
    pub(super) sigmoids: Vec<Sigmoid>,
    pub(super) thresholds: Vec<f64>,
}

impl Head {
    /// Packs trained weights, one vector for each label with the bias last.
    pub(super) fn pack(
        extractor: Extractor,
        choice: Choice,
        labels: Vec<String>,
        rarity: Vec<f32>,
        trained: &[Vec<f64>],
    ) -> Self {
        let dimension = extractor.spec().dimension();
        let mut weights = vec![0_i8; dimension * labels.len()];
        let mut scales = Vec::with_capacity(labels.len());
        let mut biases = Vec::with_capacity(labels.len());
        for (label, own) in trained.iter().enumerate() {
            let (bias, own) = own.split_last().map_or((0.0, &[][..]), |(bias, own)| (*bias, own));
            let most = own.iter().fold(0.0_f64, |most, weight| most.max(weight.abs()));
            let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
            let cells = weights.iter_mut().skip(label).step_by(labels.len().max(1));
            for (cell, weight) in cells.zip(own) {
                *cell = byte(weight / scale);
            }
            scales.push(single(scale));
            biases.push(single(bias));
        }
        let sigmoid = Sigmoid {
            slope: 2.0,
            offset: 0.0,
        };
        Self {
            extractor,
            choice,
            rarity,
            weights,
            scales,
            biases,
            sigmoids: vec![sigmoid; labels.len()],
            thresholds: vec![0.5; labels.len()],
            labels,
        }
    }

    /// Names of the labels, in the order of the scores.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How labels are given.
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// What is counted.
    pub fn spec(&self) -> &FeatureSpec {
        self.extractor.spec()
    }

    /// Margins of the labels: above 0 speaks for the label. `about` is the provision type, for a model that is told it.
    pub fn margins(&self, text: &str, about: Option<&str>) -> Vec<f32> {
        let row = self.extractor.weigh(self.extractor.counts(text, about), &self.rarity);
        self.margins_of(&row)
    }

    pub(super) fn margins_of(&self, row: &Row) -> Vec<f32> {
        let count = self.labels.len();
        let mut sums = vec![0.0_f32; count];
        for (at, value) in row {
            let begin = index(*at) * count;
            for (sum, weight) in sums
                .iter_mut()
                .zip(self.weights.get(begin..begin + count).into_iter().flatten())
            {
                *sum += f32::from(*weight) * value;
            }
        }
        for ((sum, scale), bias) in sums.iter_mut().zip(&self.scales).zip(&self.biases) {
            *sum = *sum * scale + bias;
        }
        sums
    }

    /// Calibrated probabilities of the labels.
    pub fn probabilities(&self, text: &str, about: Option<&str>) -> Vec<f64> {
        let margins = self.margins(text, about);
        margins
            .iter()
            .zip(&self.sigmoids)
            .map(|(margin, sigmoid)| sigmoid.probability(f64::from(*margin)))
            .collect()
    }

    /// Which labels some probabilities amount to, as places in [`Head::labels`].
    pub fn decide(&self, probabilities: &[f64]) -> Vec<usize> {
        let reached = probabilities
            .iter()
            .zip(&self.thresholds)
            .enumerate()
            .filter(|(_, (probability, threshold))| *probability >= *threshold)
            .map(|(label, _)| label);
        match self.choice {
            Choice::Any => reached.collect(),
            Choice::One => likeliest(probabilities)
                .filter(|best| reached.into_iter().any(|label| label == *best))
                .into_iter()
                .collect(),
        }
    }
}

/// The place of the greatest number; the first of equals.
pub(super) fn likeliest(probabilities: &[f64]) -> Option<usize> {
    let best = probabilities.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
    best.map(|(label, _)| label)
}
