//! Rules of the house that the compiler does not know. Every fault is printed with its place; one is enough to fail.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use regex::Regex;

/// A crate imports only from layers strictly below its own.
const LAYERS: &[(u8, &[&str])] = &[
    (0, &["atlas-domain", "atlas-postgres"]),
    (1, &["atlas-catalog", "atlas-reading", "atlas-text"]),
    (
        2,
        &[
            "atlas-archive",
            "atlas-db",
            "atlas-demo",
            "atlas-fetch",
            "atlas-jobs",
            "atlas-mail",
        ],
    ),
    (3, &["atlas-web", "atlas-worker"]),
    (4, &["conductatlas"]),
];
/// Outside the layers: they may see everything of ours, or nothing, and nobody imports them.
const SUITE: &str = "atlas-integration";
const CHORES: &str = "xtask";
const LONGEST_FILE: usize = 400;
/// The crates that may hold SQL.
const SQL_CRATES: &[&str] = &["atlas-db", "atlas-jobs", "xtask", "atlas-integration"];

type Faults = Vec<String>;

pub(crate) fn run(root: &Path) -> Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let packages: Vec<_> = metadata.workspace_packages();
    let mut faults = Faults::new();
    for package in &packages {
        layers(package, &mut faults);
        unused_dependencies(package, &mut faults)?;
        sources(root, package, &mut faults)?;
    }
    jobs_are_documented(root, &mut faults)?;
    no_machine_paths(root, &mut faults)?;
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    if faults.is_empty() {
        println!("tidy: {} crates in order", packages.len());
        return Ok(());
    }
    bail!("{} faults", faults.len())
}

fn layer(name: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(_, crates)| crates.contains(&name))
        .map(|(layer, _)| *layer)
}

fn layers(package: &Package, faults: &mut Faults) {
    let name = package.name.as_str();
    let own = layer(name);
    if own.is_none() && name != SUITE && name != CHORES {
        faults.push(format!(
            "{name}: has no layer; give it one in xtask and ARCHITECTURE.md"
        ));
    }
    for dependency in &package.dependencies {
        let below = layer(&dependency.name);
        if dependency.name == SUITE || dependency.name == CHORES || (name == CHORES && below.is_some()) {
            faults.push(format!("{name}: must not import {}", dependency.name));
        }
        // A test may look sideways, never up.
        let legal = match (own, below) {
            (Some(own), Some(below)) if dependency.kind == DependencyKind::Development => below <= own,
            (Some(own), Some(below)) => below < own,
            _ => true,
        };
        if !legal {
            faults.push(format!(
                "{name}: imports {} from its own layer or above",
                dependency.name
            ));
        }
    }
}

fn unused_dependencies(package: &Package, faults: &mut Faults) -> Result<()> {
    let folder = package.manifest_path.parent().context("a manifest has a folder")?;
    let mut code = String::new();
    for file in rust_files(folder.as_std_path())? {
        code.push_str(&fs::read_to_string(file)?);
    }
    for dependency in &package.dependencies {
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
        if !Regex::new(&format!(r"\b{name}\b"))?.is_match(&code) {
            faults.push(format!(
                "{}: does not use its dependency {}",
                package.name, dependency.name
            ));
        }
    }
    Ok(())
}

fn sources(root: &Path, package: &Package, faults: &mut Faults) -> Result<()> {
    let folder = package.manifest_path.parent().context("a manifest has a folder")?;
    let sql = Regex::new(r"sqlx::(query|raw_sql|QueryBuilder)|\bquery(_as|_scalar)?!\(")?;
    for path in rust_files(folder.as_std_path())? {
        let text = fs::read_to_string(&path)?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        if !text.starts_with("//!") {
            faults.push(format!(
                "{shown}: does not start with a module doc that says what it is for"
            ));
        }
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{shown}: {lines} lines, more than {LONGEST_FILE}"));
        }
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || shown.ends_with("tests.rs");
        if !SQL_CRATES.contains(&package.name.as_str()) && !is_test && sql.is_match(&text) {
            faults.push(format!("{shown}: holds SQL, which belongs into atlas-db"));
        }
    }
    Ok(())
}

fn jobs_are_documented(root: &Path, faults: &mut Faults) -> Result<()> {
    let payloads = fs::read_to_string(root.join("crates/atlas-domain/src/jobs.rs"))?;
    let documented = fs::read_to_string(root.join("docs/jobs.md")).unwrap_or_default();
    for kind in Regex::new(r#"const KIND: &'static str = "([a-z_]+)""#)?.captures_iter(&payloads) {
        let kind = kind.get(1).map_or("", |word| word.as_str());
        if !documented.contains(&format!("`{kind}`")) {
            faults.push(format!("docs/jobs.md: does not describe the job `{kind}`"));
        }
    }
    Ok(())
}

/// Nothing that belongs to one machine is kept in the project.
fn no_machine_paths(root: &Path, faults: &mut Faults) -> Result<()> {
    let machine = Regex::new(r"/(root|home)/[a-z]|/work/(main|shared|dev)")?;
    let mut seen = BTreeMap::new();
    for folder in [
        "crates",
        "docs",
        "migrations",
        "scripts",
        "templates",
        "static",
        "config",
        "catalog",
        "demo",
    ] {
        collect(&root.join(folder), &mut |path| {
            if let Ok(text) = fs::read_to_string(path)
                && let Some(found) = machine.find(&text)
                && !path.ends_with("xtask/src/tidy.rs")
            {
                seen.insert(path.to_owned(), found.as_str().to_owned());
            }
        })?;
    }
    for (path, found) in seen {
        faults.push(format!(
            "{}: names a path of one machine, {found}…",
            path.strip_prefix(root)?.display()
        ));
    }
    Ok(())
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut |path| {
        if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path.to_owned());
        }
    })?;
    Ok(files)
}

fn collect(folder: &Path, visit: &mut dyn FnMut(&Path)) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, visit)?;
        } else {
            visit(&path);
        }
    }
    Ok(())
}
