//! The processes of one browser, from start to end.
//!
//! Invariant: whatever a browser started is in its process group, and the group is killed when this value goes. The
//! browser ends by itself when our end of its pipe closes, so it does not outlive us; what a crash of the machine's or
//! ours leaves in the temporary folder is removed by the next start.

use std::{
    fs::{self, TryLockError},
    hash::{BuildHasher as _, RandomState},
    io,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    sync::{Arc, OnceLock},
    time::Duration,
};

use atlas_domain::CaptureOutcome;
use rustix::process::{Pid, Signal, geteuid, kill_process_group, test_kill_process};
use tempfile::TempDir;
use tokio::{
    process::{Child, ChildStdin, ChildStdout, Command},
    time::{sleep, timeout},
};

use super::memory::{self, Watch};
use crate::{BrowserSettings, outcome::Failure};

/// Folders of ours in the temporary folder: this, our process id, what tells this run of it from earlier ones, and
/// something random.
const PREFIX: &str = "conductatlas-browser-";
/// In such a folder, a file that is locked while its owner lives.
const LOCK_FILE: &str = "lock";
/// In such a folder, the browser's process group.
const GROUP_FILE: &str = "group";
const WAIT_FOR_END: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process may map this many times what all together may fill: engines reserve far more than they use.
const RESERVED_TIMES: u64 = 2;

/// Bounds what each process may allocate, and gives the browser its pipe as descriptors 3 and 4.
const WRAPPER: &str = r#"ulimit -c 0; ulimit -d "$1"; shift; exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#;

/// What is the same for every page. Together: nothing of its own accord, no way to the network but the proxy, one
/// process for all frames, nothing that asks or plays.
const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-pipe",
    "--no-startup-window",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-quic",
    "--disable-site-isolation-trials",
    "--disable-speech-api",
    "--disable-sync",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,HttpsUpgrades,\
     IsolateOrigins,MediaRouter,OptimizationHints,SpareRendererForSitePerProcess,Translate,WebTransport,\
     site-per-process",
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--hide-scrollbars",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
    "--renderer-process-limit=1",
    "--window-size=1280,1024",
    "--blink-settings=imagesEnabled=false",
    "--js-flags=--max-old-space-size=512",
    // Loopback goes through the proxy as well, and no name is resolved but by it.
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A running browser.
pub(crate) struct Process {
    child: Child,
    group: Pid,
    profile: Option<TempDir>,
    _lock: fs::File,
    watch: Arc<Watch>,
    pipe: Option<(ChildStdin, ChildStdout)>,
    /// All have ended: the group's number may mean another by now.
    is_over: bool,
}

impl Process {
    /// Starts a browser with a fresh profile that knows no network but the proxy.
    pub(crate) fn start(settings: &BrowserSettings, language: &str, proxy: SocketAddr) -> Result<Self, Failure> {
        Self::try_start(settings, language, proxy).map_err(|error| {
            let detail = format!("{} could not be started: {error}", settings.program.display());
            Failure::new(CaptureOutcome::NoBrowser, detail)
        })
    }

