//! One provision: what the document says today on a question, what supports it, and how it came to that.

use atlas_domain::{
    Actor, Basis, Confidence, Direction, DocumentId, Materiality, PolicyText, ProvisionId, Severity, Sha256, Stance,
    VersionId, VersionKind,
};
use serde::Deserialize;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::correction::CorrectionMention;
use crate::{
    Result,
    error::{digest, json, word},
};

/// A provision with the finding that stands for it.
#[derive(Debug, Clone)]
pub struct ProvisionRecord {
    /// Row id.
    pub id: ProvisionId,
    /// Like `CA-P-002596`.
    pub public_id: String,
    /// The finding.
    pub finding: FindingRecord,
    /// Row id of the version.
    pub version_id: VersionId,
    /// Like `CA-V-011873`.
    pub version_public_id: String,
    /// Number of the version.
    pub version: i32,
    /// When the version was captured.
    pub captured_at: OffsetDateTime,
    /// Hash of the version's text.
    pub text_sha256: Sha256,
    /// The version's text, with its blocks, for the check of the quotation.
    pub text: PolicyText,
    /// The first address of the version's pages.
    pub source_url: Option<String>,
    /// Whether that version is the standing one; if not, the document no longer has a finding of the type that is shown.
    pub is_standing: bool,
    /// Whether what the standing version says waits for a person.
    pub waits: bool,
    /// When the version was read.
    pub read_at: Option<OffsetDateTime>,
    /// When a new reading of it last changed what readers see.
    pub reread_at: Option<OffsetDateTime>,
    /// What a person made of the finding; `None` while nobody looked.
    pub review: Option<ReviewMark>,
    /// When a person last reviewed any finding of the provision.
    pub last_review_at: Option<OffsetDateTime>,
    /// What was corrected in the record of this provision.
    pub corrections: Vec<CorrectionMention>,
    /// The other passages of that version on the type, in order.
    pub supporting: Vec<SupportingFinding>,
    /// What the same clause says on other types: findings of that version that share words with the quotation.
    pub readings: Vec<ClauseReading>,
}

/// A person's word on a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewMark {
    /// The person changed what the detector had read.
    pub corrected: bool,
    /// When the person said so, of this version or of an earlier one with the same words.
    pub at: OffsetDateTime,
}

/// Another reading of the clause that a provision quotes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClauseReading {
    /// Slug of the other type.
    pub provision_type: String,
    /// The position of the document on it.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// Whether the other finding quotes exactly the same words.
    pub same_words: bool,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct FindingRecord {
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
    /// The plan, region or product to which the words limit themselves.
    pub scope: Option<String>,
    /// The quoted words; `None` for silence.
    pub excerpt: Option<String>,
    /// First byte of the quotation.
    pub start: Option<usize>,
    /// One past its last byte.
    pub end: Option<usize>,
    /// Codes of the rules that fired; for silence, what was searched.
    pub reasons: Vec<String>,
    /// What read it.
    pub detector: String,
    /// Version of the rubric.
    pub rubric_version: i32,
}

