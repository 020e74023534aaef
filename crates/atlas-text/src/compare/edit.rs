//! The words that changed inside one sentence, and which of them carry meaning.
//!
//! Invariant: indices point into the words of the passage they belong to; what is not substantive (articles,
//! references, dates, contact details, spelling, a rename applied throughout) is left out of `gone` and `come`.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    change::Passage,
    cues::rules,
    quantity::{Role, role},
};
use crate::{normal::Word, words};

/// A changed sentence.
#[derive(Debug)]
pub struct Edit<'a> {
    /// The earlier sentence.
    pub old: Passage<'a>,
    /// The later sentence.
    pub new: Passage<'a>,
    /// Replaced runs of words.
    pub runs: Vec<(Range<usize>, Range<usize>)>,
    /// Substantive words of the old sentence that are gone.
    pub gone: Vec<usize>,
    /// Substantive words of the new sentence that came.
    pub come: Vec<usize>,
    /// A date differs.
    pub dates: bool,
    /// Times that a rename in this sentence is applied throughout the text, with its words.
    pub renamed: Option<String>,
}

/// Sentences in which a replacement has to stand to be a rename.
const RENAME: usize = 3;
/// Replaced words times their replacements up to which spellings are compared.
const MAX_SPELLINGS: usize = 10_000;
/// Words a rename replaces at most.
const RENAME_WORDS: usize = 4;

/// Replacements and the number of sentences in which they stand.
pub type Renames = HashMap<(String, String), usize>;

fn forms(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.form.as_str()).collect()
}

fn joined(words: &[Word], range: &Range<usize>) -> String {
    forms(words.get(range.clone()).unwrap_or_default()).join(" ")
}

impl<'a> Edit<'a> {
    /// Compares two sentences word by word.
    pub fn new(old: Passage<'a>, new: Passage<'a>) -> Self {
        let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for (equal, left, right) in words::runs(&forms(&old.words), &forms(&new.words)) {
            if equal {
                continue;
            }
            match runs.last_mut() {
                Some(last) if last.0.end == left.start && last.1.end == right.start => {
                    (last.0.end, last.1.end) = (left.end, right.end);
                }
                _ => runs.push((left, right)),
            }
        }
        Self {
            old,
            new,
            runs,
            gone: Vec::new(),
            come: Vec::new(),
            dates: false,
            renamed: None,
        }
    }

    /// Counts this sentence's replacements.
    pub fn count_renames(&self, renames: &mut Renames) {
        let mut seen = Vec::new();
        for (left, right) in &self.runs {
            if (1..=RENAME_WORDS).contains(&left.len()) && (1..=RENAME_WORDS).contains(&right.len()) {
                let pair = (joined(&self.old.words, left), joined(&self.new.words, right));
                if !seen.contains(&pair) {
                    *renames.entry(pair.clone()).or_default() += 1;
                    seen.push(pair);
                }
            }
        }
    }

    /// Finds the substantive words.
    pub fn settle(&mut self, renames: &Renames) {
        for (left, right) in self.runs.clone() {
            let pair = (joined(&self.old.words, &left), joined(&self.new.words, &right));
            if renames.get(&pair).is_some_and(|count| *count >= RENAME) && is_name(&pair.0) && is_name(&pair.1) {
                self.renamed = Some(format!("{} → {}", pair.0, pair.1));
                continue;
            }
            if glued(&pair.0) == glued(&pair.1) {
                continue;
            }
            let mut pairs: Vec<bool> = vec![false; left.len()];
            let mut spelled: Vec<bool> = vec![false; right.len()];
            let short = left.len().saturating_mul(right.len()) <= MAX_SPELLINGS;
            for (x, a) in left.clone().enumerate().filter(|_| short) {
                for (y, b) in right.clone().enumerate() {
                    let (Some(one), Some(two)) = (self.old.words.get(a), self.new.words.get(b)) else {
                        continue;
                    };
                    if spelled.get(y) == Some(&false) && pairs.get(x) == Some(&false) && same_word(&one.form, &two.form)
                    {
                        if let Some(slot) = pairs.get_mut(x) {
                            *slot = true;
                        }
                        if let Some(slot) = spelled.get_mut(y) {
                            *slot = true;
                        }
                    }
                }
            }
            for (x, a) in left.enumerate() {
                self.dates |= role(&self.old.words, a) == Role::Date;
                if pairs.get(x) == Some(&false) && substantive(&self.old.words, a) {
                    self.gone.push(a);
                }
            }
            for (y, b) in right.enumerate() {
                self.dates |= role(&self.new.words, b) == Role::Date;
                if spelled.get(y) == Some(&false) && substantive(&self.new.words, b) {
                    self.come.push(b);
                }
            }
        }
        // A word that only changed its place inside the sentence carries nothing.
        let mut gone: HashMap<&str, Vec<usize>> = HashMap::new();
        for at in self.gone.iter().rev() {
            gone.entry(self.old.words.get(*at).map_or("", |word| word.form.as_str()))
                .or_default()
                .push(*at);
        }
        let mut back = HashSet::new();
        self.come.retain(|at| {
            let twin = self
                .new
                .words
                .get(*at)
                .and_then(|word| gone.get_mut(word.form.as_str()))
                .and_then(Vec::pop);
            back.extend(twin);
            twin.is_none()
        });
        self.gone.retain(|at| !back.contains(at));
    }
}

