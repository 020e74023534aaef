//! Words that qualify a statement: choices, exceptions, bounds, plans, regions, notice. Invariant: a cue says only
//! that the words are there; what they do to a stance is decided in `stance.rs` and by each type.

use regex::{Regex, RegexSet};

use crate::rules::RuleError;

/// What qualifies a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// The reader can decline.
    OptOut,
    /// Only after the reader agrees.
    OptIn,
    /// Something is carved out.
    Exception,
    /// Limited to a plan or a product.
    Plan,
    /// Limited to a place.
    Region,
    /// A period of time.
    Bound,
    /// As long as something lasts or is needed.
    AsNeeded,
    /// The law is the limit.
    Legal,
    /// Notice is given.
    Notice,
    /// No notice is given.
    NoNotice,
    /// New words are published.
    Posting,
    /// Words that widen: perpetual, sole discretion.
    Sweeping,
    /// Only in stated cases.
    Limited,
    /// A default.
    ByDefault,
    /// Limited to what somebody reports as feedback.
    Feedback,
    /// Limited to a purpose.
    Only,
    /// Small claims are carved out.
    SmallClaims,
}

pub(crate) const PERIOD: &str = r"\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirteen|fourteen|fifteen|eighteen|twenty(?:[- ]four)?|thirty(?:[- ]six)?|forty[- ]five|sixty|ninety)(?: ?\(\d+\))?[- ](?:business |calendar |consecutive )?(?:hours?|days?|weeks?|months?|years?)\b";

