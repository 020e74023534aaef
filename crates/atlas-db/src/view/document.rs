//! One document: how it is obtained, how it is doing, and every version of it.

use atlas_domain::{CaptureOutcome, Direction, DocumentId, Materiality, PlatformId, Sha256, SourceRules, VersionKind};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::change::{ChangeStanding, StandingRow};
use super::correction::CorrectionMention;
use crate::{
    Result,
    error::{digest, json, word},
};

/// A document with its platform and its source.
#[derive(Debug, Clone)]
pub struct DocumentRecord {
    /// Row id.
    pub id: DocumentId,
    /// Like `CA-D-000214`.
    pub public_id: String,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Document type.
    pub document_type: String,
    /// BCP 47 language tag.
    pub locale: String,
    /// Where it applies, if its publisher has several by place.
    pub jurisdiction: Option<String>,
    /// Whose contract it is, if its publisher has several by plan.
    pub plan: Option<String>,
    /// No longer followed since.
    pub retired_at: Option<OffsetDateTime>,
    /// Row id of the platform.
    pub platform_id: PlatformId,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// The platform is no longer followed since.
    pub platform_retired_at: Option<OffsetDateTime>,
    /// How it is obtained; `None` if no source is configured.
    pub source: Option<SourceState>,
    /// What was corrected in the record of this document and its provisions.
    pub corrections: Vec<CorrectionMention>,
}

/// How a document is obtained and how that is going.
#[derive(Debug, Clone)]
pub struct SourceState {
    /// The rules of today.
    pub rules: Option<SourceRules>,
    /// Since when these rules hold.
    pub rules_since: Option<OffsetDateTime>,
    /// Seconds between two checks.
    pub poll_interval_seconds: i32,
    /// When the next check is due.
    pub next_poll_at: Option<OffsetDateTime>,
    /// Checks are paused since.
    pub paused_at: Option<OffsetDateTime>,
    /// When it was last checked.
    pub last_checked_at: Option<OffsetDateTime>,
    /// How the last check ended.
    pub outcome: Option<CaptureOutcome>,
    /// What was seen then, a few words.
    pub detail: Option<String>,
    /// When a check last went well.
    pub last_success_at: Option<OffsetDateTime>,
    /// Failures in a row.
    pub failures: i32,
}

