//! From margins to probabilities (Platt 1999, with the targets and the safeguards of Lin, Lin and Weng 2007).
//! Invariant: a larger margin never has a smaller probability.

use super::numbers::real;

/// `p = 1 / (1 + exp(-(slope * margin + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sigmoid {
    pub(super) slope: f64,
    pub(super) offset: f64,
}

impl Sigmoid {
    pub(super) fn probability(self, margin: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * margin + self.offset)).exp())
    }
}

/// The sigmoid under which the answers are likeliest; `scores` are margins with the right answer.
pub(super) fn fit(scores: &[(f64, bool)]) -> Sigmoid {
    let positives = scores.iter().filter(|(_, positive)| *positive).count();
    let (positive, negative) = (real(positives), real(scores.len() - positives));
    // Targets a little short of 1 and 0 keep a separable label from being sure of itself.
    let high = (positive + 1.0) / (positive + 2.0);
    let low = 1.0 / (negative + 2.0);
    let mut slope = 1.0_f64;
    let mut offset = 0.0_f64;
    let loss = |slope: f64, offset: f64| -> f64 {
        scores
            .iter()
            .map(|(margin, positive)| {
                let target = if *positive { high } else { low };
                let z = slope * margin + offset;
                z.max(0.0) - z * target + (-z.abs()).exp().ln_1p()
            })
            .sum()
    };
    let mut current = loss(slope, offset);
    for _ in 0..100 {
        let (mut g1, mut g2, mut h11, mut h12, mut h22) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for (margin, positive) in scores {
            let target = if *positive { high } else { low };
            let p = Sigmoid { slope, offset }.probability(*margin);
            let curve = p * (1.0 - p);
            g1 += (p - target) * margin;
            g2 += p - target;
            h11 += curve * margin * margin;
            h12 += curve * margin;
            h22 += curve;
        }
        let determinant = h11 * h22 - h12 * h12;
        if (g1.abs() < 1e-6 && g2.abs() < 1e-6) || determinant.abs() < 1e-12 {
            break;
        }
        let step = ((h22 * g1 - h12 * g2) / determinant, (h11 * g2 - h12 * g1) / determinant);
        let mut length = 1.0_f64;
        let mut moved = false;
        while length > 1e-8 {
            let next = (slope - length * step.0, offset - length * step.1);
            let value = loss(next.0, next.1);
            if value < current {
                (slope, offset, current, moved) = (next.0, next.1, value, true);
                break;
            }
            length *= 0.5;
        }
        if !moved {
            break;
        }
    }
    if slope > 1e-3 {
        Sigmoid { slope, offset }
    } else {
        // Margins that say nothing: the share of positives, with a slope that keeps the order.
        let share = ((positive + 1.0) / (negative + 1.0)).ln();
        Sigmoid {
            slope: 1e-3,
            offset: share,
        }
    }
}

/// The probability from which a label should be given, by F1 on scores with known answers, drawn half-way to `rest`:
/// with few positives the best threshold of one sample is mostly chance.
pub(super) fn threshold(scores: &[(f64, bool)], rest: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = sorted.iter().filter(|(_, positive)| *positive).count();
    if positives == 0 {
        return rest;
    }
    let (mut right, mut best, mut at) = (0_usize, -1.0_f64, rest);
    for (given, pair) in sorted.windows(2).enumerate() {
        let [(score, positive), (next, _)] = pair else { continue };
        right += usize::from(*positive);
        let f1 = 2.0 * real(right) / (real(given + 1) + real(positives));
        if f1 > best && score > next {
            best = f1;
            at = f64::midpoint(*score, *next);
        }
    }
    f64::midpoint(at, rest)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn probabilities_follow_the_share_of_right_answers() {
        let scores: Vec<(f64, bool)> = (0_u32..200)
            .map(|n| (f64::from(n % 20) / 10.0 - 1.0, n % 20 >= 10 || n % 7 == 0))
            .collect();
        let sigmoid = fit(&scores);
        assert!(sigmoid.probability(1.0) > 0.8);
        assert!(sigmoid.probability(-1.0) < 0.3);
        let none = fit(&[(0.5, false), (0.1, false)]);
        assert!(none.probability(2.0) < 0.5);
    }
}
