//! `evaluate changes DIR`: how often a change record is noise, and how often it misses something.
//!
//! Invariant: reads files and prints; needs no database and no configuration. Every figure has its misses by name.

mod archive;
mod files;
mod suites;
mod table;
mod trial;

use std::{
    collections::HashSet,
    path::Path,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context as _, Result, bail};
use atlas_domain::Materiality;

use self::{
    archive::{Flapping, Plan},
    table::{FlappingFigure, Report},
    trial::{Outcome, Trial},
};
use crate::{cli::EvaluateChanges, say};

/// Judges the folder and prints the table.
pub fn changes(arguments: &EvaluateChanges) -> ExitCode {
    match evaluate(&arguments.folder) {
        Ok(report) => {
            let output = if arguments.json {
                report.json()
            } else {
                report.text(arguments.verbose)
            };
            super::core::print(output)
        }
        Err(error) => {
            say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// One piece of work.
enum Task {
    Stored(Box<Plan>),
    Ready(Box<Trial>),
    Replay(Flapping),
}

enum Done {
    Outcome(Box<Outcome>),
    Replay(FlappingFigure),
}

fn evaluate(root: &Path) -> Result<Report> {
    let mut tasks: Vec<Task> = Vec::new();
    if root.is_file() {
        tasks.extend(
            suites::sentences(root)?
                .into_iter()
                .map(|trial| Task::Ready(Box::new(trial))),
        );
    } else {
        if root.join("pairs.jsonl").exists() {
            let (plans, flapping) = archive::plans(root)?;
            tasks.extend(plans.into_iter().map(|plan| Task::Stored(Box::new(plan))));
            tasks.extend(flapping.into_iter().map(Task::Replay));
        }
        let mut written = suites::memos(&root.join("memo-pairs"))?;
        if written.is_empty() {
            written = suites::memos(root)?;
        }
        for kind in ["material", "cosmetic", "refused"] {
            written.extend(suites::folder(root, kind)?);
        }
        let entries = std::fs::read_dir(root).with_context(|| root.display().to_string())?;
        let mut lines: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        lines.sort();
        for file in lines {
            if file
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("change_pairs"))
            {
                written.extend(suites::sentences(&file)?);
            }
        }
        tasks.extend(written.into_iter().map(|trial| Task::Ready(Box::new(trial))));
    }
    if tasks.is_empty() {
        bail!(
            "{}: expected pairs.jsonl, memo-pairs, material, cosmetic, refused or change_pairs*.jsonl",
            root.display()
        );
    }
    Ok(Report::of(work(tasks)))
}

/// Does all tasks on all processors; the order of the results is that of the tasks.
fn work(tasks: Vec<Task>) -> (Vec<Outcome>, Vec<FlappingFigure>) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let slots: Vec<Mutex<Option<Task>>> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
    let results: Vec<Mutex<Option<Done>>> = slots.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(slot), Some(result)) = (slots.get(at), results.get(at)) else {
                        return;
                    };
                    let task = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                    *result.lock().unwrap_or_else(PoisonError::into_inner) = task.map(done);
                }
            });
        }
    });
    let (mut outcomes, mut replays) = (Vec::new(), Vec::new());
    for result in results {
        match result.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(Done::Outcome(outcome)) => outcomes.push(*outcome),
            Some(Done::Replay(figure)) => replays.push(figure),
            None => {}
        }
    }
    (outcomes, replays)
}

fn done(task: Task) -> Done {
    match task {
        Task::Stored(plan) => Done::Outcome(Box::new(trial::judge(plan.read()))),
        Task::Ready(trial) => Done::Outcome(Box::new(trial::judge(*trial))),
        Task::Replay(flapping) => Done::Replay(replay(flapping)),
    }
}

/// Replays a document as the product does: a text that was there before is a return, not news.
fn replay(flapping: Flapping) -> FlappingFigure {
    let mut known = HashSet::new();
    let (mut alerts, mut versions) = (0, 0);
    let mut standing = None;
    for path in flapping.versions {
        let Ok(text) = files::policy(&path, &atlas_domain::ExtractRules::default()) else {
            continue;
        };
        versions += 1;
        let fresh = known.insert(atlas_text::normal_sha256(&text));
        if let Some(before) = &standing
            && fresh
            && trial::compare(before, &text).materiality >= Materiality::Minor
        {
            alerts += 1;
        }
        standing = Some(text);
    }
    FlappingFigure {
        name: flapping.name,
        versions,
        distinct: known.len(),
        alerts,
    }
}
