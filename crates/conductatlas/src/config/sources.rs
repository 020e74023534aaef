//! Where settings come from, in rising order: compiled-in defaults, one file, the environment.
//!
//! Invariant: the value of a key is the highest source's; what could not be read is a fault, never a silent default.

use std::{collections::BTreeMap, env, fs};

use super::settings::{OTHER_VARIABLES, SETTINGS};

const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Raw words by key, with the faults met on the way.
#[derive(Debug, Clone)]
pub struct Sources {
    values: BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Sources {
    /// Defaults, then the file named by `CONDUCTATLAS_CONFIG`, then the process's environment.
    pub fn of_process() -> Self {
        Self::of(env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))))
    }

    /// The same with an environment of one's own.
    pub fn of(environment: impl IntoIterator<Item = (String, String)>) -> Self {
        let environment: BTreeMap<_, _> = environment.into_iter().collect();
        let mut sources = Self {
            values: BTreeMap::new(),
            faults: Vec::new(),
        };
        sources.add_file("config/default.toml", DEFAULTS);
        if let Some(path) = environment.get("CONDUCTATLAS_CONFIG").filter(|path| !path.is_empty()) {
            match fs::read_to_string(path) {
                Ok(text) => sources.add_file(path, &text),
                Err(error) => sources
                    .faults
                    .push(format!("CONDUCTATLAS_CONFIG: cannot read {path}: {error}")),
            }
        }
        sources.add_environment(&environment);
        sources
    }

    /// The raw value of a key; empty where it is not set.
    pub fn value(&self, key: &str) -> &str {
        self.values.get(key).map_or("", |value| value.trim())
    }

    /// The faults met so far; they are handed over once.
    pub fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.faults)
    }

    fn add_file(&mut self, name: &str, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => return self.faults.push(format!("{name}: {}", error.to_string().trim())),
        };
        for (key, value) in table {
            if !SETTINGS.iter().any(|setting| setting.key == key) {
                self.faults.push(format!("{name}: unknown setting `{key}`"));
                continue;
            }
            let word = match value {
                toml::Value::String(word) => word,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(choice) => choice.to_string(),
                _ => {
                    self.faults
                        .push(format!("{name}: `{key}` is not a word, a number or true/false"));
                    continue;
                }
            };
            self.values.insert(key, word);
        }
    }

    fn add_environment(&mut self, environment: &BTreeMap<String, String>) {
        for setting in SETTINGS {
            if let Some(value) = environment.get(setting.variable) {
                self.values.insert(setting.key.to_owned(), value.clone());
            }
            let file_variable = format!("{}_FILE", setting.variable);
            if let Some(path) = environment.get(&file_variable).filter(|_| setting.secret) {
                match fs::read_to_string(path) {
                    Ok(text) => {
                        self.values.insert(setting.key.to_owned(), text.trim().to_owned());
                    }
                    Err(error) => self
                        .faults
                        .push(format!("{file_variable}: cannot read {path}: {error}")),
                }
            }
        }
        for name in environment.keys().filter(|name| name.starts_with("CONDUCTATLAS_")) {
            let known =
                SETTINGS.iter().any(|setting| setting.variable == name) || OTHER_VARIABLES.contains(&name.as_str());
            if !known {
                self.faults.push(format!("{name}: unknown setting"));
            }
        }
    }
}
