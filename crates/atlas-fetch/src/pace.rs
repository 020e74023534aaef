//! One request at a time for each host, and a pause between two.
//!
//! Invariant: whoever holds a [`Turn`] is the only one asking that host; the next turn starts no earlier than the pause
//! after the end of this one. Nobody holds two turns, so nobody waits in a circle.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as AsyncMutex, OwnedMutexGuard},
    time::{Instant, sleep_until},
};

/// From this many hosts on, those at rest are forgotten.
const TIDY_FROM: usize = 1_024;

/// When the host may be asked again.
type Gate = Arc<AsyncMutex<Option<Instant>>>;

/// The hosts that were asked lately.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    gates: Mutex<HashMap<String, Gate>>,
}

/// The right to ask one host; ends when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    free_at: OwnedMutexGuard<Option<Instant>>,
    pause: Duration,
}

impl Pace {
    /// Waits for the turn at a host.
    pub(crate) async fn turn(&self, host: &str, pause: Duration) -> Turn {
        let free_at = self.gate(host).lock_owned().await;
        if let Some(instant) = *free_at {
            sleep_until(instant).await;
        }
        Turn { free_at, pause }
    }

    fn gate(&self, host: &str) -> Gate {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if gates.len() >= TIDY_FROM {
            let now = Instant::now();
            gates.retain(|_, gate| match gate.try_lock() {
                // Somebody may hold a copy of the gate without having locked it yet.
                Ok(free_at) => Arc::strong_count(gate) > 1 || free_at.is_some_and(|instant| instant > now),
                Err(_) => true,
            });
        }
        Arc::clone(gates.entry(host.to_owned()).or_default())
    }
}

impl Turn {
    /// Makes the pause after this turn longer, if it is shorter.
    pub(crate) fn pause_at_least(&mut self, pause: Duration) {
        self.pause = self.pause.max(pause);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.free_at = Some(Instant::now() + self.pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_at_one_host_follow_each_other_with_the_pause_between() {
        let pace = Arc::new(Pace::default());
        let start = Instant::now();
        let turns = (0..4).map(|_| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                let _turn = pace.turn("a.example", Duration::from_secs(5)).await;
                let from = Instant::now();
                tokio::time::sleep(Duration::from_secs(1)).await;
                from - start
            })
        });
        let mut starts: Vec<_> = futures::future::join_all(turns)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        starts.sort_unstable();
        let starts: Vec<_> = starts.iter().map(Duration::as_secs).collect();
        assert_eq!(starts, [0, 6, 12, 18]);
    }

    #[tokio::test(start_paused = true)]
    async fn hosts_do_not_wait_for_each_other_and_those_at_rest_are_forgotten() {
        let pace = Pace::default();
        let start = Instant::now();
        for number in 0..TIDY_FROM {
            pace.turn(&format!("{number}.example"), Duration::from_secs(5)).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        let held = pace.turn("held.example", Duration::from_secs(5)).await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        pace.turn("new.example", Duration::ZERO).await;
        assert_eq!(pace.gates.lock().unwrap().len(), 2, "the held one and the new one");
        drop(held);
    }
}
