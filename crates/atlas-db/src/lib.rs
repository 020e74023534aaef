//! All SQL of the product.
//!
//! Invariant: a query function takes the connection first, never begins a transaction and never asks the database
//! for the time: whoever calls it decides what is one unit of work and what instant it is.

#![expect(
    deprecated,
    reason = "sqlx 0.9.0 marks every instant in a query as ambiguous while the queue engine has its `chrono` switched on"
)]

pub mod account;
pub mod alert;
pub mod capture;
pub mod catalogue;
pub mod change;
pub mod confirmation;
pub mod curation;
pub mod curator_note;
pub mod delivery;
pub mod digest;
pub mod document;
pub mod draft;
mod error;
pub mod finding;
pub mod platform;
mod pool;
pub mod publication;
pub mod read_again;
pub mod reextraction;
pub mod source;
pub mod variant;
pub mod version;
pub mod view;
pub mod watch;

pub use error::Error;
pub use pool::{MIGRATOR, Role, connect, migrate, server_version, tenant_transaction};

/// What every query function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
