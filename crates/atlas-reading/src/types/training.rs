//! Training on content, and people who read it. Invariant: what the *user* may do with outputs is never read as
//! what the provider does with content.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::rules::{Rule, TypeRules};
use crate::stance::{Judgement, Position};

/// Words that make the material the users' own, not what is found on the internet.
const OF_USERS: &str = r"\b(?:(?:your|customer|user|users'|business|people's|individual|api|workspace|student) (?:[a-z-]+ ){0,2}(?:{data})|you (?:provide|submit|upload|share|send|give|enter|create|add)|data from|shared with|personal (?:data|information)|(?:users?|customers?)\b{..30}\b(?:provide|submit|upload)|inputs?|prompts?|chats?|conversations?|submissions|materials|recordings|manuscripts|user-generated|(?:use|using|used)(?: of)?(?: the)? content|content (?:is|are|may|will))\b";

pub(crate) static MODEL_TRAINING_USE: TypeRules = TypeRules {
    slug: "model-training-use",
    stems: &["train", "machine-learning", "machine learning", "model", "fine-tun", "finetun"],
    veto: r"\b(?:employees?|staff|personnel|team members) (?:receive|undergo|training)|\btrain(?:ed|ing)? (?:(?:our|its|their|all) )?(?:employees|staff|personnel|people)|\bsecurity training\b|\b(?:you|customers?|users?|customer|user) (?:may|must|shall|will|agree|can|cannot|are|represents?) ?(?:not|to not|not to|never|only|also|permitted|prohibited)?{..40}\b(?:us(?:e|ing)|train|develop|creat|build|fine-?tun)\w*{..160}\b(?:outputs?|services?|models?|compet\w+|train)\b|\bcompet(?:e|es|ing|itive)\b|\b(?:learn|read|information|details?|see|find out) (?:more )?(?:about |on )?how\b|\bmore information\b|\byour (?:own )?(?:custom |fine-?tuned )?(?:machine[- ]learning )?models?\b|\bcustom models?\b|\btrain(?:ing)? (?:course|session|material|video|program|workshop)|\btraining (?:and|or) (?:support|consult|education)|\bfor (?:scraping|crawl)|\breverse engineer|\bpublicly available\b|\bthird[- ]party datasets?\b|\bcommercial agreements\b|\bthird[- ]party partners\b|\bmeans\b|\(collectively|\bremove it from our systems\b|\bwe retain certain\b|\bin our training (?:data|datasets?|material)\b|\btraining datasets\b|\bhow long\b|\btransferred to our\b|\bsee our\b|\bmore details\b|\bwithout (?:prior )?authori[sz]ation\b|\bscraping\b|\bdistillation\b|\bother (?:ai |third[- ]party )?models\b|\bfine-?tuning (?:api|data|services?)\b|\bfine-?tune a model\b|\ballows? (?:you|customers?) to\b|\bmanage (?:your )?preferences\b|\btraining data you\b|\bcrowd ?workers? only\b|\bwe only use personal data included\b|\bwith the examples\b|\bindemnif|\bdefend\b|\bprompting, fine-tuning\b|^(?:- )?fine-tuning models\b",
    gap_veto: "",
    rules: &[
        Rule::conditional("used-after-opt-out", r"\beven if you (?:have )?opt(?:ed)?[- ]?out\b{..160}\btrain|\beven if you (?:have )?opt(?:ed)?[- ]?out\b{..80}\bmodel improvement\b"),
        Rule::opt_out("choice-of-training", r"\b(?:you )?(?:can |may )?(?:easily )?choose (?:whether|if)\b{..60}\b{data}\b{..60}\btrain\w*\b"),
        Rule::opt_out(
            "training-opt-out",
            r"\bopt(?:ed|ing)?[- ]?out\b{..120}\b(?:train\w*|model improvement|improv\w+{..30}models?|fine-?tun\w+)\b|\b(?:train\w*|model improvement){..80}\b(?:you (?:can|may)|by){..30}opt(?:ing)?[- ]?out\b|\b(?:do not|don't) want (?:us|your|any|the|{we})\b{..60}\b(?:train|improv\w+{..20}models?)|\bobject to{..60}\btrain(?:ing)?\b{..30}{model}|\b(?:turn|switch|toggl)\w*{..40}\boff\b{..60}\btraining\b|\bdisabl\w+{..30}\b(?:model )?training\b",
        ),
        Rule::polar(
            "content-trains-models",
            r"\b{data}\b{..160}\b(?:re-?train|train|pre-?train|fine-?tune|training|trained|fine-?tuning)\b{..60}\b{model}\b",
        )
        .also(OF_USERS),
        Rule::polar(
            "models-trained-on-content",
            r"\b(?:re-?train|train|pre-?train|fine-?tune|training|trained|fine-?tuning)\b{..40}\b{model}\b{..60}\b(?:on|with|using|from|based on|by using)\b{..60}\b{data}\b",
        )
        .also(OF_USERS),
        Rule::polar(
            "content-used-for-training",
            r"\b(?:{data}\b{..80}\b(?:used?|using|process\w*|utili[sz]\w+)|(?:use[sd]?|using|utili[sz]e[sd]?)\b{..60}\b{data})\b{..60}\b(?:for|in|to)\b{..40}\b(?:training|fine-?tuning|model (?:improvement|training|development)|train)\b",
        ).also(OF_USERS),
        Rule::polar("part-of-training-set", r"\b{data}\b{..80}\b(?:part of|added to|included in|incorporated into|enter|join)\b{..40}\btraining (?:sets?|data(?:sets?)?|corpus|corpora)\b"),
        Rule::polar(
            "content-builds-models",
            r"\b(?:use|used|using|help|helps|information|content)\b{..80}\b(?:build|develop|improve|improving|developing|creating?|enhance)\b{..50}\b(?:machine[- ]learning|ai|artificial[ -]intelligence|language|foundation|generative|our)\b{..20}\bmodels\b",
        )
        .also(r"\b(?:your (?:content|data|information|inputs?|prompts?|conversations?|chats?|messages|files|usage)|you (?:submit|provide|share|upload)|customer (?:content|data)|user (?:content|data)|prompts|inputs|chats)\b"),
        Rule::polar("process-to-train", r"\b(?:process|use|using)\b{..20}\b(?:your|customer|user) {data}\b{..100}\btrain\b{..30}{model}"),
    ],
    judge: training_stance,
};

