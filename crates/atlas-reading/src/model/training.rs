//! Trains a head from examples. Invariant: labels are trained independently, each with its own seed, so the result is
//! the same however many threads share the work.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use serde::{Deserialize, Serialize};

use super::features::{Extractor, FeatureSpec, rarity};
use super::format::ModelError;
use super::head::{Choice, Head};
use super::linear::{Loss, Row, Target, fit, margin};
use super::numbers::{Random, real};
use super::platt;

/// A sentence with its right answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The sentence.
    pub text: String,
    /// The provision type it is known to speak on, for a model that is told it.
    pub about: Option<String>,
    /// Places of its labels; none means that no label holds.
    pub labels: Vec<usize>,
    /// Places of labels on which the row says nothing, because whoever labelled it did not know them.
    pub unknown: Vec<usize>,
    /// How much an error on it costs, against 1 for an ordinary row.
    pub weight: f64,
}

/// How to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What is counted.
    pub features: FeatureSpec,
    /// The losses with their costs; the weights of several are averaged, which is one linear model again.
    pub losses: Vec<(Loss, f64)>,
    /// How far the cost of rare labels is raised: 0 not at all, 1 until both sides weigh the same.
    pub balance: f64,
    /// Parts of a cross-validation, for calibration without rows of its own.
    pub folds: usize,
    /// Where all randomness comes from.
    pub seed: u64,
}

/// Trains on some examples and calibrates on others; without those, on held-out parts of the first.
pub fn train(
    labels: &[String],
    choice: Choice,
    examples: &[Example],
    validation: &[Example],
    recipe: &Recipe,
) -> Result<Head, ModelError> {
    if !recipe.features.is_sound() {
        return Err(ModelError::Shape { what: "features" });
    }
    let extractor = Extractor::new(recipe.features).map_err(|_| ModelError::Shape { what: "patterns" })?;
    let counts = in_parallel(examples.len(), |at| {
        examples
            .get(at)
            .map(|example| extractor.counts(&example.text, example.about.as_deref()))
            .unwrap_or_default()
    });
    let dimension = recipe.features.dimension();
    let rarity = rarity(&counts, dimension);
    let rows: Vec<Row> = counts.into_iter().map(|row| extractor.weigh(row, &rarity)).collect();
    let held_out: Vec<Row> = in_parallel(validation.len(), |at| {
        validation
            .get(at)
            .map(|example| extractor.weigh(extractor.counts(&example.text, example.about.as_deref()), &rarity))
            .unwrap_or_default()
    });
    let folds = if validation.is_empty() { recipe.folds } else { 0 };
    let parts = parts(examples.len(), folds, recipe.seed);

    // One task for each label and part; part 0 is the whole.
    let tasks = labels.len() * (folds + 1);
    let trained = in_parallel(tasks, |task| {
        let (label, part) = (task / (folds + 1), task % (folds + 1));
        let left_out = |row: usize| part > 0 && parts.get(row) == Some(&part);
        let targets = targets(examples, label, recipe.balance, &left_out);
        let weights = averaged(&rows, &targets, dimension, recipe, label);
        if part == 0 {
            return (weights, Vec::new());
        }
        let known = (0..examples.len()).filter(|row| left_out(*row) && says(examples, *row, label));
        let scores = known.filter_map(|row| Some((row, margin(&weights, rows.get(row)?))));
        (Vec::new(), scores.collect::<Vec<_>>())
    });

    let mut whole = Vec::with_capacity(labels.len());
    let mut scores = vec![Vec::new(); labels.len()];
    for (task, (weights, margins)) in trained.into_iter().enumerate() {
        let (label, part) = (task / (folds + 1), task % (folds + 1));
        if part == 0 {
            whole.push(weights);
        } else if let Some(scores) = scores.get_mut(label) {
            scores.extend(
                margins
                    .into_iter()
                    .map(|(row, margin)| (margin, holds(examples, row, label))),
            );
        }
    }
    let mut head = Head::pack(extractor, choice, labels.to_vec(), rarity, &whole);
    if !validation.is_empty() {
        for (row, vector) in held_out.iter().enumerate() {
            for (label, margin) in head.margins_of(vector).into_iter().enumerate() {
                if says(validation, row, label)
                    && let Some(scores) = scores.get_mut(label)
                {
                    scores.push((f64::from(margin), holds(validation, row, label)));
                }
            }
        }
    }
    for ((scores, sigmoid), threshold) in scores.iter().zip(&mut head.sigmoids).zip(&mut head.thresholds) {
        if scores.is_empty() {
            continue;
        }
        *sigmoid = platt::fit(scores);
        if choice == Choice::Any {
            let calibrated: Vec<(f64, bool)> = scores
                .iter()
                .map(|(margin, holds)| (sigmoid.probability(*margin), *holds))
                .collect();
            *threshold = platt::threshold(&calibrated, sigmoid.probability(0.0));
        }
    }
    Ok(head)
}

