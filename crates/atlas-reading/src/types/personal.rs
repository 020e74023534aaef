//! Sale of personal data, age, decisions by machine. Invariant: what the user may not resell or
//! decide is not read as what the provider does.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

pub(crate) static DATA_SALE: TypeRules = TypeRules {
    slug: "data-sale",
    stems: &["sell", "sold", "sale"],
    veto: r"\byou (?:may|must|shall|will|agree)(?: not)?\b{..30}\b(?:re)?sell|\bmeans\b|\bsale of (?:our|all|substantially|the|some|company)|\bsales (?:team|tax|person|representative)|\bfor sale\b|\bmerger|\b(?:does|will|would) not constitute\b|\bconsidered a\b|\bcategories of\b|\bdisclose to you\b|\bfor collecting or\b|\bif we (?:sell|sold|disclosed)\b|\bstop selling\b|\bright to direct\b|\bassets\b|\bcustomer has not\b|\bactual knowledge\b|\bthe service providers we partner",
    gap_veto: "",
    rules: &[
        Rule::opt_out(
            "sale-opt-out",
            r"\bopt[- ]?out\b{..40}\b(?:sale|selling)\b{..40}\b(?:data|information)\b",
        ),
        Rule::polar(
            "data-sold",
            r"\b(?:{we}|not|never|may|will)\b{..60}\b(?:sell|sells|sold|selling|rent)\b{..60}\b(?:data|information|details)\b|\b(?:data|information|details)\b{..50}\b(?:is|are|be|been)\b{..15}\bsold\b",
        ),
    ],
    judge: sale_stance,
};

fn sale_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::OptOut => Stance::PermitsOptOut,
        Position::Denied if passage.any(&[Cue::OptIn, Cue::Exception]) => Stance::Conditional,
        Position::Denied => Stance::Prohibits,
        Position::Affirmed if passage.has(Cue::OptOut) => Stance::PermitsOptOut,
        Position::Affirmed if passage.has(Cue::OptIn) => Stance::Conditional,
        Position::Affirmed => Stance::Permits,
        Position::Conditional => Stance::Conditional,
    })
}

pub(crate) static CHILDREN_AGE: TypeRules = TypeRules {
    slug: "children-age",
    stems: &["age", "under 1", "under the", "years old", "children", "minor", "18 or", "13 or", "parent", "older"],
    veto: r"\bcivil penalt|\bsexual|\bexploit|\bharm\b|\bage of (?:the )?data\b|\bretained\b",
    gap_veto: "",
    rules: &[
        Rule::conditional("parent-agrees", r"\b(?:under|below|younger|minors?|children|between)\b{..80}\b(?:only )?(?:with|need|must have|obtain|have)\b{..40}\b(?:parent|guardian)\w*\b{..40}\b(?:permission|consent|supervision|approval|agree)|\b(?:parent|guardian)(?:'s|al)?\b{..20}\b(?:permission|consent)\b{..40}\b(?:to use|if you are)\b")
            .also(r"\b(?:use|access|users?|children|service|app|account|you)\b"),
        Rule::denies("minimum-age", r"\b(?:must|have to|required to|need to|represent|warrant|are|confirm|only (?:for|available|people|persons|individuals))\b{..60}\b(?:at least|over|older than|above)?\b{..20}\b(?:1[3-9]|21|thirteen|sixteen|eighteen)\b(?: ?\(\d+\))?{..12}\b(?:years|or older|or over|and over|years of age|and older)\b"),
        Rule::denies("not-for-children", r"\b(?:not|never)\b{..40}\b(?:intended|directed|designed|aimed|available|offered|permitted|allowed|target\w*|marketed)\b{..40}\b(?:children|minors|individuals|persons|anyone|people|users|under)\b{..40}\b(?:under|below|younger)?\b{..20}\b(?:1[3-9]|thirteen|sixteen|eighteen)?\b"),
        Rule::denies("no-data-from-children", r"\b(?:do not|don't|does not|never)\b{..20}\bknowingly\b{..20}\b(?:collect|solicit|gather|process)\b{..80}\b(?:children|minors|under|anyone|persons?)\b"),
    ],
    judge: age_stance,
};

fn age_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::Denied => Stance::Prohibits,
        Position::Conditional | Position::Affirmed | Position::OptOut => Stance::Conditional,
    })
}

pub(crate) static AUTOMATED_DECISIONS: TypeRules = TypeRules {
    slug: "automated-decisions",
    stems: &["automated", "profiling", "human being involved"],
    veto: r"\byou (?:may|must|shall|will|agree)(?: not)?\b{..20}\b(?:use|make)\b|\bmeans\b|\bright (?:not )?to\b|\bright (?:of|in relation)\b|\bsensitive domains\b",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "solely-automated",
            r"\b(?:make|use|engage in|carry out|take|perform|conduct|subject)\w*\b{..60}\b(?:solely|fully|purely|exclusively|based on)?\b{..20}\bautomated\b{..20}\b(?:decision|processing|means|profiling)",
        ),
        Rule::opt_out(
            "review-on-request",
            r"\b(?:ask|request)\b{..30}\bhuman\b{..30}\breview\b{..30}\bautomated decision",
        ),
    ],
    judge: decision_stance,
};

fn decision_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::OptOut => Some(Stance::PermitsOptOut),
        Position::Denied if passage.any(&[Cue::Exception, Cue::OptIn]) => None,
        Position::Denied => Some(Stance::Prohibits),
        Position::Affirmed if passage.any(&[Cue::OptOut]) => Some(Stance::PermitsOptOut),
        Position::Affirmed if passage.any(&[Cue::OptIn, Cue::Legal]) => None,
        Position::Affirmed => Some(Stance::Permits),
        Position::Conditional => None,
    }
}
