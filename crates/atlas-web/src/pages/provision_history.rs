//! The history of a provision: a strip of stances over time, and what happened at each version.

use atlas_db::view::provision::HistoryPoint;
use atlas_domain::{Stance, VersionKind};
use time::OffsetDateTime;

use super::{charts::TimeScale, words};

/// The strip and the list.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// Spans of one stance.
    pub spans: Vec<Span>,
    /// Versions on the strip.
    pub rings: Vec<Ring>,
    /// Year marks: pixel of the line, pixel of the words, year.
    pub years: Vec<(String, String, i32)>,
    /// The finding in words.
    pub label: String,
    /// What happened, newest first.
    pub events: Vec<Event>,
    /// Since when the present words stand: version and day; `None` where there is no finding.
    pub standing_since: Option<(i32, OffsetDateTime)>,
    /// Checks that found the document unchanged since the present words stand.
    pub checks: i64,
    /// The first version that was read.
    pub tracked_since: Option<OffsetDateTime>,
    /// The latest check of the present version.
    pub last_seen_at: Option<OffsetDateTime>,
    /// Whether what some version says waits for a person.
    pub waits: bool,
}

/// A span of one stance.
#[derive(Debug, Clone)]
pub(super) struct Span {
    /// Class of its colour.
    pub class: String,
    /// Left edge.
    pub x: String,
    /// Width.
    pub width: String,
    /// Its stance in words, if there is room for them.
    pub label: Option<&'static str>,
    /// Left edge of the words.
    pub text_x: String,
}

/// A version on the strip.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    /// Centre.
    pub x: String,
    /// Left edge of its number.
    pub text_x: String,
    /// Its number, if there is room.
    pub label: Option<String>,
}

/// What happened at one version.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// The stance from then on; `None` where it waits for a person.
    pub stance: Option<Stance>,
    /// When the version was captured.
    pub at: OffsetDateTime,
    /// Number of the version.
    pub version: i32,
    /// What happened to the provision.
    pub words: String,
}

const LEFT: f64 = 4.0;
const RIGHT: f64 = 716.0;

impl History {
    /// The history up to `now`; `points` are the versions that were read, oldest first.
    pub(super) fn new(points: &[HistoryPoint], now: OffsetDateTime) -> Self {
        let from = points.first().map_or(now, |point| point.captured_at);
        let scale = TimeScale::new(from, now, LEFT, RIGHT);
        // What waits for a person is neither a stance nor silence.
        let told: Vec<HistoryPoint> = points.iter().filter(|point| !point.waits).cloned().collect();
        Self {
            spans: spans(&told, &scale, now),
            rings: rings(points, &scale),
            years: scale
                .years()
                .into_iter()
                .map(|(x, year)| (format!("{:.0}.5", x.floor()), format!("{x:.0}"), year))
                .collect(),
            label: label(&told),
            events: events(points),
            standing_since: standing_since(&told),
            checks: standing_checks(&told),
            waits: told.len() != points.len(),
            tracked_since: points.first().map(|point| point.captured_at),
            last_seen_at: points.last().and_then(|point| point.last_seen_at),
        }
    }

    /// Whether there is more than one version to tell of.
    pub(super) fn is_story(&self) -> bool {
        self.events.len() > 1
    }
}

fn stance_of(point: &HistoryPoint) -> Stance {
    point.stance.unwrap_or(Stance::Silent)
}

fn spans(points: &[HistoryPoint], scale: &TimeScale, now: OffsetDateTime) -> Vec<Span> {
    let mut runs: Vec<(Stance, OffsetDateTime)> = Vec::new();
    for point in points {
        if runs.last().is_none_or(|(stance, _)| *stance != stance_of(point)) {
            runs.push((stance_of(point), point.captured_at));
        }
    }
    let ends = runs.iter().skip(1).map(|(_, at)| *at).chain([now]);
    runs.iter()
        .zip(ends)
        .map(|((stance, start), end)| {
            let (x, right) = (scale.at(*start), scale.at(end));
            let width = (right - x - 2.0).max(2.0);
            let room = f64::from(u16::try_from(stance.label().len()).unwrap_or(u16::MAX)) * 6.6;
            Span {
                class: format!("c-{}", stance.family()),
                x: format!("{x:.0}"),
                width: format!("{width:.0}"),
                label: (width >= room).then(|| stance.label()),
                text_x: format!("{:.0}", x + 2.0),
            }
        })
        .collect()
}

