//! What the one binary is made of: configuration, telemetry, the instance and the verbs.
//!
//! Invariant: nothing here decides anything about policies, people or mails; it only puts the crates together.

mod assembly;
pub mod cli;
pub mod config;
pub mod instance;
mod plain;
mod progress;
mod samples;
mod telemetry;
mod verbs;

use std::{io::Write as _, process::ExitCode};

use atlas_domain::{Favours, Stance};
use clap::Parser as _;

pub use verbs::run;

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    // One TLS stack for everything; a second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    run(cli::Cli::parse())
}

/// Whom a stance on a provision type favours, by the rubric; neither where the rubric does not say.
pub(crate) fn favours(provision_type: &str, stance: Stance) -> Favours {
    atlas_catalog::taxonomy()
        .provision_type(provision_type)
        .and_then(|kind| kind.stances.get(&stance))
        .map_or(Favours::Neither, |rule| rule.favours)
}

/// Tells the person at the terminal how far we are: one line on standard error.
pub(crate) fn say(line: impl AsRef<str>) {
    // A closed terminal must not stop the instance.
    let _ = writeln!(std::io::stderr(), "{}", line.as_ref());
}
