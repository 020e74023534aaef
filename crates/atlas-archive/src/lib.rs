//! Raw snapshots by content hash.
