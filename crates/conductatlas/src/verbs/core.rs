//! `extract`, `compare`, `detect`: the core on files, without a database.
//!
//! Invariant: exit status 0 when the work was done, 1 with one line on standard error when the input cannot be read,
//! 3 when the page is not a policy (challenge, log-in wall, error page, wrong kind).

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

use atlas_domain::{ExtractRules, PolicyText, Selector};
use atlas_reading::{Detector as _, RuleDetector};
use atlas_text::TextError;
use url::Url;

use crate::cli::{Compare, Detect, Extract};

/// Exit status for a page that is not a policy.
const NOT_A_POLICY: u8 = 3;

/// Why a verb of the core could not do its work.
#[derive(Debug)]
struct Refusal {
    status: u8,
    line: String,
}

/// Prints the text of a policy.
pub fn extract(arguments: &Extract) -> ExitCode {
    finish(
        policy(
            &arguments.file,
            arguments.url.as_ref(),
            &arguments.select,
            &arguments.remove,
        )
        .and_then(|text| {
            if arguments.json {
                json(&atlas_text::json::ExtractOutput::from(&text))
            } else {
                Ok(text.text + "\n")
            }
        }),
    )
}

/// Prints the judged difference between two policies.
pub fn compare(arguments: &Compare) -> ExitCode {
    let side = |path: &Path| policy(path, None, &arguments.select, &arguments.remove);
    let compared = side(&arguments.old).and_then(|old| {
        let new = side(&arguments.new)?;
        let detector = RuleDetector::new(atlas_catalog::taxonomy());
        let comparison = atlas_text::compare_with_readings(
            &old,
            &new,
            &detector.detect(&old),
            &detector.detect(&new),
            &crate::favours,
        );
        if arguments.json {
            json(&comparison)
        } else {
            Ok(crate::plain::comparison(&comparison))
        }
    });
    finish(compared)
}

/// Prints what a policy says on the questions that are asked.
pub fn detect(arguments: &Detect) -> ExitCode {
    finish(
        policy(&arguments.file, None, &arguments.select, &arguments.remove).and_then(|text| {
            let readings = RuleDetector::new(atlas_catalog::taxonomy()).detect(&text);
            if arguments.json {
                json(&atlas_reading::json::Detection::from(readings.as_slice()))
            } else {
                Ok(crate::plain::readings(&readings))
            }
        }),
    )
}

fn policy(path: &Path, url: Option<&Url>, select: &[String], remove: &[String]) -> Result<PolicyText, Refusal> {
    let bytes = read(path)?;
    let selectors = |words: &[String]| words.iter().cloned().map(Selector::Css).collect();
    let rules = ExtractRules {
        select: selectors(select),
        remove: selectors(remove),
    };
    atlas_text::extract(&bytes, content_type(path), url, &rules).map_err(|error| refusal(path, &error))
}

fn refusal(path: &Path, error: &TextError) -> Refusal {
    let status = if error.is_refusal() { NOT_A_POLICY } else { 1 };
    Refusal {
        status,
        line: format!("{}: {}", path.display(), chain(error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    bytes.map_err(|error| Refusal {
        status: 1,
        line: format!("{}: {error}", path.display()),
    })
}

/// What the file's name says of its content, for those who would otherwise have to guess.
fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "html" | "htm" | "xhtml" => Some("text/html"),
        "md" | "markdown" => Some("text/markdown"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, Refusal> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|error| Refusal {
            status: 1,
            line: error.to_string(),
        })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        line = format!("{line}: {next}");
        cause = next.source();
    }
    line.replace('\n', " ")
}

/// Prints what another verb of the core has found.
pub(super) fn print(output: String) -> ExitCode {
    finish(Ok(output))
}

#[expect(clippy::print_stderr, reason = "a command line speaks on standard error")]
fn finish(done: Result<String, Refusal>) -> ExitCode {
    match done {
        // A reader that closes the pipe early has what it wanted.
        Ok(output) => match io::stdout().lock().write_all(output.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: standard output: {error}");
                ExitCode::FAILURE
            }
        },
        Err(refusal) => {
            eprintln!("error: {}", refusal.line);
            ExitCode::from(refusal.status)
        }
    }
}
