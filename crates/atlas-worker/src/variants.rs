//! Documents that go to and fro between texts: what is a sighting of one of them, and what is a version.
//!
//! Invariant: once texts are known to alternate, a capture that shows one of them is counted and makes no version,
//! until one of them has stood alone for long enough to be what the document says.

use atlas_db::confirmation::{WithdrawalReason, changes_withdraw};
use atlas_db::curator_note::curator_note_upsert;
use atlas_db::variant::{Variant, returns_since, variant_insert, variant_seen, variants};
use atlas_db::version::{VersionHead, unchanged_run_upsert};
use atlas_domain::{DocumentId, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::services::span;
use crate::{Error, Services, Settings};

/// Sightings in a row without which nothing counts as settled.
const SETTLED_SIGHTINGS: i64 = 3;

/// What a capture is whose words the document had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A version of its own.
    Version,
    /// A version of its own: a variant that has stood alone for so long that it is what the document says.
    Settled,
    /// One more sighting of a variant; counted.
    Sighting,
}

/// A text that the document had before, and what it comes after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Came<'a> {
    pub document: DocumentId,
    /// Its words.
    pub words: Sha256,
    /// The latest version.
    pub current: &'a VersionHead,
    /// The words of the latest version that was not merely seen once.
    pub believed: Sha256,
    /// When it was received.
    pub at: OffsetDateTime,
}

/// Judges a text that came back, and counts it if it is a variant. The caller holds the document's row.
pub(crate) async fn place(connection: &mut PgConnection, services: &Services, came: Came<'_>) -> Result<Place, Error> {
    let members = variants(connection, came.document).await?;
    let is_member = |words: Sha256| members.iter().any(|member| member.normal_sha256 == words);
    let now = services.now();
    if !(is_member(came.words) && is_member(came.current.normal_sha256)) {
        if came.words == came.current.normal_sha256 {
            return Ok(Place::Version);
        }
        let settings = &services.settings;
        let since = came.at - span(settings.variant_window);
        let returns = returns_since(connection, came.document, since).await?;
        if returns.len() + 1 < settings.variant_returns {
            return Ok(Place::Version);
        }
        let mut joining: Vec<Sha256> = returns.iter().flat_map(|back| [back.from, back.to]).collect();
        joining.extend([came.current.normal_sha256, came.words]);
        for words in joining {
            variant_insert(connection, came.document, words, now).await?;
        }
        let count = variants(connection, came.document).await?.len();
        let note = format!(
            "{count} texts alternate; none of them is a new version or an alert any more. Look whether the address \
             shows one of them to everybody, or whether a selector leaves out what differs."
        );
        curator_note_upsert(connection, "variants", came.document, &note, now).await?;
    }
    variant_seen(connection, came.document, came.words, came.at).await?;
    let members = variants(connection, came.document).await?;
    if settled(&services.settings, &members, came.believed, came.at).is_some() {
        return Ok(Place::Settled);
    }
    if came.words == came.current.normal_sha256 {
        unchanged_run_upsert(connection, came.current.id, came.at).await?;
    } else {
        let reason = WithdrawalReason::Reverted;
        changes_withdraw(connection, came.document, None, reason, came.at, now).await?;
    }
    Ok(Place::Sighting)
}

/// The variant that was seen last, if it has stood alone for long enough and is not what the document is believed to
/// say. `members` come with the last seen first.
pub(crate) fn settled(
    settings: &Settings,
    members: &[Variant],
    believed: Sha256,
    at: OffsetDateTime,
) -> Option<Sha256> {
    let last = members.first()?;
    let long = at - last.run_since >= span(settings.variant_settle) && last.run_sightings >= SETTLED_SIGHTINGS;
    (long && last.normal_sha256 != believed).then_some(last.normal_sha256)
}

/// One more check that found what was seen last: the current version, or another text of its set. Returns the words
/// that were seen.
pub(crate) async fn seen_again(
    connection: &mut PgConnection,
    current: &VersionHead,
    members: &[Variant],
    at: OffsetDateTime,
) -> Result<Sha256, Error> {
    let in_set = members
        .iter()
        .any(|member| member.normal_sha256 == current.normal_sha256);
    let seen = members
        .first()
        .filter(|_| in_set)
        .map_or(current.normal_sha256, |last| last.normal_sha256);
    if seen == current.normal_sha256 {
        unchanged_run_upsert(connection, current.id, at).await?;
    }
    variant_seen(connection, current.document_id, seen, at).await?;
    Ok(seen)
}
