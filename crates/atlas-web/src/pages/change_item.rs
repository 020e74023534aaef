//! A change as a list shows it.
//!
//! Invariant: one that waits for a second capture is marked as such.

use atlas_db::view::change_list::ChangeCard;
use atlas_domain::{Direction, Severity, Stance, urls};
use atlas_text::{
    DiffSegment,
    diff::{Diff, excerpt},
};
use time::OffsetDateTime;

use super::{change_facts::Facts, words};

/// One entry of a list of changes.
#[derive(Debug, Clone)]
pub(super) struct ChangeItem {
    /// Detection, for machines.
    pub iso: String,
    /// Detection, for people.
    pub day: String,
    /// What is at stake.
    pub severity: Severity,
    /// Whom it favours.
    pub direction: Direction,
    /// Kind of change and document.
    pub about: String,
    /// Whether the platform is fictitious.
    pub is_sample: bool,
    /// Seen once: waits for a second capture.
    pub is_provisional: bool,
    /// The change record.
    pub href: String,
    /// Platform and what happened.
    pub headline: String,
    /// The passage that stands for the change, shortened.
    pub pieces: Vec<DiffSegment>,
    /// A sentence for a change without a passage; may be empty.
    pub note: String,
    /// The stance before and after, if one moved.
    pub transition: Option<(Stance, Stance)>,
}

/// Longest passage in a list, in characters.
pub(super) const LONGEST_PASSAGE: usize = 420;

impl ChangeItem {
    /// The entry for a change; days of the present year are written without it.
    pub(super) fn new(card: &ChangeCard, now: OffsetDateTime) -> Self {
        let label = card
            .labels
            .first()
            .map_or_else(|| card.materiality.label().to_owned(), |label| label.label());
        Self {
            iso: words::iso(card.detected_at),
            day: words::short_day(card.detected_at, now),
            severity: card.severity,
            direction: card.direction,
            about: format!("{label}, {}", card.document_title),
            is_sample: card.is_sample,
            is_provisional: card.is_provisional,
            href: urls::change(
                card.detected_at.date(),
                &card.platform_slug,
                &card.document_slug,
                &card.public_id,
            ),
            headline: headline(&card.platform_name, &card.headline),
            pieces: card
                .passage
                .as_ref()
                .and_then(|hunk| Diff::passages(std::slice::from_ref(hunk)).pop())
                .map(|passage| excerpt(passage.segments(), LONGEST_PASSAGE))
                .unwrap_or_default(),
            note: card.summary.first().map(|line| line.text.clone()).unwrap_or_default(),
            transition: card
                .transition
                .map(|(old, new)| (old.unwrap_or(Stance::Silent), new.unwrap_or(Stance::Silent))),
        }
    }
}

/// What a card says of itself beside its words.
pub(super) fn facts(card: &ChangeCard) -> Facts<'_> {
    Facts {
        effective_date: card.effective_date,
        notice_days: card.notice_days,
        affected: &card.affected,
        retroactive: card.retroactive,
        detected_at: card.detected_at,
    }
}

/// The headline with the platform's name, which is not said twice.
pub(super) fn headline(platform: &str, headline: &str) -> String {
    if headline.starts_with(platform) {
        headline.to_owned()
    } else {
        format!("{platform}: {headline}")
    }
}

/// The move of stance that stands for a change: the one on the question that the headline names, else the first.
pub(super) fn named_move<'a>(
    headline: &str,
    touched: impl Iterator<Item = (&'a str, Stance, Stance)>,
) -> Option<(String, Stance, Stance)> {
    let headline = headline.to_lowercase();
    let moved: Vec<_> = touched.filter(|(_, old, new)| old != new).collect();
    let named = moved
        .iter()
        .find(|(topic, ..)| headline.contains(&topic.to_lowercase()));
    let (topic, old, new) = named.or_else(|| moved.first())?;
    Some(((*topic).to_owned(), *old, *new))
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;

    use super::headline;

    #[test]
    fn the_platform_is_named_once() {
        assert_eq!(
            headline("Halden AI", "Halden AI moves training"),
            "Halden AI moves training"
        );
        assert_eq!(headline("Halden AI", "retention cut"), "Halden AI: retention cut");
    }

    #[test]
    fn the_move_that_the_headline_names_stands_for_the_change() {
        let moves = [
            ("Changes to terms", Stance::Permits, Stance::Permits),
            ("Sub-processors and notice", Stance::Silent, Stance::Permits),
            ("Arbitration", Stance::PermitsOptOut, Stance::Requires),
        ];
        let of = |headline: &str| super::named_move(headline, moves.into_iter()).map(|(topic, ..)| topic);
        assert_eq!(
            of("Acme moves arbitration from opt-out to required").as_deref(),
            Some("Arbitration")
        );
        assert_eq!(of("2 passages reworded").as_deref(), Some("Sub-processors and notice"));
        assert_eq!(super::named_move("Arbitration", moves.into_iter().take(1)), None);
    }
}
