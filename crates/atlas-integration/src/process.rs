//! The real program as a process: a worker that can be killed, a whole instance.
//!
//! Invariant: a process that is still there when its handle is dropped is killed.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use atlas_mail::testing::SmtpSink;
use rustix::process::{Pid, Signal, kill_process};

use crate::{SECRET, ScratchDatabase, TestApp};

/// The program as `./test` built it beside these tests.
///
/// # Panics
/// With one clear line if it is not there.
pub fn binary() -> PathBuf {
    // target/debug/deps/all-… stands one folder below the program.
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(|deps| deps.parent()).unwrap();
    let path = folder.join("conductatlas");
    assert!(
        path.is_file(),
        "{} is missing: run `cargo build -p conductatlas` first, or ./test",
        path.display()
    );
    path
}

/// Asks again and again until the answer is yes; false if that takes longer than `patience`.
pub async fn until<F: Future<Output = bool>>(patience: Duration, mut ask: impl FnMut() -> F) -> bool {
    let began = Instant::now();
    while !ask().await {
        if began.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    true
}

/// A running `conductatlas work`.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    log: PathBuf,
    /// Workers of this instance that said they work before this one was started; `None` where nothing is said.
    ready_before: Option<usize>,
}

/// What a worker says once it can be asked to stop.
const READY: &str = "working, ";

impl Worker {
    /// Starts the worker on an instance's database, archive, site and relay. It aborts at `failpoint`, if that is given.
    pub fn start(app: &TestApp, relay_class: &str, failpoint: Option<&str>) -> Self {
        let stop = failpoint.map(|name| ("CONDUCTATLAS_FAILPOINT", name));
        Self::start_with(app, relay_class, stop.as_slice())
    }

    /// The same with other settings.
    pub fn start_with(app: &TestApp, relay_class: &str, settings: &[(&str, &str)]) -> Self {
        let log = app.data().join("worker.log");
        let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let ready_before = std::fs::read_to_string(&log).unwrap_or_default().matches(READY).count();
        let mut command = bare_command(app.data(), &app.database_url());
        command
            .arg("work")
            .env("CONDUCTATLAS_PRIVATE_SOURCES", app.site.address().to_string())
            .env("SMTP_URL", app.relay.url())
            .env("SMTP_RELAY_CLASS", relay_class)
            .env("SECRET_KEY", SECRET)
            .env("BASE_URL", app.base_url())
            .env(
                "CONDUCTATLAS_CONFIRM_AFTER_SECONDS",
                app.services.settings.confirm_after.as_secs().to_string(),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .envs(settings.iter().copied());
        Self {
            child: command.spawn().unwrap(),
            log,
            ready_before: Some(ready_before),
        }
    }

    /// Waits for the end by itself, which has to be an abort.
    pub async fn aborted(mut self, what: &str) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < Duration::from_secs(90),
                "{what}: never came there\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!(signal, Some(Signal::ABORT.as_raw()), "{what}: {status}\n{}", self.log());
    }

    /// Kills it as the kernel does when memory is short.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }

