//! The texts between which a document goes to and fro.
//!
//! Invariant: whoever writes here holds the document's row; a sighting at an instant already counted counts once.

use atlas_domain::{DocumentId, Sha256, VersionId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;
use crate::error::digest;

/// One of the texts of a document that alternates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its words.
    pub normal_sha256: Sha256,
    /// The first version with these words.
    pub version_id: VersionId,
    /// When it was first seen.
    pub first_seen_at: OffsetDateTime,
    /// When it was last seen.
    pub last_seen_at: OffsetDateTime,
    /// How often it was seen.
    pub sightings: i64,
    /// Since when it has been seen without another one in between.
    pub run_since: OffsetDateTime,
    /// How often since then.
    pub run_sightings: i64,
}

/// The texts of a document that alternate, the last seen first; empty for a document that does not.
pub async fn variants(connection: &mut PgConnection, document: DocumentId) -> Result<Vec<Variant>> {
    let rows = sqlx::query!(
        "SELECT normal_sha256, version_id, first_seen_at, last_seen_at, sightings, run_since, run_sightings
         FROM variant WHERE document_id = $1 ORDER BY last_seen_at DESC, version_id",
        document.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Variant {
                normal_sha256: digest(&row.normal_sha256)?,
                version_id: row.version_id.into(),
                first_seen_at: row.first_seen_at,
                last_seen_at: row.last_seen_at,
                sightings: row.sightings,
                run_since: row.run_since,
                run_sightings: row.run_sightings,
            })
        })
        .collect()
}

/// Makes a text of the document a variant, with what its versions and their checks tell of it up to now.
pub async fn variant_insert(
    connection: &mut PgConnection,
    document: DocumentId,
    normal_sha256: Sha256,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO variant (document_id, normal_sha256, version_id, first_seen_at, last_seen_at, sightings,
             run_since, run_sightings, created_at)
         SELECT $1, $2, (array_agg(v.id ORDER BY v.number))[1], min(v.captured_at),
             max(greatest(v.captured_at, u.last_seen_at)), count(*) + coalesce(sum(u.checks), 0)::bigint,
             max(greatest(v.captured_at, u.last_seen_at)), 1, $3
         FROM version v LEFT JOIN unchanged_run u ON u.version_id = v.id
         WHERE v.document_id = $1 AND v.normal_sha256 = $2
         HAVING count(*) > 0
         ON CONFLICT DO NOTHING",
        document.uuid(),
        normal_sha256.as_bytes().as_slice(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Counts one sighting of a variant. It goes on with its run if no other variant was seen since its last sighting.
pub async fn variant_seen(
    connection: &mut PgConnection,
    document: DocumentId,
    normal_sha256: Sha256,
    seen_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "UPDATE variant SET last_seen_at = $3, sightings = variant.sightings + 1,
             run_since = CASE WHEN other.later THEN $3 ELSE variant.run_since END,
             run_sightings = CASE WHEN other.later THEN 1 ELSE variant.run_sightings + 1 END
         FROM (SELECT EXISTS (SELECT FROM variant o JOIN variant m ON m.document_id = o.document_id
                   WHERE o.document_id = $1 AND o.normal_sha256 <> $2 AND m.normal_sha256 = $2
                     AND o.last_seen_at > m.last_seen_at) AS later) other
         WHERE variant.document_id = $1 AND variant.normal_sha256 = $2 AND variant.last_seen_at < $3",
        document.uuid(),
        normal_sha256.as_bytes().as_slice(),
        seen_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A return to an earlier text: which text came back, and which one it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Return {
    /// The text that came back.
    pub to: Sha256,
    /// The text that was there before.
    pub from: Sha256,
}

/// The versions since an instant that brought back words which the document had before, oldest first.
pub async fn returns_since(
    connection: &mut PgConnection,
    document: DocumentId,
    since: OffsetDateTime,
) -> Result<Vec<Return>> {
    let rows = sqlx::query!(
        r#"SELECT v.normal_sha256 AS "to!", b.normal_sha256 AS "from!"
           FROM version v JOIN version b ON b.document_id = v.document_id AND b.number = v.number - 1
           WHERE v.document_id = $1 AND v.captured_at >= $2
             AND v.kind IN ('update', 'reverted') AND v.normal_sha256 <> b.normal_sha256
             AND EXISTS (SELECT FROM version e WHERE e.document_id = v.document_id
                 AND e.normal_sha256 = v.normal_sha256 AND e.number < v.number)
           ORDER BY v.number"#,
        document.uuid(),
        since,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Return {
                to: digest(&row.to)?,
                from: digest(&row.from)?,
            })
        })
        .collect()
}
