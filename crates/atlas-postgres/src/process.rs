//! Child processes of the private server: spawned as the right user, in a clean environment, ended with us.

use std::{
    fs,
    io::ErrorKind,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::binaries::ServerUser;

/// A command that runs as the server's user and does not see the caller's PostgreSQL settings.
pub(super) fn command(program: PathBuf, user: Option<ServerUser>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).env("LC_ALL", "C").current_dir("/");
    for variable in [
        "PGDATA",
        "PGHOST",
        "PGPORT",
        "PGUSER",
        "PGDATABASE",
        "PGOPTIONS",
        "PGPASSWORD",
        "PGSERVICE",
    ] {
        command.env_remove(variable);
    }
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Makes the server end with us, however we end, and keeps the terminal's Ctrl-C away from it.
///
/// The death signal follows the thread that spawns, so the caller must be the main thread.
#[expect(unsafe_code, reason = "the death signal can only be asked for between fork and exec")]
pub(super) fn tie_to_us(command: &mut Command) {
    command.process_group(0);
    #[cfg(target_os = "linux")]
    // SAFETY: the closure makes one system call that is safe after fork (prctl) and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::INT)).map_err(Into::into)
        });
    }
}

/// Sends a signal; a process that is gone is no error.
pub(super) fn signal(pid: i32, signal: rustix::process::Signal) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// Whether a process is a live `postgres`: a zombie still has its number and its lock file.
pub(super) fn is_postgres(pid: i32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains("(postgres) ") && !stat.contains("(postgres) Z"),
        Err(error) if error.kind() == ErrorKind::NotFound && Path::new("/proc/self").exists() => false,
        Err(_) => {
            rustix::process::Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
        }
    }
}