/// The provision of a type of a document, with its latest finding.
pub async fn provision_of_document(
    conn: &mut PgConnection,
    document: DocumentId,
    provision_type: &str,
) -> Result<Option<ProvisionRecord>> {
    let row = sqlx::query!(
        r#"SELECT pr.id, pr.public_id, f.stance, f.severity, f.confidence, f.basis, f.actor, f.scope, f.excerpt,
               f.excerpt_start, f.excerpt_end, f.reasons, f.detector, f.rubric_version,
               v.id AS version_id, v.public_id AS version_public_id, v.number, v.captured_at, v.text_sha256, v.text,
               v.blocks, (SELECT url FROM version_snapshot vs WHERE vs.version_id = v.id
                          ORDER BY vs.position LIMIT 1) AS source_url,
               (sv.version_id IS NOT DISTINCT FROM v.id) AS "is_standing!",
               EXISTS (SELECT FROM waiting_provision w WHERE w.provision_id = pr.id) AS "waits!", r.read_at AS "read_at?", r.reread_at AS "reread_at?", f.review,
               (WITH RECURSIVE word AS (
                    (SELECT w.carried_from, w.created_at FROM review w WHERE w.finding_id = f.id
                     ORDER BY w.seq DESC LIMIT 1)
                    UNION ALL
                    SELECT before.carried_from, before.created_at FROM word JOIN review before
                        ON before.id = word.carried_from)
                SELECT created_at FROM word WHERE carried_from IS NULL) AS reviewed_at,
               (SELECT max(w.created_at) FROM review w JOIN finding wf ON wf.id = w.finding_id
                WHERE wf.provision_id = pr.id AND w.carried_from IS NULL) AS last_review_at,
               corrections_of(NULL, pr.id, NULL) AS "corrections!",
               (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.place), '[]')
                FROM (SELECT t.slug AS provision_type, t.position AS place, stands.stance, stands.severity,
                          bool_or(o.excerpt_start = f.excerpt_start AND o.excerpt_end = f.excerpt_end) AS same_words
                      FROM finding o
                      JOIN provision op ON op.id = o.provision_id
                      JOIN provision_type t ON t.slug = op.provision_type
                      JOIN finding stands ON stands.version_id = o.version_id AND stands.provision_id = o.provision_id
                          AND stands.position = 0
                      WHERE o.version_id = v.id AND o.provision_id <> pr.id AND o.position >= 0
                        AND o.excerpt_start < f.excerpt_end AND o.excerpt_end > f.excerpt_start
                      GROUP BY 1, 2, 3, 4) c) AS "readings!",
               (SELECT coalesce(jsonb_agg(jsonb_build_object('stance', s.stance, 'scope', s.scope,
                    'excerpt', s.excerpt, 'start', s.excerpt_start, 'end', s.excerpt_end,
                    'reviewed', s.review IS NOT NULL) ORDER BY s.position), '[]')
                FROM finding s WHERE s.provision_id = pr.id AND s.version_id = v.id AND s.position > 0
                  AND s.excerpt IS NOT NULL) AS "supporting!"
           FROM provision pr
           JOIN LATERAL (
               SELECT ff.* FROM finding ff JOIN version fv ON fv.id = ff.version_id
               WHERE ff.provision_id = pr.id AND ff.position = 0
                 -- What a person struck out since does not leave an older reading of it standing.
                 AND NOT EXISTS (SELECT FROM finding struck JOIN version sv ON sv.id = struck.version_id
                                 WHERE struck.provision_id = pr.id AND struck.review = 'rejected'
                                   AND sv.number > fv.number)
               ORDER BY fv.number DESC LIMIT 1
           ) f ON true
           JOIN version v ON v.id = f.version_id
           LEFT JOIN standing_version sv ON sv.document_id = pr.document_id
           LEFT JOIN version_reading r ON r.version_id = v.id
           WHERE pr.document_id = $1 AND pr.provision_type = $2"#,
        document.uuid(),
        provision_type,
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ProvisionRecord {
        id: row.id.into(),
        public_id: row.public_id,
        finding: FindingRecord {
            stance: word(&row.stance)?,
            severity: word(&row.severity)?,
            confidence: word(&row.confidence)?,
            basis: word(&row.basis)?,
            actor: word(&row.actor)?,
            scope: row.scope,
            excerpt: row.excerpt,
            start: row.excerpt_start.map(usize::try_from).transpose()?,
            end: row.excerpt_end.map(usize::try_from).transpose()?,
            reasons: json(row.reasons)?,
            detector: row.detector,
            rubric_version: row.rubric_version,
        },
        version_id: row.version_id.into(),
        version_public_id: row.version_public_id,
        version: row.number,
        captured_at: row.captured_at,
        text_sha256: digest(&row.text_sha256)?,
        text: PolicyText {
            text: row.text,
            blocks: json(row.blocks)?,
            links: Vec::new(),
        },
        source_url: row.source_url,
        is_standing: row.is_standing,
        waits: row.waits,
        read_at: row.read_at,
        reread_at: row.reread_at,
        review: row.review.zip(row.reviewed_at).map(|(word, at)| ReviewMark {
            corrected: word == "edited",
            at,
        }),
        last_review_at: row.last_review_at,
        corrections: json(row.corrections)?,
        supporting: json(row.supporting)?,
        readings: json(row.readings)?,
    }))
}

/// A passage beside the one that stands for the provision.
#[derive(Debug, Clone, Deserialize)]
pub struct SupportingFinding {
    /// The position it takes.
    pub stance: Stance,
    /// The plan, region or product to which the words limit themselves.
    pub scope: Option<String>,
    /// The quoted words.
    pub excerpt: String,
    /// First byte of the quotation.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Whether a person reviewed it.
    pub reviewed: bool,
}

/// The provision at one version that was read.
#[derive(Debug, Clone)]
pub struct HistoryPoint {
    /// Number of the version.
    pub version: i32,
    /// What the version is to its history.
    pub kind: VersionKind,
    /// When it was captured.
    pub captured_at: OffsetDateTime,
    /// Checks that found the version unchanged.
    pub checks: i64,
    /// The last check that found the version unchanged.
    pub last_seen_at: Option<OffsetDateTime>,
    /// The position taken; `None` where the version has no finding of the type.
    pub stance: Option<Stance>,
    /// The quoted words.
    pub excerpt: Option<String>,
    /// First byte of the quotation.
    pub start: Option<i32>,
    /// Whether what the version says waits for a person: then it is neither said nor silence.
    pub waits: bool,
}

