//! The printed shapes and their JSON Schemas say the same.
//!
//! Invariant: every field that is printed is described, and every field that the schema requires is printed.
#![cfg(test)]

use atlas_domain::{ChangeLabel, Direction, HunkKind, Materiality};
use atlas_text::{compare, json::ExtractOutput, parse_markdown};
use serde_json::Value;

fn schema(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/schemas")
        .join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks types, required fields, closed sets and that nothing undescribed is printed.
fn check(value: &Value, schema: &Value, root: &Value, path: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        check(value, root.pointer(name.trim_start_matches('#')).unwrap(), root, path);
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let option = if value.is_null() { &options[0] } else { &options[1] };
        check(value, option, root, path);
    }
    if let Some(set) = schema["enum"].as_array() {
        assert!(set.contains(value), "{path}: {value}");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match &schema["type"] {
        Value::String(wanted) => assert!(
            wanted == kind || wanted == "number" && kind == "integer",
            "{path}: {kind}"
        ),
        Value::Array(wanted) => assert!(wanted.iter().any(|wanted| wanted == kind), "{path}: {kind}"),
        _ => {}
    }
    if let (Some(fields), Some(described)) = (value.as_object(), schema["properties"].as_object()) {
        for required in schema["required"].as_array().unwrap() {
            assert!(
                fields.contains_key(required.as_str().unwrap()),
                "{path}: {required} is missing"
            );
        }
        for (name, field) in fields {
            assert!(described.contains_key(name), "{path}: {name} is not described");
            check(field, &described[name], root, &format!("{path}/{name}"));
        }
    }
    if let Some(items) = value.as_array() {
        for item in items {
            check(item, &schema["items"], root, path);
        }
    }
}

#[test]
fn the_printed_shapes_are_those_of_the_schemas() {
    let old = parse_markdown(
        "# Terms\n\nWe keep:\n\n- logs for 30 days\n\nSee [more](https://a.example). We will not sell it.\n\n| a | b |\n| - | - |\n| c | d |\n\n> Quoted words.",
    );
    let new = parse_markdown(
        "Effective May 1, 2026\n\n# Terms\n\nWe keep:\n\n- logs for 90 days\n\nSee [more](https://a.example). We may sell it.\n\n| a | b |\n| - | - |\n| c | d |\n\n> Quoted words.",
    );
    let extract = serde_json::to_value(ExtractOutput::from(&old)).unwrap();
    check(
        &extract,
        &schema("extract.schema.json"),
        &schema("extract.schema.json"),
        "extract",
    );
    let comparison = serde_json::to_value(compare(&old, &new)).unwrap();
    assert!(
        comparison["hunks"].as_array().is_some_and(|hunks| hunks.len() >= 3),
        "{comparison:#}"
    );
    check(
        &comparison,
        &schema("compare.schema.json"),
        &schema("compare.schema.json"),
        "compare",
    );
}

#[test]
fn the_closed_sets_of_the_schema_are_those_of_the_code() {
    let schema = schema("compare.schema.json");
    let set = |pointer: &str| -> Vec<String> {
        schema
            .pointer(pointer)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap().to_owned())
            .collect()
    };
    let words = |all: Vec<&'static str>| all.into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        set("/properties/materiality/enum"),
        words(Materiality::ALL.iter().map(|word| word.as_str()).collect())
    );
    assert_eq!(
        set("/properties/direction/enum"),
        words(Direction::ALL.iter().map(|word| word.as_str()).collect())
    );
    assert_eq!(
        set("/properties/labels/items/enum"),
        words(ChangeLabel::ALL.iter().map(|word| word.as_str()).collect())
    );
    assert_eq!(
        set("/properties/hunks/items/properties/kind/enum"),
        words(HunkKind::ALL.iter().map(|word| word.as_str()).collect())
    );
}
