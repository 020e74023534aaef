//! Which browser there is.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::timeout;

use super::{link::Link, process::Process};
use crate::BrowserSettings;

/// Names under which a suitable browser is installed.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"];
const PATIENCE: Duration = Duration::from_secs(20);

/// What was wished, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserChoice {
    /// Switched off.
    Off,
    /// Wished for, or looked for on the path, and not there.
    Missing,
    /// The program.
    Found(PathBuf),
}

/// The browser that a setting means: `off`, a program's path, or empty for whatever is on the path.
pub fn find_browser(setting: &str) -> BrowserChoice {
    let found = match setting {
        "off" => return BrowserChoice::Off,
        "" => env::var_os("PATH").and_then(|path| on_path(&path)),
        program => Some(PathBuf::from(program)).filter(|program| program.is_file()),
    };
    found.map_or(BrowserChoice::Missing, BrowserChoice::Found)
}

fn on_path(path: &OsStr) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| is_program(program))
}

fn is_program(program: &Path) -> bool {
    rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok() && program.is_file()
}

/// Starts the browser and asks it for its name and version.
///
/// # Errors
/// What went wrong, one line.
pub async fn browser_version(settings: &BrowserSettings) -> Result<String, String> {
    // Nothing listens there: this browser fetches nothing.
    let nowhere = ([127, 0, 0, 1], 9).into();
    let mut process = Process::start(settings, "en", nowhere).map_err(|failure| failure.detail)?;
    let asked = async {
        let (link, mut pump) = Link::new(&mut process, 1024 * 1024)?;
        tokio::select! {
            version = link.version() => version,
            () = pump.run(|_| ()) => Err("it ended at once".to_owned()),
        }
    };
    let version = timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| Err("it does not answer".to_owned()));
    process.end().await;
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_off_and_a_path_must_lead_to_a_file() {
        assert_eq!(find_browser("off"), BrowserChoice::Off);
        assert_eq!(find_browser("/does/not/exist"), BrowserChoice::Missing);
        assert_eq!(find_browser("/bin/sh"), BrowserChoice::Found("/bin/sh".into()));
        assert_eq!(on_path(OsStr::new("/does/not/exist")), None);
    }
}
