//! The form of a correction: what is typed, what a review fills in, and what can be used of it.
//!
//! Invariant: every fault is named beside its field, all at once; days are days of the calendar, none after today.

use atlas_db::curation::{QueueItem, StoredReview};
use atlas_db::view::correction::ReportedBy;
use serde::Deserialize;
use time::{Date, OffsetDateTime, UtcOffset, macros::format_description};
use uuid::Uuid;

use crate::FieldErrors;

/// Most characters of a title.
const LONGEST_TITLE: usize = 300;
/// Most characters of the other texts.
const LONGEST: usize = 4_000;

/// What is typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    /// The correction's row id to be.
    pub id: String,
    /// The review that it tells of; empty if none.
    pub review: String,
    /// Public id of the record; empty for the record as a whole.
    pub record: String,
    pub title: String,
    pub said: String,
    pub correct: String,
    pub wrong_since: String,
    pub corrected_on: String,
    pub reported_by: String,
    pub reply: String,
}

impl Draft {
    /// An empty form.
    pub(super) fn new(id: Uuid, today: Date) -> Self {
        Self {
            id: id.to_string(),
            corrected_on: day(today),
            reported_by: ReportedBy::Us.as_str().to_owned(),
            ..Self::default()
        }
    }

    /// Fills in what a review made of a finding that had been read at an instant.
    pub(super) fn tell(&mut self, item: &QueueItem, review: &StoredReview, read_at: OffsetDateTime) {
        let (before, after) = (&review.before, &review.after);
        self.review = review.id.to_string();
        self.said = format!(
            "{}: {}, {} severity{}",
            item.type_title,
            before.stance.label().to_lowercase(),
            before.severity.label().to_lowercase(),
            quoted(before.excerpt.as_deref())
        );
        self.correct = if review.verdict == "rejected" {
            "The quoted words do not answer this question. The reading was taken out.".to_owned()
        } else {
            format!(
                "{}: {}, {} severity{}",
                item.type_title,
                after.stance.label().to_lowercase(),
                after.severity.label().to_lowercase(),
                quoted(after.excerpt.as_deref().filter(|_| after.excerpt != before.excerpt))
            )
        };
        if !review.reason.is_empty() {
            self.correct = format!("{} {}", self.correct, review.reason);
        }
        let in_utc = |at: OffsetDateTime| at.to_offset(UtcOffset::UTC).date();
        self.wrong_since = day(in_utc(read_at));
        self.corrected_on = day(in_utc(review.created_at));
    }
}

fn quoted(words: Option<&str>) -> String {
    match words {
        None => ".".to_owned(),
        Some(words) if words.ends_with(['.', '!', '?']) => format!(", quoting “{words}”"),
        Some(words) => format!(", quoting “{words}”."),
    }
}

fn day(day: Date) -> String {
    day.format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_default()
}

/// Text as it was meant: line ends as LF, nothing around it, no control characters (the database cannot hold NUL, a feed
/// none of them).
pub(super) fn typed(text: &str) -> String {
    let kept = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t');
    text.replace("\r\n", "\n")
        .chars()
        .filter(kept)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A form in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Usable {
    pub id: Uuid,
    pub review: Option<Uuid>,
    pub title: String,
    pub said: String,
    pub correct: String,
    pub wrong_since: Option<Date>,
    pub corrected_on: Date,
    pub reported_by: ReportedBy,
    pub reply: String,
}

impl Usable {
    /// Reads a form, or says what is wrong with it; `is_known` says whether the named record was found.
    pub(super) fn of(draft: &Draft, is_known: bool, now: OffsetDateTime) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if !draft.record.trim().is_empty() && !is_known {
            errors.add("record", "No published document, provision or change has this number");
        }
        let mut text = |field: &'static str, typed_in: &str, most: usize, missing: &'static str| {
            let words = typed(typed_in);
            if words.is_empty() && !missing.is_empty() {
                errors.add(field, missing);
            } else if words.chars().count() > most {
                errors.add(field, format!("At most {most} characters"));
            }
            words
        };
        let title = text("title", &draft.title, LONGEST_TITLE, "Say what the correction is about");
        let said = text("said", &draft.said, LONGEST, "Say what the record said");
        let correct = text("correct", &draft.correct, LONGEST, "Say what is right");
        let reply = text("reply", &draft.reply, LONGEST, "");
        let today = now.to_offset(UtcOffset::UTC).date();
        let read = |typed_in: &str| {
            Date::parse(typed_in.trim(), format_description!("[year]-[month]-[day]"))
                .ok()
                .filter(|day| *day <= today && day.year() >= 1990)
        };
        let wrong_since = read(&draft.wrong_since);
        if wrong_since.is_none() && !draft.wrong_since.trim().is_empty() {
            errors.add(
                "wrong_since",
                "Enter a day that is not after today, as 2026-11-23, or nothing",
            );
        }
        let corrected_on = read(&draft.corrected_on);
        match (wrong_since, corrected_on) {
            (_, None) => errors.add("corrected_on", "Enter a day that is not after today, as 2026-11-23"),
            (Some(since), Some(until)) if since > until => {
                errors.add("wrong_since", "It cannot be wrong only after it was corrected");
            }
            _ => {}
        }
        let reported_by = ReportedBy::of(&draft.reported_by);
        if reported_by.is_none() {
            errors.add("reported_by", "Choose who noticed the error");
        }
        let id = draft.id.parse::<Uuid>().ok();
        if id.is_none() {
            errors.add("title", "This form is out of date: open it anew");
        }
        match (id, corrected_on, reported_by) {
            (Some(id), Some(corrected_on), Some(reported_by)) if errors.is_empty() => Ok(Self {
                id,
                review: draft.review.parse().ok(),
                title,
                said,
                correct,
                wrong_since,
                corrected_on,
                reported_by,
                reply,
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};
    use uuid::Uuid;

    use super::{Draft, Usable};

    fn whole() -> Draft {
        Draft {
            title: "Acme Cloud, Terms: training".to_owned(),
            said: "Permits.\r\nAlways.".to_owned(),
            correct: " Prohibits\0. ".to_owned(),
            wrong_since: "2026-10-01".to_owned(),
            reported_by: "reader".to_owned(),
            ..Draft::new(Uuid::from_u128(7), date!(2026 - 11 - 23))
        }
    }

    #[test]
    fn a_whole_form_is_read_as_it_was_meant() {
        let usable = Usable::of(&whole(), false, datetime!(2026-11-23 10:00 UTC)).unwrap();
        assert_eq!(
            (usable.said.as_str(), usable.correct.as_str()),
            ("Permits.\nAlways.", "Prohibits.")
        );
        assert_eq!(usable.wrong_since, Some(date!(2026 - 10 - 01)));
        assert_eq!(usable.review, None);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let faults = |draft: &Draft| {
            let errors = Usable::of(draft, false, datetime!(2026-11-23 10:00 UTC)).unwrap_err();
            errors.iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        let empty = Draft::default();
        assert_eq!(
            faults(&empty),
            ["title", "said", "correct", "corrected_on", "reported_by", "title"]
        );
        let mut odd = whole();
        odd.record = "CA-P-999999".to_owned();
        odd.wrong_since = "yesterday".to_owned();
        odd.corrected_on = "2026-11-24".to_owned();
        odd.correct = "x".repeat(4_001);
        assert_eq!(faults(&odd), ["record", "correct", "wrong_since", "corrected_on"]);
        let mut late = whole();
        late.wrong_since = "2026-11-22".to_owned();
        late.corrected_on = "2026-11-21".to_owned();
        assert_eq!(faults(&late), ["wrong_since"]);
    }
}
