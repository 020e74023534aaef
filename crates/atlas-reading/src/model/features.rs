//! From a sentence to numbers: hashed n-grams of words and letters, groups of words, signals. Invariant: the same
//! sentence under the same specification gives the same vector, in the order of its indices, each block of length one.

use serde::{Deserialize, Serialize};

use super::concepts::Concepts;
use super::linear::Row;
use super::numbers::{bucket, hash, index, join, real, single};
use super::signals::Signals;
use super::words::words;
use crate::rules::RuleError;

/// What is counted. A block with 0 bits is left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Buckets of word n-grams, as a power of two.
    pub word_bits: u8,
    /// The longest word n-gram.
    pub word_most: u8,
    /// Buckets of letter n-grams (3 to 5 letters inside a word), as a power of two.
    pub letter_bits: u8,
    /// Buckets of groups of words and their pairs, as a power of two.
    pub group_bits: u8,
    /// Whether groups are counted by the length of the passage too.
    pub lengths: bool,
    /// Buckets of signals, alone and with the type that the sentence is about, as a power of two.
    pub signal_bits: u8,
    /// Weight of each block: words, letters, groups, signals.
    pub weights: [f32; 4],
}

impl FeatureSpec {
    /// Bits of each block, in the order of the index.
    fn bits(&self) -> [u8; 4] {
        [self.word_bits, self.letter_bits, self.group_bits, self.signal_bits]
    }

    /// How many numbers a vector has room for.
    pub fn dimension(&self) -> usize {
        self.bits().map(size).iter().sum()
    }

    /// Whether the specification can be computed at all.
    pub(super) fn is_sound(&self) -> bool {
        let bits = self.bits();
        bits.iter().all(|bits| *bits <= 20)
            && bits.iter().any(|bits| *bits > 0)
            && (1..=5).contains(&self.word_most)
            && self.weights.iter().all(|weight| weight.is_finite())
    }
}

fn size(bits: u8) -> usize {
    if bits == 0 { 0 } else { 1_usize << bits.min(24) }
}

/// Turns sentences into vectors.
#[derive(Debug)]
pub(super) struct Extractor {
    spec: FeatureSpec,
    concepts: Concepts,
    signals: Option<Signals>,
}

impl Extractor {
    pub(super) fn new(spec: FeatureSpec) -> Result<Self, RuleError> {
        let signals = if spec.signal_bits > 0 {
            Some(Signals::new()?)
        } else {
            None
        };
        Ok(Self {
            spec,
            concepts: Concepts::new(),
            signals,
        })
    }

    pub(super) fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    /// Counts of a sentence's features, damped (`1 + ln n`), before any weighting. `about` is the provision type that
    /// the sentence is known to speak on, if the model is told.
    pub(super) fn counts(&self, text: &str, about: Option<&str>) -> Row {
        let words = words(text);
        let mut found: Vec<u32> = Vec::with_capacity(words.len() * 24);
        let hashes: Vec<u64> = words.iter().map(|word| hash(1, word.as_bytes())).collect();
        let mut base = 0;
        if self.spec.word_bits > 0 {
            self.word_grams(&hashes, base, &mut found);
            base += room(self.spec.word_bits);
        }
        if self.spec.letter_bits > 0 {
            self.letter_grams(&words, base, &mut found);
            base += room(self.spec.letter_bits);
        }
        if self.spec.group_bits > 0 {
            self.groups(&words, base, &mut found);
            base += room(self.spec.group_bits);
        }
        if let Some(signals) = &self.signals {
            self.signals(signals, text, &hashes, about, base, &mut found);
        }
        found.sort_unstable();
        found
            .chunk_by(|a, b| a == b)
            .filter_map(|same| {
                let count = if same.len() == 1 {
                    1.0
                } else {
                    1.0 + real(same.len()).ln()
                };
                Some((*same.first()?, single(count)))
            })
            .collect()
    }

    fn word_grams(&self, hashes: &[u64], base: u32, found: &mut Vec<u32>) {
        // The edges of a sentence are words too: "you may" at its beginning says who acts.
        let edge = hash(2, b"edge");
        let padded: Vec<u64> = [edge].into_iter().chain(hashes.iter().copied()).chain([edge]).collect();
        for begin in 0..padded.len() {
            let mut gram = 7;
            for (length, word) in (0_u8..self.spec.word_most).zip(padded.iter().skip(begin)) {
                gram = join(gram, *word);
                if length > 0 || *word != edge {
                    found.push(base + bucket(gram, self.spec.word_bits));
                }
            }
        }
    }

