//! How pages write dates, numbers and lists. Dates are UTC and never relative, numbers have thousands separators.

use std::fmt::Display;

use atlas_domain::{CaptureOutcome, Severity};
use time::{
    Date, OffsetDateTime, UtcOffset,
    format_description::{FormatItem, well_known::Rfc3339},
    macros::format_description,
};

const DAY: &[FormatItem<'static>] = format_description!("[day padding:none] [month repr:short] [year]");
const DAY_ONLY: &[FormatItem<'static>] = format_description!("[day padding:none] [month repr:short]");
const MOMENT: &[FormatItem<'static>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
const EXACT: &[FormatItem<'static>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second] UTC");
const MONTH: &[FormatItem<'static>] = format_description!("[month repr:short] [year]");
const ISO_DAY: &[FormatItem<'static>] = format_description!("[year]-[month]-[day]");

/// An instant, however often it is borrowed: templates pass references to what they hold.
pub(crate) trait Instant {
    /// The instant.
    fn instant(&self) -> OffsetDateTime;
}
impl Instant for OffsetDateTime {
    fn instant(&self) -> OffsetDateTime {
        *self
    }
}
impl Instant for Date {
    fn instant(&self) -> OffsetDateTime {
        self.midnight().assume_utc()
    }
}
impl<T: Instant> Instant for &T {
    fn instant(&self) -> OffsetDateTime {
        (**self).instant()
    }
}

/// A whole number, however often it is borrowed.
pub(crate) trait Whole {
    /// The number; one that is too large is the largest.
    fn whole(&self) -> i64;
}
impl Whole for i64 {
    fn whole(&self) -> i64 {
        *self
    }
}
impl Whole for i32 {
    fn whole(&self) -> i64 {
        i64::from(*self)
    }
}
impl Whole for usize {
    fn whole(&self) -> i64 {
        i64::try_from(*self).unwrap_or(i64::MAX)
    }
}
impl<T: Whole> Whole for &T {
    fn whole(&self) -> i64 {
        (**self).whole()
    }
}

fn in_utc(at: impl Instant) -> OffsetDateTime {
    at.instant().to_offset(UtcOffset::UTC)
}

/// `18 Nov 2026`.
pub(crate) fn day(at: impl Instant) -> String {
    in_utc(at).format(DAY).unwrap_or_default()
}
/// `18 Nov` in the year of `now`, `18 Nov 2025` in another.
pub(crate) fn short_day(at: impl Instant, now: impl Instant) -> String {
    let at = in_utc(at);
    if at.year() == in_utc(now).year() {
        at.format(DAY_ONLY).unwrap_or_default()
    } else {
        day(at)
    }
}
/// `18 Nov 2026, 06:04 UTC`.
pub(crate) fn moment(at: impl Instant) -> String {
    in_utc(at).format(MOMENT).unwrap_or_default()
}
/// `18 Nov 2026, 06:04:11 UTC`.
pub(crate) fn exact_moment(at: impl Instant) -> String {
    in_utc(at).format(EXACT).unwrap_or_default()
}
/// `06:04 UTC`.
pub(crate) fn clock_time(at: impl Instant) -> String {
    let at = in_utc(at);
    format!("{:02}:{:02} UTC", at.hour(), at.minute())
}
/// `Nov 2026`.
pub(crate) fn month(at: impl Instant) -> String {
    in_utc(at).format(MONTH).unwrap_or_default()
}
/// RFC 3339 in UTC, to the second: `2026-11-18T06:04:11Z`.
pub(crate) fn iso(at: impl Instant) -> String {
    let at = in_utc(at);
    at.replace_nanosecond(0)
        .unwrap_or(at)
        .format(&Rfc3339)
        .unwrap_or_default()
}
/// `1 Dec 2026` of a calendar day.
pub(crate) fn date(day: Date) -> String {
    day.format(DAY).unwrap_or_default()
}
/// `2026-12-01` of a calendar day.
pub(crate) fn iso_date(day: Date) -> String {
    day.format(ISO_DAY).unwrap_or_default()
}

/// `27 Nov 2026` of a day that a data file writes `2026-11-27`; another text stays as it is.
pub(crate) fn day_of(text: &str) -> String {
    Date::parse(text, ISO_DAY).map_or_else(|_| text.to_owned(), date)
}

/// A whole number with thousands separators: `41,206`.
pub(crate) fn count(number: impl Display) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    out.push_str(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 version`, `12 versions`, `0 versions`.
pub(crate) fn counted(number: impl Whole, one: &str, many: &str) -> String {
    let number = number.whole();
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share in whole per cent; an empty denominator gives 0.
pub(crate) fn percent(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        0
    } else {
        (part * 100 + whole / 2) / whole
    }
}

/// The words of a text, cut at a word boundary so that at most `most` characters remain, with an ellipsis if cut.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    let mut plain = String::with_capacity(text.len().min(most * 4));
    for word in text.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(word);
        if plain.chars().count() > most {
            break;
        }
    }
    if plain.chars().count() <= most {
        return plain;
    }
    let head: String = plain.chars().take(most.saturating_sub(1)).collect();
    let end = head
        .rfind(' ')
        .filter(|end| *end * 2 > head.len())
        .unwrap_or(head.len());
    let kept = head
        .get(..end)
        .unwrap_or(&head)
        .trim_end_matches([',', ';', ':', ' ', '.']);
    format!("{kept}…")
}

/// The text with a capital first letter.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first sentence of a text of ours: up to its first full stop that ends a sentence.
pub(crate) fn first_sentence(text: &str) -> &str {
    let end = text
        .match_indices(". ")
        .map(|(at, _)| at + 1)
        .next()
        .unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

/// A document's title with its platform's name, which is not said twice.
pub(crate) fn titled(platform: &str, title: &str) -> String {
    if title.starts_with(platform) {
        title.to_owned()
    } else {
        format!("{platform}: {title}")
    }
}

/// A document's title without its platform's name, for a sentence that has named the platform.
pub(crate) fn bare_title<'a>(platform: &str, title: &'a str) -> &'a str {
    let rest = title.strip_prefix(platform).unwrap_or(title).trim_start();
    if rest.is_empty() { title } else { rest }
}

/// The English name of a language; its code where that is not one of those that policies are read in.
pub(crate) fn language(locale: &str) -> &str {
    match locale.split(['-', '_']).next().unwrap_or_default() {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "it" => "Italian",
        "nl" => "Dutch",
        "pt" => "Portuguese",
        "pl" => "Polish",
        "ja" => "Japanese",
        _ => locale,
    }
}

/// `a, b and c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A size for people: `812 bytes`, `41 KB`, `1.2 MB`.
pub(crate) fn bytes(size: impl Whole) -> String {
    let size = size.whole();
    match size {
        ..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{} KB", (size + 500) / 1_000),
        _ => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
    }
}

/// An interval in words: `day`, `12 hours`, `45 minutes`, for "every …".
pub(crate) fn interval(seconds: impl Whole) -> String {
    match seconds.whole() {
        86_400 => "day".to_owned(),
        seconds if seconds >= 86_400 && seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        3_600 => "hour".to_owned(),
        seconds if seconds >= 3_600 => format!("{} hours", seconds / 3_600),
        seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

/// The state and the letter of the health symbol for the outcome of the last check.
pub(crate) const fn health(outcome: Option<CaptureOutcome>) -> (&'static str, &'static str) {
    match outcome {
        Some(CaptureOutcome::Captured | CaptureOutcome::NotModified) => ("ok", "="),
        Some(CaptureOutcome::Blocked) => ("blocked", "B"),
        Some(CaptureOutcome::RobotsDisallowed) => ("blocked", "R"),
        Some(CaptureOutcome::NoBrowser | CaptureOutcome::ToolMissing) => ("blocked", "J"),
        Some(CaptureOutcome::Challenge) => ("challenge", "C"),
        Some(CaptureOutcome::LoginWall) => ("challenge", "L"),
        Some(CaptureOutcome::ConsentWall) => ("challenge", "K"),
        Some(CaptureOutcome::Gone) => ("gone", "G"),
        Some(CaptureOutcome::Moved) => ("moved", "M"),
        Some(CaptureOutcome::Empty) => ("wrong", "E"),
        Some(CaptureOutcome::WrongType | CaptureOutcome::TooLarge | CaptureOutcome::RefusedAddress) => ("wrong", "W"),
        Some(CaptureOutcome::WrongLanguage) => ("wrong", "L"),
        Some(CaptureOutcome::Truncated) => ("wrong", "I"),
        Some(CaptureOutcome::Timeout) => ("challenge", "T"),
        Some(CaptureOutcome::Dns) => ("challenge", "N"),
        Some(CaptureOutcome::Tls) => ("challenge", "S"),
        Some(CaptureOutcome::ServerError) => ("challenge", "5"),
        None => ("moved", "?"),
    }
}

/// Words for the outcome of the last check, for a document that may never have been checked.
pub(crate) const fn health_label(outcome: Option<CaptureOutcome>) -> &'static str {
    match outcome {
        Some(CaptureOutcome::Captured) => "Checked",
        Some(outcome) => outcome.label(),
        None => "Not checked yet",
    }
}

/// Class of a mark whose colour says a severity.
pub(crate) const fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "c-high",
        Severity::Medium => "c-med",
        Severity::Low => "c-low",
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    #[test]
    fn a_title_begins_with_a_capital() {
        assert_eq!(super::capitalized("other tools"), "Other tools");
        assert_eq!(super::capitalized("écran"), "Écran");
        assert_eq!(super::capitalized(""), "");
    }

    #[test]
    fn numbers_have_thousands_separators() {
        for (number, expected) in [
            (0_i64, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-41_206, "-41,206"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(super::count(number), expected);
        }
    }

    #[test]
    fn days_are_written_in_utc() {
        let at = datetime!(2026-11-18 00:30 +2);
        assert_eq!(super::day(at), "17 Nov 2026");
        assert_eq!(super::iso(at), "2026-11-17T22:30:00Z");
        assert_eq!(super::short_day(at, datetime!(2026-12-01 0:00 UTC)), "17 Nov");
        assert_eq!(super::day_of("2026-11-07"), "7 Nov 2026");
        assert_eq!(super::day_of("soon"), "soon");
        assert_eq!(super::short_day(at, datetime!(2027-01-01 0:00 UTC)), "17 Nov 2026");
    }

    #[test]
    fn a_cut_falls_between_words_and_says_so() {
        assert_eq!(super::clipped("one two  three", 40), "one two three");
        assert_eq!(super::clipped("one two three four", 12), "one two…");
        assert_eq!(super::clipped("ééééééééééé", 5), "éééé…");
    }

    #[test]
    fn shares_are_rounded_and_never_divide_by_nothing() {
        assert_eq!(super::percent(1, 3), 33);
        assert_eq!(super::percent(2, 3), 67);
        assert_eq!(super::percent(1, 0), 0);
    }
}
