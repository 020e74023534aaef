//! The form of a rule, and rules made ready to run. Invariant: rules are data; every pattern is written on plain
//! words (lower case, straight quotes) and may name the vocabulary below in braces.

use std::ops::Range;

use regex::Regex;

use crate::passage::Passage;
use crate::stance::Judge;
use crate::types;

/// A fault in our own tables; a test compiles them all.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum RuleError {
    /// A pattern does not compile.
    #[error("the pattern of rule `{rule}` is not valid")]
    Pattern {
        /// The rule.
        rule: String,
        /// What the pattern compiler found.
        #[source]
        source: regex::Error,
    },
    /// The prefilter cannot be built.
    #[error("the words of the prefilter cannot be compiled")]
    Prefilter(#[source] aho_corasick::BuildError),
}

impl RuleError {
    pub(crate) fn compile(rule: &str, pattern: &str) -> Result<Regex, Self> {
        Regex::new(&spelled_out(pattern)).map_err(|source| Self::Pattern {
            rule: rule.to_owned(),
            source,
        })
    }
}

/// What a match says on the proposition of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// It affirms the proposition, unless its clause is negated.
    Polar,
    /// It affirms the proposition, whatever negative words are around.
    Affirms,
    /// It denies the proposition.
    Denies,
    /// It gives the reader a way to decline.
    OptOut,
    /// It affirms with a condition.
    Conditional,
}

/// How surely a rule's words mean what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The words say it.
    Stated,
    /// The words imply it.
    Implied,
}

/// One rule: a pattern and what it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// Short name, kept as a reason with the finding.
    pub(crate) code: &'static str,
    /// On the plain words of the sentence. A group `gap` is the stretch that the type's `gap_veto` looks at.
    pub(crate) pattern: &'static str,
    /// Where not empty: the sentence must hold this too.
    pub(crate) also: &'static str,
    /// Where not empty: the heading must hold this.
    pub(crate) heading: &'static str,
    pub(crate) says: Says,
    pub(crate) certainty: Certainty,
}

impl Rule {
    const fn new(code: &'static str, says: Says, pattern: &'static str) -> Self {
        Self {
            code,
            pattern,
            also: "",
            heading: "",
            says,
            certainty: Certainty::Stated,
        }
    }
    /// Affirms unless negated.
    pub(crate) const fn polar(code: &'static str, pattern: &'static str) -> Self {
        Self::new(code, Says::Polar, pattern)
    }
    /// Affirms.
    pub(crate) const fn affirms(code: &'static str, pattern: &'static str) -> Self {
        Self::new(code, Says::Affirms, pattern)
    }
    /// Denies.
    pub(crate) const fn denies(code: &'static str, pattern: &'static str) -> Self {
        Self::new(code, Says::Denies, pattern)
    }
    /// Lets the reader decline.
    pub(crate) const fn opt_out(code: &'static str, pattern: &'static str) -> Self {
        Self::new(code, Says::OptOut, pattern)
    }
    /// Affirms with a condition.
    pub(crate) const fn conditional(code: &'static str, pattern: &'static str) -> Self {
        Self::new(code, Says::Conditional, pattern)
    }
    /// Only where the sentence holds this too.
    pub(crate) const fn also(self, also: &'static str) -> Self {
        Self { also, ..self }
    }
    /// Only under a heading that holds this.
    pub(crate) const fn under(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }
    /// The words imply it rather than say it.
    pub(crate) const fn implied(self) -> Self {
        Self {
            certainty: Certainty::Implied,
            ..self
        }
    }
}

/// All rules of one provision type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeRules {
    /// Slug of the type.
    pub(crate) slug: &'static str,
    /// A sentence without any of these is not looked at.
    pub(crate) stems: &'static [&'static str],
    /// A sentence that matches this is about something else.
    pub(crate) veto: &'static str,
    /// A match whose `gap` holds this joins words that do not belong together.
    pub(crate) gap_veto: &'static str,
    /// In order of precedence.
    pub(crate) rules: &'static [Rule],
    /// From position and cues to a stance.
    pub(crate) judge: Judge,
}

