//! The behaviour of every job, one file each.
//!
//! Invariant: a job reads on a short connection, works without one, and writes in one transaction that also enqueues
//! what follows; run twice, it has the effect of once.

pub mod deliver;
pub mod draft_summary;
pub mod poll_source;
pub mod publish_change;
pub mod raise_alerts;
pub mod read_again;
pub mod read_version;
pub mod record_version;
pub mod tick;
pub mod write_digests;
