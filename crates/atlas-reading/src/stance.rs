//! From what a passage says and how it is qualified to a published stance and its severity. Invariant: a stance
//! that the taxonomy does not allow for the type is never given; the passage is dropped instead.

use atlas_domain::{Favours, ProvisionType, Severity, Stance};

use crate::cues::{Cue, Cues};

/// The position on the proposition of a type, before it becomes a stance of that type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// The proposition holds.
    Affirmed,
    /// The proposition does not hold.
    Denied,
    /// It holds unless somebody declines.
    OptOut,
    /// It holds under a condition that the rule itself found.
    Conditional,
}

/// What is known of a passage when its stance is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judgement {
    pub(crate) position: Position,
    pub(crate) cues: Cues,
    /// The longest period named, in days.
    pub(crate) days: Option<u32>,
}

impl Judgement {
    pub(crate) fn has(&self, cue: Cue) -> bool {
        self.cues.has(cue)
    }
    pub(crate) fn any(&self, cues: &[Cue]) -> bool {
        self.cues.any(cues)
    }
    /// Whether the passage limits itself to a plan, a product or a place.
    pub(crate) fn scoped(&self) -> bool {
        self.any(&[Cue::Plan, Cue::Region])
    }
}

/// How a type turns a judgement into a stance; `None` is silence.
pub(crate) type Judge = fn(&Judgement) -> Option<Stance>;

/// The severity of a stance by the rubric, one step up for sweeping words that favour the provider, one step down
/// for a carve-out that keeps a court open.
pub(crate) fn severity(kind: &ProvisionType, stance: Stance, cues: Cues) -> Option<Severity> {
    let rule = kind.stances.get(&stance)?;
    let step = if rule.favours != Favours::Provider {
        0
    } else if cues.has(Cue::SmallClaims) {
        -1
    } else {
        // "At any time" widens a permission; in "opt out at any time" it widens the choice.
        i8::from(stance == Stance::Permits && cues.has(Cue::Sweeping))
    };
    Some(match (rule.severity, step) {
        (Severity::Low, 1) | (Severity::High, -1) => Severity::Medium,
        (Severity::Medium, 1) => Severity::High,
        (Severity::Medium, -1) => Severity::Low,
        (severity, _) => severity,
    })
}
