//! The one error of this crate, and the readers that turn stored words back into types.
//!
//! Invariant: a row that does not fit the vocabulary is an error with the name of what did not fit, never a default.

use std::str::FromStr;

use atlas_domain::{Sha256, UnknownWord};

/// Why a query could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or could not be reached.
    #[error("the database could not answer")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored word is not in the closed set it belongs to.
    #[error("a stored word is unknown to this build")]
    Word(#[from] UnknownWord),
    /// A stored document does not have the expected shape.
    #[error("a stored document has an unexpected shape")]
    Json(#[from] serde_json::Error),
    /// A stored digest is not 32 bytes.
    #[error("a stored digest is not 32 bytes long")]
    Digest,
    /// A number does not fit the column or the type it is read into.
    #[error("a number is out of range")]
    Range(#[from] std::num::TryFromIntError),
}

impl Error {
    /// Whether the database refused a row because of the named constraint.
    pub fn violates(&self, constraint: &str) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(refusal)) if refusal.constraint() == Some(constraint))
    }
}

/// Reads a stored word.
pub(crate) fn word<T: FromStr<Err = UnknownWord>>(stored: &str) -> Result<T, Error> {
    Ok(stored.parse::<T>()?)
}

/// Reads a stored digest.
pub(crate) fn digest(stored: &[u8]) -> Result<Sha256, Error> {
    Sha256::from_slice(stored).ok_or(Error::Digest)
}

/// Reads a stored JSON document.
pub(crate) fn json<T: serde::de::DeserializeOwned>(stored: serde_json::Value) -> Result<T, Error> {
    Ok(serde_json::from_value(stored)?)
}
