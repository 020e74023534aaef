//! The routes as the source declares them, so that a table in a test fails when a route is missing from it.

use std::{fs, path::Path};

use atlas_domain::urls;

/// A declared route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Declared {
    pub path: String,
    pub get: bool,
    pub post: bool,
}

/// Every route of this crate, in order of path.
pub fn declared() -> Vec<Declared> {
    let mut found = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    assert!(found.len() > 30, "the routes could not be read from the source");
    found
}

fn visit(folder: &Path, found: &mut Vec<Declared>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split(".route(").skip(1).map(parse));
        }
    }
}

fn parse(rest: &str) -> Declared {
    let mut depth = 1;
    let end = rest
        .char_indices()
        .find(|(_, letter)| {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        })
        .map(|(index, _)| index)
        .unwrap();
    let call = rest.get(..end).unwrap();
    let first = call.split(',').next().unwrap().trim();
    let path = match first.strip_prefix('"') {
        Some(literal) => literal.trim_end_matches('"').to_owned(),
        None => constant(first).to_owned(),
    };
    let post = call.contains("post(");
    let get = call.contains("get(");
    for other in ["put(", "delete(", "patch(", "any("] {
        assert!(
            !call.contains(other),
            "{call}: the tables of the tests know GET and POST only"
        );
    }
    assert!(get || post, "{call}");
    Declared { path, get, post }
}

fn constant(name: &str) -> &'static str {
    match name.rsplit("::").next().unwrap() {
        "SIGN_UP" => urls::SIGN_UP,
        "CHECK_MAIL" => urls::CHECK_MAIL,
        "LOG_IN" => urls::LOG_IN,
        "LOG_OUT" => urls::LOG_OUT,
        "FORGOT_PASSWORD" => urls::FORGOT_PASSWORD,
        "SETTINGS" => urls::SETTINGS,
        "APP" => urls::APP,
        "WATCHES" => urls::WATCHES,
        "WATCH" => urls::WATCH,
        "OUTBOX" => urls::OUTBOX,
        "PRICING" => urls::PRICING,
        "HOME" => urls::HOME,
        "PLATFORMS" => urls::PLATFORMS,
        "CHANGES" => urls::CHANGES,
        "PROVISION_TYPES" => urls::PROVISION_TYPES,
        "COMPARISONS" => urls::COMPARISONS,
        "METHODOLOGY" => urls::METHODOLOGY,
        "COVERAGE" => urls::COVERAGE,
        "FEED" => urls::FEED,
        other => panic!("name the constant {other} here"),
    }
}

/// A path with something in every placeholder.
pub fn filled(path: &str) -> String {
    path.split('/')
        .map(|segment| if segment.starts_with('{') { "sample" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}
