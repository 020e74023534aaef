//! The behaviour of every job, and the schedule: how a document gets from the web into the public record and into
//! somebody's inbox.
//!
//! Invariant: no network call while a transaction is open; work is enqueued in the transaction that makes it necessary;
//! every job can run twice.

pub mod catalogue;
pub mod chain;
mod confirmation;
mod counted;
mod deadline;
pub mod declarations;
mod drift;
mod editorial;
mod effects;
mod enqueuer;
mod error;
mod extraction;
mod failpoint;
pub mod import;
mod jobs;
mod mail;
mod pauses;
mod predecessors;
mod reanchor;
mod recorded;
pub mod reextract;
mod refusal;
pub mod replay;
mod run;
mod second_look;
pub mod selectors;
mod services;
mod silence;
pub mod training_rows;
mod upgrade;
mod variants;
mod week;

use atlas_domain::DeliveryId;
use sha2::Digest as _;

pub use atlas_jobs::RunOptions;
pub use enqueuer::Enqueuer;
pub use error::Error;
pub use failpoint::FAILPOINTS;
pub use jobs::draft_summary::Drafting;
pub use jobs::read_again::start as start_reading;
pub use jobs::write_digests::{DigestWritten, write_digest_now};
pub use recorded::Recorded;
pub use run::{handlers, run, run_due};
pub use services::{RelayClass, Services, Settings, micros};

/// A number from 0 to below `room` that depends on nothing but `parts`: spreads work without chance.
fn spread(parts: &[&[u8]], room: i64) -> i64 {
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finalize();
    let first = digest
        .iter()
        .take(7)
        .fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
    first % room.max(1)
}

/// The Message-ID of a delivery: made once, with a part that nobody can guess.
fn message_id(delivery: DeliveryId, domain: &str) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("<d.{delivery}.{}@{domain}>", random.get(..12).unwrap_or_default())
}
