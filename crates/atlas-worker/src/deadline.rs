//! By when an alert has to be with the relay.
//!
//! Invariant: the earlier of four hours after publication and the end of the recipient's local day, but never less
//! than a quarter of an hour after publication. A zone that is not known counts as UTC.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use time::{Duration, OffsetDateTime};

/// The longest an alert may take.
const AT_MOST: Duration = Duration::hours(4);
/// The least it is given.
const AT_LEAST: Duration = Duration::minutes(15);

/// The instant by which an alert on something published at `published_at` has to be accepted.
pub(crate) fn send_by(published_at: OffsetDateTime, time_zone: &str) -> OffsetDateTime {
    let end_of_day = end_of_local_day(published_at, time_zone).unwrap_or(published_at + AT_MOST);
    (published_at + AT_MOST).min(end_of_day).max(published_at + AT_LEAST)
}

/// The zone of a name; UTC if there is none of this name.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// An instant in `jiff`'s terms, to the second.
pub(crate) fn timestamp(instant: OffsetDateTime) -> Option<Timestamp> {
    Timestamp::from_second(instant.unix_timestamp()).ok()
}

fn end_of_local_day(instant: OffsetDateTime, time_zone: &str) -> Option<OffsetDateTime> {
    let local = timestamp(instant)?.to_zoned(zone(time_zone));
    let tomorrow = local
        .start_of_day()
        .ok()?
        .checked_add(1.day())
        .ok()?
        .start_of_day()
        .ok()?;
    OffsetDateTime::from_unix_timestamp(tomorrow.timestamp().as_second() - 1).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::send_by;

    #[test]
    fn an_alert_is_due_within_four_hours_and_the_same_local_day() {
        // Berlin is one hour ahead in November.
        assert_eq!(
            send_by(datetime!(2026-11-23 08:00 UTC), "Europe/Berlin"),
            datetime!(2026-11-23 12:00 UTC)
        );
        assert_eq!(
            send_by(datetime!(2026-11-23 21:00 UTC), "Europe/Berlin"),
            datetime!(2026-11-23 22:59:59 UTC)
        );
        // Shortly before midnight a quarter of an hour is left.
        assert_eq!(
            send_by(datetime!(2026-11-23 22:55 UTC), "Europe/Berlin"),
            datetime!(2026-11-23 23:10 UTC)
        );
        assert_eq!(
            send_by(datetime!(2026-11-23 22:55 UTC), "Nowhere/Land"),
            datetime!(2026-11-23 23:59:59 UTC)
        );
    }

    #[test]
    fn a_day_of_twenty_five_hours_ends_at_its_own_midnight() {
        assert_eq!(
            send_by(datetime!(2026-10-25 21:30 UTC), "Europe/Berlin"),
            datetime!(2026-10-25 22:59:59 UTC)
        );
    }
}
