//! Sources as staff see them: how the last poll of each ended, since when it fails, what still stands.
//!
//! Invariant: everything shown was written by a poll; sources of retired platforms and documents are left out, here as
//! in the count of what waits.

use atlas_domain::{CaptureOutcome, SourceId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::Result;
use crate::error::word;

/// Which sources are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFilter {
    /// Every one.
    All,
    /// Those whose last poll failed.
    Failing,
    /// Those that were never polled.
    Unchecked,
    /// Those that were paused by hand.
    Paused,
    /// Those whose last poll ended so.
    Outcome(CaptureOutcome),
}

impl SourceFilter {
    /// The word of the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Failing => "failing",
            Self::Unchecked => "unchecked",
            Self::Paused => "paused",
            Self::Outcome(outcome) => outcome.as_str(),
        }
    }
    /// Reads the word of the address.
    pub fn of(word: &str) -> Option<Self> {
        [Self::All, Self::Failing, Self::Unchecked, Self::Paused]
            .into_iter()
            .find(|filter| filter.as_str() == word)
            .or_else(|| word.parse().ok().map(Self::Outcome))
    }
}

/// A source with its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSource {
    /// The source.
    pub id: SourceId,
    /// Slug of the platform.
    pub platform_slug: String,
    /// Name of the platform.
    pub platform_name: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// The first address that is asked.
    pub address: Option<String>,
    /// How the last poll ended; `None` before the first.
    pub outcome: Option<CaptureOutcome>,
    /// What was seen, a few words.
    pub detail: Option<String>,
    /// When it was last polled.
    pub last_checked_at: Option<OffsetDateTime>,
    /// When it last went well.
    pub last_success_at: Option<OffsetDateTime>,
    /// The first failed attempt since then, while it fails.
    pub failing_since: Option<OffsetDateTime>,
    /// Failures in a row.
    pub failures: i32,
    /// When it is next due.
    pub next_poll_at: Option<OffsetDateTime>,
    /// Since when it is paused by hand.
    pub paused_at: Option<OffsetDateTime>,
    /// Number of the newest version that is held.
    pub version: Option<i32>,
}

/// The sources that a filter lets through, at most `limit` after leaving out `offset`: those that fail come first, the
/// longest row of failures before all.
pub async fn sources_listed(
    connection: &mut PgConnection,
    filter: SourceFilter,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedSource>> {
    sources(connection, filter, None, limit, offset).await
}

/// One source; `None` if there is none, or its document or platform is retired.
pub async fn source_listed(connection: &mut PgConnection, id: SourceId) -> Result<Option<ListedSource>> {
    Ok(sources(connection, SourceFilter::All, Some(id.uuid()), 1, 0)
        .await?
        .pop())
}

async fn sources(
    connection: &mut PgConnection,
    filter: SourceFilter,
    one: Option<Uuid>,
    limit: i64,
    offset: i64,
) -> Result<Vec<ListedSource>> {
    let rows = sqlx::query!(
        r#"SELECT s.id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample, d.slug AS document_slug,
               d.title AS document_title, s.last_outcome, s.last_detail, s.last_checked_at, s.last_success_at,
               s.failures, s.next_poll_at, s.paused_at,
               (SELECT r.rules->'locations'->0->>'url' FROM source_revision r WHERE r.source_id = s.id
                ORDER BY r.valid_from DESC LIMIT 1) AS address,
               (SELECT min(c.finished_at) FROM capture c
                WHERE c.source_id = s.id AND c.outcome NOT IN ('captured', 'not_modified')
                  AND s.last_outcome NOT IN ('captured', 'not_modified')
                  AND (s.last_success_at IS NULL OR c.finished_at > s.last_success_at)) AS failing_since,
               (SELECT max(v.number) FROM version v WHERE v.document_id = d.id) AS version
           FROM source s
           JOIN document d ON d.id = s.document_id
           JOIN platform p ON p.id = d.platform_id
           WHERE d.retired_at IS NULL AND p.retired_at IS NULL
             AND ($2::uuid IS NULL OR s.id = $2)
             AND CASE $1::text
                     WHEN 'all' THEN true
                     WHEN 'failing' THEN s.last_outcome NOT IN ('captured', 'not_modified')
                     WHEN 'unchecked' THEN s.last_outcome IS NULL
                     WHEN 'paused' THEN s.paused_at IS NOT NULL
                     ELSE s.last_outcome = $1 END
           ORDER BY coalesce(s.last_outcome NOT IN ('captured', 'not_modified'), false) DESC, s.failures DESC, p.name,
               d.title, s.id
           LIMIT $3 OFFSET $4"#,
        filter.as_str(),
        one,
        limit,
        offset,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ListedSource {
                id: row.id.into(),
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                address: row.address,
                outcome: row.last_outcome.as_deref().map(word).transpose()?,
                detail: row.last_detail,
                last_checked_at: row.last_checked_at,
                last_success_at: row.last_success_at,
                failing_since: row.failing_since,
                failures: row.failures,
                next_poll_at: row.next_poll_at,
                paused_at: row.paused_at,
                version: row.version,
            })
        })
        .collect()
}

/// How many sources end with an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeCount {
    /// How the last poll ended; `None` before the first.
    pub outcome: Option<CaptureOutcome>,
    /// How many sources.
    pub sources: i64,
    /// How many of them are paused.
    pub paused: i64,
}

/// The sources by how their last poll ended, the most frequent first.
pub async fn sources_by_outcome(connection: &mut PgConnection) -> Result<Vec<OutcomeCount>> {
    let rows = sqlx::query!(
        r#"SELECT s.last_outcome, count(*) AS "sources!",
               count(*) FILTER (WHERE s.paused_at IS NOT NULL) AS "paused!"
           FROM source s
           JOIN document d ON d.id = s.document_id
           JOIN platform p ON p.id = d.platform_id
           WHERE d.retired_at IS NULL AND p.retired_at IS NULL
           GROUP BY s.last_outcome ORDER BY 2 DESC, 1"#
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OutcomeCount {
                outcome: row.last_outcome.as_deref().map(word).transpose()?,
                sources: row.sources,
                paused: row.paused,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use atlas_domain::CaptureOutcome;

    use super::SourceFilter;

    #[test]
    fn every_filter_is_read_back_and_no_outcome_is_taken_for_another_filter() {
        for outcome in CaptureOutcome::ALL {
            let filter = SourceFilter::Outcome(*outcome);
            assert_eq!(SourceFilter::of(filter.as_str()), Some(filter));
        }
        for filter in [
            SourceFilter::All,
            SourceFilter::Failing,
            SourceFilter::Unchecked,
            SourceFilter::Paused,
        ] {
            assert_eq!(SourceFilter::of(filter.as_str()), Some(filter));
        }
        assert_eq!(SourceFilter::of("\0"), None);
    }
}
