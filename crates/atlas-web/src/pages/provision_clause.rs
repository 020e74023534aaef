//! One clause and its readings: the passages of a provision, to whom each of them applies, and what else the quoted
//! clause is read on.
//!
//! Invariant: a passage is shown whole and with the check of its own offsets; where passages disagree one of each
//! position is quoted, none is left out.

use atlas_db::view::provision::{ClauseReading, ProvisionRecord, SupportingFinding};
use atlas_domain::{Severity, Stance, urls};

use super::words;

/// Passages that are quoted in full where they disagree.
const QUOTED: usize = 3;
/// Further passages that are in sight; the rest are folded away.
const SHOWN: usize = 4;

/// A passage beside the one that stands for the provision.
#[derive(Debug, Clone)]
pub(super) struct Passage {
    /// The position it takes.
    pub stance: Stance,
    /// To whom the words limit themselves; may be empty.
    pub scope: String,
    /// The quoted words.
    pub excerpt: String,
    /// First byte, as pages write it.
    pub start: String,
    /// One past the last byte.
    pub end: String,
    /// Heading under which it stands; may be empty.
    pub location: String,
    /// Its place in the version.
    pub place: String,
    /// Whether the archived text holds these words at these offsets.
    pub exact: bool,
}

/// The passages of a provision beside its quotation.
#[derive(Debug, Clone, Default)]
pub(super) struct Passages {
    /// Where passages disagree: one of each position, to be quoted as large as the first.
    pub against: Vec<Passage>,
    /// The others.
    pub further: Vec<Passage>,
}

impl Passages {
    /// The passages of a provision; `version` is the page of its version.
    pub(super) fn new(provision: &ProvisionRecord, version: &str) -> Self {
        let disagree = provision.finding.stance == Stance::Conflicting;
        let mut passages = Self::default();
        for found in &provision.supporting {
            let passage = passage(provision, found, version);
            let is_new = !passages.against.iter().any(|known| known.stance == passage.stance);
            if disagree && is_new && passages.against.len() < QUOTED {
                passages.against.push(passage);
            } else {
                passages.further.push(passage);
            }
        }
        passages
    }

    /// Further passages that are in sight.
    pub(super) fn shown(&self) -> &[Passage] {
        self.further.get(..SHOWN).unwrap_or(&self.further)
    }

    /// Further passages that are folded away.
    pub(super) fn folded(&self) -> &[Passage] {
        self.further.get(SHOWN..).unwrap_or_default()
    }
}

fn passage(provision: &ProvisionRecord, found: &SupportingFinding, version: &str) -> Passage {
    let block = provision.text.block_at(found.start);
    Passage {
        stance: found.stance,
        scope: words::clipped(found.scope.as_deref().unwrap_or_default(), 80),
        excerpt: found.excerpt.clone(),
        start: words::count(found.start),
        end: words::count(found.end),
        location: block
            .map(|block| words::clipped(provision.text.heading_text(block), 60))
            .unwrap_or_default(),
        place: block.map_or_else(|| version.to_owned(), |block| format!("{version}#{}", block.anchor)),
        exact: provision.text.text.get(found.start..found.end) == Some(found.excerpt.as_str()),
    }
}

/// To whom a position applies, in the document's own words.
#[derive(Debug, Clone)]
pub(super) struct ScopeRow {
    /// The plan, region or product; `None` where the words name none.
    pub scope: Option<String>,
    /// The position.
    pub stance: Stance,
    /// The words, shortened.
    pub words: String,
    /// Their place in the version.
    pub place: String,
}

/// One row for each passage that is quoted in full or limited to a plan, region or product; none where no words are
/// limited.
pub(super) fn scopes(provision: &ProvisionRecord, place: &str, passages: &Passages) -> Vec<ScopeRow> {
    let finding = &provision.finding;
    let Some(excerpt) = &finding.excerpt else {
        return Vec::new();
    };
    let named = |scope: &str| (!scope.is_empty()).then(|| scope.to_owned());
    let mut rows = vec![ScopeRow {
        scope: named(&words::clipped(finding.scope.as_deref().unwrap_or_default(), 80)),
        stance: finding.stance,
        words: words::clipped(excerpt, 200),
        place: place.to_owned(),
    }];
    rows.extend(
        passages
            .against
            .iter()
            .chain(passages.further.iter().filter(|passage| !passage.scope.is_empty()))
            .map(|passage| ScopeRow {
                scope: named(&passage.scope),
                stance: passage.stance,
                words: words::clipped(&passage.excerpt, 200),
                place: passage.place.clone(),
            }),
    );
    if rows.iter().all(|row| row.scope.is_none()) {
        return Vec::new();
    }
    rows.sort_by(|one, other| one.scope.cmp(&other.scope));
    rows
}

/// Another question on which the quoted clause is read.
#[derive(Debug, Clone)]
pub(super) struct OtherReading {
    /// Title of the type.
    pub title: &'static str,
    /// The position.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// Its page.
    pub href: String,
    /// Whether exactly the same words are quoted.
    pub same_words: bool,
}

/// The other readings of the clause, in the order of the questions.
pub(super) fn readings(platform: &str, document: &str, readings: &[ClauseReading]) -> Vec<OtherReading> {
    readings
        .iter()
        .filter_map(|reading| {
            let kind = atlas_catalog::taxonomy().provision_type(&reading.provision_type)?;
            Some(OtherReading {
                title: &kind.title,
                stance: reading.stance,
                severity: reading.severity,
                href: urls::provision(platform, document, &reading.provision_type),
                same_words: reading.same_words,
            })
        })
        .collect()
}
