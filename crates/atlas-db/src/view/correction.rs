//! Corrections: what the record said wrongly, as everybody may read it.
//!
//! Invariant: nothing that was published is left out, also not what was withdrawn since; a target without a page of its
//! own leads to its document.

use atlas_domain::UnknownWord;
use serde::Deserialize;
use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime};

use crate::{Result, error::json};

/// Who noticed the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedBy {
    /// Staff.
    Us,
    /// A reader.
    Reader,
    /// The platform whose text it is.
    Platform,
}

impl ReportedBy {
    /// Every word.
    pub const ALL: [Self; 3] = [Self::Us, Self::Reader, Self::Platform];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Reader => "reader",
            Self::Platform => "platform",
        }
    }
    /// Reads the stored word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.as_str() == word)
    }
    /// For a reader.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Us => "Noticed by us",
            Self::Reader => "Reported by a reader",
            Self::Platform => "Reported by the platform",
        }
    }
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRecord {
    /// Like `CA-R-000012`.
    pub public_id: String,
    /// What it is about, in words.
    pub title: String,
    /// What the record said.
    pub said: String,
    /// What is right.
    pub correct: String,
    /// Since when it was wrong, where that is known.
    pub wrong_since: Option<Date>,
    /// When it was corrected.
    pub corrected_on: Date,
    /// Who noticed.
    pub reported_by: ReportedBy,
    /// When the correction was published.
    pub created_at: OffsetDateTime,
    /// Where it is; `None` for what concerns the record as a whole.
    pub target: Option<CorrectionTarget>,
    /// What was added since, oldest first.
    pub notes: Vec<CorrectionNote>,
}

/// The record that a correction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionTarget {
    /// Slug of the platform.
    pub platform: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub document: String,
    /// Slug of the provision's type, where a page of the provision exists.
    pub provision_type: Option<String>,
    /// The change: its public id and when it was detected.
    pub change: Option<(String, OffsetDateTime)>,
}

/// What was added to a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionNote {
    /// The correction was itself wrong; else the platform's reply.
    pub withdraws: bool,
    /// The words.
    pub text: String,
    /// When it was added.
    pub at: OffsetDateTime,
}

#[derive(Deserialize)]
struct StoredNote {
    kind: String,
    text: String,
    at: i64,
}

/// The corrections, the latest first: one of them, or at most `limit` before another.
pub async fn corrections(
    conn: &mut PgConnection,
    one: Option<&str>,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<CorrectionRecord>> {
    let rows = sqlx::query!(
        r#"SELECT c.public_id, c.title, c.said, c.correct, c.wrong_since, c.corrected_on, c.reported_by, c.created_at,
               p.slug AS "platform?", p.is_sample AS "is_sample?", d.slug AS "document?",
               CASE WHEN EXISTS (
                   SELECT FROM finding f JOIN version v ON v.id = f.version_id
                   WHERE f.provision_id = pr.id AND f.position = 0
                     AND NOT EXISTS (SELECT FROM finding struck JOIN version sv ON sv.id = struck.version_id
                                     WHERE struck.provision_id = pr.id AND struck.review = 'rejected'
                                       AND sv.number > v.number))
                   THEN pr.provision_type END AS provision_type,
               ch.public_id AS "change?", ch.detected_at AS "detected_at?",
               (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', n.kind, 'text', n.text,
                        'at', floor(extract(epoch FROM n.created_at))::bigint) ORDER BY n.created_at, n.id), '[]')
                FROM correction_note n WHERE n.correction_id = c.id) AS "notes!"
           FROM correction c
           LEFT JOIN document d ON d.id = c.document_id
           LEFT JOIN platform p ON p.id = d.platform_id
           LEFT JOIN provision pr ON pr.id = c.provision_id
           LEFT JOIN change ch ON ch.id = c.change_id
           WHERE ($1::text IS NULL OR c.public_id = $1)
             AND ($2::text IS NULL OR (c.created_at, c.id)
                  < (SELECT b.created_at, b.id FROM correction b WHERE b.public_id = $2))
           ORDER BY c.created_at DESC, c.id DESC
           LIMIT $3"#,
        one,
        before,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let notes: Vec<StoredNote> = json(row.notes)?;
            Ok(CorrectionRecord {
                public_id: row.public_id,
                title: row.title,
                said: row.said,
                correct: row.correct,
                wrong_since: row.wrong_since,
                corrected_on: row.corrected_on,
                reported_by: ReportedBy::of(&row.reported_by).ok_or(UnknownWord {
                    set: "reporter of a correction",
                    word: row.reported_by,
                })?,
                created_at: row.created_at,
                target: match (row.platform, row.document) {
                    (Some(platform), Some(document)) => Some(CorrectionTarget {
                        platform,
                        is_sample: row.is_sample.unwrap_or_default(),
                        document,
                        provision_type: row.provision_type,
                        change: row.change.zip(row.detected_at),
                    }),
                    _ => None,
                },
                notes: notes
                    .into_iter()
                    .map(|note| CorrectionNote {
                        withdraws: note.kind == "withdrawal",
                        text: note.text,
                        at: instant(note.at),
                    })
                    .collect(),
            })
        })
        .collect()
}

/// A correction as the page of its record tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "StoredMention")]
pub struct CorrectionMention {
    /// Like `CA-R-000012`.
    pub public_id: String,
    /// What it is about, in words.
    pub title: String,
    /// What is right.
    pub correct: String,
    /// When it was corrected.
    pub day: Date,
    /// When it was published.
    pub at: OffsetDateTime,
    /// When it was withdrawn: the page no longer tells of it.
    pub withdrawn_at: Option<OffsetDateTime>,
}

impl CorrectionMention {
    /// When what a page tells of these corrections last changed.
    pub fn latest(mentions: &[Self]) -> Option<OffsetDateTime> {
        mentions
            .iter()
            .flat_map(|mention| [Some(mention.at), mention.withdrawn_at])
            .flatten()
            .max()
    }
}

/// As the database writes it (`corrections_of`).
#[derive(Deserialize)]
struct StoredMention {
    public_id: String,
    title: String,
    correct: String,
    day: i64,
    at: i64,
    withdrawn_at: Option<i64>,
}

impl From<StoredMention> for CorrectionMention {
    fn from(stored: StoredMention) -> Self {
        Self {
            public_id: stored.public_id,
            title: stored.title,
            correct: stored.correct,
            day: (OffsetDateTime::UNIX_EPOCH + Duration::days(stored.day)).date(),
            at: instant(stored.at),
            withdrawn_at: stored.withdrawn_at.map(instant),
        }
    }
}

fn instant(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
}
