//! What the database itself keeps, on a real server: append-only grants, exact excerpts, tenants kept apart.

mod harness;
mod record;
mod tenants;
