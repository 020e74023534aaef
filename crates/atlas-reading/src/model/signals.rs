//! What a sentence does, apart from what it is about: qualifiers, negations, who acts, how binding it is. Invariant: a
//! signal says only that the words are there; the stance model weighs them for each type.

use crate::clause::ClauseSplitter;
use crate::cues::CueFinder;
use crate::passage::plain;
use crate::polarity::Polarity;
use crate::rules::RuleError;

/// Further patterns, on plain words; their names are numbers in stored models, so new ones go to the end.
const PATTERNS: [&str; 22] = [
    r"^\W*(?:we|our|the (?:provider|company|vendor))\b",
    r"^\W*(?:you|your|users?|customers?|the customer)\b",
    r"\b(?:may|can|might|could)\b",
    r"\b(?:must|shall|required to|have to|need to)\b",
    r"\bwill\b",
    r"\b(?:may|must|shall|can|will)(?: not|not|n't)\b|\bwon't\b",
    r"\breserves? the right\b|\bentitled\b|\bfree to\b|\bdiscretion\b",
    r"\bnothing\b",
    r"\bno (?:[a-z-]+ ){1,3}(?:is|are|will|may|can|has|have|shall)\b|^no\b|\bnone of\b|\bneither\b|\bnobody\b|\bno one\b",
    r"\bunless you (?:cancel|tell|object|opt|turn|switch|disable|ask|say|write|notify|choose|decline|instruct)",
    r"\bonly (?:if|when|where|after|with|once|to|for|in|on|as)\b",
    r"\b(?:except|save|apart from|other than|excluding|exception)\b",
    r"\bunless\b",
    r"\bif\b|\bwhere\b|\bwhen\b|\bonce\b|\bprovided\b|\bin case\b",
    r"\bbut\b|\bhowever\b|\balthough\b|\bwhereas\b|\bwhile\b|\botherwise\b|\byet\b",
    r"\b(?:no longer|instead|rather)\b",
    r"\b(?:residents?|regions?|countr(?:y|ies)|states|europe\w*|eea|california\w*)\b",
    r"\b(?:free|paid|enterprise|business|pro|team|premium|annual|education) (?:plans?|tiers?|users?|customers?|accounts?|workspaces?|subscribers?)\b|\b(?:plans?|tiers?)\b",
    r"\b(?:stop|prevent|switch(?:ed)? off|turn(?:ed)? off|toggle|untick|uncheck|decline|refuse|object|opt(?:ing)? out|unsubscribe|say no|withdraw|choose not)\b",
    r"\b(?:right to|entitled to|free to|option to|choice)\b",
    r"\b(?:not (?:liable|responsible)|no (?:warrant|liabilit|guarantee|obligation|responsib)\w*|disclaim\w*|as is)\b",
    r"\b(?:fail to|refuse|rules? out|ban(?:s|ned)?|prohibit(?:s|ed)?|forbid(?:s|den)?|barred?|off limits|excluded|out of the question)\b",
];

/// Finds signals.
#[derive(Debug)]
pub(super) struct Signals {
    cues: CueFinder,
    patterns: regex::RegexSet,
    clauses: ClauseSplitter,
    polarity: Polarity,
}

impl Signals {
    pub(super) fn new() -> Result<Self, RuleError> {
        Ok(Self {
            cues: CueFinder::new()?,
            patterns: regex::RegexSet::new(PATTERNS).map_err(|source| RuleError::Pattern {
                rule: "signals".to_owned(),
                source,
            })?,
            clauses: ClauseSplitter::new()?,
            polarity: Polarity::new()?,
        })
    }

    /// The signals of a sentence: cues from 0, patterns from 32, negations from 64.
    pub(super) fn find(&self, text: &str, found: &mut Vec<u64>) {
        found.clear();
        let words = plain(text);
        let cues = self.cues.find(&words).bits();
        found.extend((0..32_u64).filter(|bit| cues >> bit & 1 == 1));
        let matched = self.patterns.matches(&words);
        found.extend(
            (32_u64..)
                .zip(0..PATTERNS.len())
                .filter_map(|(signal, pattern)| matched.matched(pattern).then_some(signal)),
        );
        let whole = 0..words.len();
        let count = self.polarity.count(&words);
        found.push(64 + u64::from(count.min(3)));
        if count % 2 == 1 {
            found.push(68);
        }
        if self
            .polarity
            .denies(&self.clauses, &words, &(0..first_clause(&self.clauses, &words, &whole)))
        {
            found.push(69);
        }
    }
}

/// Where the first clause ends.
fn first_clause(clauses: &ClauseSplitter, words: &str, whole: &std::ops::Range<usize>) -> usize {
    let end = clauses.around(words, &(0..1)).end;
    end.clamp(1.min(whole.end), whole.end)
}
