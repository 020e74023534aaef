//! The vocabulary of ConductAtlas: one word for one thing, shared by every other crate.
//!
//! Invariant: nothing here performs I/O, awaits, or knows SQL. A value that exists is legal: enums are
//! closed, ids are typed, plans and limits are data.

mod clock;
mod comparison;
mod ids;
pub mod jobs;
mod plan;
mod policy_text;
mod reading;
mod source;
mod summary;
mod taxonomy;
mod text_enum;
pub mod urls;

pub use clock::{Clock, FixedClock, SystemClock};
pub use comparison::{
    AffectedGroup, ChangeLabel, Comparison, Direction, GroupKind, Hunk, HunkKind, HunkSide, IgnoredReason, Materiality,
    Signal, notice_days,
};
pub use ids::{
    AccountId, AlertId, CaptureId, ChangeId, CuratorNoteId, DeliveryId, DigestId, DocumentId, DraftId, FindingId,
    OrganizationId, PlatformId, ProvisionId, ReextractionId, ReviewId, Sha256, SourceId, SourceRevisionId, VersionId,
    WatchId,
};
pub use plan::{Feature, HistoryWindow, PREVIEW_PLATFORMS, PREVIEW_QUESTIONS, Plan, PlanLimits};
pub use policy_text::{Block, BlockKind, Link, PolicyText, Span};
pub use reading::{Actor, Basis, Confidence, Reading, Severity, Stance, StanceFamily};
pub use source::{CaptureOutcome, ExtractRules, FetchMode, Location, RangeBound, Selector, SourceRules, VersionKind};
pub use summary::{SummaryKind, SummaryLine};
pub use taxonomy::{
    AnalysisBlock, Article, Favours, ProvisionType, Regulation, RegulatoryReference, SeverityRule, Taxonomy,
    TaxonomyGroup,
};
pub use text_enum::UnknownWord;
