//! Figures of the charts that the server draws: where each bar, dot and line stands.
//!
//! Invariant: a chart carries its finding in words as well, and every number in it has its denominator.

use atlas_domain::{Severity, Stance};
use time::{Date, Month, OffsetDateTime};

use super::words;

/// Positions of a stance bar, by number of platforms.
#[derive(Debug, Clone, Default)]
pub(super) struct Distribution {
    /// The bars, in order of the stances.
    pub bars: Vec<StanceBar>,
    /// The denominator.
    pub total: i64,
    /// What is counted, for the label of the picture.
    pub subject: String,
}

/// One stance of a distribution.
#[derive(Debug, Clone)]
pub(super) struct StanceBar {
    /// The stance.
    pub stance: Stance,
    /// Platforms that take it.
    pub platforms: i64,
    /// Its share in whole per cent.
    pub percent: i64,
    /// Class of its colour.
    pub class: String,
    /// Strength of the colour.
    pub opacity: &'static str,
    /// Left edge, of 1000.
    pub x: String,
    /// Width, of 1000.
    pub width: String,
}

const fn opacity(stance: Stance) -> &'static str {
    match stance {
        Stance::Commits | Stance::Conditional => "0.8",
        Stance::CommitsQualified | Stance::Ambiguous => "0.55",
        Stance::PermitsOptIn => "0.4",
        Stance::PermitsOptOut => "0.7",
        Stance::Disclaims => "0.6",
        Stance::Prohibits | Stance::Permits | Stance::Requires | Stance::Conflicting | Stance::Silent => "1",
    }
}

impl Distribution {
    /// Bars for counts by stance among `total` platforms; whoever has no finding counts as silent.
    pub(super) fn new(counts: &[(Stance, i64)], total: i64, subject: &str) -> Self {
        let found: i64 = counts
            .iter()
            .filter(|(stance, _)| *stance != Stance::Silent)
            .map(|(_, platforms)| platforms)
            .sum();
        let silent = (total - found).max(0);
        let mut bars = Vec::new();
        let mut x = 0.0;
        for stance in Stance::ALL {
            let platforms = if *stance == Stance::Silent {
                silent
            } else {
                counts
                    .iter()
                    .filter(|(kind, _)| kind == stance)
                    .map(|(_, platforms)| platforms)
                    .sum()
            };
            if platforms == 0 {
                continue;
            }
            let share = 1000.0 * ratio(platforms, total.max(found));
            bars.push(StanceBar {
                stance: *stance,
                platforms,
                percent: words::percent(platforms, total.max(found)),
                class: format!("c-{}", stance.family()),
                opacity: opacity(*stance),
                x: format!("{x:.1}"),
                width: format!("{:.1}", (share - 2.0).max(1.0)),
            });
            x += share;
        }
        Self {
            bars,
            total,
            subject: subject.to_owned(),
        }
    }

    /// Platforms that say anything.
    pub(super) fn found(&self) -> i64 {
        self.bars
            .iter()
            .filter(|bar| bar.stance != Stance::Silent)
            .map(|bar| bar.platforms)
            .sum()
    }

    /// The stance that most platforms take, silence left out.
    pub(super) fn leading(&self) -> Option<&StanceBar> {
        self.bars
            .iter()
            .filter(|bar| bar.stance != Stance::Silent)
            .max_by_key(|bar| bar.platforms)
    }
}

fn ratio(part: i64, whole: i64) -> f64 {
    let whole = f64::from(i32::try_from(whole).unwrap_or(i32::MAX));
    if whole > 0.0 {
        f64::from(i32::try_from(part).unwrap_or(i32::MAX)) / whole
    } else {
        0.0
    }
}

/// Twelve bars, one a month.
#[derive(Debug, Clone)]
pub(super) struct Months {
    /// The bars, oldest first; the last is the present month.
    pub bars: Vec<MonthBar>,
    /// The finding in words.
    pub label: String,
    /// First and last month.
    pub span: String,
}

