//! Where one clause ends and the next begins. Invariant: ranges cover the sentence in order without overlap, and
//! always on character boundaries, because every boundary comes from a match.

use std::ops::Range;

use regex::Regex;

use crate::rules::RuleError;

/// A new clause begins at a semicolon (but "; (b)" goes on with the same list), at a contrast or condition word, and at a comma before a new subject.
const BOUNDARY: &str = r"(?x)
      ;(?:\ [^(\ ]|$)
    | :\s[a-z\x22]
    | \s-\s
    | ,?\s\b(?:but|however|except|unless|provided\ that|whereas|although|though|save\ (?:for|that|as)|other\ than|while|if|so\ that|because)\b
    | ,\s(?:and\s|or\s|then\s)?(?:we|you|our|your|they|it|the|these|this|that|customer|users?)\b
    | \s(?:and|or)\s(?:we|you|they|it)\s(?:will|may|can|do|must|shall|are|have|agree)\b
    | \.\s
";

/// A label and then a statement: "No sale: Example does not sell …". The statement is a clause of its own even
/// where the rule began to read in the label.
const LABEL: &str = r":\s(?:the )?[a-z]+ (?:ai )?(?:do|does|will|may|shall|is|are|has|have|can|must|never)\b";

/// A second statement with a subject of its own: "We show no ads, and we do not sell …". A rule that began to read in the
/// first statement found its predicate in the second, where only the second's negations count.
const SECOND_STATEMENT: &str = r",?\s(?:and|or|but|nor)\s(?:we|you|they|it)\s";

/// Splits sentences into clauses.
#[derive(Debug)]
pub(crate) struct ClauseSplitter {
    boundary: Regex,
    label: Regex,
    second_statement: Regex,
}

impl ClauseSplitter {
    pub(crate) fn new() -> Result<Self, RuleError> {
        Ok(Self {
            boundary: RuleError::compile("clause boundary", BOUNDARY)?,
            label: RuleError::compile("label", LABEL)?,
            second_statement: RuleError::compile("second statement", SECOND_STATEMENT)?,
        })
    }

    /// The range from the boundary before a match to the boundary after it: the clause of the predicate.
    ///
    /// A boundary inside the match does not count, unless it ends a label or begins a second statement: the rule has already read across it.
    pub(crate) fn around(&self, words: &str, matched: &Range<usize>) -> Range<usize> {
        let mut start = 0;
        let mut end = words.len();
        for boundary in self.boundary.find_iter(words) {
            if boundary.start() <= matched.start {
                start = boundary.start();
            } else if boundary.start() >= matched.end {
                end = boundary.start();
                break;
            }
        }
        let labels = self.label.find_iter(words).map(|label| label.start());
        let statements = self
            .second_statement
            .find_iter(words)
            .map(|statement| statement.start());
        if let Some(inner) = labels.chain(statements).filter(|at| matched.contains(at)).max() {
            start = inner;
        }
        start..end
    }
}
