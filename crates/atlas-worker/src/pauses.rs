//! When a source is asked next.
//!
//! Invariant: the pause depends on nothing but the source, the day and its failures, and sources loaded at once do not
//! stay in step.

use atlas_db::source::Source;
use time::{Duration, OffsetDateTime};

use crate::spread;

/// The longest pause after failures, and the longest that a server's wish is heeded.
pub(crate) const LONGEST_PAUSE: Duration = Duration::days(1);
/// The pause after a first failure.
const FIRST_PAUSE: Duration = Duration::minutes(15);

/// When a source is due after a success: its interval, up to a twentieth more, spread so that sources loaded at once
/// do not stay in step.
pub(crate) fn next_poll(source: &Source, now: OffsetDateTime) -> OffsetDateTime {
    let interval = i64::from(source.poll_interval_seconds);
    let day = now.date().to_julian_day();
    let extra = spread(
        &[source.id.uuid().as_bytes().as_slice(), &day.to_le_bytes()],
        interval / 20 + 1,
    );
    now + Duration::seconds(interval + extra)
}

/// The pause after the failure that follows `failures` others: doubling, never beyond a day, spread by a fifth.
pub(crate) fn pause_after(source: &Source, failures: i32) -> Duration {
    let first = Duration::seconds(i64::from(source.poll_interval_seconds)).min(FIRST_PAUSE);
    let doublings = u32::try_from(failures.clamp(0, 12)).unwrap_or_default();
    let pause = first.saturating_mul(2_i32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    let room = pause.whole_seconds() / 5 + 1;
    let extra = spread(&[source.id.uuid().as_bytes().as_slice(), &failures.to_le_bytes()], room);
    (pause + Duration::seconds(extra)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use atlas_db::source::Source;
    use atlas_domain::{DocumentId, SourceId};
    use time::Duration;
    use time::macros::datetime;

    use super::{next_poll, pause_after};

    fn source(poll_interval_seconds: i32) -> Source {
        Source {
            id: SourceId::generate(),
            document_id: DocumentId::generate(),
            poll_interval_seconds,
            next_poll_at: None,
            paused_at: None,
            last_outcome: None,
            last_detail: None,
            failures: 0,
        }
    }

    #[test]
    fn pauses_grow_with_failures_and_never_pass_a_day() {
        let source = source(4 * 3600);
        let mut last = Duration::ZERO;
        for failures in 0..40 {
            let pause = pause_after(&source, failures);
            assert!(
                pause >= last.min(Duration::hours(20)),
                "after {failures}: {pause} < {last}"
            );
            assert!(pause <= Duration::days(1));
            last = pause;
        }
        assert!(pause_after(&source, 0) < Duration::minutes(19));
    }

    #[test]
    fn a_source_is_due_again_after_its_interval_and_a_little() {
        let now = datetime!(2026-11-23 08:00 UTC);
        for interval in [60, 3600, 86_400] {
            let source = source(interval);
            let wait = next_poll(&source, now) - now;
            assert!(wait >= Duration::seconds(i64::from(interval)));
            assert!(wait <= Duration::seconds(i64::from(interval + interval / 20 + 1)));
            assert_eq!(
                next_poll(&source, now),
                next_poll(&source, now),
                "not a matter of chance"
            );
        }
    }
}
