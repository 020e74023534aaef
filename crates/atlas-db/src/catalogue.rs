//! The taxonomy's copy in the database, for joins and foreign keys.
//!
//! Invariant: a type is never removed: provisions refer to it.

use sqlx::PgConnection;

use crate::Result;

/// A provision type as the taxonomy describes it.
#[derive(Debug, Clone, Copy)]
pub struct ProvisionTypeFields<'a> {
    /// Slug.
    pub slug: &'a str,
    /// The words as pages show them.
    pub title: &'a str,
    /// Code of the group.
    pub group_code: &'a str,
    /// Place in reading order.
    pub position: i32,
    /// What belongs here.
    pub definition: &'a str,
    /// The proposition on which stances are taken.
    pub proposition: &'a str,
    /// The question as a reader asks it.
    pub question: &'a str,
    /// Version of the rubric.
    pub rubric_version: i32,
}

/// Makes the type, or brings it up to date; true if something changed.
pub async fn provision_type_upsert(connection: &mut PgConnection, fields: ProvisionTypeFields<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO provision_type (slug, title, group_code, position, definition, proposition, question,
             rubric_version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (slug) DO UPDATE SET title = excluded.title, group_code = excluded.group_code,
             position = excluded.position, definition = excluded.definition, proposition = excluded.proposition,
             question = excluded.question, rubric_version = excluded.rubric_version
         WHERE (provision_type.title, provision_type.group_code, provision_type.position, provision_type.definition,
                provision_type.proposition, provision_type.question, provision_type.rubric_version)
             IS DISTINCT FROM (excluded.title, excluded.group_code, excluded.position, excluded.definition,
                excluded.proposition, excluded.question, excluded.rubric_version)",
        fields.slug,
        fields.title,
        fields.group_code,
        fields.position,
        fields.definition,
        fields.proposition,
        fields.question,
        fields.rubric_version,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
