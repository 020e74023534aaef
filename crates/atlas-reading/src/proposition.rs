//! From what a sentence says on a type's proposition to the stance that is published. Invariant: the result is a stance
//! that the catalogue allows for the type, or nothing: a position that the vocabulary of a type cannot express is
//! silence, never another position.
//!
//! The trained model and the rules speak of a proposition in the words of the sentence sets ("the provider may keep
//! data"); the catalogue publishes the promise or the permission that a reader asks for ("deletes within a stated
//! time"). Where the two point opposite ways, the tables below turn the answer round.

use atlas_domain::Stance;

use crate::cues::Cue;
use crate::stance::{Judgement, Position};

/// What each position amounts to, for a type without rules: affirmed, affirmed until declined, denied, conditional.
struct Published {
    slug: &'static str,
    stances: [Option<Stance>; 4],
}

const fn permission(slug: &'static str) -> Published {
    Published {
        slug,
        stances: [
            Some(Stance::Permits),
            Some(Stance::PermitsOptOut),
            Some(Stance::Prohibits),
            Some(Stance::Conditional),
        ],
    }
}

const fn promise(slug: &'static str) -> Published {
    Published {
        slug,
        stances: [
            Some(Stance::Commits),
            Some(Stance::CommitsQualified),
            Some(Stance::Disclaims),
            Some(Stance::CommitsQualified),
        ],
    }
}

/// A power of the provider that it may give up by a promise.
const fn power(slug: &'static str) -> Published {
    Published {
        slug,
        stances: [
            Some(Stance::Permits),
            Some(Stance::Conditional),
            Some(Stance::Commits),
            Some(Stance::Conditional),
        ],
    }
}

const fn other(slug: &'static str, stances: [Option<Stance>; 4]) -> Published {
    Published { slug, stances }
}

/// The types that have no rules.
const PUBLISHED: [Published; 29] = [
    permission("service-improvement-use"),
    permission("data-collection-scope"),
    permission("third-party-sharing"),
    permission("targeted-advertising"),
    permission("sensitive-data"),
    permission("feedback-licence"),
    other(
        "deidentified-aggregate-use",
        [
            Some(Stance::Permits),
            Some(Stance::Conditional),
            Some(Stance::Prohibits),
            Some(Stance::Conditional),
        ],
    ),
    promise("ip-indemnity"),
    promise("confidentiality"),
    promise("security-commitments"),
    promise("audit-rights"),
    promise("breach-notification"),
    // "The user keeps ownership" affirmed; a provider that takes it has no stance of its own in this type.
    other(
        "input-ownership",
        [
            Some(Stance::Commits),
            Some(Stance::Conditional),
            None,
            Some(Stance::Conditional),
        ],
    ),
    other(
        "output-use-restrictions",
        [
            Some(Stance::Permits),
            Some(Stance::Permits),
            Some(Stance::Prohibits),
            Some(Stance::Conditional),
        ],
    ),
    other(
        "scraping-automation",
        [
            Some(Stance::Permits),
            Some(Stance::Conditional),
            Some(Stance::Prohibits),
            Some(Stance::Conditional),
        ],
    ),
    other(
        "acceptable-use",
        [
            None,
            Some(Stance::Conditional),
            Some(Stance::Prohibits),
            Some(Stance::Conditional),
        ],
    ),
    other(
        "high-risk-professional-use",
        [
            Some(Stance::Conditional),
            Some(Stance::Conditional),
            Some(Stance::Prohibits),
            Some(Stance::Requires),
        ],
    ),
    other(
        "ai-disclosure",
        [
            Some(Stance::Requires),
            Some(Stance::Conditional),
            None,
            Some(Stance::Conditional),
        ],
    ),
    other(
        "legal-basis-purpose",
        [
            Some(Stance::Commits),
            Some(Stance::Commits),
            Some(Stance::Ambiguous),
            Some(Stance::Ambiguous),
        ],
    ),
    other(
        "data-subject-rights",
        [
            Some(Stance::Commits),
            Some(Stance::CommitsQualified),
            Some(Stance::Conditional),
            Some(Stance::CommitsQualified),
        ],
    ),
    other(
        "dpa-processor-terms",
        [
            Some(Stance::Commits),
            Some(Stance::Conditional),
            Some(Stance::Disclaims),
            Some(Stance::Conditional),
        ],
    ),
    power("government-access"),
    power("content-monitoring"),
    power("model-retirement"),
    power("price-changes"),
    other(
        "accuracy-disclaimer",
        [
            Some(Stance::Disclaims),
            Some(Stance::CommitsQualified),
            Some(Stance::Commits),
            Some(Stance::CommitsQualified),
        ],
    ),
    other(
        "customer-indemnity",
        [
            Some(Stance::Requires),
            Some(Stance::Conditional),
            None,
            Some(Stance::Conditional),
        ],
    ),
    other(
        "refunds",
        [
            Some(Stance::Commits),
            Some(Stance::Conditional),
            Some(Stance::Disclaims),
            Some(Stance::Conditional),
        ],
    ),
    other(
        "portability-switching",
        [
            Some(Stance::Commits),
            Some(Stance::Conditional),
            Some(Stance::Disclaims),
            Some(Stance::Conditional),
        ],
    ),
];

