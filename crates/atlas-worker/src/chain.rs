//! The hash chain over the captures of a source.
//!
//! Invariant: the hash of a row is SHA-256 over one JSON array, in UTF-8 without spaces:
//! `["conductatlas-capture-1", previous hash or null, source, chain number, position, requested address, final address,
//! [redirects], start, end, outcome, detail or null, status or null, {headers, sorted by name}, snapshot or null,
//! imported]`. Hashes are lower-case hexadecimal, ids are written with hyphens, instants are whole microseconds since
//! 1970 in UTC. The form never changes; another one gets another first element.

use atlas_db::capture::{Capture, capture_chain, capture_chain_tail, capture_insert};
use atlas_domain::{Sha256, SourceId};
use sha2::Digest as _;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Error;

/// The hash that a row has to carry.
///
/// # Errors
/// [`Error::Json`] never in practice: the form holds nothing that JSON can't.
pub fn row_hash(capture: &Capture) -> Result<Sha256, Error> {
    let canonical = serde_json::to_vec(&serde_json::json!([
        "conductatlas-capture-1",
        capture.previous_hash,
        capture.source_id,
        capture.chain_number,
        capture.position,
        capture.requested_url,
        capture.final_url,
        capture.redirects,
        whole_micros(capture.started_at),
        whole_micros(capture.finished_at),
        capture.outcome,
        capture.detail,
        capture.http_status,
        capture.headers,
        capture.snapshot,
        capture.imported,
    ]))?;
    Ok(Sha256(sha2::Sha256::digest(&canonical).into()))
}

fn whole_micros(instant: OffsetDateTime) -> i64 {
    i64::try_from(instant.unix_timestamp_nanos() / 1000).unwrap_or_default()
}

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// A row does not carry its own hash: it was changed.
    Changed {
        /// Its place.
        chain_number: i32,
    },
    /// A row does not name the row before it: one is missing, or was put in.
    Broken {
        /// Its place.
        chain_number: i32,
    },
}

/// Adds a row to the end of a source's chain; the caller holds the source's row. `capture` comes with everything but
/// its place and hashes.
pub(crate) async fn append(connection: &mut PgConnection, mut capture: Capture) -> Result<(), Error> {
    let tail = capture_chain_tail(connection, capture.source_id).await?;
    capture.chain_number = tail.map_or(1, |(number, _)| number.saturating_add(1));
    capture.previous_hash = tail.map(|(_, hash)| hash);
    capture.row_hash = row_hash(&capture)?;
    capture_insert(connection, &capture).await?;
    Ok(())
}

/// Reads a source's whole chain; `None` if every row is sound and follows the one before it, else the first fault.
///
/// # Errors
/// [`Error::Db`] if the chain cannot be read.
pub async fn verify(connection: &mut PgConnection, source: SourceId) -> Result<Option<ChainFault>, Error> {
    let mut last: Option<(i32, Sha256)> = None;
    loop {
        let rows = capture_chain(connection, source, last.map_or(0, |(number, _)| number), 500).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows {
            let chain_number = row.chain_number;
            if row_hash(&row)? != row.row_hash {
                return Ok(Some(ChainFault::Changed { chain_number }));
            }
            let follows = last.map_or((1, None), |(number, hash)| (number.saturating_add(1), Some(hash)));
            if (chain_number, row.previous_hash) != follows {
                return Ok(Some(ChainFault::Broken { chain_number }));
            }
            last = Some((chain_number, row.row_hash));
        }
    }
}
