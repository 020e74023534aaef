//! The public pages on a small record of known rows.

mod adoption;
mod citing;
mod clauses;
mod comparisons;
mod corrections;
mod editorial;
mod escaping;
mod head;
mod listings;
mod matrix;
mod own_comparison;
mod provisional;
mod queries;
mod record;
mod records;
mod registry;
mod regulations;
mod reviewed;
mod searching;
mod waiting;

pub use record::Record;
