//! One change: the record, how it stands, and the provisions it touches.
//!
//! Invariant: a change that waits for a second capture, or that none bore out, says so in its `standing`.

use atlas_domain::{
    AffectedGroup, ChangeId, ChangeLabel, Direction, DocumentId, Hunk, Materiality, PlatformId, Severity, Sha256,
    Signal, Stance, SummaryLine,
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::correction::CorrectionMention;
use crate::{
    Result,
    confirmation::WithdrawalReason,
    error::{digest, json, word},
};

/// How a change stands in the public record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeStanding {
    /// Public; it needed no second capture, or is older than that rule.
    Published,
    /// Public since a second capture agreed.
    Confirmed {
        /// When that capture was received.
        captured_at: OffsetDateTime,
    },
    /// Seen once: waits for a second capture. Not news, not alerted.
    Provisional {
        /// Since when.
        since: OffsetDateTime,
        /// The earliest instant at which a capture may confirm it.
        confirm_at: OffsetDateTime,
    },
    /// No second capture bore it out. Never was news.
    Withdrawn {
        /// What was seen instead.
        reason: WithdrawalReason,
        /// When that was seen.
        captured_at: OffsetDateTime,
    },
}

impl ChangeStanding {
    /// Whether the change is part of the public record of changes.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::Confirmed { .. })
    }
}

/// What the rows around a change tell of its standing.
#[derive(Debug, Default)]
pub(super) struct StandingRow {
    pub published: bool,
    pub since: Option<OffsetDateTime>,
    pub confirm_at: Option<OffsetDateTime>,
    pub confirmed_by: Option<OffsetDateTime>,
    pub withdrawal: Option<String>,
    pub withdrawn_by: Option<OffsetDateTime>,
}

impl StandingRow {
    /// The standing; `None` for a change that is on its way to being judged, which no page shows.
    pub(super) fn read(self) -> Option<ChangeStanding> {
        if self.published {
            return Some(match (self.since, self.confirmed_by) {
                (Some(_), Some(captured_at)) => ChangeStanding::Confirmed { captured_at },
                _ => ChangeStanding::Published,
            });
        }
        let reason = self.withdrawal.as_deref().and_then(WithdrawalReason::from_word);
        if let (Some(reason), Some(captured_at)) = (reason, self.withdrawn_by) {
            return Some(ChangeStanding::Withdrawn { reason, captured_at });
        }
        let (since, confirm_at) = self.since.zip(self.confirm_at)?;
        Some(ChangeStanding::Provisional { since, confirm_at })
    }
}

/// A change that is public, provisional or withdrawn.
#[derive(Debug, Clone)]
pub struct ChangeRecord {
    /// Row id.
    pub id: ChangeId,
    /// Like `CA-C-004117`.
    pub public_id: String,
    /// `update`, `technical_upgrade` or `reverted`.
    pub kind: String,
    /// Row id of the platform.
    pub platform_id: PlatformId,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Row id of the document.
    pub document_id: DocumentId,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// What is at stake.
    pub severity: Severity,
    /// Kinds of change.
    pub labels: Vec<ChangeLabel>,
    /// What happened, one sentence.
    pub headline: String,
    /// The summary.
    pub summary: Vec<SummaryLine>,
    /// The passages that differ.
    pub hunks: Vec<Hunk>,
    /// Why it was ranked so.
    pub signals: Vec<Signal>,
    /// Words that came.
    pub words_added: i32,
    /// Words that went.
    pub words_removed: i32,
    /// The day from which the new text says it holds.
    pub effective_date: Option<Date>,
    /// Days of notice: from detection to that day, negative if it had passed; `None` where this change states no day.
    pub notice_days: Option<i32>,
    /// The groups that changed passages name.
    pub affected: Vec<AffectedGroup>,
    /// Whether it says that it holds for what was before it.
    pub retroactive: Option<bool>,
    /// When the new text was captured.
    pub detected_at: OffsetDateTime,
    /// When the record became public; for one that is not, since when it is provisional.
    pub published_at: OffsetDateTime,
    /// How it stands.
    pub standing: ChangeStanding,
    /// What was corrected in this record.
    pub corrections: Vec<CorrectionMention>,
    /// From before our time, or imported.
    pub historical: bool,
    /// Version of the rules that ranked it.
    pub rule_version: i32,
    /// The version before.
    pub old: VersionFacts,
    /// The version after.
    pub new: VersionFacts,
}

/// One side of a change.
#[derive(Debug, Clone)]
pub struct VersionFacts {
    /// Like `CA-V-010442`.
    pub public_id: String,
    /// Number within the document.
    pub number: i32,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// Hash of the text.
    pub text_sha256: Sha256,
}