fn rings(points: &[HistoryPoint], scale: &TimeScale) -> Vec<Ring> {
    let mut free_from = f64::MIN;
    points
        .iter()
        .map(|point| {
            let x = scale.at(point.captured_at);
            let text_x = if x > RIGHT - 36.0 { x - 32.0 } else { x + 9.0 };
            let fits = text_x >= free_from;
            if fits {
                free_from = text_x + 34.0;
            }
            Ring {
                x: format!("{x:.0}"),
                text_x: format!("{text_x:.0}"),
                label: fits.then(|| format!("v{}", point.version)),
            }
        })
        .collect()
}

fn label(points: &[HistoryPoint]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for point in points {
        let stance = stance_of(point);
        if last != Some(stance) {
            parts.push(format!(
                "{} from {}",
                stance.label().to_lowercase(),
                words::day(point.captured_at)
            ));
            last = Some(stance);
        }
    }
    format!(
        "Stance over {}: {}",
        words::counted(points.len(), "version", "versions"),
        parts.join(", then ")
    )
}

fn events(points: &[HistoryPoint]) -> Vec<Event> {
    let mut before = None;
    let mut events = Vec::with_capacity(points.len());
    for (index, point) in points.iter().enumerate() {
        events.push(Event {
            stance: (!point.waits).then(|| stance_of(point)),
            at: point.captured_at,
            version: point.version,
            words: if point.waits {
                "What this version says on the question waits for a person.".to_owned()
            } else {
                sentence(before, point, index == 0)
            },
        });
        if !point.waits {
            before = Some(point);
        }
    }
    events.reverse();
    events
}

/// What happened at a version, seen from the last one `before` it that does not wait.
fn sentence(before: Option<&HistoryPoint>, point: &HistoryPoint, is_first: bool) -> String {
    let stance = stance_of(point);
    let Some(before) = before else {
        let first = if is_first {
            "First version we read"
        } else {
            "First version that does not wait"
        };
        return if stance == Stance::Silent {
            format!("{first}: no passage on this question.")
        } else {
            format!("{first}. Stance: {}.", stance.label().to_lowercase())
        };
    };
    let was = stance_of(before);
    match point.kind {
        VersionKind::TechnicalUpgrade => {
            return "We changed how the page is read; the publisher changed nothing.".to_owned();
        }
        VersionKind::Reverted => {
            return "The page equals an earlier text: held as a possible variant of the page.".to_owned();
        }
        VersionKind::FirstRecord | VersionKind::Update => {}
    }
    match (was == stance, before.excerpt == point.excerpt) {
        (true, true) if stance == Stance::Silent => "Still no passage on this question.".to_owned(),
        (true, true) => "Wording unchanged.".to_owned(),
        (true, false) => "Reworded; the stance stays.".to_owned(),
        (false, true) => format!(
            "The same words, read otherwise: {} and no longer {}.",
            stance.label().to_lowercase(),
            was.label().to_lowercase()
        ),
        (false, _) if was == Stance::Silent => format!(
            "A passage appears. Stance moves from silent to {}.",
            stance.label().to_lowercase()
        ),
        (false, _) if stance == Stance::Silent => format!(
            "The passage is gone. Stance moves from {} to silent.",
            was.label().to_lowercase()
        ),
        (false, _) => format!(
            "Stance moves from {} to {}.",
            was.label().to_lowercase(),
            stance.label().to_lowercase()
        ),
    }
}

