//! Rows of `reading_position`: the version of a document that a member looked at last.
//!
//! Invariant: a position only moves forward, to a version of the same document.

use atlas_domain::{AccountId, DocumentId, OrganizationId, VersionId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// What a member looked at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingPosition {
    /// Row id of the version.
    pub version_id: VersionId,
    /// Its number within the document.
    pub number: i32,
    /// When it was looked at.
    pub looked_at: OffsetDateTime,
}

/// The version of the document that the member looked at last.
pub async fn reading_position_by_document(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    document: DocumentId,
) -> Result<Option<ReadingPosition>> {
    let row = sqlx::query!(
        "SELECT r.version_id, v.number, r.looked_at
         FROM reading_position r JOIN version v ON v.id = r.version_id
         WHERE r.org_id = $1 AND r.account_id = $2 AND r.document_id = $3",
        organization.uuid(),
        account.uuid(),
        document.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| ReadingPosition {
        version_id: row.version_id.into(),
        number: row.number,
        looked_at: row.looked_at,
    }))
}

/// Notes that the member looked at a version; an earlier version, or one of another document, changes nothing.
/// `false` if nothing changed.
pub async fn reading_position_upsert(
    connection: &mut PgConnection,
    organization: OrganizationId,
    account: AccountId,
    document: DocumentId,
    version: VersionId,
    looked_at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO reading_position (org_id, account_id, document_id, version_id, looked_at)
         SELECT $1, $2, v.document_id, v.id, $5 FROM version v WHERE v.id = $4 AND v.document_id = $3
         ON CONFLICT (org_id, account_id, document_id) DO UPDATE
             SET version_id = excluded.version_id, looked_at = excluded.looked_at
             WHERE (SELECT number FROM version WHERE id = excluded.version_id)
                >= (SELECT number FROM version WHERE id = reading_position.version_id)",
        organization.uuid(),
        account.uuid(),
        document.uuid(),
        version.uuid(),
        looked_at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
