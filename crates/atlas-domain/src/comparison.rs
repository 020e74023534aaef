//! What is known of the difference between two texts.

use serde::{Deserialize, Serialize};
use time::Date;

use crate::text_enum::text_enum;

text_enum! {
    /// How much a change matters to somebody who relies on the text, in rising order.
    Materiality, "materiality", {
        /// Nothing a reader could rely on changed.
        Cosmetic = "cosmetic",
        /// Words changed, their meaning did not.
        Editorial = "editorial",
        /// A small change of meaning.
        Minor = "minor",
        /// A right, a duty or a practice changed.
        Material = "material",
        /// A right was lost or a practice reversed, widely and at once.
        Critical = "critical",
    }
}

impl Materiality {
    /// The word as pages show it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cosmetic => "Cosmetic",
            Self::Editorial => "Editorial",
            Self::Minor => "Minor",
            Self::Material => "Material",
            Self::Critical => "Critical",
        }
    }
}

text_enum! {
    /// Whom a change favours.
    Direction, "direction", {
        /// Better for the user.
        Better = "better",
        /// Worse for the user.
        Worse = "worse",
        /// Better in one place, worse in another.
        Mixed = "mixed",
        /// Neither.
        Neutral = "neutral",
    }
}

impl Direction {
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Better => "Better for users",
            Self::Worse => "Worse for users",
            Self::Mixed => "Mixed",
            Self::Neutral => "Neutral",
        }
    }
}

text_enum! {
    /// The twelve kinds of change.
    ChangeLabel, "change label", {
        /// The provider may do something it could not.
        PermissionAdded = "permission-added",
        /// The provider may do more of something.
        PermissionWidened = "permission-widened",
        /// A promise or a limit was added.
        ProtectionAdded = "protection-added",
        /// A promise became weaker.
        ProtectionWeakened = "protection-weakened",
        /// A promise is gone.
        ProtectionRemoved = "protection-removed",
        /// The user gained a choice.
        ChoiceAdded = "choice-added",
        /// The user lost a choice.
        ChoiceRemoved = "choice-removed",
        /// Something that was disclosed no longer is.
        TransparencyRemoved = "transparency-removed",
        /// Other plans, regions or people are covered.
        ScopeShift = "scope-shift",
        /// Another party, law or venue.
        PartyOrLawChange = "party-or-law-change",
        /// A period, cap or price.
        NumberChange = "number-change",
        /// Wording only.
        Editorial = "editorial",
    }
}

impl ChangeLabel {
    /// The words as pages show them.
    pub fn label(self) -> String {
        let words = self.as_str().replace('-', " ");
        let mut letters = words.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

text_enum! {
    /// What happened to one passage.
    HunkKind, "hunk kind", {
        /// New words.
        Added = "added",
        /// Words that are gone.
        Removed = "removed",
        /// Words replaced by others.
        Modified = "modified",
        /// The same words in another place.
        Moved = "moved",
        /// A difference that no reader could rely on.
        Ignored = "ignored",
    }
}

text_enum! {
    /// Why no reader could rely on a difference.
    IgnoredReason, "reason to ignore", {
        /// The day of the last update.
        UpdateNotice = "update-notice",
        /// The number of a heading, an item or a footnote.
        Numbering = "numbering",
        /// Case, quotes, dashes, punctuation, white space, the spelling of a number.
        Typography = "typography",
        /// The same words, cut into sentences or paragraphs in another way.
        Regrouped = "regrouped",
        /// An item at another depth, a paragraph that became an item.
        Structure = "structure",
        /// A link to the same document under another address.
        LinkAddress = "link-address",
        /// The furniture of a page: navigation, banners, buttons.
        Furniture = "furniture",
    }
}

impl IgnoredReason {
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::UpdateNotice => "Date of the last update",
            Self::Numbering => "Numbering",
            Self::Typography => "Typography",
            Self::Regrouped => "Same words, divided differently",
            Self::Structure => "Layout of a list or paragraph",
            Self::LinkAddress => "Address of a link",
            Self::Furniture => "Page furniture",
        }
    }
}

text_enum! {
    /// What sets a group of readers apart.
    GroupKind, "kind of group", {
        /// A plan or tier of the service.
        Plan = "plan",
        /// A country or region.
        Region = "region",
        /// What somebody is to the service: developer, seller, creator, advertiser.
        Role = "role",
        /// An age: minors, teenagers.
        Age = "age",
    }
}

/// A group that a changed passage names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedGroup {
    /// What sets it apart.
    pub kind: GroupKind,
    /// Its name as a page shows it, for example `European Union`.
    pub name: String,
    /// Indices of the hunks that name it, in order.
    pub hunks: Vec<usize>,
}

/// One side of a hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HunkSide {
    /// The sentence, or sentences, as they stand in that version.
    pub text: String,
    /// First byte in that version's text.
    pub start: usize,
    /// One past the last byte in that version's text.
    pub end: usize,
    /// The heading that governs the passage; empty if none does.
    pub heading: String,
}

/// One passage that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// What happened.
    pub kind: HunkKind,
    /// The earlier words.
    pub old: Option<HunkSide>,
    /// The later words.
    pub new: Option<HunkSide>,
    /// Why it is ignored; `None` for every other kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<IgnoredReason>,
}

/// A reason for the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The rule that fired, for example `modality`.
    pub name: String,
    /// Its share of the score.
    pub weight: f64,
    /// The words on which it fired.
    pub evidence: String,
    /// Index of the hunk on which it fired; `None` where it speaks of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hunk: Option<usize>,
}

/// The judged difference between two texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// Kinds of change found.
    pub labels: Vec<ChangeLabel>,
    /// The day from which the new text says it holds, as ISO 8601 (`2026-12-01`).
    pub effective_date: Option<String>,
    /// Whether the new text says that it also holds for what was before it; `None` where it says nothing.
    #[serde(default)]
    pub retroactive: Option<bool>,
    /// The groups that changed passages name.
    #[serde(default)]
    pub affected: Vec<AffectedGroup>,
    /// The passages, in the order of the new text.
    pub hunks: Vec<Hunk>,
    /// Why it was ranked so.
    pub signals: Vec<Signal>,
    /// The version of the rules by which it was judged.
    #[serde(default)]
    pub rule_version: i32,
}

/// The notice that a text gives: days from the day on which it was seen to the day from which it says it holds.
/// Negative where it was seen after it began to hold.
pub fn notice_days(seen: Date, effective: Date) -> i32 {
    // Two days of one calendar are fewer than 2^31 days apart.
    i32::try_from((effective - seen).whole_days()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::notice_days;

    #[test]
    fn notice_is_counted_from_the_day_a_text_was_seen() {
        assert_eq!(notice_days(date!(2026 - 11 - 01), date!(2026 - 12 - 01)), 30);
        assert_eq!(notice_days(date!(2026 - 12 - 01), date!(2026 - 12 - 01)), 0);
        assert_eq!(notice_days(date!(2026 - 12 - 05), date!(2026 - 12 - 01)), -4);
    }
}
