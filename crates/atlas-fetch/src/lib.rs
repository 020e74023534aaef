//! Polite, safe, bounded fetching of one location.
