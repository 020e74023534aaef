//! How a platform has behaved towards its readers: the governance timeline with every move of stance, and the days of
//! notice that its changes gave.
//!
//! Invariant: how far back the timeline reaches is the reader's plan's; what is left out is counted and said. A median
//! names of how many changes it is, and of how many that is a part.

use atlas_db::view::{change_list::ChangeCard, platform::DocumentState, stance_move::StanceMove};
use atlas_domain::{Feature, HistoryWindow, Plan, Severity, Stance, urls};
use time::OffsetDateTime;

use super::{change_item, charts, words};

/// Changes of the notice record that are listed.
const NOTICES: usize = 8;

/// The timeline.
#[derive(Debug, Clone)]
pub(super) struct Governance {
    /// Changes by document; `None` where there is nothing to draw.
    pub chart: Option<charts::Timeline>,
    /// Moves of stance, newest first.
    pub moves: Vec<Move>,
    /// How far back it reaches: `since 3 Mar 2024`, `90 days`.
    pub span: String,
    /// Changes and moves that are older than the plan shows.
    pub hidden: usize,
}

/// One move of stance.
#[derive(Debug, Clone)]
pub(super) struct Move {
    /// Detection, for machines.
    pub iso: String,
    /// Detection, for people.
    pub day: String,
    /// Title of the type.
    pub title: String,
    /// Title of the document.
    pub document: String,
    /// Stance before.
    pub before: Stance,
    /// Stance after.
    pub after: Stance,
    /// What is at stake.
    pub severity: Severity,
    /// The change record.
    pub href: String,
}

impl Governance {
    /// The timeline as a plan shows it; `None` for a platform without a published change.
    pub(super) fn new(
        platform: (&str, &str),
        documents: &[DocumentState],
        cards: &[ChangeCard],
        moves: &[StanceMove],
        plan: Plan,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let (slug, name) = platform;
        let first = cards.iter().map(|card| card.detected_at).min()?;
        let days = match plan.limits().history {
            HistoryWindow::Days(days) if !plan.has(Feature::GovernanceTimeline) => Some(days),
            _ => None,
        };
        let since = days.map(|days| now - time::Duration::days(i64::from(days)));
        let shown = |at: OffsetDateTime| since.is_none_or(|since| at >= since);
        let names: Vec<String> = documents
            .iter()
            .map(|document| words::bare_title(name, &document.title).to_owned())
            .collect();
        let dots: Vec<_> = cards
            .iter()
            .filter(|card| shown(card.detected_at))
            .filter_map(|card| {
                let lane = documents
                    .iter()
                    .position(|document| document.slug == card.document_slug)?;
                Some((lane, card.detected_at, card.severity, card.headline.clone()))
            })
            .collect();
        let from = since.unwrap_or(first - time::Duration::days(30));
        Some(Self {
            chart: (!dots.is_empty()).then(|| charts::Timeline::new(name, &names, &dots, from, now)),
            moves: moves
                .iter()
                .filter(|moved| shown(moved.detected_at))
                .map(|moved| of(slug, moved))
                .collect(),
            span: days.map_or_else(
                || format!("since {}", words::day(first)),
                |days| format!("the last {days} days"),
            ),
            hidden: cards.iter().filter(|card| !shown(card.detected_at)).count()
                + moves.iter().filter(|moved| !shown(moved.detected_at)).count(),
        })
    }
}

fn of(platform: &str, moved: &StanceMove) -> Move {
    Move {
        iso: words::iso(moved.detected_at),
        day: words::day(moved.detected_at),
        title: atlas_catalog::taxonomy()
            .provision_type(&moved.provision_type)
            .map_or_else(|| moved.provision_type.clone(), |kind| kind.title.clone()),
        document: moved.document_title.clone(),
        before: moved.before,
        after: moved.after,
        severity: moved.severity,
        href: urls::change(
            moved.detected_at.date(),
            platform,
            &moved.document_slug,
            &moved.change_public_id,
        ),
    }
}

/// The days of notice that changes gave.
#[derive(Debug, Clone)]
pub(super) struct NoticeRecord {
    /// Changes that name the day from which they hold, newest first.
    pub rows: Vec<NoticeRow>,
    /// Changes that name that day.
    pub stating: usize,
    /// All changes of the record that are no mere cosmetics.
    pub changes: usize,
    /// Median of the days in words, a day that had passed counting as none.
    pub median: String,
    /// Changes that held at once or before anybody saw them.
    pub without: usize,
    /// Changes that say that they reach back.
    pub retroactive: usize,
}

/// One change of the notice record.
#[derive(Debug, Clone)]
pub(super) struct NoticeRow {
    /// Detection, for people.
    pub day: String,
    /// The stated day.
    pub effective: String,
    /// Notice in words.
    pub notice: String,
    /// Title of the document.
    pub document: String,
    /// What happened.
    pub headline: String,
    /// The change record.
    pub href: String,
}

impl NoticeRecord {
    /// The record; `None` where no change names its day.
    pub(super) fn new(cards: &[ChangeCard]) -> Option<Self> {
        let stating: Vec<(&ChangeCard, i32)> = cards
            .iter()
            .filter_map(|card| Some((card, change_item::facts(card).notice_days()?)))
            .collect();
        let mut days: Vec<i32> = stating.iter().map(|(_, days)| (*days).max(0)).collect();
        days.sort_unstable();
        let median = median(&days)?;
        Some(Self {
            rows: stating
                .iter()
                .take(NOTICES)
                .map(|(card, days)| row(card, *days))
                .collect(),
            stating: stating.len(),
            changes: cards.len(),
            median,
            without: days.iter().filter(|days| **days == 0).count(),
            retroactive: cards.iter().filter(|card| card.retroactive == Some(true)).count(),
        })
    }
}

/// The median of sorted days, in words: between the middle two where their number is even.
fn median(sorted: &[i32]) -> Option<String> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let sum = lower.saturating_add(upper);
    Some(if sum % 2 == 0 {
        words::counted(sum / 2, "day", "days")
    } else {
        format!("{}.5 days", sum / 2)
    })
}

fn row(card: &ChangeCard, days: i32) -> NoticeRow {
    NoticeRow {
        day: words::day(card.detected_at),
        effective: card.effective_date.map(words::date).unwrap_or_default(),
        notice: if days > 0 {
            words::counted(days, "day", "days")
        } else {
            "none".to_owned()
        },
        document: card.document_title.clone(),
        headline: card.headline.clone(),
        href: urls::change(
            card.detected_at.date(),
            &card.platform_slug,
            &card.document_slug,
            &card.public_id,
        ),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_median_lies_between_the_middle_two() {
        let median = |days: &[i32]| super::median(days);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1]).as_deref(), Some("1 day"));
        assert_eq!(median(&[0, 30]).as_deref(), Some("15 days"));
        assert_eq!(median(&[0, 7, 14, 30]).as_deref(), Some("10.5 days"));
        assert_eq!(median(&[0, 7, 30]).as_deref(), Some("7 days"));
    }
}
