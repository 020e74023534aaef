//! From the files under `demo/` to checked platforms.
//!
//! A platform is a folder with `platform.toml`; a document is a folder in it with `v1.md` (the whole first text)
//! and `v2.toml`, `v3.toml` … (the edits that make each later text from the one before). Invariant: an edit's words
//! occur exactly once in the text they are applied to, so that an edit can never hit another place than its author saw.

use rust_embed::Embed;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{CycleEdit, DemoDocument, DemoError, DemoPlatform, DemoVersion};

#[derive(Embed)]
#[folder = "../../demo"]
struct Samples;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    slug: String,
    name: String,
    operator: String,
    category: String,
    website: String,
    description: String,
    etag: bool,
    document: Vec<DocumentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentEntry {
    slug: String,
    document_type: String,
    title: String,
    version: Vec<VersionEntry>,
    cycle: Vec<CycleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionEntry {
    #[serde(default, with = "time::serde::rfc3339::option")]
    at: Option<OffsetDateTime>,
    #[serde(default)]
    pending: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CycleEntry {
    find: String,
    replace: String,
    first: u32,
    step: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditFile {
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    find: String,
    replace: String,
}

/// Reads and checks every shipped sample; platforms come in order of slug. Fails on the first fault.
pub fn load() -> Result<Vec<DemoPlatform>, DemoError> {
    let mut folders: Vec<String> = Samples::iter()
        .filter_map(|path| path.strip_suffix("/platform.toml").map(str::to_owned))
        .collect();
    folders.sort();
    folders.iter().map(|folder| platform(folder)).collect()
}

fn platform(folder: &str) -> Result<DemoPlatform, DemoError> {
    let path = format!("{folder}/platform.toml");
    let file: PlatformFile = parse(&path)?;
    if file.slug != folder {
        return Err(fault(
            &path,
            format!("the slug `{}` is not the folder's name", file.slug),
        ));
    }
    let mut documents = Vec::with_capacity(file.document.len());
    for entry in file.document {
        documents.push(document(folder, &path, entry)?);
    }
    Ok(DemoPlatform {
        slug: file.slug,
        name: file.name,
        operator: file.operator,
        category: file.category,
        website: file.website,
        description: file.description,
        etag: file.etag,
        documents,
    })
}

fn document(platform: &str, platform_path: &str, entry: DocumentEntry) -> Result<DemoDocument, DemoError> {
    let folder = format!("{platform}/{}", entry.slug);
    let mut versions: Vec<DemoVersion> = Vec::new();
    let mut pending = None;
    let mut text = String::new();
    for (number, version) in (1..).zip(&entry.version) {
        text = if number == 1 {
            read(&format!("{folder}/v1.md"))?
        } else {
            let path = format!("{folder}/v{number}.toml");
            let edits: EditFile = parse(&path)?;
            edits
                .edit
                .iter()
                .try_fold(text, |text, edit| apply(&path, &text, &edit.find, &edit.replace))?
        };
        let place = || format!("{}, version {number}", entry.slug);
        match (version.at, version.pending) {
            (Some(at), false) if pending.is_none() && versions.last().is_none_or(|last| last.at < at) => {
                versions.push(DemoVersion {
                    at,
                    markdown: text.clone(),
                });
            }
            (None, true) if pending.is_none() && !versions.is_empty() => pending = Some(text.clone()),
            (Some(_), false) => return Err(fault(platform_path, format!("{}: dates must rise", place()))),
            _ => {
                let rule = "needs either `at` or, as the last one, `pending = true`";
                return Err(fault(platform_path, format!("{} {rule}", place())));
            }
        }
    }
    if versions.is_empty() || entry.cycle.is_empty() {
        let rule = "needs at least one version and one cycle entry";
        return Err(fault(platform_path, format!("{} {rule}", entry.slug)));
    }
    let mut cycle = Vec::with_capacity(entry.cycle.len());
    let mut moved = text;
    for edit in entry.cycle {
        if edit.step == 0 || !edit.replace.contains("{n}") {
            let rule = "a cycle entry needs `{n}` in `replace` and a `step` above 0";
            return Err(fault(platform_path, format!("{}: {rule}", entry.slug)));
        }
        moved = apply(platform_path, &moved, &edit.find, &edit.replace)?;
        cycle.push(CycleEdit {
            find: edit.find,
            replace: edit.replace,
            first: edit.first,
            step: edit.step,
        });
    }
    Ok(DemoDocument {
        slug: entry.slug,
        document_type: entry.document_type,
        title: entry.title,
        versions,
        pending,
        cycle,
    })
}

/// `text` with the one occurrence of `find` replaced; `path` is the file that asks for it.
fn apply(path: &str, text: &str, find: &str, replace: &str) -> Result<String, DemoError> {
    let found = if find.is_empty() { 0 } else { text.matches(find).count() };
    if found == 1 {
        return Ok(text.replacen(find, replace, 1));
    }
    let start: String = find.chars().take(60).collect();
    Err(fault(path, format!("`{start}` occurs {found} times instead of once")))
}

fn parse<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, DemoError> {
    toml::from_str(&read(path)?).map_err(|error| fault(path, error.to_string()))
}

fn read(path: &str) -> Result<String, DemoError> {
    let file = Samples::get(path).ok_or_else(|| fault(path, "the file is missing".to_owned()))?;
    String::from_utf8(file.data.into_owned()).map_err(|_| fault(path, "the file is not UTF-8".to_owned()))
}

fn fault(path: &str, fault: String) -> DemoError {
    DemoError::Sample {
        path: path.to_owned(),
        fault,
    }
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn an_edit_is_refused_unless_its_words_stand_at_exactly_one_place() {
        assert_eq!(apply("x", "a b c", "b", "B").unwrap(), "a B c");
        for (text, find) in [("a b b", "b"), ("a c", "b"), ("a", "")] {
            assert!(apply("x", text, find, "B").is_err(), "{find} in {text}");
        }
    }
}
