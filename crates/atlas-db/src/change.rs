//! Changes: two versions that follow each other, and what is known of the difference.
//!
//! Invariant: a change is written once, together with the findings of its newer version, and never changed.

use atlas_domain::{
    AffectedGroup, ChangeId, ChangeLabel, Direction, DocumentId, FindingId, Hunk, Materiality, ProvisionId, Severity,
    Signal, SummaryLine, VersionId, VersionKind,
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use crate::error::{json, word};
use crate::{Error, Result};

/// A change with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The change.
    pub id: ChangeId,
    /// Its document.
    pub document_id: DocumentId,
    /// The earlier version.
    pub old_version_id: VersionId,
    /// The later version.
    pub new_version_id: VersionId,
    /// The kind of the later version.
    pub kind: VersionKind,
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// The highest severity it touches.
    pub severity: Severity,
    /// Kinds of change.
    pub labels: Vec<ChangeLabel>,
    /// What happened, in one line.
    pub headline: String,
    /// What happened, line by line.
    pub summary: Vec<SummaryLine>,
    /// The passages.
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
    /// When the later text was captured.
    pub detected_at: OffsetDateTime,
    /// The rules by which it was judged.
    pub rule_version: i32,
}

/// Adds a change.
pub async fn change_insert(connection: &mut PgConnection, change: &Change, at: OffsetDateTime) -> Result<()> {
    let labels: Vec<String> = change.labels.iter().map(|label| label.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO change (id, document_id, old_version_id, new_version_id, kind, materiality, direction, severity,
             labels, headline, summary, hunks, signals, words_added, words_removed, effective_date, detected_at,
             rule_version, created_at, notice_days, affected, retroactive)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        change.id.uuid(),
        change.document_id.uuid(),
        change.old_version_id.uuid(),
        change.new_version_id.uuid(),
        change.kind.as_str(),
        change.materiality.as_str(),
        change.direction.as_str(),
        change.severity.as_str(),
        &labels,
        change.headline,
        serde_json::to_value(&change.summary).map_err(Error::Json)?,
        serde_json::to_value(&change.hunks).map_err(Error::Json)?,
        serde_json::to_value(&change.signals).map_err(Error::Json)?,
        change.words_added,
        change.words_removed,
        change.effective_date,
        change.detected_at,
        change.rule_version,
        at,
        change.notice_days,
        serde_json::to_value(&change.affected).map_err(Error::Json)?,
        change.retroactive,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What a change did to a provision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvisionEffect {
    /// The document now speaks on it.
    Appeared,
    /// The document no longer speaks on it.
    Vanished,
    /// It takes another position.
    StanceChanged,
    /// Other words for the same position.
    Reworded,
}

impl ProvisionEffect {
    /// The fixed word, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Vanished => "vanished",
            Self::StanceChanged => "stance_changed",
            Self::Reworded => "reworded",
        }
    }
}

/// Records that a change touches a provision.
pub async fn change_provision_insert(
    connection: &mut PgConnection,
    change: ChangeId,
    provision: ProvisionId,
    effect: ProvisionEffect,
    old_finding: Option<FindingId>,
    new_finding: Option<FindingId>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO change_provision (change_id, provision_id, effect, old_finding_id, new_finding_id)
         VALUES ($1, $2, $3, $4, $5)",
        change.uuid(),
        provision.uuid(),
        effect.as_str(),
        old_finding.map(FindingId::uuid),
        new_finding.map(FindingId::uuid),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The change that a version brought.
pub async fn change_of_version(connection: &mut PgConnection, new_version: VersionId) -> Result<Option<ChangeId>> {
    let row = sqlx::query!("SELECT id FROM change WHERE new_version_id = $1", new_version.uuid())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// The change with an id.
pub async fn change_by_id(connection: &mut PgConnection, id: ChangeId) -> Result<Option<Change>> {
    let row = sqlx::query!(
        "SELECT document_id, old_version_id, new_version_id, kind, materiality, direction, severity, labels, headline,
             summary, hunks, signals, words_added, words_removed, effective_date, detected_at, rule_version,
             notice_days, affected, retroactive
         FROM change WHERE id = $1",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Change {
        id,
        document_id: row.document_id.into(),
        old_version_id: row.old_version_id.into(),
        new_version_id: row.new_version_id.into(),
        kind: word(&row.kind)?,
        materiality: word(&row.materiality)?,
        direction: word(&row.direction)?,
        severity: word(&row.severity)?,
        labels: row.labels.iter().map(|label| word(label)).collect::<Result<_>>()?,
        headline: row.headline,
        summary: json(row.summary)?,
        hunks: json(row.hunks)?,
        signals: json(row.signals)?,
        words_added: row.words_added,
        words_removed: row.words_removed,
        effective_date: row.effective_date,
        notice_days: row.notice_days,
        affected: json(row.affected)?,
        retroactive: row.retroactive,
        detected_at: row.detected_at,
        rule_version: row.rule_version,
    }))
}

/// What decides where a change goes after it was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeHead {
    /// Its document.
    pub document_id: DocumentId,
    /// The later version.
    pub new_version_id: VersionId,
    /// The kind of the later version.
    pub kind: VersionKind,
    /// How much it matters.
    pub materiality: Materiality,
    /// When the later text was captured.
    pub detected_at: OffsetDateTime,
    /// When it became public, if it did.
    pub published_at: Option<OffsetDateTime>,
    /// Whether the later version is one recorded before our time or by others.
    pub historical: bool,
}

