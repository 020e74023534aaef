//! How a change stands in the public record, in words, and when its page last changed.
//!
//! Invariant: a change that no second capture has borne out says so; a correction moves the date of the page.

use atlas_db::confirmation::WithdrawalReason;
use atlas_db::view::{
    change::{ChangeRecord, ChangeStanding},
    correction::CorrectionMention,
};
use time::OffsetDateTime;

use super::words;

/// When what the page says last changed.
pub(super) fn modified(record: &ChangeRecord) -> OffsetDateTime {
    let stands = match record.standing {
        ChangeStanding::Withdrawn { captured_at, .. } => captured_at.max(record.published_at),
        _ => record.published_at,
    };
    CorrectionMention::latest(&record.corrections).map_or(stands, |at| at.max(stands))
}

/// How the change stands, as data says it.
pub(super) const fn standing_word(standing: ChangeStanding) -> &'static str {
    match standing {
        ChangeStanding::Published => "published",
        ChangeStanding::Confirmed { .. } => "confirmed",
        ChangeStanding::Provisional { .. } => "provisional",
        ChangeStanding::Withdrawn { .. } => "withdrawn",
    }
}

/// How a change stands where captures were counted.
pub(super) fn state_words(standing: ChangeStanding) -> Option<(&'static str, String)> {
    match standing {
        ChangeStanding::Published => None,
        ChangeStanding::Confirmed { captured_at } => {
            Some(("Confirmed", format!("two captures agree, {}", words::day(captured_at))))
        }
        ChangeStanding::Provisional { .. } => Some(("Provisional", "seen once".to_owned())),
        ChangeStanding::Withdrawn { .. } => Some(("Withdrawn", "not seen again".to_owned())),
    }
}

/// What a reader has to know of a change that no second capture has borne out.
pub(super) fn standing(record: &ChangeRecord) -> Option<(&'static str, String)> {
    match record.standing {
        ChangeStanding::Published | ChangeStanding::Confirmed { .. } => None,
        ChangeStanding::Provisional { confirm_at, .. } => Some((
            "Provisional: seen once.",
            format!(
                "A change of this weight is published, and told to those who watch, when a second capture agrees, \
                 from {} on.",
                words::moment(confirm_at)
            ),
        )),
        ChangeStanding::Withdrawn { reason, captured_at } => Some((
            "Withdrawn: no second capture agreed.",
            format!(
                "{} on {}. Nobody was told of this change.",
                match reason {
                    WithdrawalReason::Reverted => "The earlier text was seen again",
                    WithdrawalReason::Superseded => "Another text was seen in its place",
                },
                words::moment(captured_at)
            ),
        )),
    }
}