    /// Asks it to stop and waits for it; it must end well.
    pub async fn stop(mut self) {
        let began = Instant::now();
        // The effect that a test waited for may be another worker's, while this one is still starting and would die
        // of the signal instead of answering it.
        while self
            .ready_before
            .is_some_and(|before| self.log().matches(READY).count() <= before)
        {
            assert!(
                began.elapsed() < Duration::from_secs(40),
                "the worker does not start\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.signal(Signal::TERM);
        let status: ExitStatus = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                began.elapsed() < Duration::from_secs(40),
                "the worker does not stop\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(
            status.success(),
            "the worker did not end well: {status}\n{}",
            self.log()
        );
    }

    /// What all workers of this instance logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        // One that has ended by itself cannot be signalled, and need not be.
        let _ = kill_process(id, signal);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `conductatlas up` with its samples, on a database and a relay of the test's.
#[derive(Debug)]
pub struct Up {
    process: Worker,
    data: tempfile::TempDir,
    database_url: String,
    base_url: String,
}

impl Up {
    /// Starts it on a free port and waits for its address. Real platforms are not polled.
    pub async fn start(database: &ScratchDatabase, relay: &SmtpSink) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), database, relay, &[]).await
    }

    async fn start_in(data: tempfile::TempDir, database: &ScratchDatabase, relay: &SmtpSink, words: &[&str]) -> Self {
        let log = data.path().join("up.log");
        let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut command = bare_command(data.path(), &database.url());
        command
            .arg("up")
            .args(words)
            .env("CONDUCTATLAS_LISTEN", "127.0.0.1:0")
            .env("CONDUCTATLAS_POLL", "false")
            .env("SMTP_URL", relay.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file);
        let mut process = Worker {
            child: command.spawn().unwrap(),
            log,
            ready_before: None,
        };
        let output = process.child.stdout.take().unwrap();
        // The address is the first line; the thread ends with the process at the latest.
        let first = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).unwrap();
            line
        });
        let line = tokio::time::timeout(Duration::from_mins(3), first).await;
        let line = line
            .unwrap_or_else(|_| panic!("no address within three minutes\n{}", process.log()))
            .unwrap();
        let base_url = line.trim().to_owned();
        assert!(
            base_url.starts_with("http://127.0.0.1:"),
            "`{base_url}` is no address\n{}",
            process.log()
        );
        Self {
            process,
            data,
            database_url: database.url(),
            base_url,
        }
    }

    /// Where it can be opened.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Runs another verb on the same instance, which has to end well within a minute; returns what it said.
    pub async fn verb(&self, words: &[&str]) -> String {
        let mut command = tokio::process::Command::from(bare_command(self.data.path(), &self.database_url));
        let running = command.args(words).kill_on_drop(true).output();
        let done = tokio::time::timeout(Duration::from_mins(1), running).await;
        let done = done.unwrap_or_else(|_| panic!("{words:?} does not end")).unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{words:?}: {said}");
        said
    }

    /// Stops it cleanly.
    pub async fn stop(self) {
        self.process.stop().await;
    }

    /// Stops it cleanly and starts it again in the same folder, with more words on its command line.
    #[must_use]
    pub async fn restart(self, database: &ScratchDatabase, relay: &SmtpSink, words: &[&str]) -> Self {
        self.process.stop().await;
        Self::start_in(self.data, database, relay, words).await
    }

    /// Stops it cleanly and starts a verb in production mode on its database, which has to refuse; returns what it said.
    pub async fn refused_in_production(self, verb: &str) -> String {
        self.process.stop().await;
        let mut command = tokio::process::Command::from(bare_command(self.data.path(), &self.database_url));
        let running = command
            .arg(verb)
            .env("CONDUCTATLAS_MODE", "production")
            .env("CONDUCTATLAS_LISTEN", "127.0.0.1:0")
            .env("BASE_URL", "https://conductatlas.example")
            .env("SMTP_URL", "smtp://127.0.0.1:9")
            .env("SECRET_KEY", SECRET)
            .env("MAIL_FROM_ALERTS", "alerts@conductatlas.example")
            .env("MAIL_FROM_ACCOUNT", "account@conductatlas.example")
            .kill_on_drop(true)
            .output();
        let done = tokio::time::timeout(Duration::from_mins(1), running).await;
        let done = done.unwrap_or_else(|_| panic!("{verb} works on")).unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success(), "{verb}: {said}");
        said
    }
}

/// The program with nothing in its environment but where it works.
fn bare_command(data: &Path, database_url: &str) -> Command {
    let mut command = Command::new(binary());
    command
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"))
        .env("CONDUCTATLAS_DATA", data)
        .env("CONDUCTATLAS_DATABASE_CONNECTIONS", "6")
        .env("DATABASE_URL", database_url);
    command
}