/// Words that several rules name in braces.
const VOCABULARY: [(&str, &str); 6] = [
    (
        "{data}",
        r"(?:content|inputs?|outputs?|prompts?|chats?|conversations?|messages?|files?|data|information|code|codebase|documents?|uploads?|submissions?|images?|photos?|videos?|recordings?|audio|transcripts?|materials?|interactions?|queries|responses|snippets|emails?|submit|provide|upload|assets|creations|works?)",
    ),
    (
        "{content}",
        r"(?:content|inputs?|outputs?|prompts?|chats?|conversations?|messages?|files?|customer data|user data|your data|code|documents?|uploads?|images?|photos?|recordings?|audio|transcripts?|queries|mailbox|communications|submissions|interactions)",
    ),
    (
        "{model}",
        r"(?:models?|algorithms?|llms?|neural networks?|classifiers?|(?:ai|a\.i\.|artificial[ -]intelligence|machine[ -]learning)(?:[ -](?:models?|systems?|features?|algorithms?|technolog(?:y|ies)|products?|services?|tools?|capabilities|networks?))?)",
    ),
    (
        "{we}",
        r"(?:we|us|our|provider|company|licensor|service provider|(?:openai|anthropic|google|mistral(?: ai)?|microsoft|amazon|aws|meta|zoom|midjourney|replicate|cursor|anysphere|jasper|codeium|exafunction|hugging face|cloudflare|discord|evernote|overleaf|speechify|wolfram|openrouter|lovable|scribe|sana))",
    ),
    (
        "{doc}",
        r"(?:terms(?: of (?:use|service)| and conditions| & conditions)?|agreements?|(?:privacy |cookie |usage |acceptable use )?(?:policy|policies|notice|statement)|contract|tos|guidelines|addendum|dpa)",
    ),
    ("{period}", crate::cues::PERIOD),
];

/// A rule made ready.
#[derive(Debug)]
pub(crate) struct ReadyRule {
    pub(crate) rule: &'static Rule,
    pattern: Regex,
    also: Option<Regex>,
    heading: Option<Regex>,
}

/// A type's rules made ready.
#[derive(Debug)]
pub(crate) struct ReadyType {
    pub(crate) rules: &'static TypeRules,
    veto: Option<Regex>,
    gap_veto: Option<Regex>,
    ready: Vec<ReadyRule>,
}

impl ReadyType {
    fn new(rules: &'static TypeRules) -> Result<Self, RuleError> {
        let ready = rules
            .rules
            .iter()
            .map(|rule| {
                Ok(ReadyRule {
                    rule,
                    pattern: RuleError::compile(rule.code, rule.pattern)?,
                    also: optional(rule.code, rule.also)?,
                    heading: optional(rule.code, rule.heading)?,
                })
            })
            .collect::<Result<Vec<_>, RuleError>>()?;
        Ok(Self {
            rules,
            veto: optional(rules.slug, rules.veto)?,
            gap_veto: optional(rules.slug, rules.gap_veto)?,
            ready,
        })
    }

    /// The first rule that matches, with the range of its words.
    pub(crate) fn first_match(&self, passage: &Passage) -> Option<(&'static Rule, Range<usize>)> {
        let words = passage.words.as_str();
        let heading = passage.heading.as_str();
        let mut vetoed = None;
        for ready in &self.ready {
            if ready.heading.as_ref().is_some_and(|pattern| !pattern.is_match(heading)) {
                continue;
            }
            let Some(found) = ready.pattern.find(words).filter(|found| found.end() > passage.stem_len) else {
                continue;
            };
            if ready.also.as_ref().is_some_and(|also| !also.is_match(words)) {
                continue;
            }
            // "You can opt out of our use of …" speaks of what the user may do, and is still about the provider.
            if ready.rule.says != Says::OptOut
                && *vetoed.get_or_insert_with(|| self.veto.as_ref().is_some_and(|veto| veto.is_match(words)))
            {
                return None;
            }
            if let Some(veto) = &self.gap_veto {
                let gap = ready
                    .pattern
                    .captures(words)
                    .and_then(|groups| groups.name("gap").map(|gap| gap.range()));
                let joined = gap
                    .and_then(|range| words.get(range))
                    .is_some_and(|gap| veto.is_match(gap));
                if joined {
                    continue;
                }
            }
            return Some((ready.rule, found.range()));
        }
        None
    }
}

/// Every type's rules made ready.
pub(crate) fn ready_types() -> Result<Vec<ReadyType>, RuleError> {
    types::ALL.iter().map(|rules| ReadyType::new(rules)).collect()
}

fn optional(rule: &str, pattern: &str) -> Result<Option<Regex>, RuleError> {
    if pattern.is_empty() {
        Ok(None)
    } else {
        RuleError::compile(rule, pattern).map(Some)
    }
}

/// Replaces names in braces by their words, and `{..N}` by a stretch of up to N letters of one clause.
fn spelled_out(pattern: &str) -> String {
    let named = VOCABULARY.iter().fold(pattern.to_owned(), |pattern, (name, words)| {
        pattern.replace(name, words)
    });
    let mut pieces = named.split("{..");
    let mut spelled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (length, rest) = piece.split_once('}').unwrap_or((piece, ""));
        // Plain words are ASCII, which keeps a counted stretch a hundred times smaller than a Unicode one.
        spelled.push_str(r"[\x20-\x3a\x3c-\x7e]{0,");
        spelled.push_str(length);
        spelled.push_str("}?");
        spelled.push_str(rest);
    }
    spelled
}
