//! Notes to the curators.
//!
//! Invariant: at most one open note of a kind for each document, by a unique index.

use atlas_domain::{CuratorNoteId, DocumentId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// A note with what it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CuratorNote {
    /// The note.
    pub id: CuratorNoteId,
    /// What it is about, one word.
    pub kind: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Slug of the document.
    pub document_slug: String,
    /// What it says.
    pub text: String,
    /// Since when it is open.
    pub created_at: OffsetDateTime,
}

/// Leaves a note; an open one of the same kind gets the new words. `true` if there was none.
pub async fn curator_note_upsert(
    connection: &mut PgConnection,
    kind: &str,
    document: DocumentId,
    text: &str,
    at: OffsetDateTime,
) -> Result<bool> {
    let row = sqlx::query!(
        r#"INSERT INTO curator_note (id, kind, document_id, text, created_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (kind, document_id) WHERE resolved_at IS NULL DO UPDATE SET text = excluded.text
           RETURNING (created_at = $5) AS "new!""#,
        CuratorNoteId::generate().uuid(),
        kind,
        document.uuid(),
        text,
        at,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.new)
}

/// The open notes, oldest first, at most `limit`.
pub async fn curator_notes_open(connection: &mut PgConnection, limit: i64) -> Result<Vec<CuratorNote>> {
    Ok(sqlx::query_as!(
        CuratorNote,
        r#"SELECT n.id, n.kind, p.slug AS platform_slug, d.slug AS document_slug, n.text, n.created_at
           FROM curator_note n JOIN document d ON d.id = n.document_id JOIN platform p ON p.id = d.platform_id
           WHERE n.resolved_at IS NULL ORDER BY n.created_at, n.id LIMIT $1"#,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

/// Closes a note; `false` if there is no such open note.
pub async fn curator_note_resolve(
    connection: &mut PgConnection,
    id: CuratorNoteId,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE curator_note SET resolved_at = $2 WHERE id = $1 AND resolved_at IS NULL",
        id.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
