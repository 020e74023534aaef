//! Wording that all mails share: one-line subjects, days, wrapped text, greetings.
//!
//! Invariant: whatever comes out of [`one_line`] and [`subject`] holds no control character.

use time::{Date, Month, OffsetDateTime, UtcOffset};

pub(crate) use atlas_text::diff::wrapped;

use crate::MailError;

/// Longest subject, in characters.
pub(crate) const SUBJECT_CHARS: usize = 100;

/// Runs of white space and control characters become one space; what would read as an encoded word no longer does.
pub(crate) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("=?", "= ?")
}

/// `lead` and `tail` on one line of at most [`SUBJECT_CHARS`]; the lead is shortened at a word if they don't fit.
pub(crate) fn subject(lead: &str, tail: &str) -> String {
    let (lead, tail) = (one_line(lead), one_line(tail));
    let tail = if tail.is_empty() { tail } else { format!(" {tail}") };
    let room = SUBJECT_CHARS.saturating_sub(tail.chars().count());
    format!("{}{tail}", shortened(&lead, room))
}

/// At most `room` characters, ended by an ellipsis after a whole word if something was left out.
pub(crate) fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    let whole = match kept.rsplit_once(' ') {
        // A cut that falls between two words leaves the last word whole.
        Some(_) if text.chars().nth(kept.chars().count()) == Some(' ') => kept.as_str(),
        Some((words, _)) if words.chars().count() * 2 > room => words,
        _ => kept.as_str(),
    };
    format!("{}…", whole.trim_end_matches([' ', ',', ';', ':', '(']))
}

/// `1 December 2026`.
pub(crate) fn day(date: Date) -> String {
    format!("{} {} {}", date.day(), date.month(), date.year())
}

/// `1 Dec`, or `1 Dec 2027` in another year than `beside`.
pub(crate) fn short_day(date: Date, beside: Date) -> String {
    let month: String = date.month().to_string().chars().take(3).collect();
    if date.year() == beside.year() {
        format!("{} {month}", date.day())
    } else {
        format!("{} {month} {}", date.day(), date.year())
    }
}

/// `19 November 2026, 10:24 UTC`.
pub(crate) fn moment(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{}, {:02}:{:02} UTC", day(at.date()), at.hour(), at.minute())
}

/// `14 to 20 November 2026`, both days included.
pub(crate) fn period(first: Date, last: Date) -> String {
    let month = |month: Month| month.to_string();
    if first.year() != last.year() {
        format!("{} to {}", day(first), day(last))
    } else if first.month() != last.month() {
        format!("{} {} to {}", first.day(), month(first.month()), day(last))
    } else if first != last {
        format!("{} to {}", first.day(), day(last))
    } else {
        day(first)
    }
}

/// When a change takes effect, as a sentence: `In effect 1 December 2026, 12 days after we detected it.`
pub(crate) fn effect(effective: Date, detected_at: OffsetDateTime) -> String {
    let notice = (effective - detected_at.to_offset(UtcOffset::UTC).date()).whole_days();
    match notice {
        1 => format!("In effect {}, one day after we detected it.", day(effective)),
        2.. => format!("In effect {}, {notice} days after we detected it.", day(effective)),
        0 => format!("In effect {}, the day we detected it.", day(effective)),
        _ => format!("In effect since {}, by its own words.", day(effective)),
    }
}

/// `1 change`, `2 changes`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// One item of a list, wrapped under its dash.
pub(crate) fn bullet(text: &str) -> String {
    let item = wrapped(&one_line(text), "    ");
    format!("  - {}", item.trim_start())
}

/// The first line of an account mail.
///
/// Whoever signs up chooses both the name and the address that gets the mail, so a name that could carry a message
/// (long, or with the marks of an address) is left out.
pub(crate) fn greeting(name: Option<&str>) -> String {
    let name = name.map(one_line).unwrap_or_default();
    let is_plain = name
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’'));
    if name.is_empty() || name.chars().count() > 40 || !is_plain {
        "Hello,".to_owned()
    } else {
        format!("Hello {name},")
    }
}

/// Why somebody gets a mail of a list, as a sentence.
pub(crate) fn reason(recipient: Option<&str>, watched: &str) -> String {
    match recipient.map(one_line).filter(|name| !name.is_empty()) {
        Some(name) => format!("Sent to {name}, who watches {watched}."),
        None => format!("You get this because you watch {watched}."),
    }
}

