//! `extract`, `compare`, `detect`: the core on files, without a database.
//!
//! Invariant: exit status 0 when the work was done, 1 with one line on standard error when the input cannot be read,
//! 3 when the page is not a policy (challenge, log-in wall, error page, wrong kind or language) or of a kind whose tool
//! is not installed.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
};

use atlas_domain::{CaptureOutcome, ExtractRules, PolicyText, Selector};
use atlas_fetch::PdfReader;
use atlas_reading::{Detector as _, TrainedDetector, certain};
use atlas_text::{Extract as TextExtract, Request};
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

/// Writes an object.
type WriteJson = dyn FnOnce(&mut dyn io::Write) -> io::Result<()>;

/// What a verb prints.
enum Output {
    Text(String),
    /// Written piece by piece: as one string, a large comparison would be held twice.
    Json(Box<WriteJson>),
}

impl Output {
    fn json(value: impl serde::Serialize + 'static) -> Self {
        Self::Json(Box::new(move |mut out| {
            serde_json::to_writer_pretty(&mut out, &value)?;
            out.write_all(b"\n")
        }))
    }

    fn write(self, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Text(text) => out.write_all(text.as_bytes())?,
            Self::Json(json) => json(out)?,
        }
        out.flush()
    }
}

/// Prints the text of a policy.
pub fn extract(arguments: &Extract) -> ExitCode {
    let asked = Asked {
        url: arguments.url.as_ref(),
        locale: arguments.locale.as_deref(),
        select: &arguments.select,
        remove: &arguments.remove,
        propose: true,
    };
    finish(policy(&arguments.file, &asked).map(|extract| {
        if arguments.json {
            return Output::json(atlas_text::json::ExtractOutput::from(&extract));
        }
        if let Some(selector) = &extract.proposed_selector {
            crate::say(format!("--select {selector:?} finds the same content"));
        }
        Output::Text(extract.text.text + "\n")
    }))
}

/// Prints the judged difference between two policies.
pub fn compare(arguments: &Compare) -> ExitCode {
    let asked = Asked {
        locale: arguments.locale.as_deref(),
        select: &arguments.select,
        remove: &arguments.remove,
        ..Asked::default()
    };
    let side = |path: &Path| policy(path, &asked).map(|extract| extract.text);
    let compared = side(&arguments.old).and_then(|old| {
        let new = side(&arguments.new)?;
        if !arguments.accept_shorter {
            whole(&arguments.new, &old, &new)?;
        }
        let detector = detector()?;
        let comparison = atlas_text::compare_with_readings(
            &old,
            &new,
            &certain(&detector.detect(&old)),
            &certain(&detector.detect(&new)),
            &crate::favours,
        );
        Ok(if arguments.json {
            Output::json(comparison)
        } else {
            Output::Text(crate::plain::comparison(&comparison))
        })
    });
    finish(compared)
}

/// Prints what a policy says on the questions that are asked.
pub fn detect(arguments: &Detect) -> ExitCode {
    let asked = Asked {
        locale: arguments.locale.as_deref(),
        select: &arguments.select,
        remove: &arguments.remove,
        ..Asked::default()
    };
    let detected = policy(&arguments.file, &asked).and_then(|extract| {
        let readings = detector()?.detect(&extract.text);
        Ok(if arguments.json {
            Output::json(atlas_reading::json::Detection::from(readings.as_slice()))
        } else {
            Output::Text(crate::plain::readings(&readings))
        })
    });
    finish(detected)
}

/// The detector of the product.
fn detector() -> Result<TrainedDetector, Refusal> {
    TrainedDetector::new(atlas_catalog::taxonomy()).map_err(|error| Refusal {
        status: 1,
        line: error.to_string(),
    })
}

/// What is asked of a file beyond its bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Asked<'a> {
    url: Option<&'a Url>,
    locale: Option<&'a str>,
    select: &'a [String],
    remove: &'a [String],
    propose: bool,
}

fn policy(path: &Path, asked: &Asked<'_>) -> Result<TextExtract, Refusal> {
    let bytes = read(path)?;
    let selectors = |words: &[String]| words.iter().cloned().map(Selector::Css).collect();
    let rules = ExtractRules {
        select: selectors(asked.select),
        remove: selectors(asked.remove),
    };
    let request = Request {
        content_type: content_type(path),
        url: asked.url,
        rules: Some(&rules),
        locale: asked.locale,
        propose: asked.propose,
    };
    let done = if bytes.len() <= atlas_text::MAX_BYTES && atlas_text::is_pdf(&bytes, request.content_type) {
        let layout = layout(path, &bytes)?;
        atlas_text::extract_pdf(&layout, &request)
    } else {
        atlas_text::extract_page(&bytes, &request)
    };
    done.map_err(|error| refusal(path, error.is_refusal(), &chain(&error), error.outcome()))
}

/// The words of a PDF with their places.
fn layout(path: &Path, bytes: &[u8]) -> Result<String, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal {
            status: 1,
            line: error.to_string(),
        })?;
    runtime.block_on(PdfReader::default().layout(bytes)).map_err(|failure| {
        let kind_without_tool = failure.outcome == CaptureOutcome::ToolMissing;
        refusal(path, kind_without_tool, &failure.detail, failure.outcome)
    })
}

/// Refuses a page with less than half the words of the earlier text. An archive's own text is what it is.
fn whole(path: &Path, old: &PolicyText, new: &PolicyText) -> Result<(), Refusal> {
    let (before, words) = (old.word_count(), new.word_count());
    let page = content_type(path).is_none_or(|kind| kind == "text/html");
    if !page || words.saturating_mul(2) >= before {
        return Ok(());
    }
    let why = format!("the page shrank from {before} to {words} words; --accept-shorter compares it all the same");
    Err(refusal(path, true, &why, CaptureOutcome::WrongType))
}

fn refusal(path: &Path, not_a_policy: bool, why: &str, outcome: CaptureOutcome) -> Refusal {
    Refusal {
        status: if not_a_policy { NOT_A_POLICY } else { 1 },
        line: format!("{}: {why}. {}", path.display(), outcome.repair()),
    }
}

/// The bytes of a file, or one more than are read at most: then the text is refused.
fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let most = u64::try_from(atlas_text::MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let done = if path == Path::new("-") {
        io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    done.map(|_| bytes).map_err(|error| Refusal {
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
        "pdf" => Some("application/pdf"),
        _ => None,
    }
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
    finish(Ok(Output::Text(output)))
}

#[expect(clippy::print_stderr, reason = "a command line speaks on standard error")]
fn finish(done: Result<Output, Refusal>) -> ExitCode {
    match done {
        // A reader that closes the pipe early has what it wanted.
        Ok(output) => match output.write(&mut io::BufWriter::new(io::stdout().lock())) {
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
