//! `atlas-postgres COMMAND…`: run a command with `DATABASE_URL` set to a throw-away server, then remove the server.
//!
//! For the test suite and the chores: no durability, data in memory where there is room. Exits as the command does.

use std::{
    env,
    path::PathBuf,
    process::{Command, ExitCode},
};

use atlas_postgres::{PostgresOptions, PrivatePostgres};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command line speaks on standard error")]
fn report(error: &str) {
    eprintln!("error: {error}");
}

fn run() -> Result<ExitCode, String> {
    let mut words = env::args_os().skip(1);
    let program = words.next().ok_or("usage: atlas-postgres COMMAND [ARGUMENT]…")?;
    let folder = throw_away_folder();
    let options = PostgresOptions {
        folder: folder.clone(),
        durable: false,
        binaries: env::var_os("CONDUCTATLAS_PG_BIN")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from),
        max_connections: 300,
    };
    let mut server = PrivatePostgres::start(&options).map_err(|error| error.to_string())?;
    let status = Command::new(&program)
        .args(words)
        .env("DATABASE_URL", server.url())
        .status();
    server.stop();
    let _ = std::fs::remove_dir_all(&folder);
    let status = status.map_err(|error| format!("cannot run {}: {error}", program.to_string_lossy()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// A folder of this process's own: in memory where the system has a sizeable `/dev/shm`, else the temporary folder.
fn throw_away_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let roomy = rustix::fs::statvfs(&memory).is_ok_and(|found| found.f_bavail * found.f_frsize > 2_000_000_000);
    let parent = if roomy { memory } else { env::temp_dir() };
    parent.join(format!("conductatlas-test-{}", std::process::id()))
}
