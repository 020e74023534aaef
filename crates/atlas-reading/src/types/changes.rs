//! Changes to terms and the end of accounts. Invariant: a change of the *service* or of the *price* is not a change
//! of the terms, and what the user may end is not what the provider may end.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

/// Notice that a reader can act upon; the usual month.
const AMPLE_NOTICE_DAYS: u32 = 28;

pub(crate) static UNILATERAL_CHANGES: TypeRules = TypeRules {
    slug: "unilateral-changes",
    stems: &["chang", "modif", "amend", "updat", "revis", "alter"],
    veto: r"\bchange of control\b|\blast updated on\b{..20}$|\byou (?:can|may) (?:change|update|modify|edit)\b|\bunsubscribe\b|\bsubprocessor|\bsub-processor|\bsecurity updates?\b|\bthird[- ]part(?:y|ies)\b{..40}\b(?:may|can) (?:change|update|modify)|\bpric(?:e|es|ing)\b|\bfees\b|\bsection titled\b|\bfirmware\b|\bgoverning law\b|\bfee\b|\bmodified by [a-z]+ from|\barbitration\b|\bchange of ownership\b|\bmerger\b|\bcookies\b{..60}\bmodify\b",
    gap_veto: r"\b(?:services?|features?|products?|functionality|software|website|site|account|settings|outputs?|models?|access|information we hold|password|content)\b",
    rules: &[
        Rule::denies("not-without-agreement", r"\b(?:not|cannot|never|no)\b{..40}\b(?:change|modify|amend|alter)\b{..30}\b{doc}\b{..30}\bwithout (?:your|customer's|the other party's|mutual|first obtaining) (?:prior |express |written )*(?:agreement|consent|approval)|\b{doc}\b{..40}\b(?:cannot|may not|may only|can only)\b{..12}\b(?:be )?(?:changed|modified|amended|varied)\b{..60}\b(?:unilaterally|writing|written|signed|both parties|mutual)\b"),
        Rule::conditional(
            "notice-of-changes",
            r"\b(?:if|when(?:ever)?|where|in the event(?: that)?|should)\b (?:we|{we}|there (?:are|is)|any|the|such)\b{..50}\b(?:chang\w*|modif\w+|updat\w+|amend\w*|revis\w+)\b{..160}\b(?:notify|notice|notified|inform|let you know|e-?mail|alert|announce)\b",
        )
        .also(r"\b{doc}\b|\bmaterial\b|\bsignificant\b|\bsubstantial\b|\bchanges\b")
        .under(r"chang|modif|amend|updat|revis|terms|polic|agreement|notice|general|miscellan|contract|legal|about|intro|^$"),
        Rule::conditional(
            "notice-of-changes",
            r"\b(?:notify|notice|notified|inform|let you know|e-?mail(?:ing)? you)\b{..60}\b(?:of|about|before|prior to|regarding|if|when)\b{..40}\b(?:chang\w+|modif\w+|updat\w+|amend\w+|revis\w+)\b{..60}\b{doc}\b",
        ),
        Rule::conditional("notice-of-changes", r"\b(?:give|provide|send)\b{..30}\bnotice\b{..20}\b(?:of|before|prior to|about)\b{..30}\b(?:chang\w+|modif\w+|updat\w+|amend\w+)\b")
            .also(r"\b(?:material|significant|{doc})\b"),
        Rule::polar(
            "provider-may-change-terms",
            r"\b(?:may|can|might|reserves? the right|entitled|from time to time|will|could|right|need|need to|periodically|occasionally|at any time|we|discretion)\b{..60}\b(?:change|changes|modify|amend|update|updates|revise|alter|vary|modifying|changing|updating|amending)\b(?P<gap>{..60})\b{doc}\b",
        )
        .also(r"\b(?:{we}|reserve[sd]?)\b"),
        Rule::polar(
            "terms-may-be-changed",
            r"\b{doc}\b(?P<gap>{..50})\b(?:may|can|are subject to|is subject to|will|might|cannot)\b{..30}\b(?:be |being )?(?:changed?s?|modified|modifications?|amended|updated|revised|varied)\b",
        ),
        Rule::polar("provider-may-change-terms", r"\b(?:we|{we})\b{..30}\b(?:may|can|reserve|might)\b{..40}\b(?:change|modify|amend|update|revise)\b{..12}\b(?:it|them|this)\b")
            .under(r"chang|modif|amend|updat|revis"),
        Rule::affirms(
            "use-is-agreement",
            r"\b(?:continu\w+|keep|by)\b{..20}\b(?:to )?(?:us\w+|access\w+)\b{..80}\b(?:chang\w+|updat\w+|revis\w+|modif\w+|amend\w+|posted|effective|revised)\b{..100}\b(?:accept\w*|agree\w*|constitut\w+|consent|bound|acknowledg\w+)\b",
        )
        .implied(),
    ],
    judge: change_stance,
};

fn change_stance(passage: &Judgement) -> Option<Stance> {
    let ample = passage.days.is_some_and(|days| days >= AMPLE_NOTICE_DAYS);
    Some(match passage.position {
        Position::Denied => Stance::Commits,
        Position::Conditional | Position::Affirmed if passage.has(Cue::NoNotice) => Stance::Permits,
        Position::Conditional | Position::Affirmed if passage.has(Cue::Notice) && ample => Stance::Commits,
        // Words put on a page are no notice in advance.
        Position::Conditional | Position::Affirmed if passage.has(Cue::Notice) => Stance::Conditional,
        Position::Conditional if passage.has(Cue::Posting) => Stance::Permits,
        Position::Conditional | Position::OptOut => Stance::Conditional,
        Position::Affirmed => Stance::Permits,
    })
}

pub(crate) static ACCOUNT_TERMINATION: TypeRules = TypeRules {
    slug: "account-termination",
    stems: &["terminat", "suspend", "clos", "disabl", "deactivat"],
    veto: r"\b(?:upon|after|following|effect of|on|survive|date of|prior to|event of) (?:any |the |such )?(?:terminat|expir)|\byou (?:may|can)\b{..30}\b(?:terminat|clos|delet|cancel|suspend)|\beither party\b|\bsubprocessor|\bsurviv|\bcustomer may terminate\b|\bsubscription\b|\blitigation\b|\bemploy|\binfring|\bend user account",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "provider-may-end-account",
            r"\b(?:we|{we})\b{..40}\b(?:may|can|reserves? the right|will|entitled|retains? the right)\b{..60}\b(?:terminat\w+|suspend\w*|clos(?:e|ing)|disabl\w+|deactivat\w+)\b{..60}\b(?:account|accounts|access|agreement|use of|these terms|services?|you)\b",
        ),
        Rule::polar(
            "account-may-be-ended",
            r"\b(?:account|access)\b{..20}\b(?:may|can|will) be (?:immediately |permanently )?(?:terminated|suspended|closed|disabled|deactivated)\b",
        ),
    ],
    judge: termination_stance,
};

fn termination_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::Denied => Stance::Commits,
        Position::Affirmed if passage.any(&[Cue::NoNotice, Cue::Sweeping]) => Stance::Permits,
        Position::Affirmed if passage.any(&[Cue::Limited, Cue::Notice, Cue::Exception, Cue::Bound]) => {
            Stance::Conditional
        }
        Position::Affirmed => Stance::Permits,
        Position::Conditional | Position::OptOut => Stance::Conditional,
    })
}