/// One month.
#[derive(Debug, Clone)]
pub(super) struct MonthBar {
    /// Class of its colour.
    pub class: &'static str,
    /// Left edge, of 120.
    pub x: String,
    /// Upper edge, of 24.
    pub y: String,
    /// Height, of 24.
    pub height: String,
}

impl Months {
    /// The twelve months up to `now`; `counts` gives the changes of a year and month.
    pub(super) fn new(now: OffsetDateTime, subject: &str, counts: impl Fn(i32, u8) -> i64) -> Self {
        let months = last_twelve(now);
        let values: Vec<i64> = months
            .iter()
            .map(|(year, month)| counts(*year, u8::from(*month)))
            .collect();
        let most = values.iter().copied().max().unwrap_or_default();
        let bars = values
            .iter()
            .enumerate()
            .map(|(place, value)| {
                let height = if *value == 0 {
                    0.6
                } else {
                    1.5 + 20.5 * ratio(*value, most)
                };
                MonthBar {
                    class: if place == 11 { "c-now" } else { "c-bar" },
                    x: format!("{:.1}", 10.0 * ratio(i64::try_from(place).unwrap_or_default(), 1)),
                    y: format!("{:.1}", 24.0 - height),
                    height: format!("{height:.1}"),
                }
            })
            .collect();
        let name = |(year, month): &(i32, Month)| {
            Date::from_calendar_date(*year, *month, 1)
                .map_or_else(|_| String::new(), |day| words::month(day.midnight().assume_utc()))
        };
        let span = format!(
            "{} to {}",
            months.first().map(name).unwrap_or_default(),
            months.last().map(name).unwrap_or_default()
        );
        let label = format!(
            "{subject}, {span}: {} in all, at most {most} in one month, this month {}",
            values.iter().sum::<i64>(),
            values.last().copied().unwrap_or_default()
        );
        Self { bars, label, span }
    }
}

/// The twelve calendar months up to the one of `now`, oldest first.
pub(super) fn last_twelve(now: OffsetDateTime) -> Vec<(i32, Month)> {
    let mut year = now.year();
    let mut month = now.month();
    let mut months = Vec::with_capacity(12);
    for _ in 0..12 {
        months.push((year, month));
        if month == Month::January {
            year -= 1;
        }
        month = month.previous();
    }
    months.reverse();
    months
}

/// Where an instant stands on a line between two instants.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeScale {
    from: OffsetDateTime,
    to: OffsetDateTime,
    left: f64,
    right: f64,
}

impl TimeScale {
    /// A scale of `from..to` on the pixels `left..right`; never empty.
    pub(super) fn new(from: OffsetDateTime, to: OffsetDateTime, left: f64, right: f64) -> Self {
        let to = to.max(from + time::Duration::days(1));
        Self { from, to, left, right }
    }
    /// The pixel of an instant, kept inside the line.
    pub(super) fn at(&self, instant: OffsetDateTime) -> f64 {
        let share = ((instant - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        self.left + share * (self.right - self.left)
    }
    /// Pixel and year of every New Year on the line; the first year stands at its left end if there is room.
    pub(super) fn years(&self) -> Vec<(f64, i32)> {
        let mut years = Vec::new();
        for year in self.from.year()..=self.to.year() {
            let start = Date::from_calendar_date(year, Month::January, 1)
                .map_or(self.from, |day| day.midnight().assume_utc())
                .max(self.from);
            let x = self.at(start);
            if years.last().is_none_or(|(previous, _)| x - previous > 40.0) {
                years.push((x, year));
            }
        }
        years
    }
}

/// A line of dots for each document.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    /// One lane a document.
    pub lanes: Vec<Lane>,
    /// Year marks: pixel of the line, pixel of the words, year.
    pub years: Vec<(String, String, i32)>,
    /// Height of the picture.
    pub height: usize,
    /// Lower end of the year lines.
    pub floor: usize,
    /// Baseline of the years.
    pub caption: usize,
    /// The finding in words.
    pub label: String,
}

/// One document of a timeline.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    /// Name of the document, clipped to the room there is.
    pub name: String,
    /// Baseline of the name.
    pub text_y: usize,
    /// Height of the line.
    pub line_y: String,
    /// Its changes.
    pub dots: Vec<Dot>,
}

