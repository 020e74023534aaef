//! The way of a document on a real database, a loopback site and a mail transport in memory.

#[cfg(test)]
mod alerts;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod confirmation;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod drafting;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod history;
#[cfg(test)]
mod housekeeping;
#[cfg(test)]
mod import;
#[cfg(test)]
mod language;
#[cfg(test)]
mod pdf;
#[cfg(test)]
mod polls;
#[cfg(test)]
mod qualifiers;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod reading_again;
#[cfg(test)]
mod reanchoring;
#[cfg(test)]
mod reextract;
#[cfg(test)]
#[path = "../../../atlas-fetch/src/tests/sample_pdf.rs"]
mod sample_pdf;
#[cfg(test)]
mod site;
#[cfg(test)]
mod twice;
#[cfg(test)]
mod variants;
#[cfg(test)]
mod way;
