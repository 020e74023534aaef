//! `check-config` and `doctor`: is this instance in order, and if not, what is wrong?

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use atlas_db::Role;
use atlas_fetch::{BrowserChoice, PdfReader};

use crate::{
    assembly,
    config::{Config, Sources},
    instance::Instance,
    say,
};

/// Prints every setting in force, secrets hidden, then every fault.
#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
pub(super) fn check_config(sources: Sources) -> ExitCode {
    for (name, value) in Config::redacted(&sources) {
        println!("{name}={value}");
    }
    match Config::from_sources(sources) {
        Ok(_) => ExitCode::SUCCESS,
        Err(faults) => {
            say(faults.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Tries database, queue, archive, mail, browser and PDF reader; every failure is named.
pub(super) async fn doctor(instance: &mut Instance) -> Result<()> {
    let mut failures = 0_u32;
    let mut report = |what: &str, found: Result<String>| match found {
        Ok(detail) => say(format!("ok    {what}: {detail}")),
        Err(error) => {
            failures += 1;
            say(format!("FAIL  {what}: {error:#}"));
        }
    };
    for (role, name) in [(Role::Owner, "owner"), (Role::App, "web"), (Role::Worker, "worker")] {
        report(&format!("database as {name}"), database(instance, role).await);
    }
    report("archive", archive(instance).await);
    report("mail", mail(instance).await);
    report("catalogue", catalogue());
    report("browser", browser(instance).await);
    report("PDF reader", pdf_reader().await);
    ensure!(failures == 0, "{failures} of 8 checks failed");
    Ok(())
}

async fn database(instance: &Instance, role: Role) -> Result<String> {
    let pool = atlas_db::connect(instance.database_url(), role, 1).await?;
    let mut connection = pool.acquire().await?;
    let server = atlas_db::server_version(&mut connection).await?;
    drop(connection);
    pool.close().await;
    Ok(format!("PostgreSQL {server}"))
}

async fn archive(instance: &Instance) -> Result<String> {
    let archive = instance.archive()?;
    let stored = archive
        .put(b"ConductAtlas looks whether its archive can be written and read.\n")
        .await?;
    archive.get(stored.sha256).await?;
    Ok(instance.config.data.join("archive").display().to_string())
}

async fn mail(instance: &Instance) -> Result<String> {
    instance.transport()?.probe().await?;
    Ok(instance.outbox().map_or_else(
        || "the relay answers".to_owned(),
        |folder| format!("no relay, mails go to {}", folder.display()),
    ))
}

/// A machine without a browser is in order, but says what that means.
async fn browser(instance: &Instance) -> Result<String> {
    match (&instance.config.browser, assembly::browser(instance)) {
        (BrowserChoice::Found(program), Some(settings)) => {
            let version = atlas_fetch::browser_version(&settings).await;
            let version = version.map_err(|error| anyhow!("{}: {error}", program.display()))?;
            Ok(format!("{version}, {}", program.display()))
        }
        (BrowserChoice::Off, _) => Ok("switched off: pages that need scripts are not read".to_owned()),
        _ => Ok("none is installed: pages that need scripts are not read".to_owned()),
    }
}

/// The same of a machine that cannot read PDF files.
async fn pdf_reader() -> Result<String> {
    let reader = PdfReader::default();
    match reader.find() {
        Some(program) => {
            let version = reader
                .version()
                .await
                .map_err(|error| anyhow!("{}: {error}", program.display()))?;
            Ok(format!("{version}, {}", program.display()))
        }
        None => Ok("pdftotext (Debian: poppler-utils) is not installed: PDF files are not read".to_owned()),
    }
}

fn catalogue() -> Result<String> {
    let faults = atlas_catalog::check();
    if let Some(first) = faults.first() {
        bail!("{} faults, the first: {first}", faults.len());
    }
    Ok(format!("{} platforms", atlas_catalog::platforms().len()))
}

/// Asks the web server of this machine whether it is alive; for a container's health check.
pub(super) fn alive() -> Result<()> {
    let mut address: SocketAddr = Config::load()?.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => [127, 0, 0, 1].into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let patience = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&address, patience).context("the web server does not answer")?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(4_096).read_to_end(&mut answer)?;
    ensure!(answer.starts_with(b"HTTP/1.1 200"), "the web server is not well");
    Ok(())
}
