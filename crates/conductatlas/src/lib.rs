//! What the one binary is made of: configuration, telemetry, the private database and the verbs.
//!
//! Invariant: nothing here decides anything about policies, people or mails; it only puts the crates together.

pub mod config;