const PATTERNS: [(Cue, &str); 17] = [
    (
        Cue::OptOut,
        r"\bopt(?:ed|ing|s)?[- ]?out\b|\bunless (?:you|the customer|customer) (?:disable|object|turn|switch|opt(?:ed)? out|tell|have (?:disabled|opted out|turned)|choose not|deactivate|cancel|delete|notify|write|send)|\b(?:turn|switch|toggl)(?:e|ed|ing)? (?:it |this |that |them |the [a-z -]{1,40} |[a-z -]{1,30} )?off\b|\byou (?:may|can) (?:also |always )?(?:object|decline|disable|withdraw|prevent|stop us|choose not|deactivate|reject|refuse|unsubscribe|ask us not)\b|\bright to object\b|\bdisabl(?:e|ing) (?:this|the|model|chat|data|training)|\b(?:do not|don't) (?:want|wish) (?:us|your|to have)\b|\bunless (?:that )?(?:setting|option|feature) is (?:disabled|off)\b",
    ),
    (
        Cue::OptIn,
        r"\bopt(?:ed|ing|s)?[- ]?in\b|\bonly (?:if|when|with|where|after|to the extent)\b[^;.]{0,40}\b(?:agree|consent|permission|enable|allow|accept|choose|ask|chosen)\w*|\bwith(?:out)? (?:your|the user's|their|customer's|(?:explicit|express|prior) (?:customer )?)\s?(?:prior |express |explicit |written |specific |affirmative |customer |,)*(?:consent|permission|agreement|approval|authori[sz]ation|instructions?)\b|\bunless (?:you|customer|the customer|an administrator|your administrator|your organi[sz]ation|the user)[^;.]{0,45}\b(?:agree|consent|choose to|enable|allow|permit|give us (?:your )?permission|authori[sz]e|instruct|grant|elect to)\w*|\b(?:explicit|express|affirmative|prior) (?:customer |user |written )*(?:consent|permission|opt-in)\b|\bonly (?:if|when|where|after)\b[^;.]{0,40}\b(?:turn|switch|toggl)\w*\b[^;.]{0,40}\bon\b|\bif you (?:have )?(?:consent|agree|opted in|choose to|chose to|allow|enable|given us permission)\w*",
    ),
    (
        Cue::Exception,
        r"\bexcept\b|\bunless\b|\bother than\b|\bsave (?:for|as|that|where)\b|\bapart from\b|\bwith the exception\b|\bexcluding\b|\bhowever\b|\bsubject to (?:the )?(?:exceptions?|limited)\b|, but\b",
    ),
    (
        Cue::Plan,
        r"\b(?:free|paid|pro|plus|max|team|teams|business|enterprise|education|edu|api|individual|consumer|personal|commercial|basic|premium)[- ](?:plans?|tiers?|users?|customers?|accounts?|workspaces?|subscri\w+|versions?|products?|services|offerings?|editions?|platform|mode)\b|\b(?:chatgpt|claude|gemini|copilot|vibe|le chat|zoom|cursor) (?:enterprise|business|team|edu|pro|free|max|for work)\b|\b(?:via|through|using) (?:our|the) api\b|\bprivacy mode\b|\btemporary chats?\b|\bincognito\b|\bgoogle (?:workspace|user data|apis?)\b|\bthird[- ]party content\b|\baccessed from apps\b|\bmade available to you (?:in|through) [a-z]+(?: [a-z]+)?\b|\bstudent data\b|\bunpaid services\b|\bpaid services\b|\bworkspace plans?\b",
    ),
    (
        Cue::Region,
        r"\b(?:residents? of|resid(?:e|es|ing) (?:in|outside)|(?:located|live|living|based|domiciled|established) (?:in|outside|within)|habitually resident|if you are (?:an? )?(?:resident|consumer)|users? in the|customers? (?:in|outside)|outside (?:of )?(?:the )?(?:eea|eu|us|u\.s\.|united states|european|north america)|(?:eea|eu|uk|european|swiss|california) (?:residents?|users?|consumers?|customers?))\b",
    ),
    (Cue::Bound, PERIOD),
    (
        Cue::AsNeeded,
        r"\bas long as\b|\bfor the (?:period|duration|time|length of time|term)\b|\bno longer than\b|\bonly (?:as|for)\b[^.;]{0,20}\blong\b|\buntil\b|\bas (?:is )?(?:reasonably )?(?:necessary|needed|required)\b|\b(?:necessary|needed|required) (?:to|for)\b",
    ),
    (
        Cue::Legal,
        r"\b(?:permitted|required|allowed|prohibited|compelled|mandated) (?:by|under|to do so by) (?:the )?(?:applicable |local |mandatory )?laws?\b|\bto the (?:maximum |fullest |greatest )?extent (?:permitted|allowed|permissible)\b|\bcomply with (?:our |applicable |any |the )*(?:legal|law|statut)|\blegal obligations?\b|\brequired by law\b|\blaw requires\b",
    ),
    (
        Cue::Notice,
        r"\b(?:notify|notifying|inform|alert|e-?mail(?:ing)?) (?:you|customers?|users?|our users|each|account)|\blet(?:ting)? you know\b|\b(?:prior|advance|reasonable|written|days'?|days|e-?mail|advanced|additional|prominent|proper|appropriate) (?:written )?notice\b|\b(?:give|provide|send|giving|providing|sending|receive)s? (?:you |customers? |users? )?(?:with )?(?:an? )?(?:[a-z-]+ ){0,4}(?:notice|notification|notify)|\bin advance\b|\bwill be (?:notified|informed|announced)\b|\bnotice of (?:any |such |material |these |the )*(?:changes|modifications|amendments|updates)\b",
    ),
    (
        Cue::NoNotice,
        r"\bwithout (?:any |prior |further |advance |additional )*(?:notice|notifying|notification)\b|\bwhenever we (?:like|want|wish|choose)\b|\bwith or without (?:prior )?notice\b",
    ),
    (
        Cue::Posting,
        r"\bpost(?:ing|ed|s)?\b|\b(?:updat|chang|revis)\w* the .{0,2}(?:last (?:updated|modified)|effective|date)|\bpublish(?:ing|ed)?\b|\bon (?:this|our) (?:page|website|site)\b|\bmak(?:e|ing) (?:the |an )?(?:updated|revised|new)",
    ),
    (
        Cue::Sweeping,
        r"\bperpetual|\birrevocabl[ey]\b|\bsole (?:and absolute )?discretion\b|\bindefinitely\b|\bfor any (?:purpose|reason)\b|\bfor any or no reason\b|\bat any time\b|\bwithout (?:any |prior )*notice\b",
    ),
    (
        Cue::Limited,
        r"\bonly (?:if|when|where|in|for|as|to|with|after|under)\b|\blimited (?:circumstances|cases|number|instances|situations)\b|\bsolely\b|\bneed[- ]to[- ]know\b|\bin (?:rare|certain|specific|exceptional|some) (?:circumstances|cases|instances|situations)\b|\bto (?:investigate|respond to|resolve|troubleshoot|address|comply|enforce|detect|prevent)\b|\bif\b|\bwhen\b|\bwhere\b|\bviolat\w+|\bunless\b|\bexcept\b|\bflagged\b|\bfor (?:the )?(?:purposes? of )?(?:safety|security|abuse|trust|support|compliance|legal)\b",
    ),
    (Cue::ByDefault, r"\bby default\b"),
    (Cue::Feedback, r"\bfeedback\b|\bthumbs\b|\bexplicitly report"),
    (
        Cue::Only,
        r"\bonly\b|\bsolely\b|\blimited (?:licen|right|non)|\bnecessary to\b|\bfor the (?:sole )?purpose of (?:providing|operating)|\bin order to provide\b|\bto the extent necessary\b",
    ),
    (Cue::SmallClaims, r"\bsmall[- ]claims?\b"),
];

