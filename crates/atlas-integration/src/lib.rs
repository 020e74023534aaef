//! The end-to-end suite's instance: every part real, every part on loopback.
//!
//! Invariant: a test has a database, a site, a relay and a data folder of its own, and nothing is left of them; dropping
//! the instance fails the test if a job was given up.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness of tests: what goes wrong here is a failed test"
)]

mod app;
mod browser;
mod mail;
mod policy;
mod process;
mod scratch;
mod site;

pub use app::{Document, PASSWORD, SECRET, TestApp};
pub use browser::{Browser, Form, Page};
pub use mail::Mail;
pub use policy::{DELETION_AFTER, DELETION_BEFORE, Policy, TRAINING_AFTER, TRAINING_BEFORE};
pub use process::{Up, Worker, binary, until};
pub use scratch::ScratchDatabase;
pub use site::SourceSite;

/// The folder of test data beside the checkout, or nothing with one clear line.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn shared(part: &str) -> Option<std::path::PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let path = std::path::Path::new(root).join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: ../shared/data/{part} is not here");
    None
}
