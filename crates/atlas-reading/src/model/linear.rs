//! Linear classifiers, trained by dual coordinate descent. Invariant: the weights are a function of the rows, the costs
//! and the seed; each label is trained on one thread.
//!
//! The algorithms are those of LIBLINEAR: Hsieh et al. 2008 for the L2-loss support vector machine, Yu, Huang and Lin
//! 2011 for logistic regression.

use serde::{Deserialize, Serialize};

use super::numbers::{Random, index};

/// A sentence as indexed values, in the order of the index.
pub(super) type Row = Vec<(u32, f32)>;

/// What training minimises beside the size of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The squared hinge: an L2-loss support vector machine.
    SquaredHinge,
    /// The logistic loss.
    Logistic,
}

/// One row's part in the training of one label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) row: usize,
    pub(super) positive: bool,
    /// The cost of an error on this row.
    pub(super) cost: f64,
}

/// Stops when no row violates its condition by more than this.
const TOLERANCE: f64 = 0.01;
const ROUNDS: usize = 300;

/// Weights for one label; the last is the bias.
pub(super) fn fit(rows: &[Row], targets: &[Target], dimension: usize, loss: Loss, seed: u64) -> Vec<f64> {
    let mut weights = Weights(vec![0.0; dimension + 1]);
    let squares: Vec<f64> = targets.iter().map(|target| square(rows, target.row)).collect();
    match loss {
        Loss::SquaredHinge => hinge(rows, targets, &squares, &mut weights, seed),
        Loss::Logistic => logistic(rows, targets, &squares, &mut weights, seed),
    }
    weights.0
}

/// The margin of a row under some weights.
pub(super) fn margin(weights: &[f64], row: &Row) -> f64 {
    let bias = weights.last().copied().unwrap_or_default();
    row.iter().fold(bias, |sum, (at, value)| {
        sum + weights.get(index(*at)).copied().unwrap_or_default() * f64::from(*value)
    })
}

struct Weights(Vec<f64>);

impl Weights {
    fn add(&mut self, row: &Row, step: f64) {
        for (at, value) in row {
            if let Some(weight) = self.0.get_mut(index(*at)) {
                *weight += step * f64::from(*value);
            }
        }
        if let Some(bias) = self.0.last_mut() {
            *bias += step;
        }
    }
}

fn square(rows: &[Row], row: usize) -> f64 {
    let values = rows.get(row).into_iter().flatten();
    1.0 + values.map(|(_, value)| f64::from(*value).powi(2)).sum::<f64>()
}

fn sign(target: &Target) -> f64 {
    if target.positive { 1.0 } else { -1.0 }
}

fn hinge(rows: &[Row], targets: &[Target], squares: &[f64], weights: &mut Weights, seed: u64) {
    let mut alphas = vec![0.0_f64; targets.len()];
    let mut order: Vec<usize> = (0..targets.len()).collect();
    let mut random = Random::new(seed);
    for _ in 0..ROUNDS {
        random.shuffle(&mut order);
        let mut worst = 0.0_f64;
        for &at in &order {
            let (Some(target), Some(square), Some(alpha)) = (targets.get(at), squares.get(at), alphas.get_mut(at))
            else {
                continue;
            };
            let Some(row) = rows.get(target.row) else { continue };
            let diagonal = 0.5 / target.cost;
            let gradient = sign(target) * margin(&weights.0, row) - 1.0 + *alpha * diagonal;
            // At the bound only a gradient that points inside counts.
            let projected = if *alpha <= 0.0 { gradient.min(0.0) } else { gradient };
            if projected.abs() < 1e-12 {
                continue;
            }
            worst = worst.max(projected.abs());
            let before = *alpha;
            *alpha = (before - gradient / (square + diagonal)).max(0.0);
            weights.add(row, (*alpha - before) * sign(target));
        }
        if worst < TOLERANCE {
            break;
        }
    }
}

fn logistic(rows: &[Row], targets: &[Target], squares: &[f64], weights: &mut Weights, seed: u64) {
    // Both dual variables of each row; they sum to its cost.
    let mut alphas: Vec<[f64; 2]> = Vec::with_capacity(targets.len());
    for target in targets {
        let first = (0.001 * target.cost).min(1e-8);
        alphas.push([first, target.cost - first]);
        if let Some(row) = rows.get(target.row) {
            weights.add(row, sign(target) * first);
        }
    }
    let mut order: Vec<usize> = (0..targets.len()).collect();
    let mut random = Random::new(seed);
    let mut inner_tolerance = 1e-2_f64;
    for _ in 0..ROUNDS {
        random.shuffle(&mut order);
        let (mut worst, mut steps) = (0.0_f64, 0_usize);
        for &at in &order {
            let (Some(target), Some(a), Some(pair)) = (targets.get(at), squares.get(at), alphas.get_mut(at)) else {
                continue;
            };
            let Some(row) = rows.get(target.row) else { continue };
            let cost = target.cost;
            let b = sign(target) * margin(&weights.0, row);
            let [first, second] = *pair;
            // The variable that is nearer to its bound is the one to solve for.
            let swapped = 0.5 * a * (second - first) + b < 0.0;
            let (old, direction) = if swapped { (second, -1.0) } else { (first, 1.0) };
            let mut z = if cost - old < 0.5 * cost { 0.1 * old } else { old };
            let slope = |z: f64| a * (z - old) + direction * b + (z / (cost - z)).ln();
            let mut gradient = slope(z);
            worst = worst.max(gradient.abs());
            let mut inner = 0;
            while inner <= 100 && gradient.abs() >= inner_tolerance {
                let next = z - gradient / (a + cost / (cost - z) / z);
                z = if next <= 0.0 { z * 0.1 } else { next };
                gradient = slope(z);
                inner += 1;
            }
            if inner > 0 {
                steps += inner;
                *pair = if swapped { [cost - z, z] } else { [z, cost - z] };
                weights.add(row, direction * (z - old) * sign(target));
            }
        }
        if worst < TOLERANCE * 10.0 {
            break;
        }
        if steps <= targets.len() / 10 {
            inner_tolerance = (inner_tolerance * 0.1).max(1e-8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Loss, Target, fit, margin};

    #[test]
    fn both_losses_tell_two_words_apart() {
        let rows = vec![
            vec![(0, 1.0)],
            vec![(1, 1.0)],
            vec![(0, 0.8), (2, 0.6)],
            vec![(1, 0.8), (2, 0.6)],
        ];
        let targets: Vec<Target> = (0..4)
            .map(|row| Target {
                row,
                positive: row % 2 == 0,
                cost: 1.0,
            })
            .collect();
        for loss in [Loss::SquaredHinge, Loss::Logistic] {
            let weights = fit(&rows, &targets, 3, loss, 1);
            for (target, row) in targets.iter().zip(&rows) {
                assert_eq!(margin(&weights, row) > 0.0, target.positive, "{loss:?} {row:?}");
            }
            // The word of both sides says nothing.
            assert!(weights[2].abs() < 0.05, "{loss:?}: {weights:?}");
        }
    }
}
