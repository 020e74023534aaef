//! Instants as people read them, in their own time zone; and the header that keeps a token out of the next request.

use axum::{
    http::{HeaderValue, header::REFERRER_POLICY},
    response::Response,
};
use jiff::{Timestamp, tz::TimeZone};
use time::OffsetDateTime;

/// An instant for a `<time>` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    /// RFC 3339, UTC.
    pub iso: String,
    /// `19 Nov 2026, 10:24`.
    pub words: String,
    /// `19 Nov 2026`.
    pub day: String,
}

impl Moment {
    /// The instant in a zone (IANA name); in UTC if the zone is unknown.
    pub(super) fn new(at: OffsetDateTime, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let instant = Timestamp::from_second(at.unix_timestamp()).unwrap_or_default();
        let local = instant.to_zoned(zone);
        Self {
            iso: instant.to_string(),
            words: local.strftime("%-d %b %Y, %H:%M").to_string(),
            day: local.strftime("%-d %b %Y").to_string(),
        }
    }
}

/// Every time zone a person can choose, UTC first.
pub(super) fn time_zones() -> Vec<String> {
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("posix/"))
        .filter(|name| !name.starts_with("right/") && !name.starts_with("SystemV/"))
        .collect();
    zones.sort_unstable();
    zones.dedup();
    zones.insert(0, "UTC".to_owned());
    zones
}

/// Whether a time zone exists.
pub(super) fn is_time_zone(name: &str) -> bool {
    name.len() <= 64 && TimeZone::get(name).is_ok()
}

/// A page whose address is a secret is never named to the next one.
pub(super) fn without_referrer(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{Moment, is_time_zone, time_zones};

    #[test]
    fn an_instant_is_written_in_the_readers_zone() {
        let at = datetime!(2026 - 11 - 19 09:24:31.5 UTC);
        let moment = Moment::new(at, "Europe/Berlin");
        assert_eq!(moment.words, "19 Nov 2026, 10:24");
        assert_eq!(moment.iso, "2026-11-19T09:24:31Z");
        assert_eq!(Moment::new(at, "Nowhere/Land").words, "19 Nov 2026, 09:24");
    }

    #[test]
    fn zones_are_offered_and_checked() {
        let zones = time_zones();
        assert_eq!(zones.first().map(String::as_str), Some("UTC"));
        assert!(zones.iter().any(|zone| zone == "Africa/Lagos"));
        assert!(zones.iter().all(|zone| is_time_zone(zone)));
        assert!(!is_time_zone("Nowhere/Land"));
    }
}
