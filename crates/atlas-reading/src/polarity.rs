//! Whether the predicate of a clause is denied. Invariant: only words of the clause count, and fixed phrases that
//! hold a negative word without denying anything ("without notice", "not limited to") never do.

use std::ops::Range;

use regex::Regex;

use crate::clause::ClauseSplitter;
use crate::rules::RuleError;

/// Phrases with a negative word that deny nothing; they are struck out before negators are counted.
const NOT_NEGATORS: &str = r"(?x)
      not\ only | not\ limited\ to | no\ later\ than | no\ longer\ than | not\ later\ than | not\ more\ than
    | no\ more\ than | no\ less\ than | not\ less\ than | whether\ or\ not | or\ not | no\ matter
    | without\ (?:prior\ |any\ |further\ |advance\ |additional\ |undue\ |limitation|limiting|notice|notifying|prejudice|cause|delay
        |charge|cost|restriction|regard|reason|liability|compensation|payment|obligation|being|the\ need)+(?:\ notice|\ delay)?
    | (?:do\ not|don't|does\ not|would\ rather\ not|not)\ (?:want|wish)
    | if\ you\ (?:do\ not|don't|have\ not|haven't)
    | not\ unreasonably | no\ fewer\ than | not\ just | not\ necessarily | if\ not
";

const NEGATORS: &str = r"(?x)
      \b(?:not|never|cannot|nobody|none|neither|nothing|nowhere|no\ one|no)\b | n't\b
    | \bwithout\b
    | \b(?:refrain|abstain|prohibit(?:s|ed)?|forbid(?:s|den)?|prevent(?:s|ed)?|disallow(?:s|ed)?)\b
";

/// Negators that stand after the predicate: "is prohibited".
const TRAILING: &str = r"\b(?:is|are|be|remains?) (?:strictly |expressly )?(?:prohibited|forbidden|excluded|off[- ]limits|not (?:allowed|permitted))\b";

/// Counts negations around a predicate.
#[derive(Debug)]
pub(crate) struct Polarity {
    fixed: Regex,
    negators: Regex,
    trailing: Regex,
}

impl Polarity {
    pub(crate) fn new() -> Result<Self, RuleError> {
        Ok(Self {
            fixed: RuleError::compile("fixed phrases", NOT_NEGATORS)?,
            negators: RuleError::compile("negators", NEGATORS)?,
            trailing: RuleError::compile("trailing negators", TRAILING)?,
        })
    }

    /// Whether the clause around a match denies it: an odd number of negations between the clause's start and the
    /// end of the match, or one that trails the predicate.
    pub(crate) fn denies(&self, clauses: &ClauseSplitter, words: &str, matched: &Range<usize>) -> bool {
        let clause = clauses.around(words, matched);
        let before = words.get(clause.start..matched.end).unwrap_or_default();
        let after = words.get(matched.end..clause.end).unwrap_or_default();
        let before = self.fixed.replace_all(before, " ");
        let count = self.negators.find_iter(&before).count() + self.trailing.find_iter(after).count();
        count % 2 == 1
    }

    /// How many negations some words hold, fixed phrases aside.
    pub(crate) fn count(&self, words: &str) -> u8 {
        let words = self.fixed.replace_all(words, " ");
        let count = self.negators.find_iter(&words).count() + self.trailing.find_iter(&words).count();
        u8::try_from(count).unwrap_or(u8::MAX)
    }
}
