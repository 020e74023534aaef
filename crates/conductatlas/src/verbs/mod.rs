//! The verbs, and the one place where they begin: configuration, then telemetry, then the database, then the runtime.
//!
//! Invariant: the private database is started on the main thread before any other thread exists, and stopped after
//! everything that uses it; an error is one line (or, for a configuration, one line each) on standard error, status 1.

mod admin;
mod bench;
mod checks;
mod core;
mod demo;
mod evaluate;
mod import;
mod model;
mod provisions;
mod serve;
mod up;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use tokio::{runtime::Runtime, signal::unix::SignalKind};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{Cli, Evaluate, Verb},
    config::{Config, Sources},
    instance::Instance,
    say, telemetry,
};

/// Does what the command line says.
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.verb.unwrap_or(Verb::Up) {
        Verb::Extract(arguments) => return core::extract(&arguments),
        Verb::Compare(arguments) => return core::compare(&arguments),
        Verb::Detect(arguments) => return core::detect(&arguments),
        Verb::Evaluate(Evaluate::Changes(arguments)) => return evaluate::changes(&arguments),
        Verb::Evaluate(Evaluate::Sentences(arguments)) => return model::evaluate(&arguments),
        Verb::Evaluate(Evaluate::Readings(arguments)) => return provisions::evaluate(&arguments),
        Verb::Classify(arguments) => return provisions::classify(&arguments),
        Verb::Train(arguments) => return model::train(&arguments),
        Verb::TrainProvisions(arguments) => return provisions::train(&arguments),
        Verb::CheckConfig => return checks::check_config(Sources::of_process()),
        Verb::Doctor { alive: true } => checks::alive(),
        Verb::Doctor { alive: false } => with_instance(false, checks::doctor),
        Verb::Up => with_instance(true, async |instance| up::run(instance, !cli.no_demo).await),
        Verb::Serve => with_instance(false, serve::web),
        Verb::Work => with_instance(false, serve::worker),
        Verb::Migrate => with_instance(false, serve::migrate),
        Verb::Import(what) => with_instance(false, async |instance| import::run(instance, what).await),
        Verb::Admin(what) => with_instance(false, async |instance| admin::run(instance, what).await),
        Verb::Demo(what) => with_instance(false, async |instance| demo::run(instance, what).await),
        Verb::Bench(what) => bench::run(what),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Opens the instance that the configuration describes, works with it, and closes it.
fn with_instance(alone: bool, work: impl AsyncFnOnce(&mut Instance) -> Result<()>) -> Result<()> {
    let config = Config::load()?;
    telemetry::start(&config);
    let mut instance = Instance::open(config, alone)?;
    let runtime = Runtime::new().context("cannot start the runtime")?;
    let done = runtime.block_on(work(&mut instance));
    // Connections end before their server does.
    drop(runtime);
    instance.close();
    done
}

/// A token that fires at Ctrl-C or SIGTERM.
fn shutdown_signal() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
    let fired = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        say("stopping");
        fired.cancel();
    });
    Ok(token)
}
