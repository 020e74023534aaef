//! Who may, must, will or will not do what: the modal predicates of a passage.
//!
//! Invariant: a heuristic over words, the same for both sides of a comparison, so that what stays the same cancels out.

use crate::normal::Word;

use super::cues::{WordLists, rules};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The provider.
    Provider,
    /// The user.
    User,
    /// Somebody else, or nobody that we can tell.
    Other,
}

/// How binding it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// will, shall, must, agrees to.
    Binding,
    /// may, can.
    Permitted,
    /// should.
    Advised,
    /// do not, never: a statement of what is not done.
    Stated,
}

/// One predicate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    /// Who acts.
    pub subject: Subject,
    /// How binding it is.
    pub mode: Mode,
    /// With a negation.
    pub negated: bool,
    /// The verb that follows, in the form it stands in; empty if there is none.
    pub verb: String,
    /// First word of the evidence.
    pub first: usize,
    /// One past its last word.
    pub last: usize,
}

/// Words between a modal and its verb.
const FILLERS: &[&str] = &[
    "also", "only", "be", "been", "have", "then", "still", "either", "hereby", "to", "the", "at", "all", "times",
    "ever", "and",
];
/// Words back from a modal in which its subject is looked for.
const SUBJECT_WINDOW: usize = 9;

/// The predicates of a passage.
pub fn predicates(passage: &str, words: &[Word]) -> Vec<Predicate> {
    let lists = &rules().words;
    let form = |index: usize| words.get(index).map_or("", |word| word.form.as_str());
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let start = at;
        let (mode, mut negated) = match form(at) {
            "may" | "can" | "might" | "could" => (Mode::Permitted, false),
            "cannot" | "can't" => (Mode::Permitted, true),
            "will" | "shall" | "must" | "agree" | "agrees" => (Mode::Binding, false),
            "won't" | "mustn't" | "we'll" | "you'll" => (Mode::Binding, form(at).ends_with("n't")),
            "should" => (Mode::Advised, false),
            "don't" | "doesn't" | "didn't" | "never" => (Mode::Stated, true),
            "do" | "does" | "did" if form(at + 1) == "not" || form(at + 1) == "never" => (Mode::Stated, false),
            "reserve" | "reserves" if form(at + 1) == "the" && form(at + 2) == "right" => {
                at += 2;
                (Mode::Permitted, false)
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let mut next = at + 1;
        let mut passive = false;
        while next < words.len() && next <= at + 5 {
            let word = form(next);
            if lists.negators.contains(word) && !matches!(word, "no" | "without" | "none" | "nothing") {
                negated = true;
            } else if word == "be" || word == "been" {
                passive = true;
            } else if !FILLERS.contains(&word) && !is_adverb(word) {
                break;
            }
            next += 1;
        }
        let verb = form(next).to_owned();
        let subject = subject(passage, words, start, passive, lists);
        // "Do not …" at the start of a sentence is said to the user and binds.
        let (subject, mode) = if start == 0 && mode == Mode::Stated {
            (Subject::User, Mode::Binding)
        } else {
            (subject, mode)
        };
        let first = start.saturating_sub(usize::from(start > 0));
        found.push(Predicate {
            subject,
            mode,
            negated,
            verb,
            first,
            last: (next + 1).min(words.len()),
        });
        at = next.max(at + 1);
    }
    found
}

fn is_adverb(word: &str) -> bool {
    word.len() > 4 && word.ends_with("ly") && !matches!(word, "apply" | "comply" | "supply" | "reply" | "imply")
}

fn subject(passage: &str, words: &[Word], modal: usize, passive: bool, lists: &WordLists) -> Subject {
    let from = modal.saturating_sub(SUBJECT_WINDOW);
    let window = words.get(from..modal).unwrap_or_default();
    if let Some(last) = window.last() {
        let named = passage
            .get(last.start..last.end)
            .is_some_and(|word| word.starts_with(char::is_uppercase));
        let alone = window.len() == 1 || named;
        if named
            && alone
            && !lists.user.contains(&last.form)
            && !matches!(last.form.as_str(), "it" | "this" | "that" | "they" | "these" | "i")
        {
            return Subject::Provider;
        }
    }
    for (at, word) in window.iter().enumerate().rev() {
        if lists.user.contains(&word.form) {
            // "Your content may be used", "customer data may be moved": done by the provider.
            let thing = window.get(at + 1).is_some_and(|next| {
                matches!(
                    next.form.as_str(),
                    "data" | "content" | "information" | "files" | "messages" | "inputs" | "personal"
                )
            });
            let theirs = thing || word.form == "your" || word.form == "account" || word.form == "accounts";
            return if passive && theirs {
                Subject::Provider
            } else {
                Subject::User
            };
        }
        if lists.provider.contains(&word.form) {
            return Subject::Provider;
        }
    }
    if passive { Subject::Provider } else { Subject::Other }
}

/// Whether two forms are of one verb: "train" and "trains".
pub fn same_verb(one: &str, two: &str) -> bool {
    let stem = |verb: &str| {
        let cut = ["ies", "ied", "ing", "es", "ed", "s", "d", "e", "y"];
        let stem = cut
            .iter()
            .find_map(|ending| verb.strip_suffix(ending).filter(|stem| stem.len() > 2));
        stem.unwrap_or(verb).to_owned()
    };
    one == two || stem(one) == stem(two)
}

/// Whether a verb, in any form, is in a list of base forms.
pub fn is_in(list: &std::collections::HashSet<String>, verb: &str) -> bool {
    if list.contains(verb) {
        return true;
    }
    ["s", "d", "ed", "ing", "es"].iter().any(|ending| {
        verb.strip_suffix(ending).is_some_and(|stem| {
            let single = stem
                .char_indices()
                .next_back()
                .map_or("", |(last, _)| stem.get(..last).unwrap_or_default());
            stem.len() > 2 && (list.contains(stem) || list.contains(&format!("{stem}e")) || list.contains(single))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{Mode, Subject, predicates};
    use crate::normal::words;

    fn one(passage: &str) -> (Subject, Mode, bool, String) {
        let found = predicates(passage, &words(passage));
        let first = found.first().unwrap_or_else(|| panic!("{passage}")).clone();
        (first.subject, first.mode, first.negated, first.verb)
    }

    #[test]
    fn who_may_or_must_do_what_is_read_from_the_words() {
        use Mode::{Binding, Permitted, Stated};
        use Subject::{Provider, User};
        for (passage, expected) in [
            ("We will not use your data.", (Provider, Binding, true, "use")),
            ("We may also share it.", (Provider, Permitted, false, "share")),
            ("You may not resell.", (User, Permitted, true, "resell")),
            (
                "Anthropic may change the terms.",
                (Provider, Permitted, false, "change"),
            ),
            (
                "Your content may be used to train.",
                (Provider, Permitted, false, "used"),
            ),
            ("We do not sell it.", (Provider, Stated, true, "sell")),
            ("Don't post spam.", (User, Binding, true, "post")),
            (
                "We reserve the right to terminate.",
                (Provider, Permitted, false, "terminate"),
            ),
            ("You must promptly pay.", (User, Binding, false, "pay")),
            ("You agree to arbitrate.", (User, Binding, false, "arbitrate")),
        ] {
            let found = one(passage);
            assert_eq!((found.0, found.1, found.2, found.3.as_str()), expected, "{passage}");
        }
    }
}
