//! The rules of each provision type, one file for each family. Invariant: every type here is in the taxonomy, and
//! its judge gives only stances that the taxonomy allows for it (kept by a test).

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
pub(crate) static ALL: [&TypeRules; 19] = [
    &training::MODEL_TRAINING_USE,
    &training::HUMAN_REVIEW,
    &ownership::CONTENT_LICENCE_GRANT,
    &ownership::OUTPUT_OWNERSHIP,
    &personal::AUTOMATED_DECISIONS,
    &personal::CHILDREN_AGE,
    &personal::THIRD_PARTY_SHARING,
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
