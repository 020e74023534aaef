//! Selectors for followed pages that have none, read from the pages of the latest versions.
//!
//! Invariant: nothing is written; a page whose bytes are not held, or no longer pass as the document, has no proposal.

use atlas_db::reextraction::reextraction_candidates;
use atlas_text::Request;
use url::Url;

use crate::{Error, Services, reextract::situation, upgrade::pages_of};

/// A page without a selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its document, by the slugs of platform and document.
    pub document: String,
    /// Address that the bytes came from.
    pub url: String,
    /// A selector that finds the same content, if a short one does.
    pub selector: Option<String>,
}

/// Proposes selectors for the pages of a platform, or of all.
///
/// # Errors
/// Any [`Error`] of the archive or the database.
pub async fn propose(services: &Services, platform: Option<&str>) -> Result<Vec<Proposal>, Error> {
    let candidates = {
        let mut connection = services.pool.acquire().await?;
        reextraction_candidates(&mut connection, platform, None, false).await?
    };
    let mut proposals = Vec::new();
    for candidate in candidates {
        let (pages, rules) = {
            let mut connection = services.pool.acquire().await?;
            let Some((version, revision)) = situation(&mut connection, services, &candidate).await? else {
                continue;
            };
            let Some(revision) = revision else { continue };
            (pages_of(&mut connection, version.id).await?, revision.rules)
        };
        for page in pages {
            let location = usize::try_from(page.position)
                .ok()
                .and_then(|position| rules.locations.get(position));
            let Some(location) = location.filter(|location| location.rules.select.is_empty()) else {
                continue;
            };
            let bytes = services.archive.get(page.snapshot).await?;
            if !atlas_text::is_html(&bytes, page.content_type.as_deref()) {
                continue;
            }
            let (url, rules) = (page.url.clone(), location.rules.clone());
            let selector = tokio::task::spawn_blocking(move || {
                let address = Url::parse(&page.url).ok();
                let request = Request {
                    content_type: page.content_type.as_deref(),
                    url: address.as_ref(),
                    rules: Some(&rules),
                    locale: None,
                    propose: true,
                };
                atlas_text::extract_page(&bytes, &request).ok()?.proposed_selector
            })
            .await?;
            proposals.push(Proposal {
                document: candidate.name.clone(),
                url,
                selector,
            });
        }
    }
    Ok(proposals)
}
