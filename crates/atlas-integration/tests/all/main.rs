//! The whole way, end to end: real router, real PostgreSQL, real SMTP, a real site on loopback.

#[cfg(test)]
mod demo;
#[cfg(test)]
mod fresh_cluster;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod polling;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod review_settings;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod way;
