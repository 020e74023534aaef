//! Snapshots to the text of a document, away from the async threads.
//!
//! Invariant: a text exists only if every page of the document was read and passed the content gate.

use std::sync::Arc;

use atlas_domain::{CaptureOutcome, PolicyText, Sha256, SourceRules};
use atlas_text::Request;
use url::Url;

use crate::{Error, Services};

/// One page to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Position in the rules.
    pub position: i32,
    /// Address that the bytes came from.
    pub url: String,
    /// The bytes.
    pub snapshot: Sha256,
    /// The content type they came with.
    pub content_type: Option<String>,
}

/// The text of a document with its hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extracted {
    pub text: PolicyText,
    pub text_sha256: Sha256,
    pub normal_sha256: Sha256,
}

/// A page that is not, or does not hold, the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub position: i32,
    pub url: String,
    pub snapshot: Sha256,
    pub outcome: CaptureOutcome,
    pub detail: String,
}

/// What a page is read from.
enum Content {
    /// The bytes themselves.
    Bytes(Vec<u8>),
    /// The words of a PDF with their places.
    Layout(String),
}

/// Reads the pages with the rules and joins them in order.
pub(crate) async fn extract(
    services: &Services,
    pages: Vec<Page>,
    rules: Option<Arc<SourceRules>>,
) -> Result<Result<Extracted, Refusal>, Error> {
    let mut read = Vec::with_capacity(pages.len());
    for page in pages {
        let bytes = services.archive.get(page.snapshot).await?;
        let content = if atlas_text::is_pdf(&bytes, page.content_type.as_deref()) {
            match services.settings.pdf.layout(&bytes).await {
                Ok(layout) => Content::Layout(layout),
                Err(failure) => return Ok(Err(refusal(page, failure.outcome, failure.detail))),
            }
        } else {
            Content::Bytes(bytes)
        };
        read.push((page, content));
    }
    Ok(tokio::task::spawn_blocking(move || extract_all(read, rules.as_deref())).await?)
}

fn refusal(page: Page, outcome: CaptureOutcome, detail: String) -> Refusal {
    Refusal {
        position: page.position,
        url: page.url,
        snapshot: page.snapshot,
        outcome,
        detail,
    }
}

fn extract_all(pages: Vec<(Page, Content)>, rules: Option<&SourceRules>) -> Result<Extracted, Refusal> {
    let mut parts = Vec::with_capacity(pages.len());
    for (page, content) in pages {
        let location = usize::try_from(page.position)
            .ok()
            .and_then(|position| rules.and_then(|rules| rules.locations.get(position)));
        let url = Url::parse(&page.url).ok();
        let request = Request {
            content_type: page.content_type.as_deref(),
            url: url.as_ref(),
            rules: location.map(|location| &location.rules),
            locale: rules.and_then(|rules| rules.locale.as_deref()),
            propose: false,
        };
        let extract = match content {
            Content::Bytes(bytes) => atlas_text::extract_page(&bytes, &request),
            Content::Layout(layout) => atlas_text::extract_pdf(&layout, &request),
        };
        match extract {
            Ok(extract) => parts.push(extract.text),
            Err(error) => return Err(refusal(page, error.outcome(), error.to_string())),
        }
    }
    let text = atlas_text::join(parts);
    Ok(Extracted {
        text_sha256: atlas_text::text_sha256(&text),
        normal_sha256: atlas_text::normal_sha256(&text),
        text,
    })
}