/// The versions, newest first, that have the present words.
fn standing(points: &[HistoryPoint]) -> impl Iterator<Item = &HistoryPoint> {
    let present = points.last();
    points.iter().rev().take_while(move |point| {
        present.is_some_and(|last| last.excerpt == point.excerpt && last.stance == point.stance)
    })
}

fn standing_since(points: &[HistoryPoint]) -> Option<(i32, OffsetDateTime)> {
    standing(points).last().map(|point| (point.version, point.captured_at))
}

fn standing_checks(points: &[HistoryPoint]) -> i64 {
    standing(points).map(|point| point.checks).sum()
}

#[cfg(test)]
mod tests {
    use atlas_db::view::provision::HistoryPoint;
    use atlas_domain::{Stance, VersionKind};
    use time::{OffsetDateTime, macros::datetime};

    use super::History;

    fn point(version: i32, at: OffsetDateTime, stance: Option<Stance>, excerpt: Option<&str>) -> HistoryPoint {
        HistoryPoint {
            version,
            kind: if version == 1 {
                VersionKind::FirstRecord
            } else {
                VersionKind::Update
            },
            captured_at: at,
            checks: 10,
            last_seen_at: None,
            stance,
            excerpt: excerpt.map(ToOwned::to_owned),
            start: None,
            waits: false,
        }
    }

    #[test]
    fn what_waits_is_neither_a_stance_nor_silence() {
        let waits = |mut point: HistoryPoint| {
            point.waits = true;
            point
        };
        let at = [
            datetime!(2024-01-10 0:00 UTC),
            datetime!(2024-08-10 0:00 UTC),
            datetime!(2025-03-10 0:00 UTC),
            datetime!(2025-09-10 0:00 UTC),
        ];
        let points = [
            waits(point(1, at[0], None, None)),
            point(2, at[1], Some(Stance::Permits), Some("a")),
            point(3, at[2], Some(Stance::Conditional), Some("a")),
            waits(point(4, at[3], None, None)),
        ];
        let history = History::new(&points, datetime!(2026-06-01 0:00 UTC));
        let told: Vec<&str> = history.events.iter().map(|event| event.words.as_str()).collect();
        assert_eq!(
            told,
            [
                "What this version says on the question waits for a person.",
                "The same words, read otherwise: conditional and no longer permits, no choice.",
                "First version that does not wait. Stance: permits, no choice.",
                "What this version says on the question waits for a person.",
            ]
        );
        assert!(history.waits && !history.label.contains("silent"), "{}", history.label);
        assert_eq!((history.spans.len(), history.standing_since.unwrap().0), (2, 3));
    }

    #[test]
    fn a_history_tells_what_happened_at_each_version() {
        let points = [
            point(1, datetime!(2024-01-10 0:00 UTC), Some(Stance::Silent), None),
            point(2, datetime!(2024-08-10 0:00 UTC), Some(Stance::PermitsOptIn), Some("a")),
            point(3, datetime!(2025-03-10 0:00 UTC), Some(Stance::PermitsOptIn), Some("a")),
            point(
                4,
                datetime!(2026-02-10 0:00 UTC),
                Some(Stance::PermitsOptOut),
                Some("b"),
            ),
        ];
        let history = History::new(&points, datetime!(2026-06-01 0:00 UTC));
        let told: Vec<&str> = history.events.iter().map(|event| event.words.as_str()).collect();
        assert_eq!(
            told,
            [
                "Stance moves from permits, opt-in to permits, opt-out.",
                "Wording unchanged.",
                "A passage appears. Stance moves from silent to permits, opt-in.",
                "First version we read: no passage on this question.",
            ]
        );
        assert_eq!(history.spans.len(), 3);
        assert_eq!(history.standing_since.unwrap().0, 4);
        assert_eq!(history.checks, 10);
    }

    #[test]
    fn nothing_read_is_an_empty_history() {
        let history = History::new(&[], datetime!(2026-06-01 0:00 UTC));
        assert!(!history.is_story() && history.spans.is_empty() && history.standing_since.is_none());
    }
}
