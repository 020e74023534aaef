//! Other parties in the processing chain: model providers, sub-processors, other countries. Invariant: a sentence
//! about suppliers in general is not one about model providers.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

const AMPLE_NOTICE_DAYS: u32 = 30;

pub(crate) static THIRD_PARTY_MODEL_PROVIDERS: TypeRules = TypeRules {
    slug: "third-party-model-providers",
    stems: &["model provider", "ai provider", "llm provider", "ai service", "ai vendor", "third-party ai", "third party ai", "third-party model", "third party model", "third-party llm", "ai partner", "ai sub", "model vendor", "providers of", "third-party large", "third-party generative", "third-party artificial", "model developer", "inference provider", "ai model", "third-party machine", "openai", "anthropic", "ai tools"],
    veto: r"\bcompet(?:e|es|ing|itive)\b|\byou (?:may|must|shall|will|agree)(?: not)?\b{..20}\b(?:use|train|develop|build)\b|\bcompany that (?:provides|develops)\b|\bwe are an? (?:ai|model)\b",
    gap_veto: "",
    rules: &[
        Rule::conditional(
            "provider-bound",
            r"\b(?:third[- ]party|other|external|underlying|upstream|our|these|such)\b{..30}\b(?:ai|llm|models?|language models?|inference)\b{..12}\b(?:providers?|vendors?|partners?|services|developers?|sub-?processors?)\b{..100}\b(?:not|never|prohibited|contractually|zero)\b{..60}\b(?:train\w*|retain|store|retention|use|log)\b|\b(?:not|never|neither|prohibit\w*)\b{..60}\b(?:model|ai|llm) (?:providers?|vendors?|partners?)\b{..60}\b(?:train|retain|store|use)\b|\b(?:ai|llm|models?) (?:providers?|vendors?|partners?)\b{..60}\bzero[- ](?:data )?retention\b",
        ),
        Rule::polar(
            "content-passes-to-provider",
            r"\b{data}\b{..100}\b(?:sent|shared?|transmit(?:ted)?|transfer(?:red)?|processed|passed|submitted|disclosed?|provided|routed|forwarded)\b{..60}(?:\b(?:third[- ]party|other|external|underlying|upstream)\b{..25}\b(?:ai|llm|language models?|models?|inference|artificial intelligence|machine learning)\b{..20}\b(?:providers?|vendors?|partners?|services|developers?|tools)\b|\b(?:our|these|such|the|any) (?:[a-z]+ )?(?:ai|llm|models?|inference) (?:model )?(?:providers?|vendors?|partners?|sub-?processors?)\b)|\b(?:send|share|transmit|transfer|pass|submit|disclose|provide|route|forward)s?\b{..60}\b{data}\b{..40}\b(?:to|with)\b{..40}(?:\b(?:third[- ]party|other|external|underlying|upstream)\b{..25}\b(?:ai|llm|language models?|models?|inference|artificial intelligence|machine learning)\b{..20}\b(?:providers?|vendors?|partners?|services|developers?|tools)\b|\b(?:our|these|such|the|any) (?:[a-z]+ )?(?:ai|llm|models?|inference) (?:model )?(?:providers?|vendors?|partners?|sub-?processors?)\b)",
        ),
        Rule::polar(
            "named-provider-gets-content",
            r"\b{data}\b{..100}\b(?:sent|shared?|transmit(?:ted)?|transfer(?:red)?|processed|passed|submitted|provided|routed|forwarded)\b{..80}\b(?:third[- ]party|providers?|partners?|vendors?|companies)\b{..40}\b(?:such as|including|like|e\.g\.,?)\b{..40}\b(?:openai|anthropic|google|azure openai|mistral|cohere)\b",
        ),
        Rule::affirms(
            "provider-terms-apply",
            r"\busing (?:a|any|the)? ?third[- ]party models?\b{..40}\byou agree to\b{..40}\bterms\b|\bthird[- ]party\b{..20}\b(?:ai|llm|models?|generative)\b{..60}\b(?:subject to|governed by)\b{..30}\b(?:their|its|the provider's|separate|third[- ]party)\b{..30}\b(?:terms|polic)",
        )
        .implied(),
        Rule::polar(
            "features-use-other-models",
            r"\b(?:uses?|using|powered by|rely on|relies on|integrates?)\b{..20}\bthird[- ]party\b{..20}\b(?:ai|llm|language models?|models?|generative ai)\b{..20}\b(?:providers?|vendors?|services|models?)\b{..80}\b{data}\b",
        )
        .implied(),
    ],
    judge: provider_stance,
};

