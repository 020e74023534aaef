//! What can be wrong with a data file, always with the file and the key.
//!
//! Invariant: a curator who reads the message knows which line to mend without reading our code.

/// A fault in one of the reviewed data files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A file that has to be there is not, or is not UTF-8 text.
    #[error("catalog/{file}: the file is missing or is not UTF-8 text")]
    Unreadable {
        /// Path below `catalog/`.
        file: String,
    },
    /// The file is not TOML, or a key has the wrong kind of value, is missing or is not known.
    #[error("catalog/{file}, line {line}, `{key}`: {reason}")]
    Malformed {
        /// Path below `catalog/`.
        file: String,
        /// Line, from 1.
        line: usize,
        /// The key at fault.
        key: String,
        /// What the parser found, one line.
        reason: String,
    },
    /// The file can be read, but a value breaks a rule of the catalogue.
    #[error("catalog/{file}, `{key}`: {reason}")]
    Invalid {
        /// Path below `catalog/`.
        file: String,
        /// The key at fault, with the place in a list where there is one: `document[2].url`.
        key: String,
        /// The rule that is broken, with the value.
        reason: String,
    },
}

impl CatalogError {
    /// A value that breaks a rule.
    pub(crate) fn invalid(file: &str, key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            file: file.to_owned(),
            key: key.into(),
            reason: reason.into(),
        }
    }
}
