//! The editorial texts as staff revise and confirm them.
//!
//! Invariant: revisions and confirmations are only added. What readers get is the newest confirmed revision; where there
//! is none, the catalogue's text, which is confirmed only as long as its hash is the one that a person confirmed.

use atlas_domain::{AccountId, AnalysisBlock, Sha256, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::{digest, json, word};
use crate::{Error, Result};

/// What staff made of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedAnalysis {
    /// Slug of the provision type.
    pub provision_type: String,
    /// The stance.
    pub stance: Stance,
    /// The newest confirmed revision, with its number.
    pub revision: Option<(i32, AnalysisBlock)>,
    /// When a person confirmed that revision.
    pub revision_confirmed_at: Option<OffsetDateTime>,
    /// The hashes of the catalogue's text that a person confirmed, each with its day.
    pub catalogue_confirmed: Vec<(Sha256, OffsetDateTime)>,
    /// The number of the newest revision, confirmed or not; 0 if there is none.
    pub newest: i32,
}

impl PublishedAnalysis {
    /// When a person confirmed the text that readers get; `catalogue` is the hash of today's text of the catalogue.
    pub fn confirmed_at(&self, catalogue: Sha256) -> Option<OffsetDateTime> {
        if self.revision.is_some() {
            return self.revision_confirmed_at;
        }
        let held = self.catalogue_confirmed.iter().find(|(hash, _)| *hash == catalogue);
        held.map(|(_, at)| *at)
    }
}

/// What staff made of the texts of a type and stance, or of all (`None`); texts that nobody touched are left out.
pub async fn published_analyses(
    connection: &mut PgConnection,
    of: Option<(&str, Stance)>,
) -> Result<Vec<PublishedAnalysis>> {
    let rows = sqlx::query!(
        r#"SELECT touched.provision_type AS "provision_type!", touched.stance AS "stance!",
               standing.seq AS "seq?", standing.block AS "block?", standing.created_at AS "confirmed_at?",
               (SELECT coalesce(max(r.seq), 0) FROM analysis_revision r
                WHERE r.provision_type = touched.provision_type AND r.stance = touched.stance) AS "newest!",
               ARRAY(SELECT c.catalogue_sha256 FROM analysis_confirmation c
                WHERE c.provision_type = touched.provision_type AND c.stance = touched.stance
                  AND c.revision_id IS NULL ORDER BY c.created_at, c.id) AS "hashes!",
               ARRAY(SELECT c.created_at FROM analysis_confirmation c
                WHERE c.provision_type = touched.provision_type AND c.stance = touched.stance
                  AND c.revision_id IS NULL ORDER BY c.created_at, c.id) AS "days!"
           FROM (SELECT provision_type, stance FROM analysis_revision
                 UNION SELECT provision_type, stance FROM analysis_confirmation) touched
           LEFT JOIN LATERAL (
               SELECT r.seq, r.block, c.created_at
               FROM analysis_revision r JOIN analysis_confirmation c ON c.revision_id = r.id
               WHERE r.provision_type = touched.provision_type AND r.stance = touched.stance
               ORDER BY r.seq DESC LIMIT 1
           ) standing ON true
           WHERE ($1::text IS NULL OR touched.provision_type = $1) AND ($2::text IS NULL OR touched.stance = $2)"#,
        of.map(|(provision_type, _)| provision_type),
        of.map(|(_, stance)| stance.as_str()),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            let hashes = row.hashes.iter().map(|hash| digest(hash)).collect::<Result<Vec<_>>>()?;
            Ok(PublishedAnalysis {
                provision_type: row.provision_type,
                stance: word(&row.stance)?,
                revision: row.seq.zip(row.block.map(json).transpose()?),
                revision_confirmed_at: row.confirmed_at,
                catalogue_confirmed: hashes.into_iter().zip(row.days).collect(),
                newest: row.newest,
            })
        })
        .collect()
}

/// A revision to be.
#[derive(Debug, Clone, Copy)]
pub struct NewAnalysisRevision<'a> {
    /// Slug of the provision type.
    pub provision_type: &'a str,
    /// The stance.
    pub stance: Stance,
    /// The number of the newest revision that the author knew of; 0 for none.
    pub known: i32,
    /// The text.
    pub block: &'a AnalysisBlock,
    /// Hash of the catalogue's text of today.
    pub catalogue: Sha256,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub author: AccountId,
}

