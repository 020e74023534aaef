//! How many steps each document of the sample site has taken, in a JSON file.
//!
//! The site and the command that steps it are different processes, so the file is the only memory. Invariant: it is
//! replaced in one rename while an exclusive lock on a file beside it is held, so a reader sees one whole state
//! and no step is lost.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::DemoError;

/// Steps by `platform/document`; a document that is absent has taken none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    steps: BTreeMap<String, u32>,
}

impl State {
    /// Steps that a document has taken.
    pub fn steps(&self, platform: &str, document: &str) -> u32 {
        self.steps.get(&key(platform, document)).copied().unwrap_or_default()
    }
    /// Whether any document has taken a step.
    pub fn any(&self) -> bool {
        self.steps.values().any(|steps| *steps > 0)
    }
    /// Takes one step and returns how many there are now.
    pub fn advance(&mut self, platform: &str, document: &str) -> u32 {
        let steps = self.steps.entry(key(platform, document)).or_default();
        *steps = steps.saturating_add(1);
        *steps
    }
}

fn key(platform: &str, document: &str) -> String {
    format!("{platform}/{document}")
}

/// The file that holds the state.
#[derive(Debug, Clone)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// The state kept at `path`; its folder is made if it is missing.
    pub fn new(path: PathBuf) -> Result<Self, DemoError> {
        let file = Self { path };
        if let Some(folder) = file.path.parent() {
            fs::create_dir_all(folder).map_err(|source| file.fault(source))?;
        }
        Ok(file)
    }

    /// The state now; nothing has happened while there is no file.
    pub fn read(&self) -> Result<State, DemoError> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| DemoError::StateFormat {
                path: self.path.clone(),
                source,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(State::default()),
            Err(source) => Err(self.fault(source)),
        }
    }

    /// Changes the state; nobody else changes it meanwhile.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T, DemoError> {
        let lock = File::create(self.beside("lock")).map_err(|source| self.fault(source))?;
        lock.lock().map_err(|source| self.fault(source))?;
        let mut state = self.read()?;
        let result = change(&mut state);
        self.replace(&state)?;
        // Closing the file releases the lock.
        drop(lock);
        Ok(result)
    }

    fn replace(&self, state: &State) -> Result<(), DemoError> {
        let bytes = serde_json::to_vec_pretty(state).map_err(|source| DemoError::StateFormat {
            path: self.path.clone(),
            source,
        })?;
        let draft = self.beside("new");
        let write = || {
            let mut file = File::create(&draft)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)
        };
        write().map_err(|source| self.fault(source))
    }

    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(extension);
        Path::new(&name).to_path_buf()
    }

    fn fault(&self, source: std::io::Error) -> DemoError {
        DemoError::State {
            path: self.path.clone(),
            source,
        }
    }
}
