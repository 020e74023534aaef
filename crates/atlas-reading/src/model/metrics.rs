//! How good labels are. Invariant: "no label" is a class like the others, as in `LexGLUE` (Chalkidis et al. 2022), so
//! silence where something stands is an error, and silence where nothing stands is right.

use std::collections::BTreeMap;

use super::numbers::real;

/// Precision, recall and their harmonic mean, of one class or of all.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct F1 {
    /// Share of the given labels that are right; 0 where none was given.
    pub precision: f64,
    /// Share of the right labels that were given; 0 where there is none.
    pub recall: f64,
    /// 2PR / (P + R).
    pub f1: f64,
    /// How many right labels there are.
    pub support: usize,
}

/// The right labels and the given ones of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What should be given.
    pub right: Vec<String>,
    /// What was given.
    pub given: Vec<String>,
}

/// The count over many rows.
#[derive(Debug, Clone, Default)]
pub struct Scoreboard {
    classes: BTreeMap<String, [usize; 3]>,
    rows: usize,
    exact: usize,
}

/// The name of the class of rows without a label.
pub const NONE: &str = "(none)";

impl Scoreboard {
    /// Counts some rows; `labels` are all classes, because one that never occurs counts too.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>, outcomes: &[Outcome]) -> Self {
        let mut board = Self::default();
        for label in labels {
            board.classes.entry(label.to_owned()).or_default();
        }
        let with_none = |labels: &[String]| {
            if labels.is_empty() {
                vec![NONE.to_owned()]
            } else {
                labels.to_vec()
            }
        };
        for outcome in outcomes {
            let (mut right, mut given) = (with_none(&outcome.right), with_none(&outcome.given));
            right.sort();
            given.sort();
            board.rows += 1;
            board.exact += usize::from(right == given);
            for label in &right {
                let [hit, _, missed] = board.classes.entry(label.clone()).or_default();
                if given.contains(label) {
                    *hit += 1;
                } else {
                    *missed += 1;
                }
            }
            for label in given.iter().filter(|label| !right.contains(label)) {
                let [_, wrong, _] = board.classes.entry(label.clone()).or_default();
                *wrong += 1;
            }
        }
        board
    }

    /// Each class with its figures, by name.
    pub fn classes(&self) -> Vec<(&str, F1)> {
        self.classes
            .iter()
            .map(|(name, counts)| (name.as_str(), f1(*counts)))
            .collect()
    }

    /// All classes together.
    pub fn micro(&self) -> F1 {
        f1(self
            .classes
            .values()
            .fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]))
    }

    /// The mean F1 of the classes.
    pub fn macro_f1(&self) -> f64 {
        self.classes.values().map(|counts| f1(*counts).f1).sum::<f64>() / real(self.classes.len().max(1))
    }

    /// Share of rows whose labels are all right and none is missing.
    pub fn accuracy(&self) -> f64 {
        real(self.exact) / real(self.rows.max(1))
    }

    /// How many rows were counted.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

fn f1([hit, wrong, missed]: [usize; 3]) -> F1 {
    let share = |of: usize| if of == 0 { 0.0 } else { real(hit) / real(of) };
    let whole = 2 * hit + wrong + missed;
    F1 {
        precision: share(hit + wrong),
        recall: share(hit + missed),
        f1: if whole == 0 { 0.0 } else { 2.0 * real(hit) / real(whole) },
        support: hit + missed,
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Scoreboard};

    #[test]
    fn silence_is_a_class() {
        let outcome = |right: &[&str], given: &[&str]| Outcome {
            right: right.iter().map(|label| (*label).to_owned()).collect(),
            given: given.iter().map(|label| (*label).to_owned()).collect(),
        };
        let board = Scoreboard::of(
            ["a", "b"],
            &[
                outcome(&["a"], &["a"]),
                outcome(&[], &[]),
                outcome(&["b"], &[]),
                outcome(&[], &["a", "b"]),
            ],
        );
        // a: 1 hit, 1 wrong; b: 1 wrong, 1 missed; none: 1 hit, 1 wrong, 1 missed.
        assert!((board.micro().f1 - 4.0 / 9.0).abs() < 1e-9, "{:?}", board.micro());
        assert!((board.macro_f1() - (2.0 / 3.0 + 0.0 + 0.5) / 3.0).abs() < 1e-9);
        assert!((board.accuracy() - 0.5).abs() < 1e-9);
    }
}
