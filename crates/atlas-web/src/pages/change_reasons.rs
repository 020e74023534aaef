//! Why a change was ranked as it was: the signals that fired, in words.
//!
//! Invariant: every signal of the record is told, the weightiest first, with the passage on which it fired if one is known.

use atlas_db::view::change::ChangeRecord;
use atlas_domain::Stance;

use super::words;

/// One signal of the ranking.
pub(super) struct Reason {
    /// What fired, as a sentence would begin.
    pub name: String,
    /// The words on which it fired.
    pub evidence: String,
    /// What it adds to the rank, with its sign.
    pub weight: String,
    /// Whether it weighs as much as a material change.
    pub grave: bool,
    /// The passage on which it fired.
    pub anchor: Option<String>,
}

/// Every signal of a change, the weightiest first; `names` are the names of its passages.
pub(super) fn reasons(record: &ChangeRecord, names: &[String]) -> Vec<Reason> {
    let mut signals: Vec<_> = record.signals.iter().collect();
    signals.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    signals
        .into_iter()
        .map(|signal| Reason {
            name: signal_words(&signal.name),
            evidence: words::clipped(&plain_words(&signal.evidence), 220),
            weight: format!("{:+.2}", signal.weight),
            grave: signal.weight >= 2.0,
            anchor: signal.hunk.and_then(|hunk| names.get(hunk).cloned()),
        })
        .collect()
}

/// The name of a rule as a sentence would begin: `stance_moved` → `Stance moved`.
fn signal_words(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The evidence with the words of people where it has those of tables: stances and provision types.
fn plain_words(evidence: &str) -> String {
    evidence
        .split(' ')
        .map(|word| {
            let bare = word.trim_end_matches([':', ',', '.', ';']);
            let tail = word.get(bare.len()..).unwrap_or_default();
            if let Ok(stance) = bare.parse::<Stance>()
                && evidence.contains('→')
            {
                return format!("{}{tail}", stance.label().to_lowercase());
            }
            match atlas_catalog::taxonomy().provision_type(bare) {
                Some(kind) if bare.contains('-') => format!("{}{tail}", kind.title.to_lowercase()),
                _ => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn evidence_speaks_of_stances_in_words() {
        assert_eq!(
            super::plain_words("model-training-use: commits_qualified → permits: may be used"),
            "user data for model training: commits, with limits → permits, no choice: may be used"
        );
    }
}
