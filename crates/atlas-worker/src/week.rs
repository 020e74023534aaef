//! When a weekly digest is due: Monday 08:00 where its reader lives, spread over three hours.
//!
//! Invariant: pure. The week is the ISO week of the reader's present zone; a civil time that does not exist moves on by
//! the gap, one that comes twice is the first.

use atlas_domain::AccountId;
use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use time::OffsetDateTime;

use crate::{deadline, spread};

/// Seconds over which the mails of one zone are spread.
const SPREAD: i64 = 3 * 3600;

/// A week and when its digest is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Week {
    /// ISO year.
    pub year: i32,
    /// ISO week, 1 to 53.
    pub number: i32,
    /// When the digest is due.
    pub due_at: OffsetDateTime,
}

/// The ISO week in which `now` falls where the reader lives.
pub(crate) fn week_of(account: AccountId, time_zone: &str, now: OffsetDateTime) -> Option<Week> {
    let zone = deadline::zone(time_zone);
    let local = deadline::timestamp(now)?.to_zoned(zone.clone());
    let iso = local.date().iso_week_date();
    let monday: Date = local
        .date()
        .checked_sub(days_since_monday(local.weekday()).days())
        .ok()?;
    let due = monday.at(8, 0, 0, 0).to_zoned(zone).ok()?;
    let extra = spread(&[account.uuid().as_bytes().as_slice()], SPREAD);
    Some(Week {
        year: i32::from(iso.year()),
        number: i32::from(iso.week()),
        due_at: OffsetDateTime::from_unix_timestamp(due.timestamp().as_second() + extra).ok()?,
    })
}

fn days_since_monday(day: Weekday) -> i64 {
    i64::from(day.to_monday_zero_offset())
}

#[cfg(test)]
mod tests {
    use atlas_domain::AccountId;
    use time::Duration;
    use time::macros::datetime;

    use super::week_of;

    #[test]
    fn a_digest_is_due_on_monday_morning_where_its_reader_lives() {
        let account = AccountId::generate();
        let now = datetime!(2026-11-25 12:00 UTC);
        for (zone, eight) in [
            ("UTC", datetime!(2026-11-23 08:00 UTC)),
            ("Europe/Berlin", datetime!(2026-11-23 07:00 UTC)),
            ("America/Los_Angeles", datetime!(2026-11-23 16:00 UTC)),
            ("Pacific/Auckland", datetime!(2026-11-22 19:00 UTC)),
        ] {
            let week = week_of(account, zone, now).unwrap();
            assert_eq!((week.year, week.number), (2026, 48), "{zone}");
            assert!(
                week.due_at >= eight && week.due_at < eight + Duration::hours(3),
                "{zone}: {}",
                week.due_at
            );
        }
    }

    #[test]
    fn sunday_night_belongs_to_the_week_that_ends() {
        let account = AccountId::generate();
        let sunday = week_of(account, "UTC", datetime!(2026-11-29 23:59 UTC)).unwrap();
        let monday = week_of(account, "UTC", datetime!(2026-11-30 00:01 UTC)).unwrap();
        assert_eq!((sunday.number, monday.number), (48, 49));
        let new_year = week_of(account, "UTC", datetime!(2027-01-01 12:00 UTC)).unwrap();
        assert_eq!((new_year.year, new_year.number), (2026, 53));
    }
}
