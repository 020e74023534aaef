//! Labelled sentences as lines of JSON.
//!
//! Invariant: a file is read whole or refused with the line and the field that are wrong.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::head::Choice;

/// The names of the fields that are read.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// The sentence, a string.
    pub text: &'a str,
    /// Its labels: an array of strings, or one string or `null` where a sentence has at most one.
    pub labels: &'a str,
    /// To which part the row belongs, a string; a row without it belongs to `train`.
    pub split: &'a str,
}

/// A labelled sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledRow {
    /// The sentence.
    pub text: String,
    /// Its labels; none means that no label holds.
    pub labels: Vec<String>,
    /// The part it belongs to.
    pub split: String,
}

/// The rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledRows {
    /// In the order of the file.
    pub rows: Vec<LabelledRow>,
    /// Whether a row may have several labels, because some row has an array.
    pub choice: Choice,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Why a file of rows can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A line is no JSON object.
    #[error("line {line}: not a JSON object")]
    NotAnObject {
        /// Counted from 1.
        line: usize,
    },
    /// A field is missing or of another kind.
    #[error("line {line}: `{field}` is not {wanted}")]
    Field {
        /// Counted from 1.
        line: usize,
        /// The field.
        field: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl LabelledRows {
    /// Reads lines of JSON; empty lines are skipped, other fields too.
    pub fn parse(source: &str, columns: Columns<'_>) -> Result<Self, RowError> {
        let mut rows = Vec::new();
        let mut choice = Choice::One;
        for (at, line) in source.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line_number = at + 1;
            let Ok(Value::Object(object)) = serde_json::from_str(line) else {
                return Err(RowError::NotAnObject { line: line_number });
            };
            let wrong = |field: &str, wanted| RowError::Field {
                line: line_number,
                field: field.to_owned(),
                wanted,
            };
            let text = string(&object, columns.text).ok_or_else(|| wrong(columns.text, "a string"))?;
            let labels = match object.get(columns.labels) {
                Some(Value::Null) => Vec::new(),
                Some(Value::String(label)) => vec![label.clone()],
                Some(Value::Array(labels)) => {
                    choice = Choice::Any;
                    let labels: Option<Vec<String>> =
                        labels.iter().map(|label| label.as_str().map(str::to_owned)).collect();
                    labels.ok_or_else(|| wrong(columns.labels, "an array of strings"))?
                }
                _ => return Err(wrong(columns.labels, "an array of strings, a string or null")),
            };
            let split = match object.get(columns.split) {
                None | Some(Value::Null) => "train".to_owned(),
                Some(Value::String(split)) => split.clone(),
                Some(_) => return Err(wrong(columns.split, "a string")),
            };
            rows.push(LabelledRow { text, labels, split });
        }
        Ok(Self {
            rows,
            choice,
            sha256: sha256_hex(source),
        })
    }

    /// The rows of a part.
    pub fn part<'a>(&'a self, split: &'a str) -> impl Iterator<Item = &'a LabelledRow> {
        self.rows.iter().filter(move |row| row.split == split)
    }

    /// Every label that stands on some row, sorted.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self.rows.iter().flat_map(|row| row.labels.iter().cloned()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }
}

fn string(object: &Map<String, Value>, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-256 of a text, in hexadecimal.
pub fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Columns, LabelledRows, RowError};
    use crate::model::Choice;

    const COLUMNS: Columns<'_> = Columns {
        text: "text",
        labels: "labels",
        split: "split",
    };

    #[test]
    fn arrays_and_single_labels_are_read() {
        let many = LabelledRows::parse(
            "{\"text\": \"a\", \"labels\": [\"x\", \"y\"], \"split\": \"test\"}\n\n{\"text\": \"b\", \"labels\": []}\n",
            COLUMNS,
        )
        .unwrap();
        assert_eq!(many.choice, Choice::Any);
        assert_eq!(many.labels(), ["x", "y"]);
        assert_eq!(many.part("train").count(), 1);
        let one = LabelledRows::parse("{\"text\": \"a\", \"labels\": null}", COLUMNS).unwrap();
        assert_eq!((one.choice, one.sha256.len()), (Choice::One, 64));
    }

    #[test]
    fn a_wrong_line_is_named_with_its_field() {
        let read = |source: &str| LabelledRows::parse(source, COLUMNS).unwrap_err().to_string();
        assert_eq!(
            read("{\"text\": \"a\", \"labels\": []}\nnothing"),
            "line 2: not a JSON object"
        );
        assert_eq!(read("{\"labels\": []}"), "line 1: `text` is not a string");
        assert_eq!(
            read("{\"text\": \"a\"}"),
            "line 1: `labels` is not an array of strings, a string or null"
        );
        assert_eq!(
            LabelledRows::parse("{\"text\": \"a\", \"labels\": [], \"split\": 3}", COLUMNS),
            Err(RowError::Field {
                line: 1,
                field: "split".to_owned(),
                wanted: "a string"
            })
        );
    }
}
