//! Which editorial text readers get on a stance: the newest revision that a person confirmed, else the catalogue's.
//!
//! Invariant: a text counts as confirmed only where a person confirmed exactly these words.

use atlas_db::curation::{PublishedAnalysis, published_analyses};
use atlas_domain::{AnalysisBlock, Sha256, Stance};
use sha2::Digest as _;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Error;

/// A text as readers get it.
#[derive(Debug, Clone)]
pub(crate) struct EditorialText {
    /// The words.
    pub block: AnalysisBlock,
    /// When a person confirmed them.
    pub confirmed_at: Option<OffsetDateTime>,
}

impl EditorialText {
    /// The text that readers get, by what staff made of the catalogue's.
    pub(crate) fn of(catalogue: &AnalysisBlock, made: Option<&PublishedAnalysis>) -> Self {
        let revised = made.and_then(|made| made.revision.as_ref());
        Self {
            block: revised.map_or_else(|| catalogue.clone(), |(_, block)| block.clone()),
            confirmed_at: made.and_then(|made| made.confirmed_at(hash(catalogue))),
        }
    }

    /// The text on a stance of a type; `None` where the catalogue has none.
    pub(crate) async fn load(
        connection: &mut PgConnection,
        provision_type: &str,
        stance: Stance,
    ) -> Result<Option<Self>, Error> {
        let Some(catalogue) = atlas_catalog::analysis(provision_type, stance) else {
            return Ok(None);
        };
        let made = published_analyses(connection, Some((provision_type, stance))).await?;
        Ok(Some(Self::of(catalogue, made.first())))
    }
}

/// The hash by which a text of the catalogue is confirmed: any other word makes another one.
pub(crate) fn hash(block: &AnalysisBlock) -> Sha256 {
    let words = serde_json::to_vec(block).unwrap_or_default();
    Sha256(sha2::Sha256::digest(words).into())
}