/// The mean of what each loss learns, every one brought to margins of the same size first.
fn averaged(rows: &[Row], targets: &[Target], dimension: usize, recipe: &Recipe, label: usize) -> Vec<f64> {
    let mut sum = vec![0.0; dimension + 1];
    for (loss, cost) in &recipe.losses {
        let targets: Vec<Target> = targets
            .iter()
            .map(|target| Target {
                cost: target.cost * cost,
                ..*target
            })
            .collect();
        let seed = u64::try_from(label).unwrap_or_default() ^ recipe.seed;
        let weights = fit(rows, &targets, dimension, *loss, seed);
        let size = if recipe.losses.len() == 1 {
            1.0
        } else {
            let squares = targets
                .iter()
                .filter_map(|target| Some(margin(&weights, rows.get(target.row)?).powi(2)));
            (squares.sum::<f64>() / real(targets.len().max(1))).sqrt().max(1e-9) * real(recipe.losses.len())
        };
        for (sum, weight) in sum.iter_mut().zip(weights) {
            *sum += weight / size;
        }
    }
    sum
}

fn holds(examples: &[Example], row: usize, label: usize) -> bool {
    examples.get(row).is_some_and(|example| example.labels.contains(&label))
}

fn says(examples: &[Example], row: usize, label: usize) -> bool {
    examples
        .get(row)
        .is_some_and(|example| !example.unknown.contains(&label))
}

fn targets(examples: &[Example], label: usize, balance: f64, left_out: &impl Fn(usize) -> bool) -> Vec<Target> {
    let mut targets: Vec<Target> = examples
        .iter()
        .enumerate()
        .filter(|(row, example)| !left_out(*row) && !example.unknown.contains(&label) && example.weight > 0.0)
        .map(|(row, example)| Target {
            row,
            positive: example.labels.contains(&label),
            cost: example.weight,
        })
        .collect();
    let positives = targets.iter().filter(|target| target.positive).count();
    let ratio = real(targets.len() - positives).max(1.0) / real(positives).max(1.0);
    let raised = ratio.powf(balance);
    for target in targets.iter_mut().filter(|target| target.positive) {
        target.cost *= raised;
    }
    targets
}

/// The part of each row, from 1; every part has about as many rows.
fn parts(rows: usize, folds: usize, seed: u64) -> Vec<usize> {
    let mut parts: Vec<usize> = (0..rows).map(|row| row % folds.max(1) + 1).collect();
    Random::new(seed ^ 0xf01d).shuffle(&mut parts);
    parts
}

/// Does numbered tasks on all processors; results are in the order of the numbers.
fn in_parallel<T: Send>(tasks: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(tasks));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= tasks {
                        return;
                    }
                    let result = work(task);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((task, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(task, _)| *task);
    done.into_iter().map(|(_, result)| result).collect()
}
