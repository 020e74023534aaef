//! What a process has used: processor seconds and peak memory, read from `/proc` (Linux).

use std::fs;

/// Clock ticks a second in `/proc/*/stat`: 100 on every Linux that Rust supports (sysconf `_SC_CLK_TCK`).
const TICKS_A_SECOND: f64 = 100.0;

/// Processor seconds of this process, user and system; 0 where `/proc` does not say.
pub(super) fn processor_seconds() -> f64 {
    processor_seconds_of("self")
}

/// Processor seconds of the processes whose command name is `name`, for a database beside us.
pub(super) fn processor_seconds_of_all(name: &str) -> f64 {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|number| number.bytes().all(|letter| letter.is_ascii_digit()))
        .filter(|number| fs::read_to_string(format!("/proc/{number}/comm")).is_ok_and(|found| found.trim() == name))
        .map(|number| processor_seconds_of(&number))
        .sum()
}

fn processor_seconds_of(process: &str) -> f64 {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else {
        return 0.0;
    };
    // The command name may hold spaces; the fields after it are counted from the closing bracket.
    let Some((_, fields)) = stat.rsplit_once(')') else {
        return 0.0;
    };
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>();
    ticks / TICKS_A_SECOND
}

/// Peak resident memory of this process in MiB; 0 where `/proc` does not say.
pub(super) fn peak_memory_mib() -> u64 {
    peak_memory_mib_of("self")
}

/// The same of a process by its number, for as long as it runs.
pub(super) fn peak_memory_mib_of(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
