//! The figures of an evaluation, for people and for programs.
//!
//! Invariant: a figure is a count of trials over a count of trials; whatever is not right is listed by its name.

use std::{collections::BTreeMap, fmt::Write as _};

use atlas_domain::Materiality;
use serde::Serialize;

use super::trial::{Measure, Outcome};

/// A document that flips between texts, replayed.
#[derive(Debug, Serialize)]
pub(super) struct FlappingFigure {
    pub name: String,
    pub versions: usize,
    pub distinct: usize,
    pub alerts: usize,
}

/// One line of the table.
#[derive(Debug, Serialize)]
struct Figure {
    measure: &'static str,
    trials: usize,
    value: String,
    goal: &'static str,
    misses: Vec<String>,
}

/// All that an evaluation found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    rule_version: i32,
    figures: Vec<Figure>,
    /// How the trials of each measure were ranked.
    ranks: BTreeMap<Measure, BTreeMap<String, usize>>,
    flapping: Vec<FlappingFigure>,
    trials: Vec<Outcome>,
}

fn percent(count: usize, of: usize) -> String {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if of == 0 {
        return "–".to_owned();
    }
    format!("{:.1} % ({count} of {of})", 100.0 * number(count) / number(of))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Report {
    /// Counts.
    pub fn of((trials, flapping): (Vec<Outcome>, Vec<FlappingFigure>)) -> Self {
        let mut ranks: BTreeMap<Measure, BTreeMap<String, usize>> = BTreeMap::new();
        for trial in &trials {
            let rank = trial.materiality.map_or("refused", Materiality::as_str).to_owned();
            *ranks.entry(trial.measure).or_default().entry(rank).or_default() += 1;
        }
        let mut figures = Vec::new();
        let mut figure = |measure, goal, of: &[Measure], good: bool, hit: &dyn Fn(&Outcome) -> bool| {
            let all: Vec<_> = trials.iter().filter(|trial| of.contains(&trial.measure)).collect();
            if all.is_empty() {
                return;
            }
            let hits = all.iter().filter(|trial| hit(trial)).count();
            figures.push(Figure {
                measure,
                trials: all.len(),
                value: percent(hits, all.len()),
                goal,
                misses: all
                    .iter()
                    .filter(|trial| hit(trial) != good)
                    .map(|trial| trial.name.clone())
                    .collect(),
            });
        };
        let above =
            |trial: &Outcome| trial.materiality.is_some_and(|rank| rank > Materiality::Cosmetic) && !trial.right;
        figure(
            "technical upgrades flagged above cosmetic",
            "0",
            &[Measure::TechnicalUpgrade],
            false,
            &above,
        );
        figure(
            "same-word pairs flagged above cosmetic",
            "0",
            &[Measure::SameWords],
            false,
            &above,
        );
        figure(
            "polls with equal text flagged above cosmetic",
            "0",
            &[Measure::EqualPoll],
            false,
            &above,
        );
        let detected = |trial: &Outcome| trial.hunks > 0;
        let material = |trial: &Outcome| trial.materiality.is_some_and(|rank| rank >= Materiality::Material);
        figure("memo pairs detected", "100 %", &[Measure::Memo], true, &detected);
        figure(
            "memo pairs ranked at least material",
            "100 %",
            &[Measure::Memo],
            true,
            &material,
        );
        figure(
            "substantive pairs above cosmetic",
            "100 %",
            &[Measure::Substantive],
            true,
            &|trial| trial.right,
        );
        let right = |trial: &Outcome| trial.right;
        figure(
            "written pairs that matter: found, with the right sentence",
            "100 %",
            &[Measure::Material],
            true,
            &right,
        );
        figure(
            "written cosmetic pairs: alerts",
            "0",
            &[Measure::Cosmetic],
            false,
            &|trial| !trial.right,
        );
        figure(
            "pages that are not the document: alerts",
            "0",
            &[Measure::NotDocument],
            false,
            &|trial| trial.materiality.is_some_and(|rank| rank > Materiality::Cosmetic),
        );
        figure(
            "pages that are not the document: named",
            "100 %",
            &[Measure::NotDocument],
            true,
            &|trial| trial.refusal.is_some(),
        );
        if !flapping.is_empty() {
            let sum = |count: fn(&FlappingFigure) -> usize| flapping.iter().map(count).sum::<usize>();
            figures.push(Figure {
                measure: "flapping documents replayed: alerts for distinct texts",
                trials: flapping.len(),
                value: format!(
                    "{} for {} distinct texts in {} versions",
                    sum(|document| document.alerts),
                    sum(|document| document.distinct),
                    sum(|document| document.versions)
                ),
                goal: "at most one each",
                misses: flapping
                    .iter()
                    .filter(|document| document.alerts > document.distinct)
                    .map(|document| document.name.clone())
                    .collect(),
            });
        }
        let ratios: Vec<f64> = trials
            .iter()
            .filter(|trial| trial.hunks > 0)
            .filter_map(|trial| trial.shown?.ratio())
            .collect();
        let count = ratios.len();
        if let Some(ratio) = median(ratios) {
            figures.push(Figure {
                measure: "text shown against text changed, median",
                trials: count,
                value: format!("{ratio:.2}"),
                goal: "1.1",
                misses: Vec::new(),
            });
        }
        Self {
            rule_version: atlas_text::COMPARE_RULE_VERSION,
            figures,
            ranks,
            flapping,
            trials,
        }
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).map_or_else(|error| error.to_string(), |json| json + "\n")
    }

    /// The table, then every miss with its reasons; with `verbose`, every trial.
    pub fn text(&self, verbose: bool) -> String {
        let mut text = format!("rules version {}\n", self.rule_version);
        for figure in &self.figures {
            let _ = writeln!(
                text,
                "{:62} {:>26}   goal {}",
                figure.measure, figure.value, figure.goal
            );
        }
        for (measure, ranks) in &self.ranks {
            let ranks: Vec<_> = ranks.iter().map(|(rank, count)| format!("{rank} {count}")).collect();
            let _ = writeln!(text, "{measure:?}: {}", ranks.join(", "));
        }
        for trial in self.trials.iter().filter(|trial| verbose || self.missed(trial)) {
            let rank = trial.materiality.map_or("refused", Materiality::as_str);
            let _ = writeln!(
                text,
                "\n{:?} {}: {rank}, {} hunks",
                trial.measure, trial.name, trial.hunks
            );
            for line in trial.refusal.iter().chain(&trial.signals).chain(&trial.passages) {
                let _ = writeln!(text, "    {}", line.replace('\n', " "));
            }
        }
        text
    }

    fn missed(&self, trial: &Outcome) -> bool {
        !trial.right || self.figures.iter().any(|figure| figure.misses.contains(&trial.name))
    }
}