/// The change with a public id (`CA-C-…`, upper case), if it is public, provisional or withdrawn.
pub async fn change_by_public_id(conn: &mut PgConnection, public_id: &str) -> Result<Option<ChangeRecord>> {
    let row = sqlx::query!(
        r#"SELECT c.id, c.public_id, c.kind, p.id AS platform_id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample,
               d.id AS document_id, d.slug AS document_slug, d.title AS document_title, c.materiality, c.direction,
               c.severity, c.labels, c.headline, c.summary, c.hunks, c.signals, c.words_added, c.words_removed,
               c.effective_date, c.notice_days, c.affected, c.retroactive, c.detected_at, coalesce(pub.published_at, prov.since) AS "published_at!",
               coalesce(pub.historical, false) AS "historical!", c.rule_version,
               corrections_of(NULL, NULL, c.id) AS "corrections!", pub.change_id IS NOT NULL AS "published!", prov.since AS "since?", prov.confirm_at AS "confirm_at?",
               conf.captured_at AS "confirmed_by?", wd.reason AS "withdrawal?", wd.captured_at AS "withdrawn_by?",
               o.public_id AS old_public_id, o.number AS old_number, o.captured_at AS old_captured_at,
               o.text_sha256 AS old_sha256, n.public_id AS new_public_id, n.number AS new_number,
               n.captured_at AS new_captured_at, n.text_sha256 AS new_sha256
           FROM change c
           LEFT JOIN publication pub ON pub.change_id = c.id
           LEFT JOIN change_provisional prov ON prov.change_id = c.id
           LEFT JOIN change_withdrawal wd ON wd.change_id = c.id
           LEFT JOIN version_confirmation conf ON conf.version_id = c.new_version_id
           JOIN document d ON d.id = c.document_id
           JOIN platform p ON p.id = d.platform_id
           JOIN version o ON o.id = c.old_version_id
           JOIN version n ON n.id = c.new_version_id
           WHERE c.public_id = $1 AND (pub.change_id IS NOT NULL OR prov.change_id IS NOT NULL)"#,
        public_id,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let standing = StandingRow {
        published: row.published,
        since: row.since,
        confirm_at: row.confirm_at,
        confirmed_by: row.confirmed_by,
        withdrawal: row.withdrawal,
        withdrawn_by: row.withdrawn_by,
    };
    let Some(standing) = standing.read() else {
        return Ok(None);
    };
    Ok(Some(ChangeRecord {
        corrections: json(row.corrections)?,
        standing,
        id: row.id.into(),
        public_id: row.public_id,
        kind: row.kind,
        platform_id: row.platform_id.into(),
        platform_slug: row.platform_slug,
        platform_name: row.platform_name,
        is_sample: row.is_sample,
        document_id: row.document_id.into(),
        document_slug: row.document_slug,
        document_title: row.document_title,
        materiality: word(&row.materiality)?,
        direction: word(&row.direction)?,
        severity: word(&row.severity)?,
        labels: row.labels.iter().map(|label| word(label)).collect::<Result<_>>()?,
        headline: row.headline,
        summary: super::summary(row.summary)?,
        hunks: json(row.hunks)?,
        signals: json(row.signals)?,
        words_added: row.words_added,
        words_removed: row.words_removed,
        effective_date: row.effective_date,
        notice_days: row.notice_days,
        affected: json(row.affected)?,
        retroactive: row.retroactive,
        detected_at: row.detected_at,
        published_at: row.published_at,
        historical: row.historical,
        rule_version: row.rule_version,
        old: VersionFacts {
            public_id: row.old_public_id,
            number: row.old_number,
            captured_at: row.old_captured_at,
            text_sha256: digest(&row.old_sha256)?,
        },
        new: VersionFacts {
            public_id: row.new_public_id,
            number: row.new_number,
            captured_at: row.new_captured_at,
            text_sha256: digest(&row.new_sha256)?,
        },
    }))
}

/// A provision that a change touches.
#[derive(Debug, Clone)]
pub struct TouchedProvision {
    /// Slug of the type.
    pub provision_type: String,
    /// Title of the type.
    pub type_title: String,
    /// `appeared`, `vanished`, `stance_changed` or `reworded`.
    pub effect: String,
    /// The stance before; `None` where nothing was found.
    pub old_stance: Option<Stance>,
    /// The stance after; `None` where nothing was found.
    pub new_stance: Option<Stance>,
    /// What is at stake after; before, where nothing is left.
    pub severity: Option<Severity>,
    /// The quoted words before.
    pub old_excerpt: Option<String>,
    /// The quoted words after.
    pub new_excerpt: Option<String>,
}

/// The provisions that a change touches, most severe first.
pub async fn touched_provisions(conn: &mut PgConnection, change: ChangeId) -> Result<Vec<TouchedProvision>> {
    let rows = sqlx::query!(
        r#"SELECT pr.provision_type, t.title AS type_title, cp.effect, old.stance AS "old_stance?",
               new.stance AS "new_stance?", coalesce(new.severity, old.severity) AS severity,
               old.excerpt AS "old_excerpt?", new.excerpt AS "new_excerpt?"
           FROM change_provision cp
           JOIN provision pr ON pr.id = cp.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           LEFT JOIN finding old ON old.id = cp.old_finding_id AND (old.position >= 0 OR old.was_shown)
           LEFT JOIN finding new ON new.id = cp.new_finding_id AND (new.position >= 0 OR new.was_shown)
           WHERE cp.change_id = $1
             -- What waits for a person says nothing of a change either.
             AND (cp.old_finding_id IS NULL OR old.id IS NOT NULL)
             AND (cp.new_finding_id IS NULL OR new.id IS NOT NULL)
           ORDER BY array_position(ARRAY['high', 'medium', 'low'], coalesce(new.severity, old.severity)), t.position"#,
        change.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TouchedProvision {
                provision_type: row.provision_type,
                type_title: row.type_title,
                effect: row.effect,
                old_stance: row.old_stance.as_deref().map(word).transpose()?,
                new_stance: row.new_stance.as_deref().map(word).transpose()?,
                severity: row.severity.as_deref().map(word).transpose()?,
                old_excerpt: row.old_excerpt,
                new_excerpt: row.new_excerpt,
            })
        })
        .collect()
}
