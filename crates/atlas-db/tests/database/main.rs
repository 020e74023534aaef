//! What the database itself keeps, on a real server: append-only grants, exact excerpts, tenants kept apart.

#[cfg(test)]
mod harness;
#[cfg(test)]
mod record;
#[cfg(test)]
mod tenants;
