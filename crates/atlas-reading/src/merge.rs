//! From passages to one answer for each type. Invariant: every reading of a type is kept, as primary or supporting;
//! `conflicting` is said only where two explicit passages without a scope disagree.

use std::collections::BTreeMap;

use atlas_domain::{Confidence, Reading, Severity, Stance, StanceFamily, Taxonomy};
use serde::Serialize;

use crate::detector::BROAD;

/// What a document says on one type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProvisionReading {
    /// Slug of the provision type.
    pub provision_type: String,
    /// The document's position.
    pub stance: Stance,
    /// Severity of that position.
    pub severity: Severity,
    /// The passage that carries the position.
    pub primary: Reading,
    /// The other passages, in the order of the text.
    pub supporting: Vec<Reading>,
}

/// One reading for each type that was found, in the order of the taxonomy.
pub fn merge(taxonomy: &Taxonomy, readings: &[Reading]) -> Vec<ProvisionReading> {
    let mut by_type: BTreeMap<&str, Vec<&Reading>> = BTreeMap::new();
    for reading in readings {
        by_type.entry(&reading.provision_type).or_default().push(reading);
    }
    taxonomy
        .types
        .iter()
        .filter_map(|kind| {
            let mut found = by_type.remove(kind.slug.as_str())?;
            found.sort_by_key(|reading| (reading.start, reading.end));
            let stance = document_stance(&kind.slug, &found);
            let stance = if kind.stances.contains_key(&stance) {
                stance
            } else {
                strongest(&found)?.stance
            };
            let carrying: Vec<&Reading> = found
                .iter()
                .copied()
                .filter(|reading| reading.stance == stance)
                .collect();
            let primary = strongest(if carrying.is_empty() { &found } else { &carrying })?;
            let severity = if primary.stance == stance {
                primary.severity
            } else {
                kind.stances.get(&stance)?.severity
            };
            let supporting = found
                .iter()
                .filter(|reading| !std::ptr::eq(**reading, primary))
                .map(|reading| (*reading).clone());
            Some(ProvisionReading {
                provision_type: kind.slug.clone(),
                stance,
                severity,
                primary: primary.clone(),
                supporting: supporting.collect(),
            })
        })
        .collect()
}

/// The passage to quote: the surest, then the gravest, then the one without a scope, then the likeliest, then the first.
fn strongest<'a>(readings: &[&'a Reading]) -> Option<&'a Reading> {
    let rank = |reading: &Reading| {
        let sure = match reading.confidence {
            Confidence::Explicit => 0,
            Confidence::Inferred => 1,
            Confidence::Unclear => 2,
        };
        let grave = match reading.severity {
            Severity::High => 0,
            Severity::Medium => 1,
            Severity::Low => 2,
        };
        // In tenths: a hair's breadth of probability must not make the quotation jump between versions.
        let doubt = ((1.0 - reading.score) * 10.0).round();
        (sure, grave, reading.scope.is_some(), doubt, reading.start)
    };
    let order = |a: &&Reading, b: &&Reading| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal);
    readings.iter().copied().min_by(order)
}

/// Where passages differ, the first of these that is there is the document's answer: a way out, a cap, a promise of
/// notice or an age stated anywhere qualifies what other passages say without it.
const PRECEDENCE: [(&str, &[Stance]); 6] = [
    ("arbitration", &[Stance::PermitsOptOut, Stance::Requires]),
    ("class-action-waiver", &[Stance::PermitsOptOut, Stance::Requires]),
    ("liability-cap", &[Stance::CommitsQualified]),
    ("subprocessors", &[Stance::Commits, Stance::CommitsQualified]),
    ("children-age", &[Stance::Prohibits]),
    ("third-party-model-providers", &[Stance::CommitsQualified]),
];

/// Where passages differ because they speak of different data, changes or places: that is a condition, not a
/// contradiction.
const MIXED_IS_CONDITIONAL: [&str; 6] = [
    "retention-deletion",
    "unilateral-changes",
    "content-licence-grant",
    "account-termination",
    "international-transfers",
    "governing-law",
];

/// The position of the whole document.
fn document_stance(slug: &str, readings: &[&Reading]) -> Stance {
    let has = |stance: Stance| readings.iter().any(|reading| reading.stance == stance);
    let first = readings.first().map_or(Stance::Silent, |reading| reading.stance);
    if readings.iter().all(|reading| reading.stance == first) {
        return first;
    }
    let ranked = PRECEDENCE
        .iter()
        .find(|(kind, _)| *kind == slug)
        .map_or(&[][..], |(_, stances)| stances);
    if let Some(stance) = ranked.iter().find(|stance| has(**stance)) {
        return *stance;
    }
    if MIXED_IS_CONDITIONAL.contains(&slug) {
        return Stance::Conditional;
    }
    // Explicit passages that hold for everybody decide; scoped or inferred ones only where there are no others.
    let open: Vec<Stance> = readings
        .iter()
        .filter(|reading| reading.confidence == Confidence::Explicit && reading.scope.is_none())
        .map(|reading| reading.stance)
        .collect();
    let open_has = |stance: Stance| open.contains(&stance);
    let promised = open.iter().any(|stance| stance.family() == StanceFamily::Promise);
    let scoped = |family: StanceFamily| {
        readings
            .iter()
            .any(|reading| reading.scope.is_some() && reading.stance.family() == family)
    };
    // A way out that is stated anywhere applies to the permission stated elsewhere.
    if has(Stance::PermitsOptOut) && readings.iter().any(|reading| reading.stance == Stance::Permits) {
        return Stance::PermitsOptOut;
    }
    if has(Stance::PermitsOptIn) && !has(Stance::Permits) && !has(Stance::PermitsOptOut) {
        return Stance::PermitsOptIn;
    }
    let broad = |stance: Stance| {
        readings.iter().any(|reading| {
            reading.stance == stance
                && reading.confidence == Confidence::Explicit
                && reading.scope.is_none()
                && reading.reasons.iter().any(|reason| reason == BROAD)
        })
    };
    if broad(Stance::Permits) && (broad(Stance::Prohibits) || broad(Stance::Commits)) {
        return Stance::Conflicting;
    }
    if promised && open_has(Stance::Permits) {
        return Stance::Conditional;
    }
    if scoped(StanceFamily::Promise)
        && readings
            .iter()
            .any(|reading| reading.stance.family() == StanceFamily::Permit)
        || scoped(StanceFamily::Permit) && promised
    {
        return Stance::Conditional;
    }
    if has(Stance::PermitsOptOut) && !promised {
        return Stance::PermitsOptOut;
    }
    if has(Stance::Conditional) {
        return Stance::Conditional;
    }
    if has(Stance::CommitsQualified) && !has(Stance::Permits) {
        return Stance::CommitsQualified;
    }
    open.first().copied().unwrap_or(first)
}
