//! Lists of changes, newest first, and how many there were in each month.
//!
//! Invariant: what only our rules changed is in no list; what waits for a second capture, and returns to an earlier
//! text, only in those that ask for it.

use std::collections::HashMap;

use atlas_domain::{
    AffectedGroup, ChangeId, ChangeLabel, Direction, Hunk, Materiality, Severity, Stance, SummaryLine, VersionKind,
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use crate::{
    Result,
    error::{json, word},
};

/// A published change as a list shows it.
#[derive(Debug, Clone)]
pub struct ChangeCard {
    /// Row id; with `detected_at` the key of the list.
    pub id: ChangeId,
    /// `Update`, or `Reverted` in a list that asks for those.
    pub kind: VersionKind,
    /// Like `CA-C-004117`.
    pub public_id: String,
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
    /// The passage that stands for the change; a change of layout has none.
    pub passage: Option<Hunk>,
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
    /// When the record became public; for a provisional one, since when it waits.
    pub published_at: OffsetDateTime,
    /// Seen once: waits for a second capture.
    pub is_provisional: bool,
    /// The move of stance that matters most, if a stance moved: before and after (`None` is silence).
    pub transition: Option<(Option<Stance>, Option<Stance>)>,
}

/// Which changes to list. `Default` lists all published updates.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter {
    /// Slug of the only platform.
    pub platform: Option<String>,
    /// Slug of the platform's category.
    pub category: Option<String>,
    /// Slug of the only document (within the platform).
    pub document: Option<String>,
    /// Slugs of provision types: only changes that touch a provision of one of them; empty lists all.
    pub provision_types: Vec<String>,
    /// The materialities to list; empty lists all.
    pub materialities: Vec<Materiality>,
    /// The direction to list.
    pub direction: Option<Direction>,
    /// List also changes that wait for a second capture, marked as such: for pages, never for feeds and mails.
    pub provisional: bool,
    /// List also returns to an earlier text, which are not news.
    pub reverts: bool,
    /// List only changes after this one in the order of the list.
    pub after: Option<(OffsetDateTime, ChangeId)>,
}

