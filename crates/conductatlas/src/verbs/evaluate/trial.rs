//! One comparison that is judged: two texts, what is expected of them, and what came out.
//!
//! Invariant: a trial is compared by the very functions of `conductatlas compare`; what it expects is known before.

use std::{collections::HashMap, sync::OnceLock};

use atlas_domain::{Comparison, HunkKind, Materiality, PolicyText};
use atlas_reading::{Detector as _, TrainedDetector, certain};
use serde::Serialize;

/// What a trial measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Measure {
    /// An upgrade of the archive's own software: the publisher changed nothing.
    TechnicalUpgrade,
    /// The same words in other markup.
    SameWords,
    /// A later poll of a page whose text is proved equal.
    EqualPoll,
    /// A change that a person wrote an article about.
    Memo,
    /// A change that a person called substantive.
    Substantive,
    /// A written pair that matters.
    Material,
    /// A written pair that doesn't.
    Cosmetic,
    /// A page that is not the document.
    NotDocument,
    /// Real, but nobody has said what it is.
    Unlabelled,
}

/// What has to come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expectation {
    /// At most this rank.
    AtMost(Materiality),
    /// At least this rank, with a hunk.
    AtLeast(Materiality),
    /// The later page is refused, with a name for it.
    Refused,
    /// Nothing.
    Free,
}

/// Two texts to compare; a side that could not be read is the words of its refusal.
#[derive(Debug)]
pub(super) struct Trial {
    pub measure: Measure,
    pub name: String,
    pub expectation: Expectation,
    pub old: Result<PolicyText, String>,
    pub new: Result<PolicyText, String>,
    /// Sentences that a hunk has to show: of the old text, and of the new one.
    pub sentences: (Option<String>, Option<String>),
}

/// What came out of a trial.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub measure: Measure,
    pub name: String,
    /// It came out as expected.
    pub right: bool,
    /// `None` if a side was refused.
    pub materiality: Option<Materiality>,
    /// Hunks that count.
    pub hunks: usize,
    /// The expected sentences are shown by one hunk.
    pub sentence_shown: bool,
    /// Why a side was refused.
    pub refusal: Option<String>,
    /// The reasons for the rank.
    pub signals: Vec<String>,
    /// The passages that count, shortened.
    pub passages: Vec<String>,
    /// Characters in hunks that count, against characters of the sentences that changed.
    pub shown: Option<Shown>,
}

/// How much a reader is shown for how much that changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Shown {
    /// Characters of both sides of the hunks that count.
    pub shown: usize,
    /// Characters of the sentences, of both sides, that have no twin with the same normal words on the other side.
    pub changed: usize,
}

impl Shown {
    /// Shown against changed; `None` where nothing changed.
    pub fn ratio(self) -> Option<f64> {
        let number = |count: usize| u32::try_from(count).map(f64::from).ok();
        Some(number(self.shown)? / number(self.changed).filter(|changed| *changed > 0.0)?)
    }
}

/// The detector of the product, built once; a test of its crate builds it.
fn detector() -> Option<&'static TrainedDetector> {
    static DETECTOR: OnceLock<Option<TrainedDetector>> = OnceLock::new();
    DETECTOR
        .get_or_init(|| TrainedDetector::new(atlas_catalog::taxonomy()).ok())
        .as_ref()
}

/// Compares the two sides as `conductatlas compare` does.
pub(super) fn compare(old: &PolicyText, new: &PolicyText) -> Comparison {
    let Some(detector) = detector() else {
        return atlas_text::compare(old, new);
    };
    let read = |text: &PolicyText| certain(&detector.detect(text));
    atlas_text::compare_with_readings(old, new, &read(old), &read(new), &crate::favours)
}

/// Judges a trial.
pub(super) fn judge(trial: Trial) -> Outcome {
    let Trial {
        measure,
        name,
        expectation,
        old,
        new,
        sentences,
    } = trial;
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(refusal), _) | (_, Err(refusal)) => {
            let right = match expectation {
                // A page that is not the document raises no alert and counts as no change.
                Expectation::Refused | Expectation::Free | Expectation::AtMost(_) => true,
                Expectation::AtLeast(_) => false,
            };
            return Outcome {
                measure,
                name,
                right,
                materiality: None,
                hunks: 0,
                sentence_shown: false,
                refusal: Some(refusal),
                signals: Vec::new(),
                passages: Vec::new(),
                shown: None,
            };
        }
    };
    let found = compare(&old, &new);
    let counts = |kind| matches!(kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified);
    let hunks: Vec<_> = found.hunks.iter().filter(|hunk| counts(hunk.kind)).collect();
    let side_shows = |words: Option<&String>, side: Option<&atlas_domain::HunkSide>| {
        words.is_none_or(|words| side.is_some_and(|side| squeezed(&side.text).contains(&squeezed(words))))
    };
    let sentence_shown = hunks.iter().any(|hunk| {
        side_shows(sentences.0.as_ref(), hunk.old.as_ref()) && side_shows(sentences.1.as_ref(), hunk.new.as_ref())
    });
    let expected_sentence = sentences.0.is_none() && sentences.1.is_none() || sentence_shown;
    let right = match expectation {
        Expectation::AtMost(most) => found.materiality <= most,
        Expectation::AtLeast(least) => found.materiality >= least && !hunks.is_empty() && expected_sentence,
        Expectation::Refused => false,
        Expectation::Free => true,
    };
    let short = |text: &str| text.chars().take(240).collect::<String>();
    let passages = hunks
        .iter()
        .take(8)
        .map(|hunk| {
            let side = |side: &Option<atlas_domain::HunkSide>| {
                side.as_ref().map_or_else(String::new, |side| short(&side.text))
            };
            format!("{}: {} => {}", hunk.kind, side(&hunk.old), side(&hunk.new))
        })
        .collect();
    let signals = found
        .signals
        .iter()
        .take(8)
        .map(|signal| format!("{} {:.1}: {}", signal.name, signal.weight, signal.evidence))
        .collect();
    Outcome {
        measure,
        name,
        right,
        materiality: Some(found.materiality),
        hunks: hunks.len(),
        sentence_shown: expected_sentence && !hunks.is_empty(),
        refusal: None,
        signals,
        passages,
        shown: Some(shown(&old, &new, &found)),
    }
}

/// Words with single spaces between them.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Measures without the aligner's help: a sentence changed if the other side has no sentence of the same words left.
pub(super) fn shown(old: &PolicyText, new: &PolicyText, found: &Comparison) -> Shown {
    let mut waiting: HashMap<String, Vec<usize>> = HashMap::new();
    let sentences = |text: &PolicyText| {
        text.blocks
            .iter()
            .flat_map(|block| &block.sentences)
            .map(|span| text.slice(span.start, span.end).to_owned())
            .collect::<Vec<_>>()
    };
    for sentence in sentences(old) {
        waiting
            .entry(atlas_text::normal_words(&sentence))
            .or_default()
            .push(sentence.chars().count());
    }
    let mut changed = 0;
    for sentence in sentences(new) {
        let twin = waiting.get_mut(&atlas_text::normal_words(&sentence)).and_then(Vec::pop);
        if twin.is_none() {
            changed += sentence.chars().count();
        }
    }
    changed += waiting.values().flatten().sum::<usize>();
    let shown = found
        .hunks
        .iter()
        .filter(|hunk| matches!(hunk.kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified))
        .flat_map(|hunk| [hunk.old.as_ref(), hunk.new.as_ref()])
        .flatten()
        .map(|side| side.text.chars().count())
        .sum();
    Shown { shown, changed }
}
