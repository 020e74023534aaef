//! The rules of each provision type, one file for each family. Invariant: every type here is in the taxonomy, and
//! its judge gives only stances that the taxonomy allows for it (kept by a test).

#![expect(
    clippy::unnecessary_wraps,
    reason = "a judge may be silent; those that never are keep the same signature"
)]

mod chain;
mod changes;
mod commerce;
mod disputes;
mod ownership;
mod personal;
mod retention;
mod training;

use crate::rules::TypeRules;

/// Every type with rules.
pub(crate) static ALL: [&TypeRules; 18] = [
    &training::MODEL_TRAINING_USE,
    &training::HUMAN_REVIEW,
    &ownership::CONTENT_LICENCE_GRANT,
    &ownership::OUTPUT_OWNERSHIP,
    &personal::AUTOMATED_DECISIONS,
    &personal::CHILDREN_AGE,
    &personal::DATA_SALE,
    &retention::RETENTION_DELETION,
    &chain::THIRD_PARTY_MODEL_PROVIDERS,
    &chain::SUBPROCESSORS,
    &chain::INTERNATIONAL_TRANSFERS,
    &disputes::LIABILITY_CAP,
    &disputes::ARBITRATION,
    &disputes::CLASS_ACTION_WAIVER,
    &disputes::GOVERNING_LAW,
    &changes::UNILATERAL_CHANGES,
    &changes::ACCOUNT_TERMINATION,
    &commerce::AUTO_RENEWAL,
];

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::ALL;
    use crate::cues::{Cue, CueFinder};
    use crate::rules::ready_types;
    use crate::stance::{Judgement, Position};

    #[test]
    fn every_pattern_compiles() {
        if let Err(fault) = ready_types() {
            panic!("{fault}: {:?}", std::error::Error::source(&fault));
        }
        CueFinder::new().unwrap();
    }

    #[test]
    fn a_judge_gives_only_stances_that_the_taxonomy_allows() {
        let positions = [
            Position::Affirmed,
            Position::Denied,
            Position::OptOut,
            Position::Conditional,
        ];
        for rules in ALL {
            let kind = atlas_catalog::taxonomy().provision_type(rules.slug).expect(rules.slug);
            for position in positions {
                for days in [None, Some(3), Some(30)] {
                    for first in Cue::ALL {
                        for second in Cue::ALL {
                            let cues = crate::cues::Cues::of(&[first, second]);
                            let stance = (rules.judge)(&Judgement { position, cues, days });
                            let allowed = stance.is_none_or(|stance| kind.stances.contains_key(&stance));
                            assert!(allowed, "{}: {stance:?} from {position:?} with {first:?}", rules.slug);
                            assert_ne!(stance, Some(Stance::Silent));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn periods_are_counted_in_days() {
        let finder = CueFinder::new().unwrap();
        let days = |words: &str| finder.days(words);
        assert_eq!(days("within thirty (30) days"), Some(30));
        assert_eq!(days("up to 24 hours"), Some(1));
        assert_eq!(days("after two years"), Some(730));
        assert_eq!(days("six months or 10 days"), Some(180));
        assert_eq!(days("every so often"), None);
    }
}
