//! Where a signed-in reader stopped: the version of a document that they looked at last.
//!
//! Invariant: only pages that show the words of a version move the position, and only forward; visitors cost no query.
//! A page that is fetched ahead of its reader moves nothing.

use atlas_db::{
    account::{ReadingPosition, reading_position_by_document, reading_position_upsert},
    tenant_transaction,
};
use atlas_domain::{DocumentId, VersionId};

use crate::{Chrome, Error, WebState, chrome::Fetched};

/// What the signed-in reader looked at last; `None` for a visitor and for a document never opened.
pub async fn last_look(
    state: &WebState,
    chrome: &Chrome,
    document: DocumentId,
) -> Result<Option<ReadingPosition>, Error> {
    let Some(viewer) = &chrome.viewer else {
        return Ok(None);
    };
    let (organization, account) = (viewer.organization_id, viewer.account_id);
    let mut transaction = tenant_transaction(&state.pool, organization, account).await?;
    let position = reading_position_by_document(&mut transaction, organization, account, document).await?;
    transaction.commit().await?;
    Ok(position)
}

/// Notes that the signed-in reader is shown the words of a version.
pub async fn looked(state: &WebState, chrome: &Chrome, document: DocumentId, version: VersionId) -> Result<(), Error> {
    let Some(viewer) = chrome.viewer.as_ref().filter(|_| chrome.fetched == Fetched::ToRead) else {
        return Ok(());
    };
    let (organization, account) = (viewer.organization_id, viewer.account_id);
    let mut transaction = tenant_transaction(&state.pool, organization, account).await?;
    let now = state.clock.now();
    reading_position_upsert(&mut transaction, organization, account, document, version, now).await?;
    transaction.commit().await?;
    Ok(())
}