/// The pattern of a cue, for plain words.
pub(crate) fn pattern(wanted: Cue) -> &'static str {
    PATTERNS
        .iter()
        .find(|(cue, _)| *cue == wanted)
        .map_or("", |(_, pattern)| pattern)
}

/// A set of cues found in some words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cues(u32);

impl Cues {
    const fn bit(cue: Cue) -> u32 {
        match cue {
            Cue::OptOut => 1 << 0,
            Cue::OptIn => 1 << 1,
            Cue::Exception => 1 << 2,
            Cue::Plan => 1 << 3,
            Cue::Region => 1 << 4,
            Cue::Bound => 1 << 5,
            Cue::AsNeeded => 1 << 6,
            Cue::Legal => 1 << 7,
            Cue::Notice => 1 << 8,
            Cue::NoNotice => 1 << 9,
            Cue::Posting => 1 << 10,
            Cue::Sweeping => 1 << 11,
            Cue::Limited => 1 << 12,
            Cue::ByDefault => 1 << 13,
            Cue::SmallClaims => 1 << 14,
            Cue::Feedback => 1 << 15,
            Cue::Only => 1 << 16,
        }
    }
    pub(crate) const fn has(self, cue: Cue) -> bool {
        self.0 & Self::bit(cue) != 0
    }
    pub(crate) fn any(self, cues: &[Cue]) -> bool {
        cues.iter().any(|cue| self.has(*cue))
    }
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// The set as bits, one for each cue.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }
    const fn with(self, cue: Cue) -> Self {
        Self(self.0 | Self::bit(cue))
    }
}

#[cfg(test)]
impl Cue {
    /// Every cue.
    pub(crate) const ALL: [Self; PATTERNS.len()] = {
        let mut all = [Self::OptOut; PATTERNS.len()];
        let mut index = 0;
        while index < all.len() {
            all[index] = PATTERNS[index].0;
            index += 1;
        }
        all
    };
}

#[cfg(test)]
impl Cues {
    /// The set of some cues.
    pub(crate) fn of(cues: &[Cue]) -> Self {
        cues.iter().fold(Self::default(), |set, cue| set.with(*cue))
    }
}

/// Finds cues.
#[derive(Debug)]
pub(crate) struct CueFinder {
    set: RegexSet,
    scope: Regex,
    period: Regex,
}

impl CueFinder {
    pub(crate) fn new() -> Result<Self, RuleError> {
        let patterns = PATTERNS.map(|(_, pattern)| pattern);
        // The scope is quoted from the text itself, so capitals count as they come, and a region keeps its name.
        let scope = format!(
            "(?i:{})|(?i:{})(?: the)?(?: [A-Z(][A-Za-z)]+)*",
            pattern(Cue::Plan),
            pattern(Cue::Region)
        );
        Ok(Self {
            set: RegexSet::new(patterns).map_err(|source| RuleError::Pattern {
                rule: "cues".to_owned(),
                source,
            })?,
            scope: RuleError::compile("scope", &scope)?,
            period: RuleError::compile("period", PERIOD)?,
        })
    }

    /// The cues in some plain words.
    pub(crate) fn find(&self, words: &str) -> Cues {
        self.set
            .matches(words)
            .into_iter()
            .filter_map(|index| PATTERNS.get(index))
            .fold(Cues::default(), |cues, (cue, _)| cues.with(*cue))
    }

    /// The plan, product or region that a sentence names, in its own words.
    pub(crate) fn scope(&self, sentence: &str) -> Option<String> {
        self.scope.find(sentence).map(|found| found.as_str().to_owned())
    }

    /// The longest period named, in days.
    pub(crate) fn days(&self, words: &str) -> Option<u32> {
        self.period
            .find_iter(words)
            .filter_map(|found| days_in(found.as_str()))
            .max()
    }
}

/// A period such as "thirty (30) days", in days.
fn days_in(period: &str) -> Option<u32> {
    if period.contains("hour") {
        return Some(hours_in(period)?.div_ceil(24));
    }
    Some(hours_in(period)? / 24)
}

/// A period such as "thirty (30) days", in hours; a month has 30 days.
pub(crate) fn hours_in(period: &str) -> Option<u32> {
    let number = period
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter_map(|word| word.parse::<u32>().ok().or_else(|| number_word(word)))
        .max()?;
    let unit = if period.contains("year") {
        365 * 24
    } else if period.contains("month") {
        30 * 24
    } else if period.contains("week") {
        7 * 24
    } else if period.contains("hour") {
        1
    } else {
        24
    };
    number.checked_mul(unit)
}

fn number_word(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 20] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("twelve", 12),
        ("thirteen", 13),
        ("fourteen", 14),
        ("fifteen", 15),
        ("eighteen", 18),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("sixty", 60),
        ("ninety", 90),
    ];
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}
