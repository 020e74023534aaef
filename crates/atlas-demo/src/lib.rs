//! Fictitious platforms whose documents change over time, and the loopback site that serves them.
//!
//! The words live in `demo/` (one folder for each platform) and are compiled into the binary. Invariant: whatever
//! [`load`] returns has been checked whole: every edit applied at exactly one place, dates rise, and every
//! document can change for ever ([`DemoDocument::text_at`]). Nothing here describes a real company.

mod error;
mod load;
mod markdown;
mod page;
mod site;
mod state;

use std::sync::LazyLock;

use time::OffsetDateTime;

pub use error::DemoError;
pub use load::load;
pub use page::{CONTENT_SELECTOR, page_html};
pub use site::DemoSite;

/// A made-up service with its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPlatform {
    /// Slug, unique among the samples, for example `halden-ai`.
    pub slug: String,
    /// The name as pages show it.
    pub name: String,
    /// The made-up company behind it.
    pub operator: String,
    /// Slug of a catalogue category.
    pub category: String,
    /// Address under the reserved `.example` domain; nothing answers there.
    pub website: String,
    /// What the service is said to do, one or two sentences.
    pub description: String,
    /// Whether its pages carry an `ETag` and answer 304 while the words stand.
    pub etag: bool,
    /// Its documents, in the order of `platform.toml`.
    pub documents: Vec<DemoDocument>,
}

/// One policy of a made-up service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoDocument {
    /// Slug, unique within the platform.
    pub slug: String,
    /// Document type in Open Terms Archive's words, for example `Privacy Policy`.
    pub document_type: String,
    /// Title as the platform would write it.
    pub title: String,
    /// The versions that have happened, oldest first; never empty.
    pub versions: Vec<DemoVersion>,
    /// The text of the version that happens while somebody watches, if one is prepared.
    pub pending: Option<String>,
    /// The passages that move on when nothing prepared is left; never empty.
    pub(crate) cycle: Vec<CycleEdit>,
}

/// The text of a document from one instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoVersion {
    /// When it appeared.
    pub at: OffsetDateTime,
    /// The whole text, Markdown.
    pub markdown: String,
}

/// A passage whose number takes a new value each time the document moves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CycleEdit {
    /// The words as they stand before the first turn.
    pub find: String,
    /// The words from then on; `{n}` is the number.
    pub replace: String,
    /// The number of the first turn.
    pub first: u32,
    /// What every further turn adds.
    pub step: u32,
}

/// One step that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoStep {
    /// Slug of the platform.
    pub platform: &'static str,
    /// Slug of the document.
    pub document: &'static str,
    /// How many steps the document has taken since its history ended; from 1.
    pub number: u32,
}

impl DemoDocument {
    /// The text after `step` steps beyond the history: 0 is the last version that has happened, 1 the pending one
    /// where there is one, and every step after that changes a number that no earlier text held.
    pub fn text_at(&self, step: u32) -> String {
        let last = self.versions.last().map_or("", |version| version.markdown.as_str());
        let (base, turns) = match &self.pending {
            Some(pending) if step > 0 => (pending.as_str(), step - 1),
            Some(_) => (last, 0),
            None => (last, step),
        };
        let count = u32::try_from(self.cycle.len()).unwrap_or(u32::MAX).max(1);
        let mut text = base.to_owned();
        for (position, edit) in (0..).zip(&self.cycle) {
            // The passages take turns: with two of them, turns 1, 3, 5 … belong to the first.
            let own_turns = (turns + count - 1 - position) / count;
            if own_turns > 0 {
                let number = edit.first.saturating_add(edit.step.saturating_mul(own_turns - 1));
                text = text.replacen(&edit.find, &edit.replace.replace("{n}", &number.to_string()), 1);
            }
        }
        text
    }
}

/// The shipped samples, in order of slug, read and checked once.
///
/// A fault in them is kept out by this crate's tests; if there were one all the same, it is logged and there are
/// no samples, since nobody's product should stop for them.
pub fn platforms() -> &'static [DemoPlatform] {
    static PLATFORMS: LazyLock<Vec<DemoPlatform>> = LazyLock::new(|| {
        load().unwrap_or_else(|error| {
            tracing::error!(error = %error, "the sample platforms cannot be read");
            Vec::new()
        })
    });
    &PLATFORMS
}

/// The platform and the document with these slugs.
pub fn document(platform: &str, document: &str) -> Option<(&'static DemoPlatform, &'static DemoDocument)> {
    let platform = platforms().iter().find(|candidate| candidate.slug == platform)?;
    let document = platform.documents.iter().find(|candidate| candidate.slug == document)?;
    Some((platform, document))
}
