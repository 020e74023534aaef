//! Numbers that bind (with a unit), and numbers that do not (references, dates, contact addresses).
//!
//! Invariant: both sides are read alike; "thirty (30) days" and "30 days" are one quantity.

use crate::normal::Word;

use super::cues::rules;

/// A number with its unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// The unit, singular; empty for a bare number.
    pub unit: String,
    /// The number, as written after normalisation.
    pub value: String,
    /// Index of the word that holds the number.
    pub at: usize,
}

/// Words between a number and its unit.
pub const BETWEEN: &[&str] = &[
    "business",
    "calendar",
    "working",
    "full",
    "more",
    "additional",
    "monthly",
    "daily",
    "weekly",
    "annual",
    "yearly",
    "active",
    "registered",
    "paying",
    "concurrent",
    "unique",
    "consecutive",
    "million",
    "billion",
    "thousand",
];
/// Words before a number that bounds something though no unit follows: "under 13".
const THRESHOLD: &[&str] = &[
    "under",
    "over",
    "above",
    "below",
    "than",
    "least",
    "most",
    "exceed",
    "exceeds",
    "exceeding",
    "age",
    "aged",
    "maximum",
    "minimum",
];
const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
];

fn is_number(form: &str) -> bool {
    form.starts_with(|c: char| c.is_ascii_digit()) && form.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

/// The quantities of a passage.
pub fn quantities(words: &[Word]) -> Vec<Quantity> {
    let lists = &rules().words;
    let form = |index: usize| words.get(index).map_or("", |word| word.form.as_str());
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if role(words, at) != Role::Quantity {
            continue;
        }
        let before = at.checked_sub(1).map_or("", form);
        let mut next = at + 1;
        while BETWEEN.contains(&form(next)) {
            next += 1;
        }
        let unit = if matches!(before, "$" | "€" | "£" | "¥") {
            before.to_owned()
        } else if lists.units.contains(form(next).trim_end_matches('\'')) {
            form(next).trim_end_matches('\'').trim_end_matches('s').to_owned()
        } else if THRESHOLD.contains(&before) || names_limit(words, at) || or_more(form(next), form(next + 1)) {
            "threshold".to_owned()
        } else {
            String::new()
        };
        found.push(Quantity {
            unit,
            value: word.form.trim_end_matches(".00").to_owned(),
            at,
        });
    }
    found
}

/// What a word that may hold a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Not a number, reference, date or address.
    Plain,
    /// A number that binds.
    Quantity,
    /// A number after "Section", "Annex", …
    Reference,
    /// Part of a date.
    Date,
    /// An address, telephone number or web address.
    Contact,
}

/// What a word is for.
pub fn role(words: &[Word], at: usize) -> Role {
    let form = |index: Option<usize>| {
        index
            .and_then(|index| words.get(index))
            .map_or("", |word| word.form.as_str())
    };
    let here = form(Some(at));
    let before = form(at.checked_sub(1));
    let after = form(Some(at + 1));
    if here.contains('@') || here.contains("://") || here.starts_with("www.") || is_host(here) {
        return Role::Contact;
    }
    let lists = &rules().words;
    let numeric = is_number(here);
    if numeric && (is_telephone(words, at) || is_house(words, at)) {
        return Role::Contact;
    }
    let roman =
        !here.is_empty() && here.len() <= 4 && here.chars().all(|c| matches!(c, 'i' | 'v' | 'x')) && here != "i";
    if lists.reference.contains(before)
        && (numeric || roman || here.chars().count() == 1 || here.starts_with(|c: char| c.is_ascii_digit()))
    {
        return Role::Reference;
    }
    let month = |word: &str| MONTHS.contains(&word) && word != "may" && word != "march";
    if month(here) {
        return Role::Date;
    }
    // "May" and "march" are months only beside a number.
    if MONTHS.contains(&here)
        && (is_number(before) || after.starts_with(|c: char| c.is_ascii_digit()))
        && !lists.units.contains(after)
    {
        return Role::Date;
    }
    let ordinal = here.starts_with(|c: char| c.is_ascii_digit())
        && ["st", "nd", "rd", "th"].iter().any(|ending| here.ends_with(ending));
    if !numeric && !ordinal {
        let dotted = here.len() >= 8
            && here.starts_with(|c: char| c.is_ascii_digit())
            && here.matches(['-', '/', '.']).count() == 2;
        return if dotted { Role::Date } else { Role::Plain };
    }
    let near_month = [before, after, form(at.checked_sub(2))]
        .iter()
        .any(|word| MONTHS.contains(word));
    let year = here.len() == 4 && (here.starts_with("19") || here.starts_with("20"));
    if near_month && !lists.units.contains(after) || year && !lists.units.contains(after) && before != "$" {
        return Role::Date;
    }
    if here.matches('.').count() >= 2 {
        return Role::Reference;
    }
    Role::Quantity
}

/// "The minimum age is 13": what the number limits stands before it.
fn names_limit(words: &[Word], at: usize) -> bool {
    let before = words.get(at.saturating_sub(4)..at).unwrap_or_default();
    before
        .iter()
        .any(|word| matches!(word.form.as_str(), "age" | "minimum" | "maximum" | "limit" | "cap"))
}

/// "13 or older", "50 and above".
fn or_more(joint: &str, side: &str) -> bool {
    matches!(joint, "or" | "and")
        && matches!(
            side,
            "older" | "over" | "above" | "more" | "younger" | "under" | "below" | "less" | "fewer" | "up"
        )
}

/// The number of a house or room: "12 High Street", "Suite 400".
fn is_house(words: &[Word], at: usize) -> bool {
    let place = |word: &Word| {
        matches!(
            word.form.as_str(),
            "street" | "road" | "avenue" | "boulevard" | "lane" | "suite" | "floor" | "box"
        )
    };
    let after = words.get(at + 1..(at + 5).min(words.len())).unwrap_or_default();
    after.iter().any(place) || at.checked_sub(1).and_then(|at| words.get(at)).is_some_and(place)
}

/// A number in a run of numbers after "telephone".
fn is_telephone(words: &[Word], at: usize) -> bool {
    let before = words.get(at.saturating_sub(7)..at).unwrap_or_default();
    let lead = before
        .iter()
        .rev()
        .find(|word| !word.form.starts_with(|c: char| c.is_ascii_digit() || c == '+'));
    lead.is_some_and(|word| matches!(word.form.as_str(), "telephone" | "phone" | "tel" | "fax" | "hotline"))
}

fn is_host(form: &str) -> bool {
    [
        ".com", ".org", ".net", ".io", ".ai", ".eu", ".co", ".dev", ".example", ".html", ".gov",
    ]
    .iter()
    .any(|ending| form.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::quantities;
    use crate::normal::words;

    fn read(passage: &str) -> Vec<String> {
        quantities(&words(passage))
            .into_iter()
            .map(|found| format!("{} {}", found.value, found.unit))
            .collect()
    }

    #[test]
    fn numbers_that_bind_are_told_from_references_dates_and_addresses() {
        assert_eq!(read("within thirty (30) days"), ["30 day"]);
        assert_eq!(read("30 business days' notice"), ["30 day"]);
        assert_eq!(read("US$1,000 or 5 percent"), ["1000 $", "5 %"]);
        assert_eq!(read("at least 13 years old"), ["13 year"]);
        assert_eq!(read("users who are 13 or older"), ["13 threshold"]);
        assert!(read("Section 4.2 and Annex 2").is_empty());
        assert!(read("Effective December 1, 2026").is_empty());
        assert!(read("1 May 2026").is_empty());
    }
}
