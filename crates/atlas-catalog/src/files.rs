//! The data files inside the program, and how their TOML is read.
//!
//! Invariant: a file is named by its path below `catalog/`; nothing else is ever opened.

use std::borrow::Cow;

use rust_embed::Embed;
use serde::de::DeserializeOwned;

use crate::CatalogError;

#[derive(Embed)]
#[folder = "../../catalog"]
struct Files;

/// The text of one file, by its path below `catalog/`.
pub(crate) fn text(file: &str) -> Result<String, CatalogError> {
    let unreadable = || CatalogError::Unreadable { file: file.to_owned() };
    let found = Files::get(file).ok_or_else(unreadable)?;
    String::from_utf8(found.data.into_owned()).map_err(|_| unreadable())
}

/// The paths of the TOML files directly in a folder, sorted.
pub(crate) fn in_folder(folder: &str) -> Vec<String> {
    let mut found: Vec<String> = Files::iter()
        .filter(|path| {
            path.strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(|name| !name.contains('/') && is_toml(name))
        })
        .map(Cow::into_owned)
        .collect();
    found.sort_unstable();
    found
}

/// The file's name without folder and ending: the slug of what it describes.
pub(crate) fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Reads TOML; a fault names the file, the line and the key.
pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|fault| {
        let start = fault.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let reason = fault.message().lines().collect::<Vec<_>>().join(" ");
        let key = named_key(&reason)
            .or_else(|| key_on_line(text, start))
            .unwrap_or_else(|| "(whole file)".to_owned());
        CatalogError::Malformed {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            key,
            reason,
        }
    })
}

fn is_toml(name: &str) -> bool {
    std::path::Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "toml")
}

/// The parser quotes the key itself only when the fault is the key, not its value.
fn named_key(reason: &str) -> Option<String> {
    let about_key = ["missing field `", "unknown field `", "duplicate field `"]
        .into_iter()
        .find_map(|opening| reason.split_once(opening))?;
    about_key.1.split_once('`').map(|(key, _)| key.to_owned())
}

/// Otherwise it is the key of the line that the fault starts on, or the table's header.
fn key_on_line(text: &str, start: usize) -> Option<String> {
    let line_start = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..)?.lines().next()?;
    let key = line.split_once('=').map_or(line, |(key, _)| key).trim();
    (!key.is_empty()).then(|| key.to_owned())
}
