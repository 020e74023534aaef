//! The one binary: configuration, telemetry, verbs, private PostgreSQL.