/// Days of notice from which a change is announced in good time, by the catalogue's severity guide.
const AMPLE_NOTICE_DAYS: u32 = 30;

/// The position that a label of the sentence sets names.
pub(crate) fn position_of(label: &str) -> Option<Position> {
    match label {
        "permits" => Some(Position::Affirmed),
        "permits_opt_out" => Some(Position::OptOut),
        "prohibits" => Some(Position::Denied),
        "conditional" => Some(Position::Conditional),
        _ => None,
    }
}

/// The stance to publish for a type, from what a sentence says on its proposition and how it qualifies that.
pub(crate) fn published(slug: &str, judgement: &Judgement) -> Option<Stance> {
    if let Some(rules) = crate::types::ALL.iter().find(|rules| rules.slug == slug) {
        return (rules.judge)(judgement);
    }
    let entry = PUBLISHED.iter().find(|entry| entry.slug == slug)?;
    let [affirmed, opt_out, denied, conditional] = entry.stances;
    let stance = match judgement.position {
        Position::Affirmed => affirmed,
        Position::OptOut => opt_out,
        Position::Denied => denied,
        Position::Conditional => conditional,
    }?;
    let consent = judgement.has(Cue::OptIn);
    Some(match (slug, judgement.position) {
        ("third-party-sharing" | "targeted-advertising" | "sensitive-data", Position::Conditional) if consent => {
            Stance::PermitsOptIn
        }
        // The vocabulary has no condition here: what is not consent is a permission.
        ("sensitive-data", Position::Conditional | Position::OptOut) => Stance::Permits,
        ("data-collection-scope" | "feedback-licence" | "breach-notification", Position::Denied) => return None,
        // A notice without a time is a promise that nobody can measure.
        ("breach-notification", Position::Affirmed) if judgement.days.is_none() => Stance::CommitsQualified,
        ("price-changes", Position::Conditional) if ample(judgement) => Stance::Commits,
        ("data-subject-rights", Position::Conditional) if judgement.scoped() => Stance::Conditional,
        _ => stance,
    })
}

fn ample(judgement: &Judgement) -> bool {
    judgement.days.is_some_and(|days| days >= AMPLE_NOTICE_DAYS)
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::{PUBLISHED, position_of, published};
    use crate::cues::{CueFinder, Cues};
    use crate::stance::{Judgement, Position};

    #[test]
    fn every_type_is_published_and_only_as_the_catalogue_allows() {
        let taxonomy = atlas_catalog::taxonomy();
        let finder = CueFinder::new().unwrap();
        let qualified = ["", "only with your consent", "residents of california"].map(|text| finder.find(text));
        for kind in &taxonomy.types {
            let mut said = 0;
            for position in [
                Position::Affirmed,
                Position::OptOut,
                Position::Denied,
                Position::Conditional,
            ] {
                for days in [None, Some(3), Some(45)] {
                    for cues in qualified {
                        if let Some(stance) = published(&kind.slug, &Judgement { position, cues, days }) {
                            assert!(kind.stances.contains_key(&stance), "{}: {stance}", kind.slug);
                            said += 1;
                        }
                    }
                }
            }
            assert!(said > 0, "{} can never be published", kind.slug);
        }
        let ruled = crate::RuleDetector::covered();
        for entry in &PUBLISHED {
            assert!(!ruled.contains(&entry.slug), "{} has rules of its own", entry.slug);
        }
    }

    #[test]
    fn a_permission_to_keep_is_no_promise_to_delete() {
        let say = |slug: &str, label: &str| {
            let position = position_of(label).unwrap();
            published(
                slug,
                &Judgement {
                    position,
                    cues: Cues::default(),
                    days: None,
                },
            )
        };
        assert_eq!(say("retention-deletion", "permits"), Some(Stance::Permits));
        assert_eq!(say("retention-deletion", "prohibits"), Some(Stance::Commits));
        assert_eq!(say("output-ownership", "prohibits"), Some(Stance::Commits));
        assert_eq!(say("accuracy-disclaimer", "permits"), Some(Stance::Disclaims));
        assert_eq!(say("customer-indemnity", "prohibits"), None);
        assert_eq!(position_of("silent"), None);
    }
}