/// What decides where a change goes.
pub async fn change_head(connection: &mut PgConnection, id: ChangeId) -> Result<Option<ChangeHead>> {
    let row = sqlx::query!(
        r#"SELECT c.document_id, c.new_version_id, c.kind, c.materiality, c.detected_at, p.published_at AS "published_at?", v.historical
           FROM change c JOIN version v ON v.id = c.new_version_id LEFT JOIN publication p ON p.change_id = c.id
           WHERE c.id = $1"#,
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ChangeHead {
        document_id: row.document_id.into(),
        new_version_id: row.new_version_id.into(),
        kind: word(&row.kind)?,
        materiality: word(&row.materiality)?,
        detected_at: row.detected_at,
        published_at: row.published_at,
        historical: row.historical,
    }))
}

/// Changes made in `[since, before)` that are not public and wait for nothing, oldest first, with the historical mark of their version.
pub async fn changes_unpublished(
    connection: &mut PgConnection,
    since: OffsetDateTime,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<(ChangeId, bool)>> {
    let rows = sqlx::query!(
        "SELECT c.id, v.historical FROM change c JOIN version v ON v.id = c.new_version_id
         WHERE c.created_at >= $1 AND c.created_at < $2
           AND NOT EXISTS (SELECT FROM publication p WHERE p.change_id = c.id)
           AND NOT EXISTS (SELECT FROM change_provisional w WHERE w.change_id = c.id)
         ORDER BY c.created_at, c.id LIMIT $3",
        since,
        before,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.historical)).collect())
}

/// How many changes of each materiality are held, in rising order.
pub async fn change_counts(connection: &mut PgConnection) -> Result<Vec<(Materiality, i64)>> {
    let rows = sqlx::query!(r#"SELECT materiality, count(*) AS "count!" FROM change GROUP BY materiality"#)
        .fetch_all(connection)
        .await?;
    let mut counts = rows
        .into_iter()
        .map(|row| Ok((word(&row.materiality)?, row.count)))
        .collect::<Result<Vec<(Materiality, i64)>>>()?;
    counts.sort_unstable();
    Ok(counts)
}

/// What a mail or a list says of a change beside its passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeNotice {
    /// The change.
    pub id: ChangeId,
    /// Its public id.
    pub public_id: String,
    /// The platform's slug.
    pub platform_slug: String,
    /// The platform's name.
    pub platform_name: String,
    /// Fictitious.
    pub is_sample: bool,
    /// The document's slug.
    pub document_slug: String,
    /// The document's title.
    pub document_title: String,
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// The highest severity it touches.
    pub severity: Severity,
    /// What happened, in one line.
    pub headline: String,
    /// When the later text was captured.
    pub detected_at: OffsetDateTime,
    /// The day from which the new text says it holds.
    pub effective_date: Option<Date>,
    /// Place in the public order.
    pub publish_seq: i64,
}

/// What a mail says of one published change.
pub async fn change_notice(connection: &mut PgConnection, id: ChangeId) -> Result<Option<ChangeNotice>> {
    let row = sqlx::query!(
        "SELECT c.public_id, p.slug AS platform_slug, p.name, p.is_sample, d.slug, d.title, c.materiality, c.direction,
             c.severity, c.headline, c.detected_at, c.effective_date, b.publish_seq
         FROM change c JOIN publication b ON b.change_id = c.id JOIN document d ON d.id = c.document_id
         JOIN platform p ON p.id = d.platform_id WHERE c.id = $1",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ChangeNotice {
        id,
        public_id: row.public_id,
        platform_slug: row.platform_slug,
        platform_name: row.name,
        is_sample: row.is_sample,
        document_slug: row.slug,
        document_title: row.title,
        materiality: word(&row.materiality)?,
        direction: word(&row.direction)?,
        severity: word(&row.severity)?,
        headline: row.headline,
        detected_at: row.detected_at,
        effective_date: row.effective_date,
        publish_seq: row.publish_seq,
    }))
}

/// What a mail says of the provisions that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedProvision {
    /// Slug of the type.
    pub provision_type: String,
    /// What happened to it, as stored.
    pub effect: String,
    /// The earlier position, if there was one.
    pub old_stance: Option<atlas_domain::Stance>,
    /// The later position, if there is one.
    pub new_stance: Option<atlas_domain::Stance>,
    /// What is at stake now, or was.
    pub severity: Option<Severity>,
}

/// The provisions that a change touches, the gravest first.
pub async fn change_provisions(connection: &mut PgConnection, id: ChangeId) -> Result<Vec<TouchedProvision>> {
    let rows = sqlx::query!(
        r#"SELECT p.provision_type, c.effect, o.stance AS "old_stance?", n.stance AS "new_stance?",
                  coalesce(n.severity, o.severity) AS severity
           FROM change_provision c JOIN provision p ON p.id = c.provision_id
           LEFT JOIN finding o ON o.id = c.old_finding_id AND (o.position >= 0 OR o.was_shown)
           LEFT JOIN finding n ON n.id = c.new_finding_id AND (n.position >= 0 OR n.was_shown)
           WHERE c.change_id = $1 AND (c.old_finding_id IS NULL OR o.id IS NOT NULL)
             AND (c.new_finding_id IS NULL OR n.id IS NOT NULL) ORDER BY p.provision_type"#,
        id.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut touched = rows
        .into_iter()
        .map(|row| {
            Ok(TouchedProvision {
                provision_type: row.provision_type,
                effect: row.effect,
                old_stance: row.old_stance.as_deref().map(word).transpose()?,
                new_stance: row.new_stance.as_deref().map(word).transpose()?,
                severity: row.severity.as_deref().map(word).transpose()?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    touched.sort_by_key(|provision| std::cmp::Reverse(provision.severity));
    Ok(touched)
}
