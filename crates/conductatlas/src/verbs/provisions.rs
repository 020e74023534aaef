//! `classify`, `train-provisions`, `evaluate readings`: the model of provisions on files alone.
//!
//! Invariant: the same rows and seed write the same bytes; one line comes out of `classify` for each line that goes in,
//! in the same order, and a wrong line is named and ends it after everything before has been written.

use std::{
    fs,
    io::{self, BufRead as _, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use atlas_reading::TrainedDetector;
use atlas_reading::model::{
    ProvisionModel, ProvisionRecipe, ProvisionRow, provision_rows, sha256_hex, train_provisions,
};
use serde_json::{Map, Value, json};

use crate::{
    cli::{Classify, EvaluateReadings, TrainProvisions},
    say,
};

mod judged;

/// Classifies lines of JSON.
pub fn classify(arguments: &Classify) -> ExitCode {
    match lines(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints how well the model of provisions tells types and stances.
pub fn evaluate(arguments: &EvaluateReadings) -> ExitCode {
    super::model::finish(judged::judge(arguments))
}

/// Whoever reads our output has had enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn detector(model: Option<&Path>) -> Result<TrainedDetector> {
    let taxonomy = atlas_catalog::taxonomy();
    let Some(path) = model else {
        return Ok(TrainedDetector::new(taxonomy)?);
    };
    let name = || path.display().to_string();
    let model = ProvisionModel::from_bytes(&fs::read(path).with_context(name)?).with_context(name)?;
    Ok(TrainedDetector::with(taxonomy, model)?)
}

fn lines(arguments: &Classify) -> Result<()> {
    let detector = detector(arguments.model.as_deref())?;
    let (name, source): (String, Box<dyn io::BufRead>) = match &arguments.file {
        Some(path) => {
            let name = path.display().to_string();
            let file = fs::File::open(path).with_context(|| name.clone())?;
            (name, Box::new(io::BufReader::new(file)))
        }
        None => ("standard input".to_owned(), Box::new(io::stdin().lock())),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for (at, line) in source.lines().enumerate() {
        let place = || format!("{name}: line {}", at + 1);
        let answer = line
            .with_context(place)
            .and_then(|line| answer(&detector, &line).with_context(place));
        match answer {
            Ok(None) => {}
            Ok(Some(answer)) => {
                serde_json::to_writer(&mut out, &answer).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Err(error) => {
                out.flush()?;
                return Err(error);
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The answer to one line; `None` for an empty one.
fn answer(detector: &TrainedDetector, line: &str) -> Result<Option<Value>> {
    if line.trim().is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(row)) = serde_json::from_str(line) else {
        bail!("not a JSON object");
    };
    let Some(text) = row.get("text").and_then(Value::as_str) else {
        bail!("`text` is not a string");
    };
    let (found, stance) = detector.classify(text);
    let scores: Map<String, Value> = found
        .scores
        .iter()
        .map(|(slug, score)| (slug.clone(), json!(rounded(*score))))
        .collect();
    Ok(Some(json!({
        "id": row.get("id"),
        "type": found.provision_type,
        "stance": stance,
        "proposition_stance": found.proposition_stance,
        "score": rounded(found.score),
        "scores": scores,
    })))
}

/// Four digits are more than a probability of this kind is worth.
fn rounded(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}

/// Trains the model of provisions on the rows of files and folders, in the order in which they are given.
pub fn train(arguments: &TrainProvisions) -> ExitCode {
    super::model::finish(write(arguments))
}

fn write(arguments: &TrainProvisions) -> Result<String> {
    let mut sources = String::new();
    let mut rows = Vec::new();
    for path in files(&arguments.rows)? {
        let (source, own) = read(&path)?;
        sources.push_str(&source);
        rows.extend(own);
    }
    let mut types: Vec<String> = atlas_catalog::taxonomy()
        .types
        .iter()
        .map(|kind| kind.slug.clone())
        .collect();
    types.sort_unstable();
    let recipe = ProvisionRecipe::chosen(arguments.seed);
    let model = train_provisions(&types, &rows, &recipe, sha256_hex(&sources))?;
    let bytes = model.to_bytes()?;
    super::model::replace(&arguments.out, &bytes)?;
    Ok(format!(
        "{} rows, {} types, {} bytes: {}\n",
        rows.len(),
        types.len(),
        bytes.len(),
        arguments.out.display()
    ))
}

/// Files as given, and the `.jsonl` files of folders, by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let name = || path.display().to_string();
        let mut own = Vec::new();
        for entry in fs::read_dir(path).with_context(name)? {
            let entry = entry.with_context(name)?.path();
            if entry.extension().is_some_and(|ending| ending == "jsonl") {
                own.push(entry);
            }
        }
        if own.is_empty() {
            bail!("{}: no .jsonl file in it", name());
        }
        own.sort();
        files.extend(own);
    }
    Ok(files)
}

fn read(path: &Path) -> Result<(String, Vec<ProvisionRow>)> {
    let name = || path.display().to_string();
    let source = fs::read_to_string(path).with_context(name)?;
    let rows = provision_rows(&source).with_context(name)?;
    for (at, row) in rows.iter().enumerate() {
        if let Some(wrong) = row.types.iter().find(|slug| !is_type(slug)) {
            bail!(
                "{}: row {}: `{wrong}` is no provision type and no label of one",
                name(),
                at + 1
            );
        }
    }
    Ok((source, rows))
}

fn is_type(slug: &str) -> bool {
    atlas_catalog::taxonomy().provision_type(slug).is_some()
}
