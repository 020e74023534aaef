//! Plans and prices.
//!
//! Invariant: every number comes from [`Plan::limits`]; only what exists, and differs by plan on the server, is listed.

use askama::Template;
use atlas_domain::{Feature, HistoryWindow, Plan, urls};
use axum::{Router, response::Response, routing::get};
use axum_extra::extract::Query;
use serde::Deserialize;

use crate::{CachePolicy, Chrome, Error, WebState, render};

/// The route of the page.
pub fn routes() -> Router<WebState> {
    Router::new().route(urls::PRICING, get(show))
}

struct PlanView {
    name: &'static str,
    price: u32,
    per: &'static str,
    lede: &'static str,
    lines: Vec<String>,
    picked: bool,
    is_free: bool,
    is_own: bool,
}

struct Row {
    title: &'static str,
    cells: Vec<Cell>,
}

struct Cell {
    plan: &'static str,
    words: String,
    absent: bool,
}

#[derive(Template)]
#[template(path = "plans.html")]
struct PricingPage {
    chrome: Chrome,
    yearly: bool,
    plans: Vec<PlanView>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Period {
    #[serde(default)]
    period: String,
}

async fn show(chrome: Chrome, Query(period): Query<Period>) -> Result<Response, Error> {
    let yearly = period.period == "year";
    let own = chrome.viewer.as_ref().map(|viewer| viewer.plan);
    let page = PricingPage {
        yearly,
        plans: Plan::ALL.iter().map(|plan| PlanView::new(*plan, yearly, own)).collect(),
        rows: rows(),
        chrome,
    };
    render::html(&page, CachePolicy::Public)
}

impl PlanView {
    fn new(plan: Plan, yearly: bool, own: Option<Plan>) -> Self {
        let limits = plan.limits();
        let (lede, mut lines) = match plan {
            Plan::Free => (
                "For one platform you depend on.",
                vec!["Weekly digest".to_owned(), "Every public record, in outline".to_owned()],
            ),
            Plan::Watcher => (
                "For people who need to know the same day.",
                vec!["Same-day alerts".to_owned(), "Structured change summaries".to_owned()],
            ),
            Plan::Professional => (
                "For privacy, procurement and compliance work.",
                vec![
                    "Everything in Watcher".to_owned(),
                    "Full compliance analysis".to_owned(),
                ],
            ),
            Plan::Team => (
                "For a desk that follows many vendors.",
                vec!["Everything in Professional".to_owned()],
            ),
        };
        lines.insert(0, counted(limits.platforms, "platform", "platforms"));
        lines.push(history(limits.history));
        Self {
            name: plan.label(),
            price: u32::from(limits.monthly_usd) * if yearly { 10 } else { 1 },
            per: match (plan, yearly) {
                (Plan::Free, _) => "for ever, no card",
                (_, true) => "a year",
                (_, false) => "a month",
            },
            lede,
            lines,
            picked: plan == Plan::Professional,
            is_free: plan == Plan::Free,
            is_own: own == Some(plan),
        }
    }
}

fn counted(number: u16, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", grouped(number))
}

fn grouped(number: u16) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", number / 1_000, number % 1_000),
    }
}

fn history(window: HistoryWindow) -> String {
    match window {
        HistoryWindow::Days(365) => "Your changes of 12 months".to_owned(),
        HistoryWindow::Days(days) => format!("Your changes of {days} days"),
        HistoryWindow::All => "All your changes".to_owned(),
    }
}

fn row(title: &'static str, words: impl Fn(Plan) -> Option<String>) -> Row {
    let cell = |plan: &Plan| {
        let said = words(*plan);
        Cell {
            plan: plan.label(),
            absent: said.is_none(),
            words: said.unwrap_or_else(|| "No".to_owned()),
        }
    };
    Row {
        title,
        cells: Plan::ALL.iter().map(cell).collect(),
    }
}

fn feature(title: &'static str, feature: Feature) -> Row {
    row(title, move |plan| plan.has(feature).then(|| "Yes".to_owned()))
}

fn amount(title: &'static str, of: impl Fn(Plan) -> u16) -> Row {
    row(title, move |plan| {
        Some(of(plan)).filter(|number| *number > 0).map(grouped)
    })
}

fn rows() -> Vec<Row> {
    vec![
        amount("Platforms followed", |plan| plan.limits().platforms),
        row("Weekly digest", |_| Some("Yes".to_owned())),
        feature("Same-day alerts", Feature::SameDayAlerts),
        feature("Structured change summaries", Feature::ChangeSummaries),
        row("Compliance analysis", |plan| {
            Some(
                if plan.has(Feature::ComplianceAnalysis) {
                    "Yes"
                } else {
                    "Outline"
                }
                .to_owned(),
            )
        }),
        amount("Platforms in a comparison of your own", |plan| plan.limits().compared),
        feature("Registry and comparisons as CSV", Feature::Csv),
        row("Changes in your overview", |plan| {
            Some(match plan.limits().history {
                HistoryWindow::Days(365) => "12 months".to_owned(),
                HistoryWindow::Days(days) => format!("{days} days"),
                HistoryWindow::All => "All".to_owned(),
            })
        }),
    ]
}

#[cfg(test)]
mod tests {
    use atlas_domain::Plan;

    use super::{PlanView, rows};

    #[test]
    fn every_price_and_limit_on_the_page_is_the_domains() {
        for plan in Plan::ALL {
            let month = PlanView::new(*plan, false, None);
            let year = PlanView::new(*plan, true, None);
            assert_eq!(month.price, u32::from(plan.limits().monthly_usd));
            assert_eq!(year.price, month.price * 10);
            assert!(month.lines[0].starts_with(&plan.limits().platforms.to_string()));
        }
        for row in rows() {
            assert_eq!(row.cells.len(), Plan::ALL.len(), "{}", row.title);
        }
    }
}
