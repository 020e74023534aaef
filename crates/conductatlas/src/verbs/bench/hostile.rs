//! `extract` and `compare --json` on inputs that were made to hurt: seconds and peak memory of each.
//!
//! Invariant: each input is one process of this program, as somebody would start it, stopped when it takes too long.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use self::inputs::{INPUTS, Input, Verb};
use super::{figure, usage};

mod inputs;

/// How an input ought to end.
const GOAL: (Duration, u64) = (Duration::from_secs(2), 128);
/// How an input has to end: time, and MiB.
const FLOOR: (Duration, u64) = (Duration::from_secs(10), 512);
/// When an input is stopped.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at a process, so that hardly anything of its peak is missed.
const LOOK: Duration = Duration::from_millis(1);

/// How an input ended.
struct Ended {
    took: Duration,
    /// Peak resident memory, MiB.
    memory: u64,
    how: String,
}

/// Measures every input, or those whose name holds `only`.
pub(super) fn run(folder: &Path, only: Option<&str>) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (mut measured, mut over_goal, mut over_floor) = (0_u32, Vec::new(), Vec::new());
    for input in INPUTS
        .iter()
        .filter(|input| only.is_none_or(|word| input.name.contains(word)))
    {
        let ended = measure(folder, input)?;
        measured += 1;
        figure(
            input.name,
            format!(
                "{:>7.2} s {:>6} MiB  {}",
                ended.took.as_secs_f64(),
                ended.memory,
                ended.how
            ),
        );
        let beyond = |bound: (Duration, u64)| ended.took > bound.0 || ended.memory > bound.1;
        if beyond(GOAL) {
            over_goal.push(input.name);
        }
        if beyond(FLOOR) {
            over_floor.push(input.name);
        }
    }
    figure("inputs", measured);
    figure("over 2 s or 128 MiB", list(&over_goal));
    figure("over 10 s or 512 MiB", list(&over_floor));
    ensure!(over_floor.is_empty(), "{} inputs cost too much", over_floor.len());
    Ok(())
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn measure(folder: &Path, input: &Input) -> Result<Ended> {
    let (old, new) = (input.make)();
    let place = |side: &str| folder.join(format!("{}.{side}.{}", input.name, input.extension));
    let mut files: Vec<PathBuf> = Vec::new();
    for (side, bytes) in [("old", old), ("new", new)] {
        if side == "old" || input.verb == Verb::Compare {
            fs::write(place(side), bytes)?;
            files.push(place(side));
        }
    }
    let mut command = Command::new(std::env::current_exe()?);
    match input.verb {
        Verb::Extract => command.arg("extract"),
        Verb::Compare => command.args(["compare", "--json"]),
    };
    command.args(&files).stdin(Stdio::null()).stdout(Stdio::null());
    let said = folder.join("stderr");
    command.stderr(fs::File::create(&said)?);
    let ended = watch(command.spawn()?, &said);
    for file in files {
        fs::remove_file(file)?;
    }
    ended
}

fn watch(mut child: Child, said: &Path) -> Result<Ended> {
    let started = Instant::now();
    let mut memory = 0;
    loop {
        memory = memory.max(usage::peak_memory_mib_of(&child.id().to_string()));
        if let Some(status) = child.try_wait()? {
            let line = fs::read_to_string(said)?;
            let line: String = line
                .trim()
                .rsplit(": ")
                .take(2)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
                .join(": ");
            return Ok(Ended {
                took: started.elapsed(),
                memory,
                how: format!("{status} {line}").replace("exit status: 0", "done"),
            });
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(Ended {
                took: started.elapsed(),
                memory,
                how: "stopped".to_owned(),
            });
        }
        thread::sleep(LOOK);
    }
}