    fn try_start(settings: &BrowserSettings, language: &str, proxy: SocketAddr) -> io::Result<Self> {
        let profile = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-{}-", std::process::id(), run()))
            .tempdir()?;
        let folder = profile.path();
        let lock = fs::File::create(folder.join(LOCK_FILE))?;
        lock.lock()?;
        let scratch = folder.join("tmp");
        fs::create_dir(&scratch)?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", WRAPPER, "browser"])
            .arg((settings.memory_bytes / 1024 * RESERVED_TIMES).to_string())
            .arg(&settings.program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("--proxy-server=http://{proxy}"))
            .arg(format!("--lang={language}"))
            .arg(format!("--accept-lang={language}"));
        // Its sandbox does not work for root, and only for root it is done without.
        if geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        let mut child = command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", folder)
            .env("TMPDIR", &scratch)
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder)
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let group = crate::child::group_of(&child)?;
        let pipe = child.stdin.take().zip(child.stdout.take());
        let process = Self {
            child,
            group,
            watch: Watch::start(group, settings.memory_bytes),
            pipe,
            is_over: false,
            profile: Some(profile),
            _lock: lock,
        };
        if let Some(profile) = &process.profile {
            fs::write(profile.path().join(GROUP_FILE), group.as_raw_nonzero().to_string())?;
        }
        Ok(process)
    }

    /// Our ends of its pipe, once.
    pub(crate) fn take_pipe(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        self.pipe.take()
    }

    /// What is known of its memory.
    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    /// Kills every process and removes the profile.
    pub(crate) async fn end(mut self) {
        self.kill();
        let _ = timeout(WAIT_FOR_END, self.child.wait()).await;
        let gone = async {
            while memory::lives(self.group) {
                sleep(LOOK_EVERY).await;
            }
        };
        self.is_over = timeout(WAIT_FOR_END, gone).await.is_ok();
        self.watch.stop();
        if !self.is_over {
            tracing::warn!("processes of a browser did not end");
        }
        if let Some(profile) = self.profile.take() {
            let removed = tokio::task::spawn_blocking(move || profile.close()).await;
            if let Ok(Err(error)) = removed {
                tracing::warn!(%error, "a browser's profile could not be removed");
            }
        }
    }

    fn kill(&self) {
        // Fails if all are gone already, which is as good.
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.watch.stop();
        if !self.is_over {
            self.kill();
        }
    }
}

/// Ends and removes what an earlier process of ours left behind.
pub(crate) fn sweep() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX))
            .is_some_and(|rest| is_left_over(rest, &entry.path()))
        {
            remove_left_over(&entry.path());
        }
    }
}

/// Whether the owner of a folder is gone: no process has its number, or we have it and are another run. In a container
/// every run has the same number.
fn is_left_over(rest: &str, folder: &Path) -> bool {
    let mut parts = rest.split('-');
    let Some(owner) = parts
        .next()
        .and_then(|owner| owner.parse().ok())
        .and_then(Pid::from_raw)
    else {
        return false;
    };
    if test_kill_process(owner) == Err(rustix::io::Errno::SRCH) {
        return true;
    }
    let is_ours = u32::try_from(owner.as_raw_nonzero().get()) == Ok(std::process::id());
    is_ours && parts.next() != Some(run()) && !is_locked(folder)
}

/// Whether somebody who shares our temporary folder, but not our numbers, lives in a folder.
fn is_locked(folder: &Path) -> bool {
    fs::File::open(folder.join(LOCK_FILE)).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// What tells this run of the program from every other one.
fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    // The keys of a new `RandomState` are random.
    RUN.get_or_init(|| format!("{:016x}", RandomState::new().hash_one(std::process::id())))
}

fn remove_left_over(folder: &Path) {
    let group = fs::read_to_string(folder.join(GROUP_FILE))
        .ok()
        .and_then(|text| text.parse().ok())
        .and_then(Pid::from_raw);
    // A number may have come to mean another process by now: only one that works in this folder is ours.
    if let Some(group) = group
        && memory::mentions(group, folder)
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::debug!(%error, "a left-over profile could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{LOCK_FILE, PREFIX, run, sweep};

    #[test]
    fn what_an_earlier_run_with_our_number_left_is_removed_and_what_lives_stays() {
        let folder = |run: &str| {
            let name = format!("{PREFIX}{}-{run}-", std::process::id());
            let folder = tempfile::Builder::new().prefix(&name).tempdir().unwrap();
            let lock = fs::File::create(folder.path().join(LOCK_FILE)).unwrap();
            (folder, lock)
        };
        let ((earlier, _), (own, _)) = (folder("0"), folder(run()));
        let (elsewhere, lock) = folder("1");
        lock.lock().unwrap();
        sweep();
        let there = [&earlier, &own, &elsewhere].map(|folder| folder.path().exists());
        assert_eq!(there, [false, true, true]);
    }
}