/// Adds a revision and returns its number; `None` if somebody else's came first.
pub async fn analysis_revision_insert(
    connection: &mut PgConnection,
    new: NewAnalysisRevision<'_>,
    at: OffsetDateTime,
) -> Result<Option<i32>> {
    let done = sqlx::query!(
        "INSERT INTO analysis_revision (id, provision_type, stance, seq, block, catalogue_sha256, reason, author_id,
             created_at)
         SELECT $1, $2, $3, $4::int + 1, $5, $6, $7, $8, $9
         WHERE (SELECT coalesce(max(seq), 0) FROM analysis_revision WHERE provision_type = $2 AND stance = $3) = $4
         ON CONFLICT (provision_type, stance, seq) DO NOTHING",
        Uuid::now_v7(),
        new.provision_type,
        new.stance.as_str(),
        new.known,
        serde_json::to_value(new.block).map_err(Error::Json)?,
        new.catalogue.as_bytes().as_slice(),
        new.reason,
        new.author.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok((done.rows_affected() == 1).then(|| new.known.saturating_add(1)))
}

/// A revision as it stands on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnalysisRevision {
    /// Its number, from 1.
    pub seq: i32,
    /// The text.
    pub block: AnalysisBlock,
    /// Hash of the catalogue's text on that day.
    pub catalogue: Sha256,
    /// Why.
    pub reason: String,
    /// Address of the author; `None` if the account is gone.
    pub author: Option<String>,
    /// When.
    pub created_at: OffsetDateTime,
    /// When a person confirmed it.
    pub confirmed_at: Option<OffsetDateTime>,
    /// Address of who confirmed it.
    pub reviewer: Option<String>,
}

/// The revisions of a text, the newest first.
pub async fn analysis_revisions(
    connection: &mut PgConnection,
    provision_type: &str,
    stance: Stance,
) -> Result<Vec<StoredAnalysisRevision>> {
    let rows = sqlx::query!(
        r#"SELECT r.seq, r.block, r.catalogue_sha256, r.reason, r.created_at, author.email AS "author?",
               c.created_at AS "confirmed_at?", reviewer.email AS "reviewer?"
           FROM analysis_revision r
           LEFT JOIN account author ON author.id = r.author_id
           LEFT JOIN analysis_confirmation c ON c.revision_id = r.id
           LEFT JOIN account reviewer ON reviewer.id = c.reviewer_id
           WHERE r.provision_type = $1 AND r.stance = $2 ORDER BY r.seq DESC"#,
        provision_type,
        stance.as_str(),
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredAnalysisRevision {
                seq: row.seq,
                block: json(row.block)?,
                catalogue: digest(&row.catalogue_sha256)?,
                reason: row.reason,
                author: row.author,
                created_at: row.created_at,
                confirmed_at: row.confirmed_at,
                reviewer: row.reviewer,
            })
        })
        .collect()
}

/// What is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmedText {
    /// The revision of a number.
    Revision(i32),
    /// The catalogue's text of a hash.
    Catalogue(Sha256),
}

/// Notes that a person stands for a text; `false` if somebody did already, or there is no such revision.
pub async fn analysis_confirm(
    connection: &mut PgConnection,
    (provision_type, stance): (&str, Stance),
    text: ConfirmedText,
    reviewer: AccountId,
    at: OffsetDateTime,
) -> Result<bool> {
    let (seq, hash) = match text {
        ConfirmedText::Revision(seq) => (Some(seq), None),
        ConfirmedText::Catalogue(hash) => (None, Some(hash)),
    };
    let done = sqlx::query!(
        "INSERT INTO analysis_confirmation (id, provision_type, stance, revision_id, catalogue_sha256, reviewer_id,
             created_at)
         SELECT $1, $2, $3, r.id, $5, $6, $7
         FROM (SELECT 1) one
         LEFT JOIN analysis_revision r ON r.provision_type = $2 AND r.stance = $3 AND r.seq = $4
         WHERE r.id IS NOT NULL OR $5::bytea IS NOT NULL
         ON CONFLICT DO NOTHING",
        Uuid::now_v7(),
        provision_type,
        stance.as_str(),
        seq,
        hash.as_ref().map(|hash| hash.as_bytes().as_slice()),
        reviewer.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
