//! Renewal. Invariant: only a renewal of the user's subscription counts.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

pub(crate) static AUTO_RENEWAL: TypeRules = TypeRules {
    slug: "auto-renewal",
    stems: &["renew"],
    veto: r"\bdomain name|\bpassport|\brenewable",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "renews-by-itself",
            r"\b(?:automatic(?:ally)?|auto-?)\b{..30}\brenew\w*|\brenew\w*\b{..20}\bautomatic(?:ally)?\b",
        ),
        Rule::conditional("renews-on-request", r"\brenew\w* only (?:if|after|when)\b"),
    ],
    judge: renewal_stance,
};

fn renewal_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::Denied => Stance::Prohibits,
        Position::Conditional => Stance::Conditional,
        // "Unless you cancel" is what every renewal says; a reminder is what makes it easy.
        Position::Affirmed if passage.has(Cue::Notice) => Stance::Conditional,
        Position::Affirmed | Position::OptOut => Stance::Permits,
    })
}
