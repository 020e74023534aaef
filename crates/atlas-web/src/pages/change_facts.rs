//! What a change says of itself beside its words: from when, with what notice, whom it names, whether it reaches back.
//!
//! Invariant: only what the record holds is said; what is not known is left out, never guessed.

use atlas_domain::{AffectedGroup, GroupKind, notice_days};
use time::{Date, OffsetDateTime, UtcOffset};

use super::words;

/// The facts of one change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// The day from which the new text says it holds.
    pub effective_date: Option<Date>,
    /// Days of notice, where the change states that day.
    pub notice_days: Option<i32>,
    /// The groups that changed passages name.
    pub affected: &'a [AffectedGroup],
    /// Whether it says that it holds for what was before it.
    pub retroactive: Option<bool>,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
}

/// Stated day of effect and the notice that follows from it.
pub(super) struct Notice {
    pub day: String,
    pub note: String,
}

impl Facts<'_> {
    /// Days of notice. A record without them that names a day to come tells them all the same; a day that had passed
    /// and that the change does not state says nothing of the change.
    pub(super) fn notice_days(&self) -> Option<i32> {
        let detected = self.detected_at.to_offset(UtcOffset::UTC).date();
        let to_come = self.effective_date.filter(|day| *day >= detected);
        self.notice_days
            .or_else(|| to_come.map(|day| notice_days(detected, day)))
    }

    /// The stated day and its notice, in words.
    pub(super) fn notice(&self) -> Notice {
        let Some(date) = self.effective_date else {
            return Notice {
                day: "Not stated".to_owned(),
                note: "the new text names no day".to_owned(),
            };
        };
        let days = |count: i32| words::counted(count, "day", "days");
        Notice {
            day: words::date(date),
            note: match self.notice_days() {
                None => "a day that had passed, and that this change did not touch".to_owned(),
                Some(1..) => format!("{} of notice", days(self.notice_days().unwrap_or_default())),
                Some(0) => "the day it was detected: no notice".to_owned(),
                Some(late) => format!("{} before it was detected: no notice", days(late.saturating_neg())),
            },
        }
    }

    /// The groups that changed passages name, kind by kind: `plan Enterprise; region California`.
    pub(super) fn named(&self) -> Option<String> {
        let part = |kind: GroupKind| {
            let groups = self.affected.iter().filter(|group| group.kind == kind);
            let names: Vec<&str> = groups.map(|group| group.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{} {}", word(kind, names.len()), names.join(", ")))
        };
        let parts: Vec<String> = [GroupKind::Plan, GroupKind::Region, GroupKind::Role, GroupKind::Age]
            .into_iter()
            .filter_map(part)
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Whether it reaches back, where the new text says so.
    pub(super) fn reach(&self) -> Option<&'static str> {
        self.retroactive.map(|back| {
            if back {
                "Also holds for what was before it"
            } else {
                "Does not hold for what was before it"
            }
        })
    }

    /// What is known, as sentences; empty if nothing is.
    pub(super) fn sentences(&self) -> String {
        let mut said = Vec::new();
        if let (Some(date), Some(_)) = (self.effective_date, self.notice_days()) {
            said.push(format!("In effect {}: {}.", words::date(date), self.notice().note));
        }
        said.extend(self.reach().map(|reach| format!("{reach}, as the new text says.")));
        said.extend(self.named().map(|named| format!("Changed passages name: {named}.")));
        said.join(" ")
    }
}

const fn word(kind: GroupKind, count: usize) -> &'static str {
    match (kind, count) {
        (GroupKind::Plan, 1) => "plan",
        (GroupKind::Plan, _) => "plans",
        (GroupKind::Region, 1) => "region",
        (GroupKind::Region, _) => "regions",
        (GroupKind::Role, 1) => "role",
        (GroupKind::Role, _) => "roles",
        (GroupKind::Age, 1) => "age",
        (GroupKind::Age, _) => "ages",
    }
}

#[cfg(test)]
mod tests {
    use atlas_domain::{AffectedGroup, GroupKind};
    use time::macros::{date, datetime};

    use super::Facts;

    const BARE: Facts<'_> = Facts {
        effective_date: None,
        notice_days: None,
        affected: &[],
        retroactive: None,
        detected_at: datetime!(2026-02-01 08:00 UTC),
    };

    #[test]
    fn notice_is_told_only_where_the_change_states_a_day() {
        assert_eq!(BARE.notice().day, "Not stated");
        for (day, stored, note) in [
            (date!(2026 - 03 - 01), Some(28), "28 days of notice"),
            (date!(2026 - 02 - 02), None, "1 day of notice"),
            (date!(2026 - 02 - 01), Some(0), "the day it was detected: no notice"),
            (
                date!(2026 - 01 - 30),
                Some(-2),
                "2 days before it was detected: no notice",
            ),
            (
                date!(2020 - 01 - 01),
                None,
                "a day that had passed, and that this change did not touch",
            ),
        ] {
            let facts = Facts {
                effective_date: Some(day),
                notice_days: stored,
                ..BARE
            };
            assert_eq!(facts.notice().note, note);
        }
    }

    #[test]
    fn groups_and_reach_are_told_by_kind_and_left_out_where_unknown() {
        assert_eq!(
            (BARE.named(), BARE.reach(), BARE.sentences()),
            (None, None, String::new())
        );
        let group = |kind, name: &str| AffectedGroup {
            kind,
            name: name.to_owned(),
            hunks: vec![0],
        };
        let affected = [
            group(GroupKind::Region, "California"),
            group(GroupKind::Plan, "Enterprise"),
            group(GroupKind::Region, "Brazil"),
        ];
        let facts = Facts {
            affected: &affected,
            retroactive: Some(false),
            ..BARE
        };
        assert_eq!(
            facts.sentences(),
            "Does not hold for what was before it, as the new text says. Changed passages name: plan Enterprise; \
             regions California, Brazil."
        );
    }
}