    fn letter_grams(&self, words: &[String], base: u32, found: &mut Vec<u32>) {
        let mut letters = Vec::new();
        for word in words {
            letters.clear();
            letters.push(b'<');
            letters.extend_from_slice(word.as_bytes());
            letters.push(b'>');
            for length in 3..=5 {
                found.extend(
                    letters
                        .windows(length)
                        .map(|gram| base + bucket(hash(3, gram), self.spec.letter_bits)),
                );
            }
        }
    }

    fn groups(&self, words: &[String], base: u32, found: &mut Vec<u32>) {
        let mut own = Vec::new();
        let mut before: Vec<u16> = Vec::new();
        let from = found.len();
        // How long a passage is tells a quoted paragraph from a sentence, whose words weigh differently.
        let class = match words.len() {
            0..=14 => 1,
            15..=29 => 2,
            30..=59 => 3,
            _ => 4,
        };
        let long = self.spec.lengths.then_some(class);
        found.extend(long.map(|long| base + bucket(join(13, long), self.spec.group_bits)));
        for word in words {
            self.concepts.of(word, &mut own);
            for group in &own {
                let here = u64::from(*group) + 1;
                found.push(base + bucket(join(11, here), self.spec.group_bits));
                found.extend(long.map(|long| base + bucket(join(join(14, long), here), self.spec.group_bits)));
                for earlier in &before {
                    let pair = join(join(12, u64::from(*earlier) + 1), here);
                    found.push(base + bucket(pair, self.spec.group_bits));
                }
            }
            for group in &own {
                if !before.contains(group) {
                    before.push(*group);
                }
            }
        }
        // A group is there or not; long quotations must not drown short sentences.
        let mut once: Vec<u32> = found.drain(from..).collect();
        once.sort_unstable();
        once.dedup();
        found.extend(once);
    }

    fn signals(
        &self,
        signals: &Signals,
        text: &str,
        hashes: &[u64],
        about: Option<&str>,
        base: u32,
        found: &mut Vec<u32>,
    ) {
        let mut own = Vec::new();
        signals.find(text, &mut own);
        let about = about.map(|kind| hash(4, kind.as_bytes()));
        let mut push = |feature: u64| found.push(base + bucket(feature, self.spec.signal_bits));
        for (at, signal) in own.iter().enumerate() {
            let one = join(21, *signal);
            push(one);
            if let Some(kind) = about {
                push(join(one, kind));
            }
            for other in own.iter().skip(at + 1) {
                push(join(one, *other));
            }
        }
        if let Some(kind) = about {
            push(join(22, kind));
            for word in hashes {
                push(join(join(23, kind), *word));
            }
        }
    }

    /// Weighs counts by how rare their features are, and brings each block to its length.
    pub(super) fn weigh(&self, counts: Row, rarity: &[f32]) -> Row {
        let mut row: Row = counts
            .into_iter()
            .filter_map(|(at, count)| {
                let weight = rarity.get(index(at)).copied().unwrap_or_default();
                (weight > 0.0).then_some((at, count * weight))
            })
            .collect();
        let mut rest = row.as_mut_slice();
        let mut end = 0;
        for (bits, weight) in self.spec.bits().into_iter().zip(self.spec.weights) {
            end += if bits == 0 { 0 } else { room(bits) };
            let count = rest.partition_point(|(at, _)| *at < end);
            let (block, after) = rest.split_at_mut(count);
            let length = block.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
            if length > 0.0 {
                for (_, value) in block {
                    *value *= weight / length;
                }
            }
            rest = after;
        }
        row
    }
}

fn room(bits: u8) -> u32 {
    1_u32 << bits.min(24)
}

/// How rare each feature is among some rows: `1 + ln((1 + n) / (1 + df))`, and 0 where it never occurs.
pub(super) fn rarity(rows: &[Row], dimension: usize) -> Vec<f32> {
    let mut counts = vec![0_usize; dimension];
    for (at, _) in rows.iter().flatten() {
        if let Some(count) = counts.get_mut(index(*at)) {
            *count += 1;
        }
    }
    counts
        .iter()
        .map(|count| match count {
            0 => 0.0,
            _ => single(1.0 + (real(1 + rows.len()) / real(1 + count)).ln()),
        })
        .collect()
}
