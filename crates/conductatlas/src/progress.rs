//! Progress of long work: a bar with counts at a terminal, a line at the start and the end elsewhere.

use std::{io::IsTerminal as _, time::Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::say;

/// One piece of long work.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    /// Starts showing `what`, with `total` pieces.
    pub(crate) fn new(what: &str, total: usize) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(u64::try_from(total).unwrap_or(u64::MAX)),
            if std::io::stderr().is_terminal() {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:30}] {pos} of {len} {wide_msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        if !std::io::stderr().is_terminal() && total > 200 {
            say(format!("{what}: {total} to do"));
        }
        Self {
            what: what.to_owned(),
            bar,
            started: Instant::now(),
        }
    }
    /// So many pieces are done, the last of them `current`.
    pub(crate) fn at(&self, done: usize, current: &str) {
        self.bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        self.bar.set_message(current.to_owned());
    }
    /// Says what came of it.
    pub(crate) fn finish(self, result: &str) {
        self.bar.finish_and_clear();
        say(format!(
            "{}: {result} ({:.1} s)",
            self.what,
            self.started.elapsed().as_secs_f64()
        ));
    }
}
