//! How well the model of provisions tells types and stances, and what the detector makes of whole policies.
//!
//! Invariant: a sentence counts as silent only if no type is given; a stance is judged with the right type given, and
//! "both" only where type and stance are right, or rightly none.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use atlas_reading::model::{Outcome, ProvisionRow, Scoreboard};
use atlas_reading::{Detector as _, SURE, TrainedDetector, merge};
use serde_json::{Value, json};

use crate::{cli::EvaluateReadings, say};

/// Counts of right answers.
#[derive(Debug, Default)]
struct Share {
    right: usize,
    of: usize,
}

impl Share {
    fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }
    /// In percent; nothing to count is 0.
    fn percent(&self) -> f64 {
        let number = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        100.0 * number(self.right) / number(self.of.max(1))
    }
}

#[derive(Debug, Default)]
struct Sentences {
    kind: Share,
    positives: Share,
    silent: Share,
    stance: Share,
    both: Share,
    types: Vec<Outcome>,
    stances: Vec<Outcome>,
}

pub(super) fn judge(arguments: &EvaluateReadings) -> Result<String> {
    if arguments.rows.is_empty() && arguments.policies.is_empty() {
        bail!("`evaluate readings` needs labelled sentences, or --policies");
    }
    let detector = super::detector(arguments.model.as_deref())?;
    let mut rows = Vec::new();
    for path in super::files(&arguments.rows)? {
        rows.extend(super::read(&path)?.1);
    }
    let mut table = String::new();
    let mut object = serde_json::Map::new();
    if !rows.is_empty() {
        let started = Instant::now();
        let counts = sentences(&detector, &rows, arguments.verbose);
        tell_sentences(
            &counts,
            rows.len(),
            started.elapsed().as_secs_f64(),
            &mut table,
            &mut object,
        );
    }
    if !arguments.policies.is_empty() {
        policies(&detector, &arguments.policies, &mut table, &mut object)?;
    }
    Ok(if arguments.json {
        serde_json::to_string_pretty(&Value::Object(object))? + "\n"
    } else {
        table
    })
}

fn sentences(detector: &TrainedDetector, rows: &[ProvisionRow], verbose: bool) -> Sentences {
    let mut counts = Sentences::default();
    for row in rows {
        let (found, _) = detector.classify(&row.text);
        let given = found.provision_type;
        let right = match &given {
            Some(given) => row.types.contains(given),
            None => row.types.is_empty(),
        };
        counts.kind.count(right);
        counts.types.push(Outcome {
            right: row.types.clone(),
            given: given.iter().cloned().collect(),
        });
        let mut both = right;
        if let Some(kind) = row.types.first() {
            counts.positives.count(right);
            if let Some(stance) = &row.stance {
                let (said, _) = detector.stance(&row.text, kind);
                counts.stance.count(said == *stance);
                both &= said == *stance;
                if verbose && said != *stance {
                    say(format!("{kind}: {said} instead of {stance}: {}", row.text));
                }
                counts.stances.push(Outcome {
                    right: vec![stance.clone()],
                    given: vec![said],
                });
            }
        } else {
            counts.silent.count(right);
        }
        counts.both.count(both);
        if verbose && !right {
            let (given, wanted) = (given.unwrap_or_default(), row.types.join(", "));
            say(format!("`{given}` instead of `{wanted}`: {}", row.text));
        }
    }
    counts
}

fn tell_sentences(
    counts: &Sentences,
    rows: usize,
    seconds: f64,
    table: &mut String,
    object: &mut serde_json::Map<String, Value>,
) {
    let labels = |outcomes: &[Outcome]| -> Vec<String> {
        let mut labels: Vec<String> = outcomes
            .iter()
            .flat_map(|o| o.right.iter().chain(&o.given).cloned())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    };
    let board = |outcomes: &[Outcome]| {
        let labels = labels(outcomes);
        Scoreboard::of(labels.iter().map(String::as_str), outcomes).macro_f1()
    };
    let (type_f1, stance_f1) = (board(&counts.types), board(&counts.stances));
    let lines = [
        ("type right, silence counted", &counts.kind),
        ("type right, of sentences on a type", &counts.positives),
        ("silent, of sentences on none", &counts.silent),
        ("stance right, type given", &counts.stance),
        ("type and stance right", &counts.both),
    ];
    for (name, share) in lines {
        let _ = writeln!(
            table,
            "{name:<36} {:>6.1} %  ({} of {})",
            share.percent(),
            share.right,
            share.of
        );
    }
    let _ = writeln!(
        table,
        "{:<36} {:>6.1} / {:.1}",
        "macro F1 of types / of stances",
        type_f1 * 100.0,
        stance_f1 * 100.0
    );
    let _ = writeln!(table, "{rows} sentences in {seconds:.3} s");
    object.insert(
        "sentences".to_owned(),
        json!({
            "rows": rows,
            "seconds": seconds,
            "type_accuracy": counts.kind.percent(),
            "type_accuracy_positives": counts.positives.percent(),
            "silent_kept": counts.silent.percent(),
            "stance_accuracy_given_type": counts.stance.percent(),
            "both_right": counts.both.percent(),
            "type_macro_f1": type_f1 * 100.0,
            "stance_macro_f1": stance_f1 * 100.0,
        }),
    );
}

fn policies(
    detector: &TrainedDetector,
    folders: &[PathBuf],
    table: &mut String,
    object: &mut serde_json::Map<String, Value>,
) -> Result<()> {
    let taxonomy = atlas_catalog::taxonomy();
    let (mut documents, mut sentences, mut readings, mut exact, mut sure) = (0, 0, 0, 0, 0);
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let started = Instant::now();
    for path in markdown(folders)? {
        let source = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let text = atlas_text::parse_markdown(&source);
        documents += 1;
        sentences += text.blocks.iter().map(|block| block.sentences.len()).sum::<usize>();
        let found = detector.detect(&text);
        readings += found.len();
        exact += found
            .iter()
            .filter(|reading| text.text.get(reading.start..reading.end) == Some(reading.quote.as_str()))
            .count();
        sure += found.iter().filter(|reading| reading.score >= SURE).count();
        for provision in merge(taxonomy, &found) {
            *types.entry(provision.provision_type).or_default() += 1;
        }
    }
    if documents == 0 {
        bail!("no policy (.md) in the folders");
    }
    let seconds = started.elapsed().as_secs_f64();
    let _ = writeln!(table, "{documents} policies, {sentences} sentences in {seconds:.2} s");
    let _ = writeln!(
        table,
        "{readings} readings, {sure} of them sure; {exact} quotations exact"
    );
    for (kind, count) in &types {
        let _ = writeln!(table, "{count:>6}  {kind}");
    }
    object.insert(
        "policies".to_owned(),
        json!({
            "documents": documents, "sentences": sentences, "seconds": seconds,
            "readings": readings, "sure": sure, "exact": exact, "provisions": types,
        }),
    );
    Ok(())
}

/// Every `.md` file below some folders, by name.
fn markdown(folders: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let name = || path.display().to_string();
            for entry in fs::read_dir(&path).with_context(name)? {
                open.push(entry.with_context(name)?.path());
            }
        } else if is_markdown(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}
