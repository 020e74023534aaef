//! The day from which a text says that it holds.
//!
//! Invariant: only a stated effective date counts; the day of the last update is another matter.

use std::sync::LazyLock;

use atlas_domain::PolicyText;
use regex::{Captures, Regex};
use time::{Date, Month};

const MONTH: &str = r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?";

// The word boundary is that of ASCII: with the one of Unicode a single dash sends the search down its slowest path.
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let lead = r"(?i)(?-u:\b)(?:effective(?:\s+(?:date|as|on|of|from|starting|beginning))*|(?:take|takes|taking|took)\s+effect(?:\s+(?:on|as\s+of|from))?|(?:come|comes|coming|came|enter|enters|entered|entry)\s+into\s+(?:force|effect)(?:\s+(?:on|as\s+of|from))?|(?:shall|will)\s+(?:apply|be\s+effective|be\s+in\s+force)\s+(?:from|as\s+of|on|starting)|in\s+(?:force|effect)\s+(?:from|as\s+of|since|on)|applies\s+(?:from|as\s+of|starting))(?:\s+(?:is|the|on|as\s+of|from))*\s*[:–—-]?\s*(?:[a-z]{3,9}day,?\s+)?";
    let days = [
        format!(r"{lead}{MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<y>\d{{4}})"),
        format!(r"{lead}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{MONTH}[\s,-]+(?P<y>\d{{4}})"),
        format!(r"{lead}(?P<y>\d{{4}})-(?P<n>\d{{2}})-(?P<d>\d{{2}})"),
    ];
    days.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

/// The day from which words say that they hold. Of several, the one that is stated first.
pub fn stated_effective_date(words: &str) -> Option<Date> {
    let found = PATTERNS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(words))
        .filter_map(|found| Some((found.get(0)?.start(), date(&found)?)));
    Some(found.min_by_key(|(start, _)| *start)?.1)
}

/// The stated effective date as ISO 8601. Of several, the one that is stated first in the text.
pub fn effective_date(text: &PolicyText) -> Option<String> {
    let day = stated_effective_date(&text.text)?;
    Some(format!(
        "{:04}-{:02}-{:02}",
        day.year(),
        u8::from(day.month()),
        day.day()
    ))
}

fn date(found: &Captures<'_>) -> Option<Date> {
    let number = |name: &str| found.name(name).and_then(|part| part.as_str().parse::<i32>().ok());
    let month = match found.name("m") {
        Some(name) => month(name.as_str())?,
        None => Month::try_from(u8::try_from(number("n")?).ok()?).ok()?,
    };
    Date::from_calendar_date(number("y")?, month, u8::try_from(number("d")?).ok()?).ok()
}

fn month(name: &str) -> Option<Month> {
    Some(match name.to_ascii_lowercase().get(..3)? {
        "jan" => Month::January,
        "feb" => Month::February,
        "mar" => Month::March,
        "apr" => Month::April,
        "may" => Month::May,
        "jun" => Month::June,
        "jul" => Month::July,
        "aug" => Month::August,
        "sep" => Month::September,
        "oct" => Month::October,
        "nov" => Month::November,
        "dec" => Month::December,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::effective_date;
    use crate::parse_markdown;

    #[test]
    fn only_a_stated_effective_date_counts() {
        for (text, expected) in [
            ("Effective December 1, 2026", Some("2026-12-01")),
            ("Effective Date: 1st of March 2025", Some("2025-03-01")),
            ("These terms take effect on Jan. 5, 2027.", Some("2027-01-05")),
            ("The changes will be effective as of 2026-02-03.", Some("2026-02-03")),
            ("This policy comes into force on 14 June 2024.", Some("2024-06-14")),
            ("Last updated: December 1, 2026", None),
            ("Effective December 32, 2026", None),
            ("We take effective measures.", None),
        ] {
            assert_eq!(effective_date(&parse_markdown(text)).as_deref(), expected, "{text}");
        }
    }
}
