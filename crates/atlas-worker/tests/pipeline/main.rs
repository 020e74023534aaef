//! The way of a document on a real database, a loopback site and a mail transport in memory.

mod alerts;
mod deliveries;
mod digests;
mod harness;
mod history;
mod import;
mod polls;
mod twice;
mod way;
