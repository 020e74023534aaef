//! The whole way, end to end: real router, real PostgreSQL, real SMTP, a real site on loopback.

mod demo;
mod kill;
mod polling;
mod replay;
mod tenancy;
mod way;