/// The provision through every version that was read, oldest first.
pub async fn provision_history(
    conn: &mut PgConnection,
    document: DocumentId,
    provision: ProvisionId,
) -> Result<Vec<HistoryPoint>> {
    let rows = sqlx::query!(
        r#"SELECT v.number, v.kind, v.captured_at, coalesce(u.checks, 0) AS "checks!",
               u.last_seen_at AS "last_seen_at?", f.stance AS "stance?", f.excerpt AS "excerpt?",
               f.excerpt_start AS "excerpt_start?",
               (f.id IS NULL AND EXISTS (
                   SELECT FROM finding w WHERE w.version_id = v.id AND w.provision_id = $2 AND w.position < 0
                     AND w.review IS NULL AND w.superseded_at IS NULL AND w.stance <> 'silent')) AS "waits!"
           FROM version v
           JOIN version_reading r ON r.version_id = v.id
           LEFT JOIN unchanged_run u ON u.version_id = v.id
           LEFT JOIN finding f ON f.version_id = v.id AND f.provision_id = $2 AND f.position = 0
           WHERE v.document_id = $1
           ORDER BY v.number"#,
        document.uuid(),
        provision.uuid(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(HistoryPoint {
                version: row.number,
                kind: word(&row.kind)?,
                captured_at: row.captured_at,
                checks: row.checks,
                last_seen_at: row.last_seen_at,
                stance: row.stance.as_deref().map(word).transpose()?,
                excerpt: row.excerpt,
                start: row.excerpt_start,
                waits: row.waits,
            })
        })
        .collect()
}

/// A published change of the document, seen from one provision.
#[derive(Debug, Clone)]
pub struct ProvisionChange {
    /// Like `CA-C-004117`.
    pub public_id: String,
    /// What happened.
    pub headline: String,
    /// The first line of the summary.
    pub summary: Option<String>,
    /// How much it matters.
    pub materiality: Materiality,
    /// Whom it favours.
    pub direction: Direction,
    /// When it was detected.
    pub detected_at: OffsetDateTime,
    /// The day from which the new text says it holds.
    pub effective_date: Option<Date>,
    /// `appeared`, `vanished`, `stance_changed` or `reworded`; `None` if it does not touch the provision.
    pub effect: Option<String>,
    /// The quoted words before.
    pub old_excerpt: Option<String>,
    /// The quoted words after.
    pub new_excerpt: Option<String>,
}

/// The published changes of a document, those that touch the provision first, then newest first; at most `limit`.
pub async fn changes_for_provision(
    conn: &mut PgConnection,
    document: DocumentId,
    provision: ProvisionId,
    limit: i64,
) -> Result<Vec<ProvisionChange>> {
    let rows = sqlx::query!(
        r#"SELECT c.public_id, c.headline, c.summary, c.materiality, c.direction, c.detected_at, c.effective_date,
               cp.effect AS "effect?", old.excerpt AS "old_excerpt?", new.excerpt AS "new_excerpt?"
           FROM change c
           JOIN publication pub ON pub.change_id = c.id
           LEFT JOIN change_provision cp ON cp.change_id = c.id AND cp.provision_id = $2
               AND NOT EXISTS (SELECT FROM finding waits
                               WHERE waits.id IN (cp.old_finding_id, cp.new_finding_id)
                                 AND waits.position < 0 AND NOT waits.was_shown)
           LEFT JOIN finding old ON old.id = cp.old_finding_id AND (old.position >= 0 OR old.was_shown)
           LEFT JOIN finding new ON new.id = cp.new_finding_id AND (new.position >= 0 OR new.was_shown)
           WHERE c.document_id = $1 AND c.kind <> 'technical_upgrade'
           ORDER BY (cp.effect IS NULL), c.detected_at DESC, c.id DESC
           LIMIT $3"#,
        document.uuid(),
        provision.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ProvisionChange {
                public_id: row.public_id,
                headline: row.headline,
                summary: super::summary(row.summary)?.into_iter().next().map(|line| line.text),
                materiality: word(&row.materiality)?,
                direction: word(&row.direction)?,
                detected_at: row.detected_at,
                effective_date: row.effective_date,
                effect: row.effect,
                old_excerpt: row.old_excerpt,
                new_excerpt: row.new_excerpt,
            })
        })
        .collect()
}
