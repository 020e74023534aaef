//! The queue on a real server, with jobs of the test's own.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod jobs;