/// The document with a slug within the platform with a slug.
pub async fn document_by_slugs(
    conn: &mut PgConnection,
    platform: &str,
    document: &str,
) -> Result<Option<DocumentRecord>> {
    let row = sqlx::query!(
        r#"SELECT d.id, d.public_id, d.slug, d.title, d.document_type, d.locale, d.jurisdiction, d.plan, d.retired_at,
               p.id AS platform_id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample,
               p.retired_at AS platform_retired_at,
               s.poll_interval_seconds AS "poll_interval_seconds?", s.next_poll_at AS "next_poll_at?",
               s.paused_at AS "paused_at?", s.last_checked_at AS "last_checked_at?",
               s.last_outcome AS "last_outcome?", s.last_detail AS "last_detail?",
               s.last_success_at AS "last_success_at?", s.failures AS "failures?",
               corrections_of(d.id, NULL, NULL) AS "corrections!", r.rules AS "rules?", r.valid_from AS "valid_from?"
           FROM document d
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN source s ON s.document_id = d.id
           LEFT JOIN LATERAL (
               SELECT rules, valid_from FROM source_revision r
               WHERE r.source_id = s.id ORDER BY valid_from DESC LIMIT 1
           ) r ON true
           WHERE p.slug = $1 AND d.slug = $2"#,
        platform,
        document,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let source = match row.poll_interval_seconds {
        None => None,
        Some(poll_interval_seconds) => Some(SourceState {
            rules: row.rules.map(json).transpose()?,
            rules_since: row.valid_from,
            poll_interval_seconds,
            next_poll_at: row.next_poll_at,
            paused_at: row.paused_at,
            last_checked_at: row.last_checked_at,
            outcome: row.last_outcome.as_deref().map(word).transpose()?,
            detail: row.last_detail,
            last_success_at: row.last_success_at,
            failures: row.failures.unwrap_or_default(),
        }),
    };
    Ok(Some(DocumentRecord {
        id: row.id.into(),
        public_id: row.public_id,
        slug: row.slug,
        title: row.title,
        document_type: row.document_type,
        locale: row.locale,
        jurisdiction: row.jurisdiction,
        plan: row.plan,
        retired_at: row.retired_at,
        platform_id: row.platform_id.into(),
        platform_slug: row.platform_slug,
        platform_name: row.platform_name,
        is_sample: row.is_sample,
        platform_retired_at: row.platform_retired_at,
        corrections: json(row.corrections)?,
        source,
    }))
}

/// A version as the list of versions shows it.
#[derive(Debug, Clone)]
pub struct VersionLine {
    /// Like `CA-V-011873`.
    pub public_id: String,
    /// Number within the document.
    pub number: i32,
    /// What it is to its history.
    pub kind: VersionKind,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// Words of the text.
    pub word_count: i32,
    /// Hash of the text.
    pub text_sha256: Sha256,
    /// Taken over from an archive, or from before our time.
    pub historical: bool,
    /// Checks that found it unchanged.
    pub checks: i64,
    /// The last check that found it unchanged.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Number of the version it equals, for a reverted one.
    pub equals: Option<i32>,
    /// The change that led to it, if it is public, provisional or withdrawn.
    pub change: Option<VersionChange>,
}

/// The change that led to a version, in short.
#[derive(Debug, Clone)]
pub struct VersionChange {
    /// Like `CA-C-004117`.
    pub public_id: String,
    /// What happened.
    pub headline: String,
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
    /// How it stands.
    pub standing: ChangeStanding,
    /// Number of the version it was compared with: not always the one before.
    pub old_number: i32,
}

/// Every version of a document, newest first.
pub async fn versions_of_document(conn: &mut PgConnection, document: DocumentId) -> Result<Vec<VersionLine>> {
    let rows = sqlx::query!(
        r#"SELECT v.public_id, v.number, v.kind, v.captured_at, v.word_count, v.text_sha256, v.historical,
               coalesce(u.checks, 0) AS "checks!", u.last_seen_at AS "last_seen_at?", eq.number AS "equals?",
               c.public_id AS "change_id?", c.headline AS "headline?", c.materiality AS "materiality?",
               c.direction AS "direction?", c.detected_at AS "detected_at?", o.number AS "old_number?",
               pub.publish_seq IS NOT NULL AS "published!", prov.since AS "since?", prov.confirm_at AS "confirm_at?",
               conf.captured_at AS "confirmed_by?", wd.reason AS "withdrawal?", wd.captured_at AS "withdrawn_by?"
           FROM version v
           LEFT JOIN unchanged_run u ON u.version_id = v.id
           LEFT JOIN version eq ON eq.id = v.equals_version_id
           LEFT JOIN change c ON c.new_version_id = v.id
           LEFT JOIN version o ON o.id = c.old_version_id
           LEFT JOIN publication pub ON pub.change_id = c.id
           LEFT JOIN change_provisional prov ON prov.change_id = c.id
           LEFT JOIN change_withdrawal wd ON wd.change_id = c.id
           LEFT JOIN version_confirmation conf ON conf.version_id = v.id
           WHERE v.document_id = $1
           ORDER BY v.number DESC"#,
        document.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let standing = StandingRow {
                published: row.published,
                since: row.since,
                confirm_at: row.confirm_at,
                confirmed_by: row.confirmed_by,
                withdrawal: row.withdrawal,
                withdrawn_by: row.withdrawn_by,
            };
            let change = match (
                standing.read(),
                row.change_id,
                row.headline,
                row.materiality,
                row.direction,
            ) {
                (Some(standing), Some(public_id), Some(headline), Some(materiality), Some(direction)) => {
                    Some(VersionChange {
                        standing,
                        old_number: row.old_number.unwrap_or_default(),
                        public_id,
                        headline,
                        materiality: word(&materiality)?,
                        direction: word(&direction)?,
                        detected_at: row.detected_at.unwrap_or(row.captured_at),
                    })
                }
                _ => None,
            };
            Ok(VersionLine {
                public_id: row.public_id,
                number: row.number,
                kind: word(&row.kind)?,
                captured_at: row.captured_at,
                word_count: row.word_count,
                text_sha256: digest(&row.text_sha256)?,
                historical: row.historical,
                checks: row.checks,
                last_seen_at: row.last_seen_at,
                equals: row.equals,
                change,
            })
        })
        .collect()
}

/// One of the texts between which a document goes to and fro.
#[derive(Debug, Clone)]
pub struct VariantLine {
    /// Public id of the first version with these words.
    pub public_id: String,
    /// Number of that version.
    pub number: i32,
    /// When it was first seen.
    pub first_seen_at: OffsetDateTime,
    /// When it was last seen.
    pub last_seen_at: OffsetDateTime,
    /// How often it was seen.
    pub sightings: i64,
    /// Whether the latest version has these words.
    pub is_current: bool,
}

/// The texts between which a document goes to and fro, the last seen first; empty for one that does not.
pub async fn variants_of_document(conn: &mut PgConnection, document: DocumentId) -> Result<Vec<VariantLine>> {
    Ok(sqlx::query_as!(
        VariantLine,
        r#"SELECT v.public_id, v.number, m.first_seen_at, m.last_seen_at, m.sightings,
               m.normal_sha256 = (SELECT l.normal_sha256 FROM version l WHERE l.document_id = $1
                   ORDER BY l.number DESC LIMIT 1) AS "is_current!"
           FROM variant m JOIN version v ON v.id = m.version_id
           WHERE m.document_id = $1
           ORDER BY m.last_seen_at DESC, v.number"#,
        document.uuid(),
    )
    .fetch_all(conn)
    .await?)
}