/// Every link of a mail is absolute and of the web.
pub(crate) fn check_links<'a>(links: impl IntoIterator<Item = &'a str>) -> Result<(), MailError> {
    let is_web = |link: &str| {
        (link.starts_with("https://") || link.starts_with("http://"))
            && link.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if links.into_iter().all(is_web) {
        Ok(())
    } else {
        Err(MailError::Link)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn a_subject_fits_and_keeps_its_tail() {
        let long = "Halden AI moves model training from opt-in to opt-out for every account, every region and every \
                    plan that it sells";
        let subject = subject(long, "(in effect 1 Dec)");
        assert_eq!(
            subject,
            "Halden AI moves model training from opt-in to opt-out for every account, every… (in effect 1 Dec)"
        );
        assert!(subject.chars().count() <= SUBJECT_CHARS);
        assert_eq!(super::subject("One\r\nBcc: x@y\0", ""), "One Bcc: x@y");
        assert_eq!(super::subject("=?utf-8?q?x?=", ""), "= ?utf-8?q?x?=");
        assert!(super::subject(&"x".repeat(500), "").chars().count() <= SUBJECT_CHARS);
        assert!(super::subject(&"é ".repeat(500), "").chars().count() <= SUBJECT_CHARS);
    }

    #[test]
    fn days_and_periods_read_like_sentences() {
        assert_eq!(short_day(date!(2026 - 12 - 01), date!(2026 - 11 - 19)), "1 Dec");
        assert_eq!(short_day(date!(2027 - 01 - 05), date!(2026 - 11 - 19)), "5 Jan 2027");
        assert_eq!(
            period(date!(2026 - 11 - 14), date!(2026 - 11 - 20)),
            "14 to 20 November 2026"
        );
        assert_eq!(
            period(date!(2026 - 11 - 28), date!(2026 - 12 - 04)),
            "28 November to 4 December 2026"
        );
        assert_eq!(
            period(date!(2026 - 12 - 28), date!(2027 - 01 - 03)),
            "28 December 2026 to 3 January 2027"
        );
        let detected = datetime!(2026-11-19 23:30 -5);
        assert_eq!(
            effect(date!(2026 - 12 - 01), detected),
            "In effect 1 December 2026, 11 days after we detected it."
        );
        assert_eq!(
            effect(date!(2026 - 11 - 21), detected),
            "In effect 21 November 2026, one day after we detected it."
        );
        assert_eq!(
            effect(date!(2026 - 11 - 20), detected),
            "In effect 20 November 2026, the day we detected it."
        );
        assert_eq!(
            effect(date!(2026 - 11 - 01), detected),
            "In effect since 1 November 2026, by its own words."
        );
        assert_eq!(moment(detected), "20 November 2026, 04:30 UTC");
    }

    #[test]
    fn text_is_wrapped_and_keeps_its_paragraphs() {
        let text = wrapped(&format!("{}\n\nsecond\u{7} one", "word ".repeat(30)), "  ");
        assert!(text.lines().all(|line| line.chars().count() <= 72));
        assert!(text.ends_with("word\n\n  second one"));
        assert_eq!(
            wrapped(&"x".repeat(200), "  ").lines().count(),
            1,
            "a long word is not cut"
        );
    }

    #[test]
    fn a_greeting_can_not_carry_a_message() {
        assert_eq!(greeting(Some("Zoë O’Neil-Smith")), "Hello Zoë O’Neil-Smith,");
        for name in [
            "",
            " ",
            "Win at evil.example",
            "http://evil",
            "a@b",
            &"a ".repeat(40),
            "Ann 555-0100",
        ] {
            assert_eq!(greeting(Some(name)), "Hello,", "{name}");
        }
        assert_eq!(greeting(None), "Hello,");
    }

    #[test]
    fn links_are_of_the_web() {
        assert!(check_links(["https://a.example/x?y=z", "http://127.0.0.1:8080/"]).is_ok());
        for link in [
            "javascript:alert(1)",
            "/relative",
            "https://a.example/ x",
            "https://a.example/\r\n",
        ] {
            assert!(check_links([link]).is_err(), "{link}");
        }
    }
}
