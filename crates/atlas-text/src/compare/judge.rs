//! From signals to a rank: how much it matters, whom it favours, which kinds of change it is.
//!
//! Invariant: nothing but ignored and moved hunks is cosmetic; the rank never falls when a signal is added.

use atlas_domain::{ChangeLabel, Direction, HunkKind, Materiality, Signal};

use super::{
    change::{Change, passage},
    cues::rules,
    edit::{Edit, Renames},
    signals::{self, Fired},
    units::Side,
};

/// Signals that are shown at most.
const MAX_SIGNALS: usize = 40;

/// The judged whole.
#[derive(Debug)]
pub struct Verdict {
    pub materiality: Materiality,
    pub direction: Direction,
    pub labels: Vec<ChangeLabel>,
    pub signals: Vec<Signal>,
}

/// The rules that fire on each change.
pub fn judge(changes: &[Change], old: &Side<'_>, new: &Side<'_>) -> Vec<Vec<Fired>> {
    let mut edits: Vec<Option<Edit<'_>>> = changes
        .iter()
        .map(|change| {
            let both = change.kind == HunkKind::Modified && change.retargeted.is_none();
            both.then(|| Edit::new(passage(old, &change.old), passage(new, &change.new)))
        })
        .collect();
    let mut renames = Renames::new();
    for edit in edits.iter().flatten() {
        edit.count_renames(&mut renames);
    }
    changes
        .iter()
        .zip(&mut edits)
        .map(|(change, edit)| match (change.kind, edit, &change.retargeted) {
            (HunkKind::Modified, Some(edit), _) => {
                edit.settle(&renames);
                signals::modified(edit)
            }
            (HunkKind::Modified, None, Some((before, after))) => vec![Fired {
                name: "link-target",
                weight: rules().weights.link_target,
                evidence: format!("{before} → {after}"),
                direction: Direction::Neutral,
                label: None,
                hunk: None,
            }],
            (HunkKind::Added, ..) => signals::one_sided(&passage(new, &change.new), true),
            (HunkKind::Removed, ..) => signals::one_sided(&passage(old, &change.old), false),
            _ => Vec::new(),
        })
        .collect()
}

/// Ranks the whole by what fired on its parts; `places` has the hunk of each change.
pub fn verdict(changes: &[Change], fired: Vec<Vec<Fired>>, places: &[usize], more: Vec<Fired>) -> Verdict {
    let thresholds = rules().thresholds;
    let real = changes
        .iter()
        .any(|change| !matches!(change.kind, HunkKind::Ignored | HunkKind::Moved));
    if !real {
        return Verdict {
            materiality: Materiality::Cosmetic,
            direction: Direction::Neutral,
            labels: Vec::new(),
            signals: Vec::new(),
        };
    }
    // Several rules on one passage say more than the heaviest of them alone.
    let score = |signals: &[Fired]| {
        let best = signals.iter().map(|signal| signal.weight).fold(0.0, f64::max);
        let mut names: Vec<(&str, f64)> = Vec::new();
        for signal in signals.iter().filter(|signal| signal.weight >= thresholds.minor) {
            match names.iter_mut().find(|(name, _)| *name == signal.name) {
                Some(known) => known.1 = known.1.max(signal.weight),
                None => names.push((signal.name, signal.weight)),
            }
        }
        let all: f64 = names.iter().map(|(_, weight)| weight).sum();
        if best < thresholds.minor {
            return best;
        }
        let more = best + thresholds.further * (all - best);
        best.max(more.min(thresholds.material))
    };
    let parts: Vec<f64> = fired
        .iter()
        .map(|signals| score(signals))
        .chain(more.iter().map(|signal| signal.weight))
        .collect();
    let best = parts.iter().copied().fold(0.0, f64::max);
    // Editorial remarks do not add up to a change of meaning, however many there are.
    let sum: f64 = parts.iter().filter(|part| **part >= thresholds.minor).sum();
    let critical = fired
        .iter()
        .flatten()
        .chain(&more)
        .any(|signal| signal.weight >= thresholds.critical && signal.direction == Direction::Worse);
    let materiality = if critical {
        Materiality::Critical
    } else if best >= thresholds.material || sum >= thresholds.material_sum {
        Materiality::Material
    } else if best >= thresholds.minor {
        Materiality::Minor
    } else {
        Materiality::Editorial
    };
    let mut all: Vec<Fired> = fired
        .into_iter()
        .zip(places)
        .flat_map(|(signals, hunk)| {
            signals.into_iter().map(|signal| Fired {
                hunk: Some(*hunk),
                ..signal
            })
        })
        .chain(more)
        .filter(|signal| signal.weight > 0.0)
        .collect();
    all.sort_by(|one, two| two.weight.total_cmp(&one.weight));
    let direction = if materiality == Materiality::Editorial {
        Direction::Neutral
    } else {
        direction(&all, thresholds.minor)
    };
    let labels = labels(&all, thresholds.minor, materiality);
    let mut signals: Vec<Signal> = Vec::new();
    for signal in all {
        let signal = Signal {
            name: signal.name.to_owned(),
            weight: signal.weight,
            evidence: signal.evidence,
            hunk: signal.hunk,
        };
        if signals.len() < MAX_SIGNALS && !signals.contains(&signal) {
            signals.push(signal);
        }
    }
    Verdict {
        materiality,
        direction,
        labels,
        signals,
    }
}

fn direction(signals: &[Fired], least: f64) -> Direction {
    let weigh = |wanted: Direction| -> f64 {
        signals
            .iter()
            .filter(|signal| signal.direction == wanted && signal.weight >= least)
            .map(|signal| signal.weight)
            .sum()
    };
    let (better, worse) = (weigh(Direction::Better), weigh(Direction::Worse));
    if better == 0.0 && worse == 0.0 {
        Direction::Neutral
    } else if better >= 2.0 * worse {
        Direction::Better
    } else if worse >= 2.0 * better {
        Direction::Worse
    } else {
        Direction::Mixed
    }
}

fn labels(signals: &[Fired], least: f64, materiality: Materiality) -> Vec<ChangeLabel> {
    if materiality == Materiality::Editorial {
        return vec![ChangeLabel::Editorial];
    }
    let mut labels: Vec<ChangeLabel> = signals
        .iter()
        .filter(|signal| signal.weight >= least)
        .filter_map(|signal| signal.label)
        .collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.is_empty() {
        labels.push(ChangeLabel::Editorial);
    }
    labels
}
