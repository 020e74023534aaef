//! Reviews: a person's word on a finding.
//!
//! Invariant: reviews of a finding are numbered from 1 without a gap, so that an answer to a state that is no longer
//! the latest is refused.

use atlas_domain::{
    AccountId, Actor, Basis, Confidence, FindingId, ProvisionId, ReviewId, Severity, Stance, VersionId,
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::error::{json, word};
use crate::{Error, Result};

/// What a person said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as the detector read it.
    Approved,
    /// It is otherwise.
    Edited,
    /// It is not there.
    Rejected,
    /// The last word is taken back.
    Undone,
    /// What was said of the version before holds on.
    Carried,
}

impl Verdict {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Edited => "edited",
            Self::Rejected => "rejected",
            Self::Undone => "undone",
            Self::Carried => "carried",
        }
    }
    /// Reads a word that a person can say.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Approved, Self::Edited, Self::Rejected, Self::Undone]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }
}

/// What readers see of a finding, apart from what no review touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedState {
    /// `approved`, `edited` or `rejected`; `None` while nobody looked.
    pub review: Option<String>,
    /// The position taken.
    pub stance: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// To what it limits itself.
    pub scope: Option<String>,
    /// The quoted words.
    pub excerpt: Option<String>,
    /// Their first byte in the version's text.
    pub start: Option<i32>,
    /// One past their last byte.
    pub end: Option<i32>,
}

/// A review to be.
#[derive(Debug, Clone)]
pub struct NewReview<'a> {
    /// On which finding.
    pub finding: FindingId,
    /// How many reviews of it the person knew of.
    pub known: i32,
    /// The word.
    pub verdict: Verdict,
    /// Why; may be empty.
    pub reason: &'a str,
    /// What readers see from now on.
    pub after: &'a ReviewedState,
    /// Who; `None` if it is carried from the version before.
    pub reviewer: Option<AccountId>,
    /// The review that is carried.
    pub carried_from: Option<ReviewId>,
}

/// Adds a review; `None` if somebody else's came first or another reading took the finding's place. In a transaction:
/// the document is held to its end. The database refuses an excerpt that is not the version's text.
pub async fn review_insert(
    connection: &mut PgConnection,
    new: &NewReview<'_>,
    at: OffsetDateTime,
) -> Result<Option<ReviewId>> {
    // A reading that is under way may be about to supersede the finding: only after it is known what stands.
    sqlx::query!("SELECT finding_lock($1)", new.finding.uuid())
        .execute(&mut *connection)
        .await?;
    let id = ReviewId::generate();
    let done = sqlx::query!(
        "INSERT INTO review (id, finding_id, seq, verdict, reason, before, after, reviewer_id, carried_from, created_at)
         SELECT $1, f.id, $3::int + 1, $4, $5, jsonb_build_object('review', f.review, 'stance', f.stance,
             'severity', f.severity, 'scope', f.scope, 'excerpt', f.excerpt, 'start', f.excerpt_start,
             'end', f.excerpt_end), $6, $7, $8, $9
         FROM finding f
         WHERE f.id = $2 AND f.superseded_at IS NULL AND (SELECT coalesce(max(r.seq), 0) FROM review r WHERE r.finding_id = $2) = $3
         ON CONFLICT (finding_id, seq) DO NOTHING",
        id.uuid(),
        new.finding.uuid(),
        new.known,
        new.verdict.as_str(),
        new.reason,
        serde_json::to_value(new.after).map_err(Error::Json)?,
        new.reviewer.map(AccountId::uuid),
        new.carried_from.map(ReviewId::uuid),
        at
    )
    .execute(connection)
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// A review as it stands on record.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReview {
    /// The review.
    pub id: ReviewId,
    /// Its number among those of the finding, from 1.
    pub seq: i32,
    /// The word.
    pub verdict: String,
    /// Why; may be empty.
    pub reason: String,
    /// What readers saw before.
    pub before: ReviewedState,
    /// What they see since.
    pub after: ReviewedState,
    /// Address of who said it; `None` if it was carried or the account is gone.
    pub reviewer: Option<String>,
    /// Whether it was carried from the version before.
    pub carried: bool,
    /// When.
    pub created_at: OffsetDateTime,
}

/// The reviews of a finding, the latest first.
pub async fn reviews_of_finding(connection: &mut PgConnection, finding: FindingId) -> Result<Vec<StoredReview>> {
    let rows = sqlx::query!(
        r#"SELECT r.id, r.seq, r.verdict, r.reason, r.before, r.after, a.email AS "email?",
               (r.carried_from IS NOT NULL) AS "carried!", r.created_at
           FROM review r LEFT JOIN account a ON a.id = r.reviewer_id
           WHERE r.finding_id = $1 ORDER BY r.seq DESC"#,
        finding.uuid()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredReview {
                id: row.id.into(),
                seq: row.seq,
                verdict: row.verdict,
                reason: row.reason,
                before: json(row.before)?,
                after: json(row.after)?,
                reviewer: row.email,
                carried: row.carried,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// The latest review of a finding, with what the detector had written.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingReview {
    /// The review.
    pub id: ReviewId,
    /// On which finding.
    pub finding: FindingId,
    /// The provision.
    pub provision_id: ProvisionId,
    /// The provision's type.
    pub provision_type: String,
    /// How surely.
    pub confidence: Confidence,
    /// On what it rests.
    pub basis: Basis,
    /// Who acts.
    pub actor: Actor,
    /// What readers see.
    pub after: ReviewedState,
    /// What the detector had written.
    pub detected: ReviewedState,
}

/// The reviews that hold on the findings of a version.
pub async fn standing_reviews(connection: &mut PgConnection, version: VersionId) -> Result<Vec<StandingReview>> {
    let rows = sqlx::query!(
        r#"SELECT latest.id, f.id AS finding_id, f.provision_id, p.provision_type, f.confidence, f.basis, f.actor, latest.after,
               first.before
           FROM finding f
           JOIN provision p ON p.id = f.provision_id
           JOIN LATERAL (SELECT r.id, r.after FROM review r WHERE r.finding_id = f.id ORDER BY r.seq DESC LIMIT 1)
               latest ON true
           JOIN review first ON first.finding_id = f.id AND first.seq = 1
           WHERE f.version_id = $1 AND f.review IS NOT NULL AND f.superseded_at IS NULL
           ORDER BY p.provision_type, f.detected_position"#,
        version.uuid()
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StandingReview {
                id: row.id.into(),
                finding: row.finding_id.into(),
                provision_id: row.provision_id.into(),
                provision_type: row.provision_type,
                confidence: word(&row.confidence)?,
                basis: word(&row.basis)?,
                actor: word(&row.actor)?,
                after: json(row.after)?,
                detected: json(row.before)?,
            })
        })
        .collect()
}
