//! What is known of the difference between two texts.

use serde::{Deserialize, Serialize};

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
    /// The passages, in the order of the new text.
    pub hunks: Vec<Hunk>,
    /// Why it was ranked so.
    pub signals: Vec<Signal>,
}
