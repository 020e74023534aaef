//! PDF to words with their places through `pdftotext`, in a child process.
//!
//! Invariant: no shell and no file; the bytes go in by a pipe once the limits stand; time, processor, memory and output
//! are bounded, and whatever the process started is killed before a reading ends, however it ends.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    time::timeout,
};

/// The program, as Debian's `poppler-utils` installs it.
const PROGRAM: &str = "pdftotext";
/// Words with their places, in UTF-8, from standard input to standard output.
const ARGUMENTS: &[&str] = &["-enc", "UTF-8", "-eol", "unix", "-bbox-layout", "-", "-"];
/// Bytes of what the program says of its troubles that are kept.
const SAID: usize = 1_000;

/// How much one reading may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PdfLimits {
    /// From start to end.
    pub time: Duration,
    /// Address space of the process, bytes.
    pub memory: u64,
    /// Bytes of words with their places: about 30 for each byte of words alone.
    pub output: usize,
}

impl Default for PdfLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(20),
            memory: 384 * 1024 * 1024,
            output: 48 * 1024 * 1024,
        }
    }
}

/// Reads PDF files.
#[derive(Debug, Clone, Default)]
pub struct PdfReader {
    /// The program; without one, whatever is on the path when a file is read.
    pub program: Option<PathBuf>,
    /// The limits of one reading.
    pub limits: PdfLimits,
}

/// Why no text could be had from a PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct PdfFailure {
    /// `tool_missing`, `too_large`, or `wrong_type` for a file that cannot be read.
    pub outcome: CaptureOutcome,
    /// What happened, one line.
    pub detail: String,
}

impl PdfFailure {
    fn new(outcome: CaptureOutcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: detail.into(),
        }
    }
}

/// What a program left behind.
struct Ended {
    status: ExitStatus,
    output: Vec<u8>,
    said: Vec<u8>,
}

impl PdfReader {
    /// The words of a PDF with their places, as `pdftotext -bbox-layout` writes them.
    ///
    /// # Errors
    /// A [`PdfFailure`] with its outcome: no program, more than the limits, or a file that the program cannot read.
    pub async fn layout(&self, bytes: &[u8]) -> Result<String, PdfFailure> {
        let ended = self.run(ARGUMENTS, bytes).await?;
        if ended.output.len() > self.limits.output {
            return Err(PdfFailure::new(
                CaptureOutcome::TooLarge,
                "the PDF has more text than we read",
            ));
        }
        if !ended.status.success() {
            return Err(refused(ended.status, &ended.said));
        }
        Ok(String::from_utf8(ended.output)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The program's name and version.
    ///
    /// # Errors
    /// As for [`Self::layout`].
    pub async fn version(&self) -> Result<String, PdfFailure> {
        let ended = self.run(&["-v"], &[]).await?;
        let said = String::from_utf8_lossy(&ended.said).into_owned();
        Ok(said.lines().next().unwrap_or_default().to_owned())
    }

    /// The program, if there is one.
    pub fn find(&self) -> Option<PathBuf> {
        let is_program =
            |program: &Path| program.is_file() && rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok();
        match &self.program {
            Some(program) => Some(program.clone()).filter(|program| is_program(program)),
            None => env::split_paths(&env::var_os("PATH")?)
                .map(|folder| folder.join(PROGRAM))
                .find(|program| is_program(program)),
        }
    }

    async fn run(&self, arguments: &[&str], bytes: &[u8]) -> Result<Ended, PdfFailure> {
        let missing = |why: String| PdfFailure::new(CaptureOutcome::ToolMissing, why);
        let program = self
            .find()
            .ok_or_else(|| missing(format!("{PROGRAM}, which reads PDF files, is not installed")))?;
        let mut running = Running::start(&program, arguments, self.limits)
            .map_err(|error| missing(format!("{} could not be started: {error}", program.display())))?;
        match timeout(self.limits.time, running.feed(bytes, self.limits.output)).await {
            Ok(Ok(ended)) => Ok(ended),
            Ok(Err(error)) => Err(PdfFailure::new(
                CaptureOutcome::WrongType,
                format!("{PROGRAM} could not be talked to: {error}"),
            )),
            Err(_) => Err(PdfFailure::new(
                CaptureOutcome::TooLarge,
                format!("the PDF takes longer than {} s to read", self.limits.time.as_secs()),
            )),
        }
    }
}

/// Why a program that ended badly did so.
fn refused(status: ExitStatus, said: &[u8]) -> PdfFailure {
    let said = String::from_utf8_lossy(said);
    let line = said
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim();
    if said.to_lowercase().contains("memory") {
        return PdfFailure::new(
            CaptureOutcome::TooLarge,
            "the PDF takes more memory to read than we give it",
        );
    }
    let why = if line.is_empty() {
        status.to_string()
    } else {
        line.to_owned()
    };
    PdfFailure::new(CaptureOutcome::WrongType, format!("the PDF cannot be read: {why}"))
}

/// A started program with all that it may start.
struct Running {
    child: Child,
    group: Pid,
}

impl Running {
    fn start(program: &Path, arguments: &[&str], limits: PdfLimits) -> io::Result<Self> {
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let group = crate::child::group_of(&child)?;
        let running = Self { child, group };
        // It waits for its first byte, which comes after this.
        limit(group, limits)?;
        Ok(running)
    }

    /// Gives it the bytes and takes what it writes, until it ends or has written more than `most`.
    async fn feed(&mut self, bytes: &[u8], most: usize) -> io::Result<Ended> {
        let (mut stdin, stdout, stderr) = (
            self.child.stdin.take(),
            self.child.stdout.take(),
            self.child.stderr.take(),
        );
        let write = async {
            if let Some(stdin) = &mut stdin {
                // A program that has seen enough closes its end.
                let _ = stdin.write_all(bytes).await;
            }
            drop(stdin);
        };
        let (mut output, mut said) = (Vec::new(), Vec::new());
        let is_full = {
            let reading = async { tokio::join!(write, take(stdout, &mut output, most + 1), drain(stderr, &mut said)) };
            let ((), full, spoken) = reading.await;
            spoken?;
            full?
        };
        if is_full {
            self.kill();
        }
        let status = self.child.wait().await?;
        Ok(Ended { status, output, said })
    }

    fn kill(&self) {
        // Fails if all are gone already, which is as good.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once it was waited for, its number may mean another.
        if self.child.id().is_some() {
            self.kill();
        }
    }
}

/// Reads up to `most` bytes; whether there were as many.
async fn take(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let Some(from) = from else { return Ok(false) };
    let most_bytes = u64::try_from(most).unwrap_or(u64::MAX);
    from.take(most_bytes).read_to_end(into).await?;
    Ok(into.len() >= most)
}

/// Reads to the end and keeps the start.
async fn drain(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut piece = [0; 1_024];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            return Ok(());
        }
        let room = SAID.saturating_sub(into.len()).min(read);
        into.extend_from_slice(piece.get(..room).unwrap_or_default());
    }
}

/// Address space, processor seconds, no core and no file.
#[cfg(target_os = "linux")]
fn limit(process: Pid, limits: PdfLimits) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, prlimit};
    for (resource, most) in [
        (Resource::As, limits.memory),
        (Resource::Cpu, limits.time.as_secs().max(1)),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ] {
        let bound = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        prlimit(Some(process), resource, bound)?;
    }
    Ok(())
}

/// Elsewhere the time and the output bound a reading.
#[cfg(not(target_os = "linux"))]
fn limit(_: Pid, _: PdfLimits) -> io::Result<()> {
    Ok(())
}
