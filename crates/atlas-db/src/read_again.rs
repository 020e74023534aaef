//! Reading again what another detector or another rubric had read.
//!
//! Invariant: no finding is deleted. What a new reading does not repeat is superseded: it keeps what was published on it
//! and stands for nothing; a finding that is repeated keeps its id and what a person said of it.

use atlas_domain::{DocumentId, FindingId, VersionId};
use serde::Serialize;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{json, word};
use crate::finding::{Excerpt, Finding};
use crate::{Error, Result};

/// Says that a worker with this detector and rubric started: what it reads counts from now on.
pub async fn detector_started(
    connection: &mut PgConnection,
    detector: &str,
    rubric_version: i32,
    at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO detector_start (detector, rubric_version, started_at) VALUES ($1, $2, $3)
         ON CONFLICT (detector, rubric_version) DO UPDATE SET started_at = excluded.started_at",
        detector,
        rubric_version,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Documents with a version that others read, at most `limit`; none unless this detector and rubric are in force.
pub async fn documents_to_read_again(
    connection: &mut PgConnection,
    detector: &str,
    rubric_version: i32,
    limit: i64,
) -> Result<Vec<DocumentId>> {
    let rows = sqlx::query_scalar!(
        "SELECT DISTINCT v.document_id
         FROM version_reading r JOIN version v ON v.id = r.version_id
         WHERE (r.detector, r.rubric_version) IS DISTINCT FROM ($1, $2)
           AND ($1, $2) = (SELECT detector, rubric_version FROM detector_start ORDER BY started_at DESC LIMIT 1)
         ORDER BY v.document_id LIMIT $3",
        detector,
        rubric_version,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(DocumentId::from).collect())
}

/// The first version of a document that others read, under the same condition.
pub async fn version_to_read_again(
    connection: &mut PgConnection,
    document: DocumentId,
    detector: &str,
    rubric_version: i32,
) -> Result<Option<VersionId>> {
    let row = sqlx::query_scalar!(
        "SELECT v.id
         FROM version_reading r JOIN version v ON v.id = r.version_id
         WHERE v.document_id = $1 AND (r.detector, r.rubric_version) IS DISTINCT FROM ($2, $3)
           AND ($2, $3) = (SELECT detector, rubric_version FROM detector_start ORDER BY started_at DESC LIMIT 1)
         ORDER BY v.number LIMIT 1",
        document.uuid(),
        detector,
        rubric_version,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(VersionId::from))
}

/// The findings of a version as its detector gave them, whatever a person said of them since.
pub async fn findings_as_detected(connection: &mut PgConnection, version: VersionId) -> Result<Vec<Finding>> {
    let rows = sqlx::query!(
        r#"SELECT f.id, f.provision_id, p.provision_type, f.detected_position AS "position!",
               coalesce(told.before->>'stance', f.stance) AS "stance!",
               coalesce(told.before->>'severity', f.severity) AS "severity!", f.confidence, f.basis, f.actor,
               CASE WHEN told.before IS NULL THEN f.scope ELSE told.before->>'scope' END AS scope, f.score, f.reasons,
               CASE WHEN told.before IS NULL THEN f.excerpt ELSE told.before->>'excerpt' END AS excerpt,
               CASE WHEN told.before IS NULL THEN f.excerpt_start ELSE (told.before->>'start')::int END AS start,
               CASE WHEN told.before IS NULL THEN f.excerpt_end ELSE (told.before->>'end')::int END AS "end",
               f.review IS NOT NULL AS "reviewed!"
           FROM finding f
           JOIN provision p ON p.id = f.provision_id
           LEFT JOIN review told ON told.finding_id = f.id AND told.seq = 1
           WHERE f.version_id = $1 AND f.superseded_at IS NULL
           ORDER BY p.provision_type, f.detected_position"#,
        version.uuid(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let excerpt = match (row.excerpt, row.start, row.end) {
                (Some(text), Some(start), Some(end)) => Some(Excerpt {
                    text,
                    start: usize::try_from(start)?,
                    end: usize::try_from(end)?,
                }),
                _ => None,
            };
            let finding = Finding {
                id: row.id.into(),
                provision_id: row.provision_id.into(),
                provision_type: row.provision_type,
                position: row.position,
                stance: word(&row.stance)?,
                severity: word(&row.severity)?,
                confidence: word(&row.confidence)?,
                basis: word(&row.basis)?,
                actor: word(&row.actor)?,
                scope: row.scope,
                score: row.score,
                reasons: json(row.reasons)?,
                excerpt,
                reviewed: row.reviewed,
            };
            Ok(finding)
        })
        .collect()
}

/// These findings of a version stand for nothing from now on.
pub async fn findings_supersede(
    connection: &mut PgConnection,
    version: VersionId,
    findings: &[FindingId],
    at: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<uuid::Uuid> = findings.iter().map(|id| id.uuid()).collect();
    sqlx::query!("SELECT findings_supersede($1, $2, $3)", version.uuid(), &ids, at)
        .execute(connection)
        .await?;
    Ok(())
}

/// A finding that a new reading repeats, as the database takes it.
#[derive(Serialize)]
struct Repeated<'a> {
    id: uuid::Uuid,
    position: i32,
    score: f64,
    scope: Option<&'a str>,
    reasons: &'a [String],
}

/// These findings, which are there already, are what the detector reads now, in their places.
pub async fn findings_repeat(
    connection: &mut PgConnection,
    version: VersionId,
    findings: &[&Finding],
    detector: &str,
    rubric_version: i32,
) -> Result<()> {
    let told: Vec<Repeated<'_>> = findings
        .iter()
        .map(|finding| Repeated {
            id: finding.id.uuid(),
            position: finding.position,
            score: finding.score,
            scope: finding.scope.as_deref(),
            reasons: &finding.reasons,
        })
        .collect();
    sqlx::query!(
        "SELECT findings_repeat($1, $2, $3, $4)",
        version.uuid(),
        serde_json::to_value(told).map_err(Error::Json)?,
        detector,
        rubric_version,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What readers see of a version, in order.
pub async fn findings_shown(connection: &mut PgConnection, version: VersionId) -> Result<Vec<FindingId>> {
    let ids = sqlx::query_scalar!(r#"SELECT findings_shown($1) AS "shown!""#, version.uuid())
        .fetch_one(connection)
        .await?;
    Ok(ids.into_iter().map(FindingId::from).collect())
}

/// Marks the new reading of a version as complete, and arranges what readers see; true if that is something else than
/// the findings that were `shown` before.
pub async fn reading_settle(
    connection: &mut PgConnection,
    version: VersionId,
    detector: &str,
    rubric_version: i32,
    shown: &[FindingId],
    at: OffsetDateTime,
) -> Result<bool> {
    let shown: Vec<uuid::Uuid> = shown.iter().map(|id| id.uuid()).collect();
    Ok(sqlx::query_scalar!(
        r#"SELECT reading_settle($1, $2, $3, $4, $5) AS "changed!""#,
        version.uuid(),
        detector,
        rubric_version,
        &shown,
        at,
    )
    .fetch_one(connection)
    .await?)
}