fn training_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::OptOut if passage.has(Cue::Plan) && passage.has(Cue::Exception) => Stance::Conditional,
        Position::OptOut => Stance::PermitsOptOut,
        Position::Conditional => Stance::Conditional,
        Position::Affirmed if passage.has(Cue::OptOut) => Stance::PermitsOptOut,
        Position::Affirmed | Position::Denied if passage.has(Cue::OptIn) => Stance::PermitsOptIn,
        Position::Affirmed if passage.has(Cue::Feedback) => Stance::Conditional,
        Position::Affirmed if passage.has(Cue::Exception) && passage.scoped() => Stance::Conditional,
        Position::Affirmed if passage.has(Cue::Plan) => Stance::Conditional,
        Position::Affirmed => Stance::Permits,
        // "We do not train on your content if you opt out" is an opt-out, not a promise.
        Position::Denied if passage.has(Cue::OptOut) => Stance::PermitsOptOut,
        Position::Denied if passage.has(Cue::Exception) && passage.has(Cue::Plan) => Stance::Conditional,
        Position::Denied if passage.any(&[Cue::Exception, Cue::ByDefault]) || passage.scoped() => {
            Stance::CommitsQualified
        }
        Position::Denied => Stance::Prohibits,
    })
}

pub(crate) static HUMAN_REVIEW: TypeRules = TypeRules {
    slug: "human-review",
    stems: &[
        "human",
        "review",
        "employee",
        "staff",
        "personnel",
        "contractor",
        "annotat",
        "read",
        "technician",
        "nobody",
        "no one",
        "listen",
        "our team",
        "manually",
    ],
    veto: r"\b(?:you|your (?:employees|users|team|staff|administrators?)|end users?|other users|anyone|parents?|guardian|participants?|recipients?|collaborators?|the public|everyone) (?:may|can|will|could|should|must|has|have|is able to)? ?(?:also )?(?:review|access|see|view|read)|\breview (?:these|this|the|our) (?:terms|policy|agreement|statement|privacy|notice)|\bcustomer reviews?\b|\bplease (?:review|read)\b|\b(?:code|peer|product) reviews?\b|\bhuman (?:rights|resources|subjects?|trafficking|beings?)\b|\bautomated decision|\bdecisions?\b{..60}\bhuman\b|\bhuman\b{..60}\bdecisions?\b|\baccuracy\b|\bhuman review (?:of (?:the |any |all )?)?outputs?\b|\bread and (?:agree|accept|understood)|\bhave read\b|\bpassword|\bbilling|\bnon-disclosure\b|\bapplicants?\b|\bjob\b|\bbackground checks?\b|\bresponsib|\bevaluate\b|\bencourag|\bwithout (?:any )?(?:manual|human) review\b|\bthird[- ]party content\b|\bsubject to confidentiality\b|\baccess controls?\b|\brole-based\b|\bconfidentiality (?:obligations|agreements|undertakings)\b",
    gap_veto: "",
    rules: &[
        Rule::polar(
            "people-read-content",
            r"\b(?:human (?:reviewers?|agents?|annotators?|moderators?|beings)|humans|reviewers|annotators|(?:our|authori[sz]ed|some|certain|trained|select(?:ed)?|limited|a limited number of|of our) (?:and third[- ]party |[a-z]+ )?(?:employees|staff|personnel|team|team members|contractors|people|representatives|engineers|specialists|support (?:team|staff)|moderators)|employees|contractors|people (?:at|who work|working|from|within)|a technician|technicians|anthropic (?:employees|staff)|(?:anyone|nobody|no one)(?: at| in)?)\b{..80}\b(?:review(?:ed|ing|s)?|reads?|reading|access(?:ed|ing|es)?|view(?:ed|ing|s)?|looks? at|looking at|see|inspect|listen(?:ed|ing)? to|annotat\w+|label|examine|open)\b{..50}\b{content}\b",
        ),
        Rule::polar(
            "content-read-by-people",
            r"\b{content}\b{..70}\b(?:reviewed|read|accessed|viewed|seen|listened to|annotated|label+ed|examined|checked)\b{..40}\bby\b{..30}\b(?:humans?|people|reviewers?|employees|staff|personnel|contractors?|annotators?|moderators|our (?:[a-z&]+ ){0,3}team)\b",
        ),
        Rule::polar(
            "manual-review-of-content",
            r"\b(?:manual(?:ly)?|human)\b{..20}\breview(?:s|ed|ing)?\b{..60}\b{content}\b|\b{content}\b{..60}\b(?:manual(?:ly)?|human)\b{..15}\breview(?:ed|ing|s)?\b|\breview{..20}\b{content}\b{..20}\bmanually\b",
        ),
        Rule::polar(
            "content-open-to-people",
            r"\b{content}\b{..40}\b(?:visible|accessible|available) to\b{..20}\b(?:our )?(?:human reviewers|employees|staff|personnel|contractors)\b",
        ),
    ],
    judge: review_stance,
};

fn review_stance(passage: &Judgement) -> Option<Stance> {
    Some(match passage.position {
        Position::OptOut => Stance::PermitsOptOut,
        Position::Conditional => Stance::Conditional,
        Position::Affirmed if passage.has(Cue::OptOut) => Stance::PermitsOptOut,
        Position::Affirmed | Position::Denied
            if passage.any(&[Cue::OptIn, Cue::Exception, Cue::Limited, Cue::Plan]) =>
        {
            Stance::Conditional
        }
        Position::Affirmed => Stance::Permits,
        Position::Denied => Stance::Prohibits,
    })
}
