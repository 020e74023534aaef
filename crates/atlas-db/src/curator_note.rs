//! Notes to the curators.
//!
//! Invariant: at most one open note of a kind for each document, by a unique index. Staff close one with a reason, which is
//! kept and never altered.

use atlas_domain::{AccountId, CuratorNoteId, DocumentId};
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

/// Closes the open note of a kind on a document, whose cause is gone; `false` if there is none.
pub async fn curator_note_settle(
    connection: &mut PgConnection,
    kind: &str,
    document: DocumentId,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE curator_note SET resolved_at = $3 WHERE kind = $1 AND document_id = $2 AND resolved_at IS NULL",
        kind,
        document.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes a note for a person, with the reason; `false` if there is no such open note.
pub async fn curator_note_dismiss(
    connection: &mut PgConnection,
    id: CuratorNoteId,
    account: AccountId,
    reason: &str,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO curator_note_dismissal (note_id, reason, account_id, created_at)
         SELECT id, $2, $3, $4 FROM curator_note WHERE id = $1 AND resolved_at IS NULL
         ON CONFLICT (note_id) DO NOTHING",
        id.uuid(),
        reason,
        account.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A note as staff pages list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedNote {
    /// The note.
    pub id: CuratorNoteId,
    /// What it is about, one word.
    pub kind: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// What it says.
    pub text: String,
    /// Since when it was open.
    pub created_at: OffsetDateTime,
    /// When it was closed.
    pub resolved_at: Option<OffsetDateTime>,
    /// Why a person closed it.
    pub reason: Option<String>,
    /// Who did; `None` also where the account is gone.
    pub email: Option<String>,
}

/// The open notes (oldest first) or the closed ones (latest first) of a kind or of all, at most `limit` after leaving
/// out `offset`.
pub async fn curator_notes_listed(
    connection: &mut PgConnection,
    is_open: bool,
    kind: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedNote>> {
    Ok(sqlx::query_as!(
        ListedNote,
        r#"SELECT n.id, n.kind, p.slug AS platform_slug, p.name AS platform_name, d.slug AS document_slug,
               d.title AS document_title, n.text, n.created_at, n.resolved_at, c.reason AS "reason?", a.email AS "email?"
           FROM curator_note n
           JOIN document d ON d.id = n.document_id
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN curator_note_dismissal c ON c.note_id = n.id
           LEFT JOIN account a ON a.id = c.account_id
           WHERE (n.resolved_at IS NULL) = $1 AND ($2::text IS NULL OR n.kind = $2)
           ORDER BY n.resolved_at DESC, n.created_at, n.id LIMIT $3 OFFSET $4"#,
        is_open,
        kind,
        limit,
        offset,
    )
    .fetch_all(connection)
    .await?)
}

/// How many notes of a kind are open and closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteCount {
    /// The kind.
    pub kind: String,
    /// Open ones.
    pub open: i64,
    /// Closed ones.
    pub closed: i64,
}

/// The notes by kind.
pub async fn curator_notes_by_kind(connection: &mut PgConnection) -> Result<Vec<NoteCount>> {
    Ok(sqlx::query_as!(
        NoteCount,
        r#"SELECT kind, count(*) FILTER (WHERE resolved_at IS NULL) AS "open!",
               count(*) FILTER (WHERE resolved_at IS NOT NULL) AS "closed!"
           FROM curator_note GROUP BY kind ORDER BY kind"#
    )
    .fetch_all(connection)
    .await?)
}
