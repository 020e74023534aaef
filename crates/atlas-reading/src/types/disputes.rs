//! Arbitration, class actions, governing law, liability. Invariant: how an arbitration is run, or where the word
//! "court" stands, is not by itself an agreement to arbitrate.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

pub(crate) static ARBITRATION: TypeRules = TypeRules {
    slug: "arbitration",
    stems: &["arbitrat"],
    veto: r"\barbitration (?:provision|agreement|section|clause)\b{..40}\b(?:unenforceable|invalid|severed|survive)|\bnotice of (?:dispute|arbitration)\b|\bdata privacy framework\b|\bprivacy shield\b|\bbefore (?:filing|starting|initiating|commencing|seeking)\b|\bfees?\b{..40}\barbitrat|\barbitrator\b{..30}\b(?:shall|will|may|must|has|can)\b {..30}\b(?:award|apply|decide|have|grant|determine|consolidate|be)\b|\bsection is referred to\b|\bdocuments submitted\b|\bhearings?\b|\bfuture change\b|\brejecting any\b",
    gap_veto: "",
    rules: &[
        Rule::opt_out("arbitration-opt-out", r"\b(?:opt(?:ing)?[- ]?out|reject)\b{..80}\barbitrat\w+|\barbitrat\w+\b{..60}\bopt(?:ing)?[- ]?out\b"),
        Rule::denies("no-arbitration-clause", r"\b(?:do(?:es)? not (?:contain|include|require)|not required to|no) {..30}\barbitrat"),
        Rule::conditional("arbitration-for-some", r"\barbitration (?:section|agreement|provision|clause)\b{..30}\b(?:appl(?:y|ies)|does not apply)\b{..60}\b(?:only|if|to (?:users|customers|residents)|outside|not apply)\b"),
        Rule::polar(
            "disputes-are-arbitrated",
            r"\b(?:disputes?|claims?|controvers\w+|disagreements?|matters?)\b{..320}\b(?:resolved?|settled?|determined|decided|submitted?|referred|subject|go|arbitrated|heard)\b{..60}\b(?:by|through|to|via|using|in|with)\b{..60}\barbitrat(?:ion|ors?)\b|\b(?:disputes?|claims?|matters)\b{..60}\b(?:must|will|shall) be arbitrated\b|\bdecided by an arbitrator\b",
        ),
        Rule::polar("agreement-to-arbitrate", r"\b(?:agree[sd]?|agreeing|consent|required|must|elect|obligated|require[sd]?)\b{..60}\b(?:to |use of |have )?(?:final |binding |mandatory |individual |,|and )*arbitrat(?:e|ion)\b"),
        Rule::polar("contains-arbitration", r"\b(?:contains?|includes?)\b{..60}\b(?:mandatory|binding|agreement to)?{..30}\barbitrat\w+"),
        Rule::affirms("arbitration-is-run", r"\b(?:any |the |such )?(?:disputes?|arbitration)\b{..20}\b(?:will|shall) be (?:administered|conducted|finally)\b{..60}\b(?:aaa|jams|american arbitration|nam|icc|lcia|arbitration)\b").implied(),
    ],
    judge: arbitration_stance,
};

fn arbitration_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::OptOut => Some(Stance::PermitsOptOut),
        // Nothing in the vocabulary of this type says "no arbitration"; silence is the honest finding.
        Position::Denied => None,
        Position::Affirmed if passage.has(Cue::OptOut) => Some(Stance::PermitsOptOut),
        Position::Affirmed if passage.any(&[Cue::Region]) => Some(Stance::Conditional),
        Position::Affirmed if passage.has(Cue::Exception) && passage.has(Cue::SmallClaims) => Some(Stance::Conditional),
        Position::Affirmed => Some(Stance::Requires),
        Position::Conditional => Some(Stance::Conditional),
    }
}

pub(crate) static CLASS_ACTION_WAIVER: TypeRules = TypeRules {
    slug: "class-action-waiver",
    stems: &[
        "class",
        "jury",
        "representative action",
        "representative proceeding",
        "individual basis",
        "individual capacity",
    ],
    veto: r"\bworld[- ]class\b|\bunenforceable\b{..60}\bclass\b|\bclassif|\bdoes not prevent\b",
    gap_veto: "",
    rules: &[
        Rule::opt_out("waiver-opt-out", r"\bopt(?:ing)?[- ]?out\b{..60}\bclass[- ]action"),
        Rule::conditional(
            "waiver-limited-by-law",
            r"\bclass[- ]action waiver\b{..30}\bdoes not apply\b{..40}\b(?:prohibited|law|if|where)",
        ),
        Rule::denies(
            "no-waiver",
            r"\bno class[- ]action waiver\b|\b(?:keep|retain) the right\b{..40}\bclass actions?\b",
        ),
        Rule::affirms(
            "class-action-waived",
            r"\bwaiv\w+\b{..120}\b(?:class[- ]?(?:action|arbitration|wide)?|jury|representative)\b|\bclass (?:action )?waiver\b|\b(?:class|jury|representative)\b{..60}\b(?:are|is) (?:hereby )?(?:waived|not (?:permitted|allowed))\b|\bgiving up\b{..60}\b(?:class|jury)\b",
        ),
        Rule::affirms(
            "only-as-individual",
            r"\b(?:individual basis|individual capacity|as an individual|individually)\b{..100}\b(?:not|no|rather than|and not)\b{..60}\b(?:class|consolidated|representative|collective)\b|\b(?:not|no|never|neither|nor)\b{..60}\b(?:class[- ]action|class[- ]wide|class arbitration|class member|class or representative|representative actions?|class proceedings?|jury trial|class, consolidated|purported class)\b",
        ),
    ],
    judge: waiver_stance,
};

