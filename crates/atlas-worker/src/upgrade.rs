//! Old bytes read with today's extractor and rules, so that what we changed is never taken for what a publisher changed.
//!
//! Invariant: a text is compared only with one that the same extractor and the same rules made, or of which it is known
//! that today's give the same words.

use std::sync::Arc;

use atlas_db::capture::snapshot_content_type;
use atlas_db::reextraction::{ReextractionOutcome, reextraction_exists, reextraction_insert};
use atlas_db::source::SourceRevision;
use atlas_db::version::{NewVersion, VersionHead, version_insert, version_snapshot_insert, version_snapshots};
use atlas_domain::jobs::ReadVersion;
use atlas_domain::{CaptureOutcome, Sha256, SourceRevisionId, SourceRules, VersionId, VersionKind};
use atlas_text::EXTRACT_VERSION;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::extraction::{Extracted, Page, extract};
use crate::{Enqueuer, Error, Services};

/// The pages of a version, as they were captured.
pub(crate) async fn pages_of(connection: &mut PgConnection, version: VersionId) -> Result<Vec<Page>, Error> {
    let mut pages = Vec::new();
    for (position, snapshot, url) in version_snapshots(connection, version).await? {
        pages.push(page(connection, position, snapshot, url).await?);
    }
    Ok(pages)
}

/// One page with the content type it came with.
pub(crate) async fn page(
    connection: &mut PgConnection,
    position: i32,
    snapshot: Sha256,
    url: String,
) -> Result<Page, Error> {
    let content_type = snapshot_content_type(connection, snapshot).await?;
    Ok(Page {
        position,
        url,
        snapshot,
        content_type,
    })
}

/// Whether today's extractor and these rules made the version.
pub(crate) fn is_up_to_date(version: &VersionHead, revision: Option<&SourceRevision>) -> bool {
    let same_rules =
        version.source_revision_id.is_none() || version.source_revision_id == revision.map(|revision| revision.id);
    same_rules && version.extract_version == EXTRACT_VERSION
}

/// The pages of the current version, if others made it and it is not known what comes of reading them again.
pub(crate) async fn outdated_pages(
    connection: &mut PgConnection,
    current: Option<&VersionHead>,
    revision: Option<&SourceRevision>,
) -> Result<Vec<Page>, Error> {
    let Some(current) = current.filter(|current| !is_up_to_date(current, revision)) else {
        return Ok(Vec::new());
    };
    let rules = revision.map(|revision| revision.id);
    if reextraction_exists(connection, current.id, EXTRACT_VERSION, rules).await? {
        return Ok(Vec::new());
    }
    pages_of(connection, current.id).await
}

/// What our own changes explain of a difference.
#[derive(Debug)]
pub(crate) enum Upgrade {
    /// Nothing of ours changed, or it makes no difference here.
    None,
    /// Read again, the old bytes give the same words.
    Same,
    /// Our change alone explains it.
    Alone,
    /// We and the publisher both changed something: the old bytes as they read today.
    First(Box<Extracted>),
    /// The old bytes no longer pass as the document.
    Refused(String),
}

/// Finds out by reading the old pages again.
pub(crate) async fn explain(
    services: &Services,
    current: Option<&VersionHead>,
    old_pages: &[Page],
    new_pages: usize,
    extracted: &Extracted,
    rules: Option<Arc<SourceRules>>,
) -> Result<Upgrade, Error> {
    let Some(current) = current else {
        return Ok(Upgrade::None);
    };
    if old_pages.is_empty() || current.normal_sha256 == extracted.normal_sha256 {
        return Ok(Upgrade::None);
    }
    if old_pages.len() != new_pages {
        // We made the document larger or smaller: there is nothing to compare with.
        return Ok(Upgrade::Alone);
    }
    Ok(match extract(services, old_pages.to_vec(), rules).await? {
        // This machine's lack says nothing of the bytes.
        Err(refusal) if refusal.outcome == CaptureOutcome::ToolMissing => Upgrade::None,
        Err(refusal) => Upgrade::Refused(refusal.detail),
        Ok(again) if again.normal_sha256 == extracted.normal_sha256 => Upgrade::Alone,
        Ok(again) if again.normal_sha256 == current.normal_sha256 => Upgrade::Same,
        Ok(again) => Upgrade::First(Box::new(again)),
    })
}

/// Records what our change made of the current version: that it changed nothing, or a version of its own, captured
/// when we looked. Returns that version. The caller holds the document's row.
pub(crate) async fn settle(
    connection: &mut PgConnection,
    services: &Services,
    queue: &Enqueuer,
    current: &VersionHead,
    rules: Option<SourceRevisionId>,
    upgrade: &Upgrade,
    at: OffsetDateTime,
) -> Result<Option<VersionHead>, Error> {
    let outcome = match upgrade {
        Upgrade::None | Upgrade::Alone => return Ok(None),
        Upgrade::Same => ReextractionOutcome::Same(current.normal_sha256),
        Upgrade::Refused(detail) => ReextractionOutcome::Refused(detail.clone()),
        Upgrade::First(again) => ReextractionOutcome::Different(again.normal_sha256),
    };
    let now = services.now();
    reextraction_insert(connection, current.id, EXTRACT_VERSION, rules, &outcome, now).await?;
    let Upgrade::First(again) = upgrade else {
        return Ok(None);
    };
    let head = VersionHead {
        id: VersionId::generate(),
        number: current.number.saturating_add(1),
        kind: VersionKind::TechnicalUpgrade,
        captured_at: at,
        normal_sha256: again.normal_sha256,
        word_count: i32::try_from(again.text.word_count())?,
        source_revision_id: rules,
        extract_version: EXTRACT_VERSION,
        ..current.clone()
    };
    let version = NewVersion {
        id: head.id,
        document_id: head.document_id,
        number: head.number,
        kind: head.kind,
        captured_at: head.captured_at,
        text: &again.text,
        text_sha256: again.text_sha256,
        normal_sha256: again.normal_sha256,
        source_revision_id: rules,
        equals_version_id: None,
        historical: head.historical,
        extract_version: EXTRACT_VERSION,
        imported: head.imported,
        created_at: now,
    };
    version_insert(connection, version).await?;
    for (position, snapshot, url) in version_snapshots(connection, current.id).await? {
        version_snapshot_insert(connection, head.id, position, snapshot, &url).await?;
    }
    let read = ReadVersion {
        version_id: head.id,
        historical: head.historical,
    };
    queue.push(connection, &read).await?;
    Ok(Some(head))
}
