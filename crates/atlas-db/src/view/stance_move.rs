//! Moves of stance through time: what a document said before a change, and what it says since.
//!
//! Invariant: only published updates move a stance; what our own rules or a new rubric changed is never among them.

use atlas_domain::{PlatformId, Severity, Stance};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Result, error::word};

/// One move of stance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanceMove {
    /// When the new text was captured.
    pub detected_at: OffsetDateTime,
    /// Public id of the change, like `CA-C-004117`.
    pub change_public_id: String,
    /// Slug of the document.
    pub document_slug: String,
    /// Title of the document.
    pub document_title: String,
    /// Slug of the provision type.
    pub provision_type: String,
    /// Stance before; silence where nothing was said.
    pub before: Stance,
    /// Stance after; silence where nothing is said any more.
    pub after: Stance,
    /// What is at stake since; before, where the words are gone.
    pub severity: Severity,
}

/// The moves of stance of a platform's documents, newest first, at most `limit`.
pub async fn stance_moves(conn: &mut PgConnection, platform: PlatformId, limit: i64) -> Result<Vec<StanceMove>> {
    let rows = sqlx::query!(
        r#"SELECT c.detected_at, c.public_id, d.slug, d.title, pr.provision_type,
               coalesce(old.stance, 'silent') AS "before!", coalesce(new.stance, 'silent') AS "after!",
               coalesce(new.severity, old.severity) AS "severity!"
           FROM change c
           JOIN publication pub ON pub.change_id = c.id
           JOIN document d ON d.id = c.document_id
           JOIN change_provision cp ON cp.change_id = c.id
           JOIN provision pr ON pr.id = cp.provision_id
           JOIN provision_type t ON t.slug = pr.provision_type
           LEFT JOIN finding old ON old.id = cp.old_finding_id AND (old.position >= 0 OR old.was_shown)
           LEFT JOIN finding new ON new.id = cp.new_finding_id AND (new.position >= 0 OR new.was_shown)
           WHERE d.platform_id = $1 AND c.kind = 'update'
             -- What waits for a person is no silence.
             AND (cp.old_finding_id IS NULL OR old.id IS NOT NULL)
             AND (cp.new_finding_id IS NULL OR new.id IS NOT NULL)
             AND coalesce(old.stance, 'silent') <> coalesce(new.stance, 'silent')
           ORDER BY c.detected_at DESC, c.id DESC, t.position
           LIMIT $2"#,
        platform.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StanceMove {
                detected_at: row.detected_at,
                change_public_id: row.public_id,
                document_slug: row.slug,
                document_title: row.title,
                provision_type: row.provision_type,
                before: word(&row.before)?,
                after: word(&row.after)?,
                severity: word(&row.severity)?,
            })
        })
        .collect()
}
