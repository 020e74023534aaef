//! What waits for a person.
//!
//! Invariant: only findings of standing versions wait; the gravest come first, then the surest. A silence is not asked
//! about: there are no words to judge.

use atlas_domain::{FindingId, Severity, Stance, VersionId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ReviewPolicy, review_policy};
use crate::Result;
use crate::error::word;

/// How many bytes of the text are shown on each side of the quotation.
const AROUND: i32 = 400;

/// A band of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Proposed by itself.
    Auto,
    /// To be looked at.
    Review,
    /// Nearest sentences only.
    Below,
}

impl Band {
    /// The word of the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Review => "review",
            Self::Below => "below",
        }
    }
    /// Reads the word of the address.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Auto, Self::Review, Self::Below]
            .into_iter()
            .find(|band| band.as_str() == word)
    }
    /// The scores of the band: from, and below.
    fn scores(self, policy: ReviewPolicy) -> (f64, f64) {
        match self {
            Self::Auto => (policy.auto_from, 2.0),
            Self::Review => (policy.queue_from, policy.auto_from),
            Self::Below => (-1.0, policy.queue_from),
        }
    }
}

/// A finding as the queue shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueItem {
    /// The finding.
    pub id: FindingId,
    /// The version it was found in.
    pub version_id: VersionId,
    /// The version's number within the document.
    pub version_number: i32,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Title of the provision type.
    pub type_title: String,
    /// The sentence that the stance is about.
    pub proposition: String,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// The detector's own measure, 0 to 1.
    pub score: f64,
    /// Codes of the rules that fired.
    pub reasons: Vec<String>,
    /// To what the words limit themselves.
    pub scope: Option<String>,
    /// What read it.
    pub detector: String,
    /// The quoted words; empty for silence.
    pub excerpt: String,
    /// First byte of the quotation.
    pub start: Option<i32>,
    /// One past its last byte.
    pub end: Option<i32>,
    /// The words before the quotation.
    pub lead: String,
    /// The words after it.
    pub tail: String,
    /// What the latest review says; `None` while it waits.
    pub review: Option<String>,
    /// How many reviews there are.
    pub reviews: i32,
    /// Whether it stands among what readers see.
    pub shown: bool,
}

/// The findings of a band that wait, at most `limit`.
pub async fn queue(connection: &mut PgConnection, band: Band, limit: i64) -> Result<Vec<QueueItem>> {
    let scores = band.scores(review_policy(connection).await?);
    items(connection, None, scores, limit).await
}

/// One finding, whether it waits or not.
pub async fn queue_item(connection: &mut PgConnection, finding: FindingId) -> Result<Option<QueueItem>> {
    Ok(items(connection, Some(finding.uuid()), (-1.0, 2.0), 1).await?.pop())
}

async fn items(
    connection: &mut PgConnection,
    one: Option<Uuid>,
    (from, below): (f64, f64),
    limit: i64,
) -> Result<Vec<QueueItem>> {
    let rows = sqlx::query!(
        r#"SELECT f.id, f.version_id, v.number, p.slug AS platform_slug, p.name AS platform_name,
               d.slug AS document_slug, d.title AS document_title, t.slug AS provision_type, t.title AS type_title,
               t.proposition, f.stance, f.severity, f.score, f.reasons, f.scope, f.detector, f.excerpt,
               f.excerpt_start, f.excerpt_end, f.review, f.position,
               substring(convert_to(v.text, 'UTF8') FROM greatest(f.excerpt_start - $5::int, 0) + 1
                   FOR least($5::int, f.excerpt_start)) AS lead,
               substring(convert_to(v.text, 'UTF8') FROM f.excerpt_end + 1 FOR $5::int) AS tail,
               (SELECT count(*) FROM review r WHERE r.finding_id = f.id) AS "reviews!"
           FROM finding f
           JOIN version v ON v.id = f.version_id
           JOIN provision pr ON pr.id = f.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           JOIN document d ON d.id = pr.document_id
           JOIN platform p ON p.id = d.platform_id
           WHERE CASE WHEN $1::uuid IS NULL
                      THEN f.review IS NULL AND f.superseded_at IS NULL AND f.stance <> 'silent' AND f.score >= $2 AND f.score < $3
                           AND EXISTS (SELECT FROM standing_version sv WHERE sv.version_id = f.version_id)
                      ELSE f.id = $1 END
           ORDER BY array_position(ARRAY['high', 'medium', 'low'], f.severity), f.score DESC, f.id
           LIMIT $4"#,
        one,
        from,
        below,
        limit,
        AROUND
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(QueueItem {
                id: row.id.into(),
                version_id: row.version_id.into(),
                version_number: row.number,
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                document_slug: row.document_slug,
                document_title: row.document_title,
                provision_type: row.provision_type,
                type_title: row.type_title,
                proposition: row.proposition,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                score: row.score,
                reasons: crate::error::json(row.reasons)?,
                scope: row.scope,
                detector: row.detector,
                excerpt: row.excerpt.unwrap_or_default(),
                start: row.excerpt_start,
                end: row.excerpt_end,
                lead: before(&row.lead.unwrap_or_default()),
                tail: after(&row.tail.unwrap_or_default()),
                review: row.review,
                reviews: i32::try_from(row.reviews)?,
                shown: row.position >= 0,
            })
        })
        .collect()
}

