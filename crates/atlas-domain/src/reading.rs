//! What a document says on a question, in closed words.

use serde::{Deserialize, Serialize};

use crate::text_enum::text_enum;

text_enum! {
    /// The position a document takes on the proposition of a provision type.
    Stance, "stance", {
        /// The provider (or the user, where the type says so) may not.
        Prohibits = "prohibits",
        /// The provider promises.
        Commits = "commits",
        /// The provider promises, with carve-outs.
        CommitsQualified = "commits_qualified",
        /// Only after the user agrees.
        PermitsOptIn = "permits_opt_in",
        /// Unless the user objects.
        PermitsOptOut = "permits_opt_out",
        /// Without a choice.
        Permits = "permits",
        /// Somebody has to.
        Requires = "requires",
        /// The provider declines responsibility.
        Disclaims = "disclaims",
        /// It depends on plan, region or a condition.
        Conditional = "conditional",
        /// The words allow two readings.
        Ambiguous = "ambiguous",
        /// Two passages disagree.
        Conflicting = "conflicting",
        /// Nothing was found.
        Silent = "silent",
    }
}

text_enum! {
    /// The family that gives a stance its colour.
    StanceFamily, "stance family", {
        /// Promises and prohibitions on the provider.
        Promise = "promise",
        /// Permissions.
        Permit = "permit",
        /// Duties.
        Duty = "duty",
        /// Unclear.
        Unclear = "unclear",
        /// Silence.
        None = "none",
    }
}

impl Stance {
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Prohibits => "Prohibits",
            Self::Commits => "Commits",
            Self::CommitsQualified => "Commits, with limits",
            Self::PermitsOptIn => "Permits, opt-in",
            Self::PermitsOptOut => "Permits, opt-out",
            Self::Permits => "Permits, no choice",
            Self::Requires => "Requires",
            Self::Disclaims => "Disclaims",
            Self::Conditional => "Conditional",
            Self::Ambiguous => "Ambiguous",
            Self::Conflicting => "Conflicting",
            Self::Silent => "Silent",
        }
    }
    /// The family that gives the stance its colour.
    pub const fn family(self) -> StanceFamily {
        match self {
            Self::Prohibits | Self::Commits | Self::CommitsQualified => StanceFamily::Promise,
            Self::PermitsOptIn | Self::PermitsOptOut | Self::Permits => StanceFamily::Permit,
            Self::Requires | Self::Disclaims => StanceFamily::Duty,
            Self::Conditional | Self::Ambiguous | Self::Conflicting => StanceFamily::Unclear,
            Self::Silent => StanceFamily::None,
        }
    }
}

text_enum! {
    /// How much is at stake for the person who relies on the text, in rising order.
    Severity, "severity", {
        /// Customary, or protective and clear.
        Low = "low",
        /// A choice, a cap or a carve-out exists.
        Medium = "medium",
        /// Rights are lost or data used irreversibly without a workable choice.
        High = "high",
    }
}

impl Severity {
    /// The word as pages show it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

text_enum! {
    /// How surely the words say it.
    Confidence, "confidence", {
        /// The words say it.
        Explicit = "explicit",
        /// The words imply it.
        Inferred = "inferred",
        /// The words can be read another way.
        Unclear = "unclear",
    }
}

impl Confidence {
    /// The word as pages show it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Explicit => "Explicit",
            Self::Inferred => "Inferred",
            Self::Unclear => "Unclear",
        }
    }
}

text_enum! {
    /// On what a finding rests.
    Basis, "basis", {
        /// The quoted words themselves.
        Explicit = "explicit",
        /// An interpretation of the quoted words.
        Interpretation = "interpretation",
    }
}

text_enum! {
    /// Who acts in the quoted words.
    Actor, "actor", {
        /// The provider.
        Vendor = "vendor",
        /// The user or customer.
        Customer = "customer",
        /// Somebody else.
        ThirdParty = "third_party",
    }
}

/// One passage that speaks on one provision type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Slug of the provision type.
    #[serde(rename = "type")]
    pub provision_type: String,
    /// The position the passage takes.
    pub stance: Stance,
    /// What is at stake, by the rubric.
    pub severity: Severity,
    /// How surely.
    pub confidence: Confidence,
    /// First byte of the quotation in the text.
    pub start: usize,
    /// One past the last byte of the quotation.
    pub end: usize,
    /// The quotation: exactly the text between `start` and `end`.
    pub quote: String,
    /// On what it rests.
    pub basis: Basis,
    /// Who acts.
    pub actor: Actor,
    /// The plan, region or product that the passage limits itself to, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The detector's own measure of certainty, 0 to 1.
    pub score: f64,
    /// Codes of the rules that fired, for the curator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}
