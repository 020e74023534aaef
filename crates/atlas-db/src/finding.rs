//! Provisions, and what each version says on them.
//!
//! Invariant: the findings of a version are complete when its row in `version_reading` exists, and not before.

use atlas_domain::{
    Actor, Basis, Confidence, DocumentId, FindingId, ProvisionId, Reading, Severity, Stance, VersionId,
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{json, word};
use crate::{Error, Result};

/// Makes the provision of a document on a type, or finds it; returns its id, which lives through versions.
pub async fn provision_upsert(
    connection: &mut PgConnection,
    document: DocumentId,
    provision_type: &str,
    at: OffsetDateTime,
) -> Result<ProvisionId> {
    if let Some(row) = sqlx::query!(
        "SELECT id FROM provision WHERE document_id = $1 AND provision_type = $2",
        document.uuid(),
        provision_type,
    )
    .fetch_optional(&mut *connection)
    .await?
    {
        return Ok(row.id.into());
    }
    sqlx::query!(
        "INSERT INTO provision (id, document_id, provision_type, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (document_id, provision_type) DO NOTHING",
        ProvisionId::generate().uuid(),
        document.uuid(),
        provision_type,
        at,
    )
    .execute(&mut *connection)
    .await?;
    let row = sqlx::query!(
        "SELECT id FROM provision WHERE document_id = $1 AND provision_type = $2",
        document.uuid(),
        provision_type,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.id.into())
}

/// What a version says on a provision.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The finding.
    pub id: FindingId,
    /// The provision.
    pub provision_id: ProvisionId,
    /// The provision's type.
    pub provision_type: String,
    /// 0 stands for the provision; others support it.
    pub position: i32,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// How surely.
    pub confidence: Confidence,
    /// On what it rests.
    pub basis: Basis,
    /// Who acts.
    pub actor: Actor,
    /// What it limits itself to; for a silent finding, what was searched.
    pub scope: Option<String>,
    /// The detector's own measure, 0 to 1.
    pub score: f64,
    /// Codes of the rules that fired.
    pub reasons: Vec<String>,
    /// The words with their byte offsets; `None` for a silent finding.
    pub excerpt: Option<Excerpt>,
    /// Whether a person's word on it holds.
    pub reviewed: bool,
}

/// Quoted words and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The words.
    pub text: String,
    /// First byte in the version's text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Finding {
    /// The finding as a detector would have given it; `None` for a silent one.
    pub fn reading(&self) -> Option<Reading> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Reading {
            provision_type: self.provision_type.clone(),
            stance: self.stance,
            severity: self.severity,
            confidence: self.confidence,
            start: excerpt.start,
            end: excerpt.end,
            quote: excerpt.text.clone(),
            basis: self.basis,
            actor: self.actor,
            scope: self.scope.clone(),
            score: self.score,
            reasons: self.reasons.clone(),
        })
    }
}

/// The findings of a version as reviews left them, by provision and position; rejected ones are left out, those that
/// merely wait for a review are not. Those that a new reading took the place of are left out too.
pub async fn findings_of_version(connection: &mut PgConnection, version: VersionId) -> Result<Vec<Finding>> {
    let rows = sqlx::query!(
        "SELECT f.id, f.provision_id, p.provision_type, f.stance, f.severity, f.confidence, f.basis,
             f.actor, f.scope, f.score, f.reasons, f.excerpt, f.excerpt_start, f.excerpt_end, f.review
         FROM finding f JOIN provision p ON p.id = f.provision_id
         WHERE f.version_id = $1 AND f.superseded_at IS NULL AND f.review IS DISTINCT FROM 'rejected'
         ORDER BY p.provision_type, f.detected_position",
        version.uuid(),
    )
    .fetch_all(connection)
    .await?;
    let mut findings = rows
        .into_iter()
        .map(|row| {
            let excerpt = match (row.excerpt, row.excerpt_start, row.excerpt_end) {
                (Some(text), Some(start), Some(end)) => Some(Excerpt {
                    text,
                    start: usize::try_from(start)?,
                    end: usize::try_from(end)?,
                }),
                _ => None,
            };
            Ok(Finding {
                id: row.id.into(),
                provision_id: row.provision_id.into(),
                provision_type: row.provision_type,
                position: 0,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                confidence: word(&row.confidence)?,
                basis: word(&row.basis)?,
                actor: word(&row.actor)?,
                scope: row.scope,
                score: row.score,
                reasons: json(row.reasons)?,
                excerpt,
                reviewed: row.review.is_some(),
            })
        })
        .collect::<Result<Vec<Finding>>>()?;
    number(&mut findings);
    Ok(findings)
}

/// Numbers the findings of each provision from 0 on, in the order in which they stand.
pub fn number(findings: &mut [Finding]) {
    let mut next = std::collections::HashMap::new();
    for finding in findings {
        let position = next.entry(finding.provision_id).or_insert(0);
        finding.position = *position;
        *position += 1;
    }
}

/// Adds a finding of a version. The database refuses an excerpt that is not the text at its offsets.
pub async fn finding_insert(
    connection: &mut PgConnection,
    version: VersionId,
    finding: &Finding,
    detector: &str,
    rubric_version: i32,
    at: OffsetDateTime,
) -> Result<()> {
    let (start, end) = match &finding.excerpt {
        Some(excerpt) => (Some(i32::try_from(excerpt.start)?), Some(i32::try_from(excerpt.end)?)),
        None => (None, None),
    };
    sqlx::query!(
        "INSERT INTO finding (id, provision_id, version_id, position, stance, severity, confidence, basis, actor, scope,
             score, reasons, excerpt, excerpt_start, excerpt_end, detector, rubric_version, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        finding.id.uuid(),
        finding.provision_id.uuid(),
        version.uuid(),
        finding.position,
        finding.stance.as_str(),
        finding.severity.as_str(),
        finding.confidence.as_str(),
        finding.basis.as_str(),
        finding.actor.as_str(),
        finding.scope,
        finding.score,
        serde_json::to_value(&finding.reasons).map_err(Error::Json)?,
        finding.excerpt.as_ref().map(|excerpt| excerpt.text.as_str()),
        start,
        end,
        detector,
        rubric_version,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the findings of a version are complete.
pub async fn version_reading_exists(connection: &mut PgConnection, version: VersionId) -> Result<bool> {
    let row = sqlx::query!(
        "SELECT version_id FROM version_reading WHERE version_id = $1",
        version.uuid()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Marks the findings of a version as complete.
pub async fn version_reading_insert(
    connection: &mut PgConnection,
    version: VersionId,
    detector: &str,
    rubric_version: i32,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO version_reading (version_id, detector, rubric_version, read_at) VALUES ($1, $2, $3, $4)",
        version.uuid(),
        detector,
        rubric_version,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}
