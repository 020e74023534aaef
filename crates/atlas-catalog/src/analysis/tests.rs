//! The shipped analyses are complete and say nothing they cannot fill in.
