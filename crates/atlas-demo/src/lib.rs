//! Fictitious platforms whose documents change over time, and the loopback site that serves them.