fn provider_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::OptOut => Stance::PermitsOptOut,
        Position::Conditional => Stance::CommitsQualified,
        Position::Affirmed if passage.has(Cue::OptOut) => Stance::PermitsOptOut,
        Position::Affirmed => Stance::Permits,
        Position::Denied if passage.any(&[Cue::Exception, Cue::OptIn]) => Stance::CommitsQualified,
        Position::Denied => Stance::Prohibits,
    })
}

pub(crate) static SUBPROCESSORS: TypeRules = TypeRules {
    slug: "subprocessors",
    stems: &["subprocessor", "sub-processor", "sub processor"],
    veto: r"\bmeans\b|\bbreach\b|\bliable\b|\bsub-?processing means\b|\baudit|\bannex\b{..20}\blist",
    gap_veto: "",
    rules: &[
        Rule::conditional("notice-of-new-ones", r"\b(?:notif\w+|notice|inform\w*|announc\w+|e-?mail|updat\w+)\b{..120}\bsub-?processors?\b|\bsub-?processors?\b{..120}\b(?:notif\w+|notice|inform\w*|announc\w+|object)\b"),
        Rule::affirms("may-change", r"\b(?:change|replace|add|engage|appoint|use)\b{..40}\bsub-?processors?\b{..40}\b(?:at any time|without (?:prior )?notice|discretion)\b"),
        Rule::polar("engages", r"\b(?:authori[sz]e[sd]?|may|consents?|agrees?|approves?)\b{..60}\b(?:engage|use|appoint|subcontract|retain|engagement of|use of)\b{..40}\bsub-?processors?\b").implied(),
    ],
    judge: subprocessor_stance,
};

fn subprocessor_stance(passage: &Judgement) -> Option<Stance> {
    match passage.position {
        Position::Conditional if passage.days.is_some_and(|days| days >= AMPLE_NOTICE_DAYS) => Some(Stance::Commits),
        Position::Conditional if passage.any(&[Cue::Notice, Cue::Bound, Cue::OptOut]) => Some(Stance::CommitsQualified),
        Position::Affirmed if passage.has(Cue::Notice) => Some(Stance::CommitsQualified),
        Position::Affirmed => Some(Stance::Permits),
        Position::Conditional | Position::Denied | Position::OptOut => None,
    }
}

pub(crate) static INTERNATIONAL_TRANSFERS: TypeRules = TypeRules {
    slug: "international-transfers",
    stems: &["transfer", "other countries", "outside", "stored in", "located in", "servers", "only in"],
    veto: r"\btransfer(?:s|red)? (?:of )?(?:ownership|your account|the account|domain|rights|this agreement)|\b(?:merger|acquisition|bankruptcy|sale of|reorgani[sz]ation)\b|\bbank transfers?\b|\bassign\b|\bexport control|\byou (?:may|must|shall) not\b|\bmeans\b|\bhas approved\b|\bannex\b|\bclause \d|\bthese (?:are|sccs)\b|\bmodule (?:two|three|4|one)\b",
    gap_veto: "",
    rules: &[
        Rule::conditional("safeguard-named", r"\b(?:standard contractual clauses|sccs|adequacy decision|data privacy framework|binding corporate rules|idta|adequate level of (?:data )?protection|appropriate safeguards)\b")
            .also(r"\b(?:transfer\w*)\b"),
        Rule::polar("data-goes-abroad", r"\b(?:transfer|transfers|transferred|stored|processed|store|process)\b{..120}\b(?:other countries|another country|countries other|outside (?:of )?(?:your|the)|third countr|in the united states|to the united states|internationally|abroad|other jurisdictions|countries outside|around the world)\b")
            .also(r"\b(?:data|information)\b"),
    ],
    judge: transfer_stance,
};

fn transfer_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::Conditional | Position::OptOut => Stance::Conditional,
        Position::Denied if passage.any(&[Cue::Exception, Cue::OptIn]) => Stance::Conditional,
        Position::Denied => Stance::Commits,
        Position::Affirmed if passage.any(&[Cue::OptIn, Cue::OptOut]) => Stance::Conditional,
        Position::Affirmed => Stance::Permits,
    })
}
