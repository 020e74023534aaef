//! The training rows of our own writing are whole: known types and stances, no sentence twice.
#![cfg(test)]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

const STANCES: [&str; 4] = ["permits", "permits_opt_out", "prohibits", "conditional"];

#[test]
fn every_row_names_a_known_type_and_stance_and_stands_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/rows");
    let mut places = BTreeMap::new();
    let mut covered = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let slug = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for (number, line) in (1..).zip(fs::read_to_string(&path).unwrap().lines()) {
            let place = format!("{slug}.jsonl:{number}");
            let row: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            let text = row["text"].as_str().unwrap_or_default();
            assert!(
                text.ends_with(['.', ';', ':', '?', '!', ')', '"']),
                "{place}: `{text}` is no sentence"
            );
            let stance = row["stance"].as_str().unwrap_or_default();
            match (row["provision"].as_str(), row["near"].as_str()) {
                (Some(provision), None) => {
                    let known = atlas_catalog::taxonomy().provision_type(provision).is_some();
                    assert!(known && STANCES.contains(&stance), "{place}: {row}");
                }
                (None, Some(near)) => assert!(near == slug && stance == "silent", "{place}: {row}"),
                _ => panic!("{place}: either a type or one that it is near to: {row}"),
            }
            if let Some(first) = places.insert(text.to_owned(), place.clone()) {
                panic!("{place}: the same sentence as {first}");
            }
        }
        covered.push(slug);
    }
    covered.sort();
    let mut types: Vec<_> = atlas_catalog::taxonomy()
        .types
        .iter()
        .map(|kind| kind.slug.clone())
        .collect();
    types.sort();
    assert_eq!(covered, types, "every type has rows, and no other");
}
