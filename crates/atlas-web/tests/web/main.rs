//! The router on a real database: accounts, limits, tenants, and what every response carries.

#[cfg(test)]
mod cross_site;
#[cfg(test)]
mod curation;
#[cfg(test)]
mod disagreeing;
#[cfg(test)]
mod drafting;
#[cfg(test)]
mod enumeration;
#[cfg(test)]
mod escaping;
#[cfg(test)]
mod frame;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod noting;
#[cfg(test)]
mod pages_cache;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod public;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod server;
#[cfg(test)]
mod source_health;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod throttling;
#[cfg(test)]
mod unsubscription;
#[cfg(test)]
mod watching;
#[cfg(test)]
mod way_in;
