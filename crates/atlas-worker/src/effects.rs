//! What a change did to the provisions of a document.
//!
//! Invariant: a change touches a provision only if its passages touch words on which the provision's findings rest;
//! that the detector reads untouched words in another way is not something the publisher did.

use std::collections::BTreeMap;

use atlas_db::change::ProvisionEffect;
use atlas_db::curation::{Publish, ReviewPolicy};
use atlas_db::finding::Finding;
use atlas_domain::{Hunk, HunkKind, HunkSide, Severity, Stance};

/// One provision that a change touches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Touched<'a> {
    pub effect: ProvisionEffect,
    pub old: Option<&'a Finding>,
    pub new: Option<&'a Finding>,
    /// Index of the first passage that touches it.
    pub hunk: usize,
}

impl Touched<'_> {
    /// The finding that names the provision: the later one, or the earlier one if it vanished.
    pub fn finding(&self) -> Option<&Finding> {
        match self.effect {
            ProvisionEffect::Vanished => self.old,
            _ => self.new.or(self.old),
        }
    }
    /// Whether it may decide how grave a change is: each of its findings was reviewed, is silence, or is a reading by
    /// rule or a sure one; others may tip with any word. One that waits for a person counts: a grave change is better
    /// looked at twice than told of too early.
    pub fn is_certain(&self) -> bool {
        self.old.is_none_or(is_certain) && self.new.is_none_or(is_certain)
    }
    /// Whether a headline or an alert may name it: it is certain, and readers see both findings.
    pub fn is_told(&self, policy: ReviewPolicy, is_sample: bool) -> bool {
        let told = |finding: &Finding| {
            let shown = match policy.publish {
                Publish::Reviewed => false,
                Publish::Auto => is_sample || finding.stance == Stance::Silent || policy.publishes(finding.score),
                Publish::All => true,
            };
            finding.reviewed || (shown && is_certain(finding))
        };
        self.old.is_none_or(told) && self.new.is_none_or(told)
    }
    pub fn severity(&self) -> Severity {
        self.finding().map_or(Severity::Low, |finding| finding.severity)
    }
}

fn is_certain(finding: &Finding) -> bool {
    finding.reviewed || finding.stance == Stance::Silent || atlas_reading::is_certain(&finding.reasons, finding.score)
}

/// The provisions that the passages touch, the gravest first.
pub(crate) fn touched<'a>(old: &'a [Finding], new: &'a [Finding], hunks: &[Hunk]) -> Vec<Touched<'a>> {
    let mut by_type: BTreeMap<&str, (Vec<&Finding>, Vec<&Finding>)> = BTreeMap::new();
    for finding in old {
        by_type.entry(&finding.provision_type).or_default().0.push(finding);
    }
    for finding in new {
        by_type.entry(&finding.provision_type).or_default().1.push(finding);
    }
    let mut found: Vec<Touched<'a>> = by_type
        .into_values()
        .filter_map(|(old, new)| {
            let hunk = match (
                first_touching(&old, hunks, |hunk| hunk.old.as_ref()),
                first_touching(&new, hunks, |hunk| hunk.new.as_ref()),
            ) {
                (Some(one), Some(other)) => one.min(other),
                (one, other) => one.or(other)?,
            };
            let (old, new) = (primary(&old), primary(&new));
            let effect = match (speaks(old), speaks(new)) {
                (Some(_), None) => ProvisionEffect::Vanished,
                (None, Some(_)) => ProvisionEffect::Appeared,
                (Some(before), Some(after)) if before != after => ProvisionEffect::StanceChanged,
                (Some(_), Some(_)) => ProvisionEffect::Reworded,
                (None, None) => return None,
            };
            Some(Touched { effect, old, new, hunk })
        })
        .collect();
    found.sort_by_key(|touched| {
        (
            std::cmp::Reverse(touched.severity()),
            weight(touched.effect),
            touched.hunk,
        )
    });
    found
}

/// A reversal weighs more than a gain or a loss, and those more than other words.
const fn weight(effect: ProvisionEffect) -> u8 {
    match effect {
        ProvisionEffect::StanceChanged => 0,
        ProvisionEffect::Vanished => 1,
        ProvisionEffect::Appeared => 2,
        ProvisionEffect::Reworded => 3,
    }
}

fn primary<'a>(findings: &[&'a Finding]) -> Option<&'a Finding> {
    findings.iter().copied().find(|finding| finding.position == 0)
}

fn speaks(finding: Option<&Finding>) -> Option<Stance> {
    finding
        .map(|finding| finding.stance)
        .filter(|stance| *stance != Stance::Silent)
}

