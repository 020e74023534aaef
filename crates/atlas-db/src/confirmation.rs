//! Two captures that agree: which versions were seen twice, which changes wait for that, and which were not borne out.
//!
//! Invariant: rows here are only ever added, by whoever holds the document's row, so that a change is confirmed or
//! withdrawn once and never both.

use atlas_domain::{ChangeId, DocumentId, Sha256, VersionId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;
use crate::error::digest;

/// On what it rests that a version is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmationBasis {
    /// The same words, fetched anew.
    SecondCapture,
    /// The text was held back until it was seen again.
    HeldBefore,
    /// The earlier text was not seen in several captures, although no two of them agreed.
    Persisted,
}

impl ConfirmationBasis {
    /// The fixed word, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondCapture => "second_capture",
            Self::HeldBefore => "held_before",
            Self::Persisted => "persisted",
        }
    }
}

/// Records that a version is believed; `false` if that was known.
pub async fn version_confirmation_insert(
    connection: &mut PgConnection,
    version: VersionId,
    basis: ConfirmationBasis,
    captured_at: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO version_confirmation (version_id, basis, captured_at, confirmed_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
        version.uuid(),
        basis.as_str(),
        captured_at,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records that a change is not public until its newer version is believed.
pub async fn change_provisional_insert(
    connection: &mut PgConnection,
    change: ChangeId,
    since: OffsetDateTime,
    confirm_at: OffsetDateTime,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO change_provisional (change_id, since, confirm_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        change.uuid(),
        since,
        confirm_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Why a provisional change was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawalReason {
    /// The earlier text came back.
    Reverted,
    /// A third text came.
    Superseded,
}

impl WithdrawalReason {
    /// The fixed word, as stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reverted => "reverted",
            Self::Superseded => "superseded",
        }
    }
    /// The reason of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Reverted, Self::Superseded]
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }
}

/// Withdraws the open provisional changes of a document, but not the one that led to `except`; returns how many.
pub async fn changes_withdraw(
    connection: &mut PgConnection,
    document: DocumentId,
    except: Option<VersionId>,
    reason: WithdrawalReason,
    captured_at: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<u64> {
    let done = sqlx::query!(
        "INSERT INTO change_withdrawal (change_id, reason, captured_at, withdrawn_at)
         SELECT p.change_id, $3, $4, $5 FROM change_provisional p JOIN change c ON c.id = p.change_id
         WHERE c.document_id = $1 AND ($2::uuid IS NULL OR c.new_version_id <> $2)
           AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
           AND NOT EXISTS (SELECT FROM version_confirmation v WHERE v.version_id = c.new_version_id)
         ON CONFLICT DO NOTHING",
        document.uuid(),
        except.map(VersionId::uuid),
        reason.as_str(),
        captured_at,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// What a provisional change waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisional {
    /// The change.
    pub change_id: ChangeId,
    /// Its newer version.
    pub version_id: VersionId,
    /// The words of that version.
    pub normal_sha256: Sha256,
    /// The earliest instant at which a capture may confirm it.
    pub confirm_at: OffsetDateTime,
}

/// The provisional change of a document that is neither public nor withdrawn; there is at most one once its
/// follow-ups ran.
pub async fn provisional_open(connection: &mut PgConnection, document: DocumentId) -> Result<Option<Provisional>> {
    let row = sqlx::query!(
        "SELECT p.change_id, c.new_version_id, v.normal_sha256, p.confirm_at
         FROM change_provisional p JOIN change c ON c.id = p.change_id JOIN version v ON v.id = c.new_version_id
         WHERE c.document_id = $1
           AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
           AND NOT EXISTS (SELECT FROM change_withdrawal w WHERE w.change_id = c.id)
         ORDER BY v.number DESC LIMIT 1",
        document.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Provisional {
        change_id: row.change_id.into(),
        version_id: row.new_version_id.into(),
        normal_sha256: digest(&row.normal_sha256)?,
        confirm_at: row.confirm_at,
    }))
}

/// How a change stands between its first sighting and the public record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisionalState {
    /// It had to wait.
    pub provisional: bool,
    /// Its newer version is believed.
    pub confirmed: bool,
    /// It was withdrawn.
    pub withdrawn: bool,
}

/// How a change stands. The caller holds the document's row.
pub async fn provisional_state(connection: &mut PgConnection, change: ChangeId) -> Result<ProvisionalState> {
    Ok(sqlx::query_as!(
        ProvisionalState,
        r#"SELECT EXISTS (SELECT FROM change_provisional p WHERE p.change_id = c.id) AS "provisional!",
               EXISTS (SELECT FROM version_confirmation v WHERE v.version_id = c.new_version_id) AS "confirmed!",
               EXISTS (SELECT FROM change_withdrawal w WHERE w.change_id = c.id) AS "withdrawn!"
           FROM change c WHERE c.id = $1"#,
        change.uuid(),
    )
    .fetch_one(connection)
    .await?)
}

/// Changes made since an instant that wait although they need not any more: their version is believed, or is not the
/// latest of its document and was not withdrawn. Oldest first.
pub async fn provisional_left_lying(
    connection: &mut PgConnection,
    since: OffsetDateTime,
    before: OffsetDateTime,
    limit: i64,
) -> Result<Vec<ChangeId>> {
    let rows = sqlx::query!(
        "SELECT p.change_id FROM change_provisional p JOIN change c ON c.id = p.change_id
         JOIN version v ON v.id = c.new_version_id
         WHERE p.since >= $1 AND p.since < $2
           AND NOT EXISTS (SELECT FROM publication b WHERE b.change_id = c.id)
           AND NOT EXISTS (SELECT FROM change_withdrawal w WHERE w.change_id = c.id)
           AND (EXISTS (SELECT FROM version_confirmation f WHERE f.version_id = v.id)
                OR EXISTS (SELECT FROM version n WHERE n.document_id = v.document_id AND n.number > v.number))
         ORDER BY p.since, p.change_id LIMIT $3",
        since,
        before,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| row.change_id.into()).collect())
}

/// Whether a version is believed.
pub async fn version_confirmation_exists(connection: &mut PgConnection, version: VersionId) -> Result<bool> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM version_confirmation WHERE version_id = $1) AS "exists!""#,
        version.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(row.exists)
}
