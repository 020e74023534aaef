//! What the processes of a group are and hold, as `/proc` tells it; a machine without `/proc` tells nothing.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use rustix::process::Pid;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looks after the memory of one group.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    peak: AtomicU64,
    exceeded: AtomicBool,
    stopped: AtomicBool,
}

impl Watch {
    /// Looks until it is stopped or the limit is passed.
    pub(crate) fn start(group: Pid, limit: u64) -> Arc<Self> {
        let watch = Arc::new(Self::default());
        let looking = Arc::clone(&watch);
        tokio::spawn(async move {
            while !looking.stopped.load(Ordering::Relaxed) {
                let held = tokio::task::spawn_blocking(move || held(group))
                    .await
                    .unwrap_or_default();
                looking.peak.fetch_max(held, Ordering::Relaxed);
                if held > limit {
                    looking.exceeded.store(true, Ordering::Relaxed);
                    // At once: the machine may not have the time until somebody asks.
                    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                    return;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        watch
    }
    /// The most that was held at once, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
    /// Whether the group was killed for its size.
    pub(crate) fn exceeded(&self) -> bool {
        self.exceeded.load(Ordering::Relaxed)
    }
    /// Looks no more: the group's number may soon mean another.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Ids of the processes of a group that have not ended.
fn members(group: Pid) -> Vec<String> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|id| {
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // After the name in parentheses: state, parent, group.
            let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
            let is_over = fields.next().is_none_or(|state| matches!(state, "Z" | "X"));
            let number = fields.nth(1).and_then(|field| field.parse().ok());
            !is_over && number == Some(group.as_raw_nonzero().get())
        })
        .collect()
}

/// Whether any process of the group has not ended.
pub(crate) fn lives(group: Pid) -> bool {
    !members(group).is_empty()
}

/// Whether a process of the group was started with this path among its words.
pub(crate) fn mentions(group: Pid, path: &Path) -> bool {
    let path = path.to_string_lossy();
    members(group)
        .iter()
        .filter_map(|id| fs::read(format!("/proc/{id}/cmdline")).ok())
        .any(|words| String::from_utf8_lossy(&words).contains(path.as_ref()))
}

/// Bytes that the group's processes hold and no file backs.
fn held(group: Pid) -> u64 {
    let kilobytes: u64 = members(group)
        .iter()
        .filter_map(|id| fs::read_to_string(format!("/proc/{id}/status")).ok())
        .map(|status| {
            status
                .lines()
                .filter_map(|line| line.strip_prefix("RssAnon:").or_else(|| line.strip_prefix("RssShmem:")))
                .filter_map(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok())
                .sum::<u64>()
        })
        .sum();
    kilobytes.saturating_mul(1024)
}