fn first_touching(findings: &[&Finding], hunks: &[Hunk], side: impl Fn(&Hunk) -> Option<&HunkSide>) -> Option<usize> {
    hunks.iter().position(|hunk| {
        matches!(hunk.kind, HunkKind::Added | HunkKind::Removed | HunkKind::Modified)
            && side(hunk).is_some_and(|side| {
                findings
                    .iter()
                    .filter_map(|finding| finding.excerpt.as_ref())
                    .any(|excerpt| excerpt.start < side.end && side.start < excerpt.end)
            })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use atlas_db::change::ProvisionEffect;
    use atlas_db::curation::{Publish, ReviewPolicy};
    use atlas_db::finding::{Excerpt, Finding};
    use atlas_domain::{Actor, Basis, Confidence, FindingId, Hunk, HunkKind, HunkSide, ProvisionId, Severity, Stance};

    use super::{Touched, touched};

    pub(crate) fn finding(provision_type: &str, stance: Stance, range: Option<(usize, usize)>) -> Finding {
        Finding {
            id: FindingId::generate(),
            provision_id: ProvisionId::generate(),
            provision_type: provision_type.to_owned(),
            position: 0,
            stance,
            severity: Severity::High,
            confidence: Confidence::Explicit,
            basis: Basis::Explicit,
            actor: Actor::Vendor,
            scope: None,
            score: 1.0,
            reasons: Vec::new(),
            excerpt: range.map(|(start, end)| Excerpt {
                text: "x".repeat(end - start),
                start,
                end,
            }),
            reviewed: false,
        }
    }

    #[test]
    fn only_what_readers_see_and_what_is_certain_is_named() {
        let policy = |publish: Publish| ReviewPolicy {
            publish,
            auto_from: 0.8,
            queue_from: 0.35,
        };
        let told = |score: f64, reason: &str, reviewed: bool, publish: Publish, is_sample: bool| {
            let mut finding = finding("arbitration", Stance::Requires, Some((0, 5)));
            finding.score = score;
            finding.reasons = vec![reason.to_owned()];
            finding.reviewed = reviewed;
            let touched = Touched {
                effect: ProvisionEffect::Appeared,
                old: None,
                new: Some(&finding),
                hunk: 0,
            };
            touched.is_told(policy(publish), is_sample)
        };
        assert!(told(0.9, "model", false, Publish::Auto, false));
        assert!(!told(0.75, "a-rule", false, Publish::Auto, false), "it waits");
        assert!(told(0.75, "a-rule", false, Publish::Auto, true), "a sample shows it");
        assert!(told(0.75, "a-rule", false, Publish::All, false));
        assert!(!told(0.6, "model", false, Publish::All, false), "likely is not sure");
        assert!(!told(1.0, "a-rule", false, Publish::Reviewed, false));
        assert!(told(0.6, "model", true, Publish::Reviewed, false), "a person looked");
    }

    pub(crate) fn hunk(kind: HunkKind, old: Option<(usize, usize)>, new: Option<(usize, usize)>) -> Hunk {
        let side = |range: Option<(usize, usize)>| {
            range.map(|(start, end)| HunkSide {
                text: String::new(),
                start,
                end,
                heading: String::new(),
            })
        };
        Hunk {
            kind,
            old: side(old),
            new: side(new),
            reason: None,
        }
    }

    #[test]
    fn a_provision_is_touched_only_where_a_passage_meets_its_words() {
        let old = [
            finding("model-training-use", Stance::PermitsOptIn, Some((10, 50))),
            finding("arbitration", Stance::Requires, Some((100, 150))),
            finding("human-review", Stance::Permits, Some((200, 220))),
        ];
        let new = [
            finding("model-training-use", Stance::PermitsOptOut, Some((10, 60))),
            finding("arbitration", Stance::Prohibits, Some((110, 160))),
            finding("human-review", Stance::Silent, None),
        ];
        let hunks = [
            hunk(HunkKind::Modified, Some((40, 45)), Some((40, 55))),
            hunk(HunkKind::Moved, Some((100, 150)), Some((110, 160))),
            hunk(HunkKind::Removed, Some((190, 220)), None),
        ];
        let found = touched(&old, &new, &hunks);
        let told: Vec<_> = found.iter().map(|touched| (touched.effect, touched.hunk)).collect();
        assert_eq!(
            told,
            [(ProvisionEffect::StanceChanged, 0), (ProvisionEffect::Vanished, 2)]
        );
    }

    #[test]
    fn a_new_reading_of_untouched_words_is_not_a_change() {
        let new = [finding("arbitration", Stance::Requires, Some((100, 150)))];
        assert!(touched(&[], &new, &[hunk(HunkKind::Added, None, Some((0, 90)))]).is_empty());
        assert_eq!(
            touched(&[], &new, &[hunk(HunkKind::Added, None, Some((90, 110)))]).len(),
            1
        );
    }
}
