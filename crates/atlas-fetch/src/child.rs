//! A child process that leads a process group of its own.
//!
//! Invariant: the group's number is the child's, so that whatever it starts can be killed with it.

use std::io;

use rustix::process::Pid;
use tokio::process::Child;

/// The group of a child that was started with `process_group(0)` and was not waited for yet.
pub(crate) fn group_of(child: &Child) -> io::Result<Pid> {
    child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}