fn waiver_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::OptOut => Some(Stance::PermitsOptOut),
        Position::Denied => None,
        Position::Affirmed if passage.has(Cue::OptOut) => Some(Stance::PermitsOptOut),
        Position::Affirmed if passage.has(Cue::Region) => Some(Stance::Conditional),
        Position::Affirmed => Some(Stance::Requires),
        Position::Conditional => Some(Stance::Conditional),
    }
}

pub(crate) static GOVERNING_LAW: TypeRules = TypeRules {
    slug: "governing-law",
    stems: &[
        "govern",
        "jurisdiction",
        "venue",
        "courts",
        "laws of",
        "law applies",
        "irish law",
        "english law",
    ],
    veto: r"\bgovernment(?:al)? (?:agency|entit|authorit)|\bdata privacy framework\b|\bexport\b|\bsupervisory\b|\bstandard contractual clauses\b|\bsccs\b|\bprivacy shield\b|\btransfer",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "law-named",
            r"\b(?:governed by|construed (?:in accordance|under)|interpreted (?:in accordance|under)|subject to)\b{..60}\blaws?\b(?: and [a-z ]+)? ?(?:of|in)\b|\bgoverned by (?:the )?(?:[a-z]+ )?(?:state )?laws?\b|\bthe laws of\b{..60}\b(?:will |shall )?(?:govern|apply|applies)\b|\b(?:french|irish|english|german|swiss|dutch|delaware|california|new york|spanish) law (?:applies|governs|will apply|shall apply)",
        ),
        Rule::polar(
            "courts-named",
            r"\b(?:exclusive|personal|sole)\b{..30}\b(?:jurisdiction|venue)\b{..60}\b(?:courts?|county|of|in)\b|\bcourts?\b{..60}\b(?:shall |will )?have (?:the )?(?:exclusive |sole |non-exclusive )?jurisdiction\b|\bbrought (?:only |exclusively )?(?:in|before) (?:the )?(?:state|federal|courts?)\b",
        ),
        Rule::conditional(
            "law-of-home",
            r"\b(?:you may bring|laws?|courts)\b{..60}\b(?:country|place|member state) (?:where|in which|of) (?:you|your)\b{..20}\b(?:live|reside|residence|habitual)",
        ),
    ],
    judge: law_stance,
};

fn law_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::Denied | Position::OptOut => None,
        Position::Conditional => Some(Stance::Conditional),
        Position::Affirmed if passage.has(Cue::Region) => Some(Stance::Conditional),
        Position::Affirmed => Some(Stance::Requires),
    }
}

pub(crate) static LIABILITY_CAP: TypeRules = TypeRules {
    slug: "liability-cap",
    stems: &["liab"],
    veto: r"\byou (?:are|will be|shall be|remain) (?:solely |fully )?(?:liable|responsible)|\bcustomer (?:is|will be|shall be) liable|\bjoint(?:ly)? and several|\bproduct liability directive\b|\bliability insurance\b|\bnothing in (?:this|these|the)\b|\b(?:does|do) not (?:exclude|limit)\b|\bunlawful for us\b",
    gap_veto: "",
    rules: &[
        Rule::conditional(
            "cap-named",
            r"\bliabilit\w+\b{..160}\b(?:exceed|limited to|greater of|capped|no more than|maximum of)\b{..140}(?:\$|usd|eur|~|\bdollars?\b|\bamounts?\b|\bfees\b|\bpaid\b)",
        ),
        Rule::affirms(
            "not-liable",
            r"\b(?:not|never|nor|no event|neither)\b{..120}\b(?:be )?(?:held )?(?:liable|liability|responsible)\b{..80}\b(?:damages?|loss(?:es)?|indirect|consequential|punitive|profits)\b|\b(?:disclaims?|excludes?)\b{..20}\b(?:all |any )?liabilit",
        ),
    ],
    judge: liability_stance,
};

fn liability_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::Conditional | Position::OptOut => Some(Stance::CommitsQualified),
        Position::Affirmed => Some(Stance::Disclaims),
        Position::Denied => None,
    }
}