/// One change of a timeline.
#[derive(Debug, Clone)]
pub(super) struct Dot {
    /// Centre.
    pub x: String,
    /// Centre.
    pub y: usize,
    /// Radius: severe changes are larger.
    pub r: usize,
    /// Class of its colour.
    pub class: &'static str,
    /// What it stands for.
    pub title: String,
}

impl Timeline {
    /// Draws the changes of `documents` (names, in order); a change is (index of document, when, severity, words).
    pub(super) fn new(
        platform: &str,
        documents: &[String],
        changes: &[(usize, OffsetDateTime, Severity, String)],
        from: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Self {
        let scale = TimeScale::new(from, now, 170.0, 890.0);
        let lanes: Vec<Lane> = documents
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let y = 24 + 34 * index;
                let dots = changes
                    .iter()
                    .filter(|(document, ..)| *document == index)
                    .map(|(_, at, severity, title)| Dot {
                        x: format!("{:.0}", scale.at(*at)),
                        y,
                        r: match severity {
                            Severity::High => 9,
                            Severity::Medium => 7,
                            Severity::Low => 5,
                        },
                        class: words::severity_class(*severity),
                        title: format!("{}: {title}", words::day(*at)),
                    })
                    .collect();
                Lane {
                    name: words::clipped(name, 24),
                    text_y: y + 4,
                    line_y: format!("{y}.5"),
                    dots,
                }
            })
            .collect();
        let floor = 14 + 34 * lanes.len();
        Self {
            years: scale
                .years()
                .into_iter()
                .map(|(x, year)| (format!("{:.0}.5", x.floor()), format!("{:.0}", x + 4.0), year))
                .collect(),
            height: floor + 22,
            floor,
            caption: floor + 16,
            label: format!(
                "Governance timeline: {} to {} of {platform} from {} to {}, sized and coloured by severity. The list of changes follows.",
                words::counted(changes.len(), "change", "changes"),
                words::counted(documents.len(), "document", "documents"),
                words::month(from),
                words::month(now)
            ),
            lanes,
        }
    }
}

#[cfg(test)]
mod tests {
    use atlas_domain::Stance;
    use time::macros::datetime;

    use super::{Distribution, Months, TimeScale};

    #[test]
    fn whoever_has_no_finding_counts_as_silent() {
        let chart = Distribution::new(&[(Stance::Permits, 3), (Stance::Silent, 1)], 10, "x");
        assert_eq!(chart.found(), 3);
        let silent = chart.bars.last().unwrap();
        assert_eq!(
            (silent.stance, silent.platforms, silent.percent),
            (Stance::Silent, 7, 70)
        );
    }

    #[test]
    fn twelve_months_end_with_the_present_one() {
        let chart = Months::new(datetime!(2026-02-10 0:00 UTC), "Changes", |year, month| {
            i64::from(year == 2025 && month == 3) * 4
        });
        assert_eq!(chart.bars.len(), 12);
        assert_eq!(chart.span, "Mar 2025 to Feb 2026");
        assert!(
            chart.label.ends_with("4 in all, at most 4 in one month, this month 0"),
            "{}",
            chart.label
        );
    }

    #[test]
    fn instants_outside_the_line_are_kept_on_it() {
        let scale = TimeScale::new(
            datetime!(2024-06-01 0:00 UTC),
            datetime!(2026-06-01 0:00 UTC),
            0.0,
            100.0,
        );
        assert!(scale.at(datetime!(2020-01-01 0:00 UTC)).abs() < 0.001);
        assert!((scale.at(datetime!(2030-01-01 0:00 UTC)) - 100.0).abs() < 0.001);
    }
}
