//! The reviewed data files: platforms, provision types, regulations, analyses.
