//! The public pages on a small record of known rows.

mod escaping;
mod listings;
mod queries;
mod record;
mod records;
