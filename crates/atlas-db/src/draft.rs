//! Summaries that a language model drafted, and what they cost.
//!
//! Invariant: tokens are set aside before a model is asked, under one lock, so that the day's budget holds whatever runs
//! side by side or is killed; what a model answered is written once.

use atlas_domain::{AccountId, DraftId, Sha256, VersionId};
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Asks for a draft of a version; `None` if one waits already or the version is gone.
pub async fn draft_insert(
    connection: &mut PgConnection,
    version: VersionId,
    asked_by: AccountId,
    at: OffsetDateTime,
) -> Result<Option<DraftId>> {
    let id = DraftId::generate();
    let done = sqlx::query!(
        "INSERT INTO draft (id, version_id, state, asked_by, asked_at)
         SELECT $1, v.id, 'asked', $3, $4 FROM version v WHERE v.id = $2
         ON CONFLICT (version_id) WHERE state IN ('asked', 'asking') DO NOTHING",
        id.uuid(),
        version.uuid(),
        asked_by.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok((done.rows_affected() == 1).then_some(id))
}

/// A draft that waits for its model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingDraft {
    /// The version it is to be of.
    pub version_id: VersionId,
    /// Name of the platform.
    pub platform_name: String,
    /// Title of the document.
    pub document_title: String,
}

/// The draft, if it still waits.
pub async fn draft_waiting(connection: &mut PgConnection, id: DraftId) -> Result<Option<WaitingDraft>> {
    Ok(sqlx::query_as!(
        WaitingDraft,
        "SELECT r.version_id, p.name AS platform_name, d.title AS document_title
         FROM draft r
         JOIN version v ON v.id = r.version_id
         JOIN document d ON d.id = v.document_id
         JOIN platform p ON p.id = d.platform_id
         WHERE r.id = $1 AND r.state IN ('asked', 'asking')",
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?)
}

/// Sets tokens aside for a draft if they fit into the day's budget. Returns what the day had cost before; `fits` says
/// whether they were set aside. Call it in a transaction: the lock is held to its end.
pub async fn draft_reserve(
    connection: &mut PgConnection,
    id: DraftId,
    tokens: i64,
    budget: i64,
    now: OffsetDateTime,
) -> Result<Reserved> {
    sqlx::query!("SELECT pg_advisory_xact_lock(7204121)")
        .fetch_one(&mut *connection)
        .await?;
    let day = now.to_offset(time::UtcOffset::UTC).replace_time(time::Time::MIDNIGHT);
    let spent = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(tokens), 0)::bigint AS "spent!" FROM draft WHERE started_at >= $1"#,
        day,
    )
    .fetch_one(&mut *connection)
    .await?;
    let fits = spent.saturating_add(tokens) <= budget;
    if fits {
        sqlx::query!(
            "UPDATE draft SET state = 'asking', started_at = $2,
                 tokens = $3 + CASE WHEN started_at >= $4 THEN tokens ELSE 0 END
             WHERE id = $1 AND state IN ('asked', 'asking')",
            id.uuid(),
            now,
            tokens,
            day,
        )
        .execute(connection)
        .await?;
    }
    Ok(Reserved { fits, spent })
}

/// What came of setting tokens aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// Whether they fit.
    pub fits: bool,
    /// What the day had cost before.
    pub spent: i64,
}

/// How asking ended.
#[derive(Debug, Clone, Copy)]
pub struct DraftEnd<'a> {
    /// `grounded`, `refused` or `failed`.
    pub state: &'a str,
    /// Which model.
    pub model: Option<&'a str>,
    /// The hash of what was asked.
    pub prompt: Option<Sha256>,
    /// What was answered, as it came.
    pub raw_answer: Option<&'a str>,
    /// What the checks left of it.
    pub checked: Option<&'a Value>,
    /// What went wrong; empty if nothing did.
    pub fault: &'a str,
    /// Tokens that it cost beyond those set aside.
    pub more_tokens: i64,
}

/// Writes how asking ended; `false` if the draft no longer waits.
pub async fn draft_end(
    connection: &mut PgConnection,
    id: DraftId,
    end: DraftEnd<'_>,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE draft SET state = $2, model = $3, prompt_sha256 = $4, raw_answer = $5, checked = $6, fault = $7,
             tokens = tokens + $8, done_at = $9
         WHERE id = $1 AND state IN ('asked', 'asking')",
        id.uuid(),
        end.state,
        end.model,
        end.prompt.as_ref().map(|hash| hash.as_bytes().as_slice()),
        end.raw_answer,
        end.checked,
        end.fault,
        end.more_tokens,
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the drafts that were asked for before an instant and got no answer, so that another one may be asked for.
pub async fn drafts_give_up(connection: &mut PgConnection, before: OffsetDateTime, at: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "UPDATE draft SET state = 'failed', fault = 'no answer came, and the job was given up', done_at = $2
         WHERE state IN ('asked', 'asking') AND asked_at < $1",
        before,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A draft as staff see it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDraft {
    /// The draft.
    pub id: DraftId,
    /// Its state.
    pub state: String,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Number of the version.
    pub version: i32,
    /// Address of who asked; `None` if the account is gone.
    pub asked_by: Option<String>,
    /// When.
    pub asked_at: OffsetDateTime,
    /// What it has cost, at least.
    pub tokens: i64,
    /// Which model.
    pub model: Option<String>,
    /// The hash of what was asked.
    pub prompt_sha256: Option<Vec<u8>>,
    /// What was answered, as it came.
    pub raw_answer: Option<String>,
    /// What the checks left of it.
    pub checked: Option<Value>,
    /// What went wrong.
    pub fault: String,
    /// Address of who confirmed or discarded it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<OffsetDateTime>,
}

/// The drafts, the latest first, at most `limit` after leaving out `offset`; or the one with an id.
pub async fn drafts(
    connection: &mut PgConnection,
    one: Option<DraftId>,
    limit: i64,
    offset: i64,
) -> Result<Vec<StoredDraft>> {
    Ok(sqlx::query_as!(
        StoredDraft,
        r#"SELECT r.id, r.state, p.slug AS platform_slug, p.name AS platform_name, d.slug AS document_slug,
               d.title AS document_title, v.number AS version, asker.email AS "asked_by?", r.asked_at, r.tokens,
               r.model, r.prompt_sha256, r.raw_answer, r.checked, r.fault, decider.email AS "decided_by?", r.decided_at
           FROM draft r
           JOIN version v ON v.id = r.version_id
           JOIN document d ON d.id = v.document_id
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN account asker ON asker.id = r.asked_by
           LEFT JOIN account decider ON decider.id = r.decided_by
           WHERE $1::uuid IS NULL OR r.id = $1
           ORDER BY r.asked_at DESC, r.id DESC LIMIT $2 OFFSET $3"#,
        one.map(DraftId::uuid),
        limit,
        offset,
    )
    .fetch_all(connection)
    .await?)
}

/// How many drafts there are.
pub async fn draft_count(connection: &mut PgConnection) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM draft"#)
        .fetch_one(connection)
        .await?)
}

/// A person confirms or discards a draft that stood the checks; `false` if somebody did already.
pub async fn draft_decide(
    connection: &mut PgConnection,
    id: DraftId,
    confirmed: bool,
    by: AccountId,
    at: OffsetDateTime,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE draft SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'grounded'",
        id.uuid(),
        if confirmed { "confirmed" } else { "discarded" },
        by.uuid(),
        at,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
