//! The behaviour of every job, and the schedule.