/// The bytes before a quotation as text; where more stands before them, from the first whole word on.
fn before(bytes: &[u8]) -> String {
    let text = whole_characters(bytes);
    let is_cut = i32::try_from(bytes.len()).is_ok_and(|length| length >= AROUND);
    match text.split_once(char::is_whitespace) {
        Some((_, rest)) if is_cut => format!("… {rest}"),
        _ => text,
    }
}

/// The bytes after a quotation as text; where more may stand after them, up to the last whole word.
fn after(bytes: &[u8]) -> String {
    let text = whole_characters(bytes);
    let is_cut = i32::try_from(bytes.len()).is_ok_and(|length| length >= AROUND);
    match text.rsplit_once(char::is_whitespace) {
        Some((rest, _)) if is_cut => format!("{rest} …"),
        _ => text,
    }
}

/// The text of some bytes without the halves of characters that were cut off at its ends.
fn whole_characters(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .trim_matches(char::REPLACEMENT_CHARACTER)
        .to_owned()
}

/// How much waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Findings that are proposed by themselves.
    pub auto: i64,
    /// Findings to be looked at.
    pub review: i64,
    /// Findings below both.
    pub below: i64,
    /// Open notes.
    pub notes: i64,
    /// Sources whose last look failed.
    pub sources: i64,
}

/// Counts what waits.
pub async fn waiting(connection: &mut PgConnection) -> Result<Waiting> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"SELECT count(*) FILTER (WHERE f.score >= p.auto_from) AS "auto!",
               count(*) FILTER (WHERE f.score >= p.queue_from AND f.score < p.auto_from) AS "review!",
               count(*) FILTER (WHERE f.score < p.queue_from) AS "below!",
               (SELECT count(*) FROM curator_note WHERE resolved_at IS NULL) AS "notes!",
               (SELECT count(*) FROM source s JOIN document d ON d.id = s.document_id
                JOIN platform pl ON pl.id = d.platform_id
                WHERE s.last_outcome NOT IN ('captured', 'not_modified')
                  AND d.retired_at IS NULL AND pl.retired_at IS NULL) AS "sources!"
           FROM review_policy p
           LEFT JOIN (finding f JOIN standing_version sv ON sv.version_id = f.version_id)
               ON f.review IS NULL AND f.superseded_at IS NULL AND f.stance <> 'silent'"#
    )
    .fetch_one(connection)
    .await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_character_that_was_cut_in_half_is_left_out() {
        let bytes = "é is cut".as_bytes();
        assert_eq!(super::whole_characters(&bytes[1..]), " is cut");
    }

    #[test]
    fn words_around_a_quotation_are_whole() {
        assert_eq!(super::before(b"all of it "), "all of it ");
        let long = "word ".repeat(100);
        let cut = &long.as_bytes()[2..402];
        assert!(super::before(cut).starts_with("… word word"));
        assert!(super::after(cut).ends_with("word word …"));
        assert!(
            super::before(&[b'x'; 400]).starts_with("xxx"),
            "one long word is better than none"
        );
    }
}
