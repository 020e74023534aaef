//! Carries what a person said of a finding to the next version, where the quoted words stand there letter for letter.
//!
//! Invariant: a carried quotation is exactly the new text at its new offsets. Where the words changed nothing is carried:
//! the detector's finding waits for a person again. What the detector read stays in `before` of the carried review.

use atlas_db::curation::{ReviewedState, StandingReview};
use atlas_db::finding::{Excerpt, Finding, number};
use atlas_domain::{FindingId, ReviewId, Stance};

/// A review that holds for a finding of the new version.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Carried {
    pub finding: FindingId,
    pub from: ReviewId,
    pub after: ReviewedState,
}

/// Finds the reviews that still hold. Adds a finding where a person quoted words that the detector passes over.
pub(crate) fn carry(reviews: &[StandingReview], text: &str, findings: &mut Vec<Finding>) -> Vec<Carried> {
    let mut carried: Vec<Carried> = Vec::new();
    for review in reviews {
        let (Some(words), Some(start)) = (&review.after.excerpt, review.after.start) else {
            continue;
        };
        let Some((start, end)) = place(text, words, start) else {
            continue;
        };
        let free = |finding: &&Finding| {
            finding.provision_id == review.provision_id && carried.iter().all(|held| held.finding != finding.id)
        };
        let same = findings.iter().filter(free).find(|finding| {
            finding.excerpt.as_ref().is_some_and(|excerpt| {
                excerpt.text == *words || Some(&excerpt.text) == review.detected.excerpt.as_ref()
            })
        });
        let mut after = ReviewedState {
            start: Some(start),
            end: Some(end),
            ..review.after.clone()
        };
        let id = match (same, review.after.review.as_deref()) {
            // A struck reading comes back as another one: that is for a person to see.
            (found, Some("rejected")) => match found.filter(|finding| finding.stance == review.detected.stance) {
                Some(finding) => finding.id,
                None => continue,
            },
            (Some(finding), word) => {
                // What was only approved follows the rubric of today.
                if word == Some("approved") && finding.stance == after.stance {
                    after.severity = finding.severity;
                }
                finding.id
            }
            (None, _) => {
                let added = added(review, &after, start, end);
                let id = added.id;
                findings
                    .retain(|finding| finding.provision_id != review.provision_id || finding.stance != Stance::Silent);
                let front = findings
                    .iter()
                    .position(|finding| finding.provision_id == review.provision_id);
                findings.insert(front.unwrap_or(findings.len()), added);
                id
            }
        };
        carried.push(Carried {
            finding: id,
            from: review.id,
            after,
        });
    }
    number(findings);
    carried
}

/// A finding for words that only a person quoted.
fn added(review: &StandingReview, after: &ReviewedState, start: i32, end: i32) -> Finding {
    Finding {
        id: FindingId::generate(),
        provision_id: review.provision_id,
        provision_type: review.provision_type.clone(),
        position: 0,
        stance: after.stance,
        severity: after.severity,
        confidence: review.confidence,
        basis: review.basis,
        actor: review.actor,
        scope: after.scope.clone(),
        score: 0.0,
        reasons: vec!["carried".to_owned()],
        excerpt: excerpt(after, start, end),
        reviewed: true,
    }
}

fn excerpt(after: &ReviewedState, start: i32, end: i32) -> Option<Excerpt> {
    Some(Excerpt {
        text: after.excerpt.clone()?,
        start: usize::try_from(start).ok()?,
        end: usize::try_from(end).ok()?,
    })
}

/// The findings as readers will see them: overlaid with the reviews that hold, without those that were struck.
pub(crate) fn overlaid(findings: &[Finding], carried: &[Carried]) -> Vec<Finding> {
    let mut shown = Vec::with_capacity(findings.len());
    for finding in findings {
        let mut finding = finding.clone();
        if let Some(held) = carried.iter().find(|held| held.finding == finding.id) {
            if held.after.review.as_deref() == Some("rejected") {
                continue;
            }
            finding.reviewed = true;
            finding.stance = held.after.stance;
            finding.severity = held.after.severity;
            finding.scope.clone_from(&held.after.scope);
            if let (Some(start), Some(end)) = (held.after.start, held.after.end) {
                finding.excerpt = excerpt(&held.after, start, end);
            }
        }
        shown.push(finding);
    }
    number(&mut shown);
    shown
}

/// Where words stand in a text, as bytes; of several places the one nearest to where they stood.
fn place(text: &str, words: &str, near: i32) -> Option<(i32, i32)> {
    if words.is_empty() {
        return None;
    }
    let starts = text
        .match_indices(words)
        .filter_map(|(start, _)| i32::try_from(start).ok());
    let start = starts.min_by_key(|start| start.abs_diff(near))?;
    Some((start, start.checked_add(i32::try_from(words.len()).ok()?)?))
}
