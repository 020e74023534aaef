//! How other platforms handle the question of a provision page.
//!
//! Invariant: only clauses of the same type are chosen, never the platform's own and never silence.

use atlas_db::view::{document::DocumentRecord, position::Position};
use atlas_domain::{Stance, urls};

use super::words;

/// Other platforms that are quoted.
const OTHERS: usize = 5;

/// How another platform handles the same question.
#[derive(Debug, Clone)]
pub(super) struct Other {
    /// Name of the platform.
    pub name: String,
    /// Whether it is fictitious.
    pub is_sample: bool,
    /// Its position.
    pub stance: Stance,
    /// The quoted words, shortened.
    pub words: String,
    /// Title of the document.
    pub document: String,
    /// To what the words limit themselves, or since when they stand.
    pub note: String,
    /// Its provision page.
    pub href: String,
}

/// A few other platforms on the same question: each stance once before any twice, the same category first, those
/// that are silent left out.
pub(super) fn others(positions: &[Position], record: &DocumentRecord, kind: &str) -> Vec<Other> {
    let ours = positions
        .iter()
        .find(|position| position.platform_slug == record.platform_slug)
        .map(|position| position.category.as_str());
    let mut pool: Vec<&Position> = positions
        .iter()
        .filter(|position| position.platform_slug != record.platform_slug && position.excerpt.is_some())
        .collect();
    pool.sort_by_key(|position| Some(position.category.as_str()) != ours);
    let mut chosen: Vec<&Position> = Vec::new();
    while chosen.len() < OTHERS {
        let used = |stance: Stance| chosen.iter().filter(|position| position.stance == stance).count();
        let Some(next) =
            (0..pool.len()).min_by_key(|index| pool.get(*index).map_or(usize::MAX, |position| used(position.stance)))
        else {
            break;
        };
        chosen.push(pool.remove(next));
    }
    chosen.sort_by_key(|position| position.platform_name.to_lowercase());
    chosen
        .into_iter()
        .map(|position| Other {
            name: position.platform_name.clone(),
            is_sample: position.is_sample,
            stance: position.stance,
            words: words::clipped(position.excerpt.as_deref().unwrap_or_default(), 400),
            document: position.document_title.clone(),
            note: match &position.scope {
                Some(scope) => format!("Limited to: {}", words::clipped(scope, 80)),
                None => format!("Unchanged since {}", words::day(position.changed_at)),
            },
            href: urls::provision(&position.platform_slug, &position.document_slug, kind),
        })
        .collect()
}