/// Words without the spaces and hyphens between them: "1011 AB" and "1011AB".
fn glued(words: &str) -> String {
    words.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A rename has no modal, negation, number or unit in it.
fn is_name(words: &str) -> bool {
    let lists = &rules().words;
    words.split(' ').all(|word| {
        !lists.negators.contains(word)
            && !lists.harm.contains(word)
            && !lists.units.contains(word)
            && !matches!(word, "may" | "will" | "shall" | "must" | "can" | "should" | "might")
            && !word.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Whether a word carries meaning of its own.
pub fn substantive(words: &[Word], at: usize) -> bool {
    let Some(word) = words.get(at) else { return false };
    matches!(role(words, at), Role::Plain | Role::Quantity)
        && !rules().words.stop.contains(&word.form)
        && !rules().words.reference.contains(&word.form)
}

/// One word in another spelling or number: "licence" and "license", "term" and "terms", a typing error.
fn same_word(one: &str, two: &str) -> bool {
    let lists = &rules().words;
    if lists.negators.contains(one) || lists.negators.contains(two) {
        return false;
    }
    if one.starts_with(|c: char| c.is_ascii_digit()) || two.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let stem = |word: &str| {
        let word = word.trim_end_matches("'s").trim_end_matches('\'').replace('-', "");
        ["ies", "es", "s", "y", "e"]
            .iter()
            .find_map(|ending| {
                word.strip_suffix(ending)
                    .filter(|stem| stem.len() >= 3)
                    .map(str::to_owned)
            })
            .unwrap_or(word)
    };
    if stem(one) == stem(two) {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let shorter = a.len().min(b.len());
    shorter >= 5 && a.first() == b.first() && distance(&a, &b, if shorter >= 9 { 2 } else { 1 })
}

/// Whether at most `most` letters are missing, added, replaced or swapped with their neighbour.
fn distance(a: &[char], b: &[char], most: usize) -> bool {
    if a.len().abs_diff(b.len()) > most || a.len() > 40 {
        return false;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |back: usize, at: usize| {
                rows.len()
                    .checked_sub(back)
                    .and_then(|index| rows.get(index))
                    .and_then(|row| row.get(at))
                    .copied()
                    .unwrap_or(usize::MAX / 2)
            };
            let mut best = (cell(1, j) + usize::from(x != y))
                .min(cell(1, j + 1) + 1)
                .min(row.get(j).copied().unwrap_or_default() + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(cell(2, j - 1) + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).is_some_and(|best| *best <= most)
}

#[cfg(test)]
mod tests {
    use super::same_word;

    #[test]
    fn spelling_is_told_from_meaning() {
        for (one, two) in [
            ("policy", "policies"),
            ("term", "terms"),
            ("recieve", "receive"),
            ("organisation", "organization"),
            ("third-party", "thirdparty"),
        ] {
            assert!(same_word(one, two), "{one} {two}");
        }
        for (one, two) in [
            ("include", "exclude"),
            ("minor", "major"),
            ("not", "now"),
            ("30", "31"),
            ("will", "may"),
            ("authorized", "unauthorized"),
        ] {
            assert!(!same_word(one, two), "{one} {two}");
        }
    }
}
