//! Labelled sentences from several sets, brought to one form for the model of provisions. Invariant: a set speaks only
//! on the types it knows; on others its rows are neither for nor against.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::labels::{of_unfair_tos, type_of};
use super::rows::RowError;

/// The stances of the sentence sets, on the proposition of a type.
pub const PROPOSITION_STANCES: [&str; 4] = ["permits", "permits_opt_out", "prohibits", "conditional"];

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentenceSet {
    /// Sentences written for this project.
    Ours,
    /// ToS;DR quotations, mapped to types.
    Tosdr,
    /// UNFAIR-ToS.
    UnfairTos,
}

/// A sentence, what it speaks on and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionRow {
    /// Its name in its set, or empty.
    pub id: String,
    /// The sentence.
    pub text: String,
    /// Slugs of the types it speaks on; none where it speaks on none that its set knows.
    pub types: Vec<String>,
    /// One of [`PROPOSITION_STANCES`], where known.
    pub stance: Option<String>,
    /// The type that it must not be taken for, for a sentence on none.
    pub near: Option<String>,
    /// The document or service it is taken from, or empty.
    pub group: String,
    /// Its set.
    pub set: SentenceSet,
}

/// Reads lines of JSON in one of three forms, told by their fields: `labels` (UNFAIR-ToS), `case` (ToS;DR), and else
/// `provision`, `near`, `stance`. Errors name the line and the field.
pub fn provision_rows(source: &str) -> Result<Vec<ProvisionRow>, RowError> {
    let lines = source.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.filter_map(|(at, line)| row(at + 1, line).transpose()).collect()
}

/// One row; `None` for one that says nothing on our types.
fn row(line: usize, source: &str) -> Result<Option<ProvisionRow>, RowError> {
    let Ok(Value::Object(object)) = serde_json::from_str(source) else {
        return Err(RowError::NotAnObject { line });
    };
    let wrong = |field: &str, wanted| RowError::Field {
        line,
        field: field.to_owned(),
        wanted,
    };
    let text = optional(&object, "text").ok_or_else(|| wrong("text", "a string"))?;
    let name = |field: &str| optional(&object, field).unwrap_or_default();
    if let Some(labels) = object.get("labels") {
        let labels = labels
            .as_array()
            .ok_or_else(|| wrong("labels", "an array of strings"))?;
        let mut types = BTreeSet::new();
        for label in labels {
            let known = label.as_str().and_then(of_unfair_tos);
            types.extend(
                known
                    .ok_or_else(|| wrong("labels", "an array of labels of UNFAIR-ToS"))?
                    .iter()
                    .copied(),
            );
        }
        // A sentence without a label may still be a fair clause on one of our types.
        return Ok((!types.is_empty()).then(|| ProvisionRow {
            id: name("id"),
            text,
            types: types.into_iter().map(str::to_owned).collect(),
            stance: None,
            near: None,
            group: name("doc"),
            set: SentenceSet::UnfairTos,
        }));
    }
    let provision = match object.get("provision") {
        Some(Value::Null) => None,
        Some(Value::String(label)) => Some(type_of(label).to_owned()),
        _ => return Err(wrong("provision", "a label or null")),
    };
    let stance = optional(&object, "stance").filter(|stance| stance != "silent");
    if stance
        .as_deref()
        .is_some_and(|stance| !PROPOSITION_STANCES.contains(&stance))
    {
        return Err(wrong(
            "stance",
            "permits, permits_opt_out, prohibits, conditional or silent",
        ));
    }
    let from_tosdr = object.contains_key("case");
    Ok(Some(ProvisionRow {
        id: name("id"),
        text,
        stance: if provision.is_some() { stance } else { None },
        types: provision.into_iter().collect(),
        near: optional(&object, "near").map(|label| type_of(&label).to_owned()),
        group: name("service"),
        set: if from_tosdr {
            SentenceSet::Tosdr
        } else {
            SentenceSet::Ours
        },
    }))
}

fn optional(object: &Map<String, Value>, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{SentenceSet, provision_rows};

    #[test]
    fn three_forms_become_one() {
        let rows = provision_rows(concat!(
            r#"{"text": "a.", "labels": ["arbitration", "contract_by_using"], "doc": "D"}"#,
            "\n",
            r#"{"text": "b.", "labels": []}"#,
            "\n",
            r#"{"text": "c.", "provision": "minors_age", "stance": "prohibits", "case": "x", "service": "s"}"#,
            "\n\n",
            r#"{"text": "d.", "provision": null, "near": "data-sale", "stance": "silent"}"#,
        ))
        .unwrap();
        assert_eq!(rows.len(), 3, "a row without labels says nothing: {rows:?}");
        assert_eq!(
            (rows[0].types.as_slice(), rows[0].set),
            (&["arbitration".to_owned()][..], SentenceSet::UnfairTos)
        );
        assert_eq!(
            (rows[1].types[0].as_str(), rows[1].stance.as_deref()),
            ("children-age", Some("prohibits"))
        );
        assert_eq!(
            (rows[2].near.as_deref(), rows[2].stance.as_deref()),
            (Some("data-sale"), None)
        );
    }

    #[test]
    fn wrong_rows_are_named() {
        let fault = |source: &str| provision_rows(source).unwrap_err().to_string();
        assert_eq!(fault("{\"text\": \"a\"}"), "line 1: `provision` is not a label or null");
        assert_eq!(
            fault("\n{\"text\": \"a\", \"labels\": [\"arbitrary\"]}"),
            "line 2: `labels` is not an array of labels of UNFAIR-ToS"
        );
        assert_eq!(
            fault("{\"text\": \"a\", \"provision\": null, \"stance\": \"perhaps\"}"),
            "line 1: `stance` is not permits, permits_opt_out, prohibits, conditional or silent"
        );
    }
}