/// The newest published changes that pass the filter, at most `limit`.
pub async fn change_cards(conn: &mut PgConnection, filter: &ChangeFilter, limit: i64) -> Result<Vec<ChangeCard>> {
    let materialities: Vec<String> = filter.materialities.iter().map(ToString::to_string).collect();
    let (after_at, after_id) = filter
        .after
        .map_or((None, None), |(at, id)| (Some(at), Some(id.uuid())));
    let rows = sqlx::query!(
        r#"SELECT c.id, c.kind, c.public_id, p.slug AS platform_slug, p.name AS platform_name, p.is_sample,
               d.slug AS document_slug, d.title AS document_title, c.materiality, c.direction, c.severity, c.labels,
               c.headline, c.summary, c.words_added, c.words_removed, c.effective_date, c.notice_days, c.affected,
               c.retroactive, c.detected_at,
               coalesce(pub.published_at, prov.since) AS "published_at!", pub.change_id IS NULL AS "is_provisional!",
               t.moved AS "moved?", t.old_stance AS "old_stance?", t.new_stance AS "new_stance?",
               passage.hunk AS "passage?"
           FROM change c
           LEFT JOIN publication pub ON pub.change_id = c.id
           LEFT JOIN change_provisional prov ON prov.change_id = c.id AND pub.change_id IS NULL
           JOIN document d ON d.id = c.document_id
           JOIN platform p ON p.id = d.platform_id
           LEFT JOIN LATERAL (
               SELECT true AS moved, old.stance AS old_stance, new.stance AS new_stance,
                   new.excerpt_start AS new_start, new.excerpt_end AS new_end
               FROM change_provision cp
               JOIN provision pr ON pr.id = cp.provision_id
               JOIN provision_type kind ON kind.slug = pr.provision_type
               LEFT JOIN finding old ON old.id = cp.old_finding_id AND (old.position >= 0 OR old.was_shown)
               LEFT JOIN finding new ON new.id = cp.new_finding_id AND (new.position >= 0 OR new.was_shown)
               WHERE cp.change_id = c.id
                 -- What waits for a person is no silence.
                 AND (cp.old_finding_id IS NULL OR old.id IS NOT NULL)
                 AND (cp.new_finding_id IS NULL OR new.id IS NOT NULL)
                 AND coalesce(old.stance, 'silent') <> coalesce(new.stance, 'silent')
               ORDER BY (strpos(lower(c.headline), lower(kind.title)) > 0) DESC, (cp.effect = 'stance_changed') DESC,
                   array_position(ARRAY['high', 'medium', 'low'], coalesce(new.severity, old.severity)), cp.provision_id
               LIMIT 1
           ) t ON true
           LEFT JOIN LATERAL (
               SELECT h.hunk
               FROM jsonb_array_elements(c.hunks) WITH ORDINALITY AS h (hunk, place)
               WHERE h.hunk ->> 'kind' IN ('added', 'removed', 'modified')
               ORDER BY coalesce((h.hunk -> 'new' ->> 'start')::int < t.new_end
                   AND (h.hunk -> 'new' ->> 'end')::int > t.new_start, false) DESC,
                   coalesce(h.place - 1 = coalesce(c.summary -> 0 -> 'hunks' ->> 0, c.summary -> 0 ->> 'hunk')::int, false) DESC, h.place
               LIMIT 1
           ) passage ON true
           WHERE ($1::text IS NULL OR p.slug = $1)
             AND ($2::text IS NULL OR d.slug = $2)
             AND ($11::text IS NULL OR p.category = $11)
             AND (cardinality($3::text[]) = 0 OR c.materiality = ANY ($3))
             AND ($4::text IS NULL OR c.direction = $4)
             AND ($5::timestamptz IS NULL OR (c.detected_at, c.id) < ($5, $6::uuid))
             AND (c.kind = 'update' OR ($8 AND c.kind = 'reverted'))
             AND (pub.change_id IS NOT NULL OR ($9 AND prov.change_id IS NOT NULL
                 AND NOT EXISTS (SELECT FROM change_withdrawal w WHERE w.change_id = c.id)))
             AND (cardinality($10::text[]) = 0 OR EXISTS (
                 SELECT FROM change_provision cp JOIN provision pr ON pr.id = cp.provision_id
                 WHERE cp.change_id = c.id AND pr.provision_type = ANY ($10)))
           ORDER BY c.detected_at DESC, c.id DESC
           LIMIT $7"#,
        filter.platform.as_deref(),
        filter.document.as_deref(),
        &materialities,
        filter.direction.map(Direction::as_str),
        after_at,
        after_id,
        limit,
        filter.reverts,
        filter.provisional,
        &filter.provision_types,
        filter.category.as_deref(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let transition = match row.moved {
                Some(_) => Some((
                    row.old_stance.as_deref().map(word).transpose()?,
                    row.new_stance.as_deref().map(word).transpose()?,
                )),
                None => None,
            };
            Ok(ChangeCard {
                id: row.id.into(),
                kind: word(&row.kind)?,
                public_id: row.public_id,
                platform_slug: row.platform_slug,
                platform_name: row.platform_name,
                is_sample: row.is_sample,
                document_slug: row.document_slug,
                document_title: row.document_title,
                materiality: word(&row.materiality)?,
                direction: word(&row.direction)?,
                severity: word(&row.severity)?,
                labels: row.labels.iter().map(|label| word(label)).collect::<Result<_>>()?,
                headline: row.headline,
                summary: super::summary(row.summary)?,
                passage: row.passage.map(json).transpose()?,
                words_added: row.words_added,
                words_removed: row.words_removed,
                effective_date: row.effective_date,
                notice_days: row.notice_days,
                affected: json(row.affected)?,
                retroactive: row.retroactive,
                detected_at: row.detected_at,
                published_at: row.published_at,
                is_provisional: row.is_provisional,
                transition,
            })
        })
        .collect()
}

/// All passages of some published changes.
pub async fn hunks_of_changes(conn: &mut PgConnection, changes: &[ChangeId]) -> Result<HashMap<ChangeId, Vec<Hunk>>> {
    let ids: Vec<uuid::Uuid> = changes.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "SELECT c.id, c.hunks FROM change c JOIN publication pub ON pub.change_id = c.id WHERE c.id = ANY ($1)",
        &ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.id.into(), json(row.hunks)?)))
        .collect()
}

/// Changes of one calendar month (UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthCount {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: i32,
    /// Published changes of the month.
    pub changes: i64,
}

/// Published material and critical changes by month, from `since` on; months without one are left out.
pub async fn material_changes_by_month(conn: &mut PgConnection, since: OffsetDateTime) -> Result<Vec<MonthCount>> {
    Ok(sqlx::query_as!(
        MonthCount,
        r#"SELECT extract(year FROM c.detected_at AT TIME ZONE 'UTC')::int AS "year!",
               extract(month FROM c.detected_at AT TIME ZONE 'UTC')::int AS "month!",
               count(*) AS "changes!"
           FROM change c JOIN publication pub ON pub.change_id = c.id
           WHERE c.detected_at >= $1 AND c.kind = 'update' AND c.materiality IN ('material', 'critical')
           GROUP BY 1, 2 ORDER BY 1, 2"#,
        since,
    )
    .fetch_all(conn)
    .await?)
}
