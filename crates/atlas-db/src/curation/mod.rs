//! What staff see and do: who is staff, what waits, what a person made of a finding, who did what.
//!
//! Invariant: nothing here is ever changed or deleted by the web. A review is added, never altered; what readers see
//! follows from the latest one, by a trigger in the same transaction.

mod analysis;
mod correction;
mod disagreement;
mod duplicate;
mod policy;
mod queue;
mod review;
mod rubric;
mod source_list;
mod staff;
mod verdict;

pub use analysis::{
    ConfirmedText, NewAnalysisRevision, PublishedAnalysis, StoredAnalysisRevision, analysis_confirm,
    analysis_revision_insert, analysis_revisions, published_analyses,
};
pub use correction::{
    CorrectedRecord, NewCorrection, corrected_record, correction_insert, correction_made, correction_note_insert,
    provision_of_finding,
};
pub use disagreement::{
    ConflictingFinding, Disagreement, DocumentSays, Leaning, PassageSays, conflicting_findings, disagreements,
};
pub use duplicate::{DuplicateGroup, DuplicateKind, DuplicatePlace, DuplicateProvision, duplicates};
pub use policy::{Publish, ReviewPolicy, review_policy, review_policy_set};
pub use queue::{Band, QueueItem, Waiting, queue, queue_item, waiting};
pub use review::{
    NewReview, ReviewedState, StandingReview, StoredReview, Verdict, review_insert, reviews_of_finding,
    standing_reviews,
};
pub use rubric::{RubricReach, rubric_reach};
pub use source_list::{ListedSource, OutcomeCount, SourceFilter, source_listed, sources_by_outcome, sources_listed};
pub use staff::{
    NewStaffAction, StaffAction, is_staff, staff_action_insert, staff_actions, staff_delete, staff_insert,
};
pub use verdict::{ReviewedFinding, reviewed_findings};
