//! One question with every platform: who says what, of how many that were asked, by category and through time.
//!
//! Invariant: the denominator of a share is the platforms in whose documents an answer was looked for; whoever was not
//! asked is never said to be silent.

use askama::Template;
use atlas_db::view::{
    adoption::{self, Adoption, Asked},
    position::{self, Position, ReadPlatforms},
};
use atlas_domain::{ProvisionType, SeverityRule, Stance, urls};
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use super::{charts, charts::Distribution, meta::Meta, provision_types::feed_path, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Platforms on one page of a question.
const PAGE: usize = 60;

#[derive(Debug, Deserialize, Default)]
pub(super) struct Filters {
    #[serde(default)]
    stance: String,
    #[serde(default)]
    q: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/provision_type.html")]
struct TypePage {
    chrome: Chrome,
    meta: Meta,
    kind: &'static ProvisionType,
    group: String,
    read: ReadPlatforms,
    chart: Distribution,
    found: i64,
    /// Platforms with a finding on the question.
    asked: i64,
    /// Who was asked, in words.
    denominator: String,
    categories: Vec<Category>,
    trend: Option<Trend>,
    feed: String,
    rows: Vec<Position>,
    shown: usize,
    matching: usize,
    rubric: Vec<(Stance, &'static SeverityRule)>,
    /// Page of the rubric.
    rubric_href: String,
    stance: Option<Stance>,
    words: String,
    next: Option<String>,
    comparisons: Vec<(String, String)>,
    laws: Vec<Law>,
}

/// A pinpoint in a law.
struct Law {
    name: String,
    href: String,
    pinpoint: &'static str,
    relation: &'static str,
    checked_at: Option<String>,
}

/// Adoption in one category.
struct Category {
    title: String,
    speaking: i64,
    platforms: i64,
    percent: i64,
}

/// Adoption in the last twelve months.
struct Trend {
    months: charts::Months,
    /// Month, platforms with a passage, platforms on record, per cent.
    rows: Vec<(String, i64, i64, i64)>,
    finding: String,
}

impl TypePage {
    /// Whether only this stance is shown.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_chosen(&self, stance: &Stance) -> bool {
        self.stance.as_ref() == Some(stance)
    }
}

pub(super) async fn page(
    State(state): State<WebState>,
    chrome: Chrome,
    Path(slug): Path<String>,
    Query(filters): Query<Filters>,
) -> Result<Response, Error> {
    let taxonomy = atlas_catalog::taxonomy();
    let kind = taxonomy.provision_type(&slug).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let positions = position::positions(&mut conn, &kind.slug).await?;
    let read = position::read_platforms(&mut conn).await?;
    let asked = adoption::asked(&mut conn, &kind.slug).await?;
    let now = state.clock.now();
    let trend = adoption::adoption(&mut conn, &kind.slug, &month_ends(now)).await?;
    drop(conn);

    let counts: Vec<_> = positions.iter().map(|position| (position.stance, 1)).collect();
    let everybody = i64::try_from(positions.len()).unwrap_or(i64::MAX);
    let chart = Distribution::new(&counts, everybody, &kind.title.to_lowercase());
    let stance = filters.stance.parse::<Stance>().ok();
    let wanted = words::clipped(&filters.q, 80).to_lowercase();
    let mut rows: Vec<Position> = positions
        .into_iter()
        .filter(|position| stance.is_none_or(|wanted| position.stance == wanted))
        .filter(|position| wanted.is_empty() || position.platform_name.to_lowercase().contains(&wanted))
        .collect();
    let matching = rows.len();
    if let Some(after) = filters.after.as_deref() {
        // The list is in order of name; a platform that is gone since starts the list anew.
        if let Some(place) = rows.iter().position(|position| position.platform_slug == after) {
            rows.drain(..=place);
        }
    }
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        super::query(&[
            ("stance", &filters.stance),
            ("q", &filters.q),
            ("after", &last.platform_slug),
        ])
    });
    let filtered = stance.is_some() || !wanted.is_empty() || filters.after.is_some();
    let page = TypePage {
        meta: Meta::new(
            &chrome.base_url,
            &urls::provision_type(&kind.slug),
            &kind.title,
            &format!(
                "{} Found in {}, with the exact words of each.",
                kind.question,
                if kind.has_share() {
                    format!(
                        "{} of {}",
                        chart.found(),
                        words::counted(everybody, "platform", "platforms")
                    )
                } else {
                    words::counted(chart.found(), "platform", "platforms")
                }
            ),
        )
        .under("Provisions", urls::PROVISION_TYPES)
        .here(&kind.title)
        .unlisted_if(filtered || chart.found() == 0)
        .feed(
            feed_path(&kind.slug),
            format!("Changes on “{}”", kind.title.to_lowercase()),
        )
        .states(
            &json!({"@context": "https://schema.org", "@type": "DefinedTerm", "name": kind.title,
            "description": kind.definition, "url": chrome.absolute(&urls::provision_type(&kind.slug)),
            "inDefinedTermSet": chrome.absolute(urls::PROVISION_TYPES)}),
        ),
        group: taxonomy
            .groups
            .iter()
            .find(|group| group.code == kind.group)
            .map(|group| group.title.clone())
            .unwrap_or_default(),
        found: chart.found(),
        asked: everybody,
        denominator: denominator(&asked),
        categories: asked.iter().filter_map(category).collect(),
        trend: Trend::new(&trend, now, kind.has_share()),
        feed: feed_path(&kind.slug),
        rubric_href: urls::rubric(taxonomy.rubric_version),
        rubric: kind.stances.iter().map(|(stance, rule)| (*stance, rule)).collect(),
        shown: rows.len(),
        comparisons: atlas_catalog::comparisons()
            .iter()
            .filter(|comparison| comparison.provision_type == kind.slug)
            .map(|comparison| {
                let title = comparison.title.replace("{n} ", "").replace("{n}", "");
                (urls::comparison(&comparison.slug), title)
            })
            .collect(),
        laws: kind
            .references
            .iter()
            .map(|reference| Law {
                name: taxonomy
                    .regulation(&reference.regulation)
                    .map_or_else(|| reference.regulation.clone(), |law| law.name.clone()),
                href: urls::regulation(&reference.regulation),
                pinpoint: &reference.pinpoint,
                relation: &reference.relation,
                checked_at: reference.checked_at.as_deref().map(words::day_of),
            })
            .collect(),
        words: wanted,
        chart,
        rows,
        matching,
        stance,
        next,
        read,
        kind,
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

/// "Of 10 platforms with a current privacy policy or terms of service in English, 7 have a passage and 3 are silent."
fn denominator(asked: &[Asked]) -> String {
    let Some(all) = asked.iter().find(|row| row.category.is_none()) else {
        return String::new();
    };
    let mut kinds: Vec<String> = all
        .document_types
        .iter()
        .take(3)
        .map(|kind| kind.to_lowercase())
        .collect();
    if all.document_types.len() > kinds.len() {
        kinds.push("similar document".to_owned());
    }
    let kinds = match kinds.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => kinds.join(""),
    };
    let silent = all.platforms - all.speaking;
    format!(
        "Of {} with a current {kinds} in English in which an answer was looked for, {} {} a passage and {} {} silent.",
        words::counted(all.platforms, "platform", "platforms"),
        all.speaking,
        if all.speaking == 1 { "has" } else { "have" },
        silent,
        if silent == 1 { "is" } else { "are" },
    )
}

fn category(row: &Asked) -> Option<Category> {
    Some(Category {
        title: super::category_title(row.category.as_deref()?),
        speaking: row.speaking,
        platforms: row.platforms,
        percent: words::percent(row.speaking, row.platforms),
    })
}

/// The last instants of eleven months, and `now`.
fn month_ends(now: OffsetDateTime) -> Vec<OffsetDateTime> {
    let months = charts::last_twelve(now);
    let starts = months.iter().skip(1).filter_map(|(year, month)| {
        let first = time::Date::from_calendar_date(*year, *month, 1).ok()?;
        Some(first.midnight().assume_utc())
    });
    starts.chain([now]).collect()
}

impl Trend {
    /// The trend, once at least two months are on record.
    fn new(points: &[Adoption], now: OffsetDateTime, has_share: bool) -> Option<Self> {
        // An instant that ends a month belongs to that month.
        let month = |at: OffsetDateTime| if at == now { at } else { at - time::Duration::SECOND };
        let rows: Vec<_> = points
            .iter()
            .map(|point| {
                let percent = words::percent(point.speaking, point.platforms);
                (words::month(month(point.at)), point.speaking, point.platforms, percent)
            })
            .collect();
        let (first, last) = (rows.first()?, rows.last()?);
        if rows.len() < 2 {
            return None;
        }
        let platforms = |number| words::counted(number, "platform", "platforms");
        let finding = if has_share {
            let (then, now) = (platforms(first.2), last.2);
            format!("{} of {then} in {}, {} of {now} now.", first.1, first.0, last.1)
        } else {
            format!("{} in {}, {} now.", platforms(first.1), first.0, last.1)
        };
        let months = charts::Months::new(now, "Platforms with a passage", |year, number| {
            let of = |at: OffsetDateTime| (at.year(), u8::from(at.month())) == (year, number);
            points
                .iter()
                .find(|point| of(month(point.at)))
                .map_or(0, |point| point.speaking)
        });
        Some(Self { months, rows, finding })
    }
}

#[cfg(test)]
mod tests {
    use atlas_db::view::adoption::{Adoption, Asked};
    use time::macros::datetime;

    use super::{Trend, denominator, month_ends};

    #[test]
    fn a_share_names_who_was_asked() {
        let row = |category: Option<&str>, kinds: &[&str]| Asked {
            category: category.map(ToOwned::to_owned),
            platforms: 10,
            speaking: 7,
            samples: 0,
            document_types: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        assert_eq!(
            denominator(&[row(Some("a"), &[]), row(None, &["Privacy Policy", "Terms of Service"])]),
            "Of 10 platforms with a current privacy policy or terms of service in English in which an answer was looked \
             for, 7 have a passage and 3 are silent."
        );
        assert!(denominator(&[row(None, &["A", "B", "C", "D"])]).contains("a, b, c or similar document"));
        assert_eq!(denominator(&[]), "");
    }

    #[test]
    fn months_end_where_the_next_begins_and_the_last_is_now() {
        let now = datetime!(2026-02-10 9:00 UTC);
        let ends = month_ends(now);
        assert_eq!(ends.len(), 12);
        assert_eq!(ends.first(), Some(&datetime!(2025-04-01 0:00 UTC)));
        assert_eq!(ends.get(10), Some(&datetime!(2026-02-01 0:00 UTC)));
        assert_eq!(ends.last(), Some(&now));
        let points = [
            Adoption {
                at: datetime!(2026-02-01 0:00 UTC),
                platforms: 4,
                speaking: 1,
            },
            Adoption {
                at: now,
                platforms: 5,
                speaking: 3,
            },
        ];
        let trend = Trend::new(&points, now, true).unwrap();
        assert_eq!(trend.finding, "1 of 4 platforms in Jan 2026, 3 of 5 now.");
        assert_eq!(trend.rows.last().unwrap(), &("Feb 2026".to_owned(), 3, 5, 60));
        assert_eq!(
            Trend::new(&points, now, false).unwrap().finding,
            "1 platform in Jan 2026, 3 now."
        );
        assert!(Trend::new(&points[..1], now, true).is_none());
    }
}
