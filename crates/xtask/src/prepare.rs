//! Records what the database says of every query in `.sqlx`, so that a build needs no database.
//!
//! Runs itself again under a throw-away server where `DATABASE_URL` is not set. Only `atlas-db` and `atlas-jobs` hold query macros
//! (tidy sees to that), so only they are checked again.

use std::{collections::BTreeMap, env, fs, path::Path, process::Command};

use anyhow::{Context as _, Result, bail, ensure};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, raw_sql};

pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let Ok(server) = env::var("DATABASE_URL") else {
        return under_a_server(root, check);
    };
    let database = format!("prepare_{}", std::process::id());
    let url = migrated_database(root, &server, &database)?;
    let fresh = root.join("target/sqlx-fresh");
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh)?;
    // The macros run again only when their crate is compiled again.
    for package in ["atlas-db", "atlas-jobs"] {
        let source = root.join("crates").join(package).join("src/lib.rs");
        fs::write(&source, fs::read(&source)?)?;
    }
    let status = Command::new("cargo")
        .args([
            "check",
            "--quiet",
            "--package",
            "atlas-db",
            "--package",
            "atlas-jobs",
            "--all-targets",
        ])
        .current_dir(root)
        .env("DATABASE_URL", &url)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &fresh)
        .status()
        .context("run cargo check")?;
    drop_database(&server, &database)?;
    ensure!(status.success(), "a query does not fit the schema");
    let (recorded, fresh_records) = (records(&root.join(".sqlx"))?, records(&fresh)?);
    if recorded == fresh_records {
        println!("prepare: {} queries, up to date", recorded.len());
        return Ok(());
    }
    if check {
        bail!(".sqlx does not fit the queries and the schema; run `cargo xtask prepare` and commit the result");
    }
    let folder = root.join(".sqlx");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    for (name, text) in &fresh_records {
        fs::write(folder.join(name), text)?;
    }
    println!("prepare: {} queries recorded", fresh_records.len());
    Ok(())
}

fn under_a_server(root: &Path, check: bool) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args([
        "run",
        "--quiet",
        "--package",
        "atlas-postgres",
        "--",
        "cargo",
        "xtask",
        "prepare",
    ]);
    if check {
        command.arg("--check");
    }
    let status = command.current_dir(root).status().context("run cargo")?;
    ensure!(status.success(), "see above");
    Ok(())
}

fn records(folder: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(BTreeMap::new());
    };
    entries
        .map(|entry| {
            let entry = entry?;
            Ok((
                entry.file_name().to_string_lossy().into_owned(),
                fs::read_to_string(entry.path())?,
            ))
        })
        .collect()
}

fn migrated_database(root: &Path, server: &str, name: &str) -> Result<String> {
    let mut files: Vec<_> = fs::read_dir(root.join("migrations"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let (base, _) = server.rsplit_once('/').context("DATABASE_URL has no database name")?;
    let url = format!("{base}/{name}");
    runtime()?.block_on(async {
        let mut admin = PgConnection::connect(server).await?;
        raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut admin)
            .await?;
        let mut connection = PgConnection::connect(&url).await?;
        for file in files {
            let sql = fs::read_to_string(&file)?;
            raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .with_context(|| file.display().to_string())?;
        }
        connection.close().await?;
        Ok(url)
    })
}

fn drop_database(server: &str, name: &str) -> Result<()> {
    runtime()?.block_on(async {
        let mut admin = PgConnection::connect(server).await?;
        raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
            .execute(&mut admin)
            .await?;
        Ok(())
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
