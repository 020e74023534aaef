//! The public pages on a small record of known rows.

mod comparisons;
mod escaping;
mod listings;
mod queries;
mod record;
mod records;
