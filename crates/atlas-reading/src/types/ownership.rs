//! Rights in content and outputs. Invariant: a licence that the provider gives to the user is never read as one
//! that it takes.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

pub(crate) static OUTPUT_OWNERSHIP: TypeRules = TypeRules {
    slug: "output-ownership",
    stems: &["own", "assign"],
    veto: r"\bat your own\b|\bon your own\b|\bour own\b|\byou (?:represent|warrant|must|confirm)\b|\bdownload|\bwe own the (?:website|site|service)|\bresponsib|\bbest-known",
    gap_veto: "",
    rules: &[
        Rule::denies(
            "user-owns-output",
            r"\b(?:you|customer|users?)\b{..40}\b(?:owns?|retains? (?:all )?(?:ownership|rights?))\b{..60}\b(?:outputs?|generat\w+|what you create|assets|creations|completions|results)\b|\b(?:outputs?|generated content)\b{..60}\b(?:belongs? to|owned by) (?:you|customer|the customer|the user)\b",
        ),
        Rule::denies(
            "output-assigned",
            r"\bassign\w*\b{..30}\b(?:to you|you|customer)\b{..60}\b(?:outputs?|generat\w+)\b|\bassign\w*\b{..80}\b(?:outputs?)\b{..20}\bto (?:you|customer)\b",
        ),
        Rule::denies(
            "no-claim-to-output",
            r"\b(?:not|no|never)\b{..20}\bclaim\w*\b{..30}\b(?:ownership|rights)\b{..30}\b(?:outputs?|generat\w+)\b",
        ),
        Rule::polar(
            "provider-owns-output",
            r"\b(?:we|{we})\b (?:shall |will )?(?:owns?|retains? ownership of)\b{..40}\b(?:outputs?|generated|content created)\b",
        ),
    ],
    judge: output_stance,
};

fn output_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::Denied if passage.any(&[Cue::Exception, Cue::Plan]) => Stance::CommitsQualified,
        Position::Denied => Stance::Commits,
        Position::Affirmed => Stance::Permits,
        Position::Conditional | Position::OptOut => Stance::Conditional,
    })
}

pub(crate) static CONTENT_LICENCE_GRANT: TypeRules = TypeRules {
    slug: "content-licence-grant",
    stems: &["licen", "grant"],
    veto: r"\b(?:we|{we})\b,? (?:hereby )?(?:grants?|gives?) (?:you|customer|to you|each)|\bgrants? (?:to )?(?:you|customer)\b|\bfeedback\b|\bsuggestions\b|\bopen[- ]source\b|\bgranted to you\b|\bgranted by us\b|\btrademarks?\b{..30}\blicen[cs]e to use\b",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "user-grants-licence",
            r"\b(?:you|customer|users?|your use)\b{..80}\b(?:grant|grants|granting|give|gives|license|licence)\b{..25}\b(?:to )?(?:us|we|{we})\b{..120}\b(?:licen[cs]e|rights?|permission)\b",
        ),
        Rule::denies(
            "no-licence",
            r"\b(?:we|{we}) (?:take|claim|obtain|acquire) no (?:licen[cs]e|rights?)\b",
        ),
    ],
    judge: licence_stance,
};

fn licence_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::Affirmed if passage.has(Cue::Sweeping) => Some(Stance::Permits),
        Position::Affirmed if passage.has(Cue::Only) => Some(Stance::Conditional),
        Position::Affirmed => Some(Stance::Permits),
        Position::Conditional | Position::OptOut => Some(Stance::Conditional),
        Position::Denied => None,
    }
}
