//! Writing corrections: a statement on a published record, and what is added to it.
//!
//! Invariant: a form that is sent twice makes one correction, a review is told of once, and one withdrawal is enough.

use atlas_domain::{AccountId, FindingId, ReviewId};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::Result;
use crate::view::correction::ReportedBy;

/// A record that can be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectedRecord {
    /// Like `CA-P-002596`.
    pub public_id: String,
    /// Its name, for a person.
    pub name: String,
    document_id: Uuid,
    provision_id: Option<Uuid>,
    change_id: Option<Uuid>,
}

/// The document, provision or published change with a public id (upper case).
pub async fn corrected_record(connection: &mut PgConnection, public_id: &str) -> Result<Option<CorrectedRecord>> {
    let row = sqlx::query!(
        r#"SELECT found.document_id AS "document_id!", found.provision_id, found.change_id, found.part AS "part!",
               p.name AS platform, d.title AS document
           FROM (
               SELECT id AS document_id, NULL::uuid AS provision_id, NULL::uuid AS change_id, '' AS part
               FROM document WHERE public_id = $1
               UNION ALL
               SELECT pr.document_id, pr.id, NULL, t.title
               FROM provision pr JOIN provision_type t ON t.slug = pr.provision_type WHERE pr.public_id = $1
               UNION ALL
               SELECT c.document_id, NULL, c.id, c.headline
               FROM change c JOIN publication pub ON pub.change_id = c.id WHERE c.public_id = $1
           ) found
           JOIN document d ON d.id = found.document_id
           JOIN platform p ON p.id = d.platform_id"#,
        public_id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| CorrectedRecord {
        public_id: public_id.to_owned(),
        name: name(&row.platform, &row.document, &row.part),
        document_id: row.document_id,
        provision_id: row.provision_id,
        change_id: row.change_id,
    }))
}

/// The name of a record; a title that begins with the platform does not name it twice.
fn name(platform: &str, document: &str, part: &str) -> String {
    let mut name = if document.starts_with(platform) {
        document.to_owned()
    } else {
        format!("{platform}, {document}")
    };
    if !part.is_empty() {
        name.push_str(": ");
        name.push_str(part);
    }
    name
}

/// A correction to be.
#[derive(Debug, Clone)]
pub struct NewCorrection<'a> {
    /// Given by the form, so that sending it twice makes one correction.
    pub id: Uuid,
    /// What it is about; `None` for the record as a whole.
    pub record: Option<&'a CorrectedRecord>,
    /// The same in words.
    pub title: &'a str,
    /// What the record said.
    pub said: &'a str,
    /// What is right.
    pub correct: &'a str,
    /// Since when it was wrong.
    pub wrong_since: Option<Date>,
    /// When it was corrected.
    pub corrected_on: Date,
    /// Who noticed.
    pub reported_by: ReportedBy,
    /// The review that made it.
    pub review: Option<ReviewId>,
    /// Who writes it.
    pub author: AccountId,
}

/// Adds a correction and returns its public id; `None` if that form was sent before, or the review is told of already.
pub async fn correction_insert(
    connection: &mut PgConnection,
    new: &NewCorrection<'_>,
    at: OffsetDateTime,
) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO correction (id, document_id, provision_id, change_id, title, said, correct, wrong_since,
             corrected_on, reported_by, review_id, author_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT DO NOTHING RETURNING public_id",
        new.id,
        new.record.map(|record| record.document_id),
        new.record.and_then(|record| record.provision_id),
        new.record.and_then(|record| record.change_id),
        new.title,
        new.said,
        new.correct,
        new.wrong_since,
        new.corrected_on,
        new.reported_by.as_str(),
        new.review.map(ReviewId::uuid),
        new.author.uuid(),
        at
    )
    .fetch_optional(connection)
    .await?)
}

/// The correction that a form or a review has made.
pub async fn correction_made(
    connection: &mut PgConnection,
    form: Option<Uuid>,
    review: Option<ReviewId>,
) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "SELECT public_id FROM correction WHERE id = $1 OR review_id = $2 LIMIT 1",
        form,
        review.map(ReviewId::uuid)
    )
    .fetch_optional(connection)
    .await?)
}

/// Adds the platform's reply, or takes the correction back; false if there is no such correction or it is withdrawn.
pub async fn correction_note_insert(
    connection: &mut PgConnection,
    public_id: &str,
    withdraws: bool,
    text: &str,
    author: AccountId,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO correction_note (id, correction_id, kind, text, author_id, created_at)
         SELECT $1, c.id, $3, $4, $5, $6 FROM correction c
         WHERE c.public_id = $2
           AND NOT EXISTS (SELECT FROM correction_note n WHERE n.correction_id = c.id AND n.kind = 'withdrawal')
         ON CONFLICT DO NOTHING",
        Uuid::now_v7(),
        public_id,
        if withdraws { "withdrawal" } else { "reply" },
        text,
        author.uuid(),
        at
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Public id of a finding's provision, and when its version was read.
pub async fn provision_of_finding(
    connection: &mut PgConnection,
    finding: FindingId,
) -> Result<Option<(String, OffsetDateTime)>> {
    let row = sqlx::query!(
        "SELECT pr.public_id, f.created_at FROM finding f JOIN provision pr ON pr.id = f.provision_id WHERE f.id = $1",
        finding.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.public_id, row.created_at)))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_record_names_its_platform_once() {
        assert_eq!(
            name("Acme", "Terms of service", "Refunds"),
            "Acme, Terms of service: Refunds"
        );
        assert_eq!(name("Acme", "Acme Terms of Service", ""), "Acme Terms of Service");
    }
}
