//! A comparison of the reader's own choice: chosen questions asked of chosen platforms, plan by plan.
//!
//! Invariant: how many platforms are shown is the plan's limit, whatever the address says; every cell leads to its
//! provision, and where nothing comparable is said the cell says so.

use askama::Template;
use atlas_db::view::{
    chosen::{self, ChosenPosition, ComparablePlatform},
    spelling,
};
use atlas_domain::{Feature, PREVIEW_PLATFORMS, PREVIEW_QUESTIONS, Plan, ProvisionType, Stance, urls};
use axum::{
    extract::{RawQuery, State},
    http::{StatusCode, Uri},
    response::Response,
};
use sqlx::PgConnection;

use super::{csv_file, meta::Meta, own_choice::Choice, words};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// A line of the comparison: a platform, or one plan of it.
struct Line {
    platform: ComparablePlatform,
    plan: Option<String>,
    /// One for each question.
    cells: Vec<Option<ChosenPosition>>,
}

impl Line {
    /// What is said on the question at a place.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn cell(&self, place: &usize) -> Option<&ChosenPosition> {
        self.cells.get(*place).and_then(Option::as_ref)
    }
}

/// One question with everything that is said on it.
struct Question {
    kind: &'static ProvisionType,
    /// Platforms with a clause.
    answering: usize,
}

/// The chosen part of the record, as far as the plan allows.
struct Compared {
    questions: Vec<Question>,
    lines: Vec<Line>,
    platforms: usize,
    /// Platforms on record that were asked for, shown or not.
    wanted: usize,
    /// Names of the platforms and questions that the plan does not show.
    left_out: Vec<String>,
    faults: Vec<String>,
    all: Vec<ComparablePlatform>,
}

async fn compared(conn: &mut PgConnection, choice: &Choice, plan: Plan) -> Result<Compared, Error> {
    let all = chosen::comparable_platforms(conn).await?;
    let mut faults = Vec::new();
    let mut kinds: Vec<&'static ProvisionType> = Vec::new();
    for slug in &choice.types {
        match atlas_catalog::taxonomy().provision_type(slug) {
            Some(kind) => kinds.push(kind),
            None => faults.push(format!("“{slug}” is no question (type).")),
        }
    }
    let mut platforms = Vec::new();
    for slug in &choice.platforms {
        match all.iter().find(|platform| platform.slug == *slug) {
            Some(platform) => platforms.push(platform.clone()),
            None => faults.push(format!("“{slug}” is no platform on record.")),
        }
    }
    let unknown = choice
        .platforms
        .iter()
        .find(|slug| all.iter().all(|platform| platform.slug != **slug));
    if let Some(slug) = unknown {
        let near = spelling::near_platforms(conn, slug, 3).await?;
        let near: Vec<String> = near.into_iter().map(|platform| platform.slug).collect();
        if !near.is_empty() {
            faults.push(format!("Near “{slug}”: {}.", words::listed(&near)));
        }
    }
    let limit = plan.limits().compared;
    let (most, questions) = if plan.has(Feature::OwnComparison) {
        (usize::from(limit), usize::MAX)
    } else {
        (usize::from(PREVIEW_PLATFORMS), usize::from(PREVIEW_QUESTIONS))
    };
    let mut left_out: Vec<String> = platforms
        .iter()
        .skip(most)
        .map(|platform| platform.name.clone())
        .collect();
    left_out.extend(kinds.iter().skip(questions).map(|kind| kind.title.clone()));
    let wanted = platforms.len();
    platforms.truncate(most);
    kinds.truncate(questions);
    let types: Vec<String> = kinds.iter().map(|kind| kind.slug.clone()).collect();
    let slugs: Vec<String> = platforms.iter().map(|platform| platform.slug.clone()).collect();
    let positions = if types.is_empty() || slugs.is_empty() {
        Vec::new()
    } else {
        chosen::chosen_positions(conn, &types, &slugs).await?
    };
    let is_said = |position: &ChosenPosition| position.excerpt.is_some();
    Ok(Compared {
        questions: kinds
            .iter()
            .map(|kind| Question {
                kind,
                answering: slugs
                    .iter()
                    .filter(|slug| {
                        positions.iter().any(|position| {
                            position.platform_slug == **slug
                                && position.provision_type == kind.slug
                                && is_said(position)
                        })
                    })
                    .count(),
            })
            .collect(),
        platforms: platforms.len(),
        wanted,
        lines: lines(&platforms, &types, &positions),
        left_out,
        faults,
        all,
    })
}

/// A line for each platform; where its documents belong to plans, one for each plan that has a document.
fn lines(platforms: &[ComparablePlatform], types: &[String], positions: &[ChosenPosition]) -> Vec<Line> {
    let mut lines = Vec::new();
    for platform in platforms {
        let own = positions
            .iter()
            .filter(|position| position.platform_slug == platform.slug);
        let mut plans: Vec<Option<String>> = own.clone().map(|position| position.plan.clone()).collect();
        plans.sort();
        plans.dedup();
        if plans.is_empty() {
            plans.push(None);
        }
        for plan in plans {
            let cell = |kind: &String| {
                let answers = own.clone().filter(|position| position.provision_type == *kind);
                cell(&answers, plan.as_deref()).cloned()
            };
            lines.push(Line {
                platform: platform.clone(),
                cells: types.iter().map(cell).collect(),
                plan,
            });
        }
    }
    lines
}

/// What holds on one plan. A document that belongs to no plan stands for all of them, so where the plan's own is silent
/// or does not treat the question, its word counts.
fn cell<'a>(
    answers: &(impl Iterator<Item = &'a ChosenPosition> + Clone),
    plan: Option<&str>,
) -> Option<&'a ChosenPosition> {
    let of = |wanted: Option<&str>| answers.clone().find(|answer| answer.plan.as_deref() == wanted);
    let (special, general) = (of(plan), of(None));
    let says = |answer: &&ChosenPosition| answer.stance != Stance::Silent;
    let said = special.filter(says).or(general.filter(says));
    said.or(special).or(general)
}

/// A box of the form.
struct Tick {
    value: String,
    label: String,
    chosen: bool,
    is_sample: bool,
}

/// Whether a group of the form is shown open: something in it is chosen.
fn is_open(list: &[Tick]) -> bool {
    list.iter().any(|tick| tick.chosen)
}

#[derive(Template)]
#[template(path = "pages/own_comparison.html")]
struct Page {
    chrome: Chrome,
    meta: Meta,
    compared: Compared,
    types: Vec<(String, Vec<Tick>)>,
    platforms: Vec<(String, Vec<Tick>)>,
    plan: Plan,
    is_preview: bool,
    has_csv: bool,
    csv: String,
}

impl Page {
    /// Plans that compare, with the number of platforms.
    fn plans() -> Vec<(&'static str, u16, u16, bool)> {
        Plan::ALL
            .iter()
            .filter(|plan| plan.has(Feature::OwnComparison))
            .map(|plan| {
                let limits = plan.limits();
                (
                    plan.label(),
                    limits.compared,
                    limits.monthly_usd,
                    plan.has(Feature::Csv),
                )
            })
            .collect()
    }
    /// The lowest plan that would show everything that was asked for.
    fn way_up(&self) -> Option<&'static str> {
        let suits = |plan: &&Plan| {
            plan.has(Feature::OwnComparison) && usize::from(plan.limits().compared) >= self.compared.wanted
        };
        Plan::ALL
            .iter()
            .find(|plan| **plan > self.plan && suits(plan))
            .map(|plan| plan.label())
    }
}

/// The page, for an address that asks for a comparison.
pub(super) async fn page(state: &WebState, chrome: Chrome, choice: Choice) -> Result<Response, Error> {
    if choice.is_form {
        return Ok(render::see_other(&format!("{}{}", urls::COMPARISONS, choice.query())));
    }
    let plan = chrome.plan();
    let mut conn = state.pool.acquire().await?;
    let compared = compared(&mut conn, &choice, plan).await?;
    drop(conn);
    let is_bad = !compared.faults.is_empty() && compared.lines.is_empty();
    let taxonomy = atlas_catalog::taxonomy();
    let is_shown = |line: &Line| line.platform.is_sample;
    let mut chrome = chrome;
    chrome.samples = !compared.lines.is_empty() && compared.lines.iter().all(is_shown);
    let page = Page {
        meta: Meta::new(
            &chrome.base_url,
            urls::COMPARISONS,
            "Your own comparison of platforms",
            "Chosen questions asked of chosen platforms, side by side, each with the exact archived sentence.",
        )
        .under("Compare", urls::COMPARISONS)
        .here("Your own comparison")
        .unlisted_if(true),
        types: taxonomy
            .groups
            .iter()
            .map(|group| {
                let kinds = taxonomy.types.iter().filter(|kind| kind.group == group.code);
                let ticks = kinds.map(|kind| Tick {
                    value: kind.slug.clone(),
                    label: kind.title.clone(),
                    chosen: choice.types.contains(&kind.slug),
                    is_sample: false,
                });
                (group.title.clone(), ticks.collect())
            })
            .collect(),
        platforms: platform_ticks(&compared.all, &choice),
        is_preview: !plan.has(Feature::OwnComparison),
        has_csv: plan.has(Feature::Csv),
        csv: format!("{}{}", urls::COMPARISON_CSV, choice.query()),
        plan,
        compared,
        chrome,
    };
    if is_bad {
        return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
    }
    render::html(&page, CachePolicy::Public)
}

/// Platforms by category, in the order of the catalogue; categories that it does not know come last.
fn platform_ticks(all: &[ComparablePlatform], choice: &Choice) -> Vec<(String, Vec<Tick>)> {
    let mut slugs: Vec<&str> = atlas_catalog::categories()
        .iter()
        .map(|category| category.slug.as_str())
        .collect();
    for platform in all {
        if !slugs.contains(&platform.category.as_str()) {
            slugs.push(&platform.category);
        }
    }
    let ticks = |slug: &str| -> Vec<Tick> {
        all.iter()
            .filter(|platform| platform.category == slug)
            .map(|platform| Tick {
                value: platform.slug.clone(),
                label: platform.name.clone(),
                chosen: choice.platforms.contains(&platform.slug),
                is_sample: platform.is_sample,
            })
            .collect()
    };
    slugs
        .into_iter()
        .map(|slug| (super::category_title(slug), ticks(slug)))
        .filter(|(_, ticks)| !ticks.is_empty())
        .collect()
}

pub(super) async fn csv(
    State(state): State<WebState>,
    chrome: Chrome,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    csv_file::allowed(&chrome, &uri)?;
    let choice = Choice::of(query.as_deref()).ok_or(Error::NotFound)?;
    let mut conn = state.pool.acquire().await?;
    let compared = compared(&mut conn, &choice, chrome.plan()).await?;
    drop(conn);
    if compared.lines.is_empty() || compared.questions.is_empty() {
        return Err(Error::NotFound);
    }
    let mut rows = Vec::new();
    for (place, question) in compared.questions.iter().enumerate() {
        for line in &compared.lines {
            let cell = line.cell(&place);
            let text = |of: fn(&ChosenPosition) -> String| cell.map(of).unwrap_or_default();
            rows.push(vec![
                question.kind.title.clone(),
                question.kind.slug.clone(),
                line.platform.name.clone(),
                line.platform.slug.clone(),
                line.platform.is_sample.to_string(),
                line.plan.clone().unwrap_or_default(),
                cell.map_or_else(|| "not_read".to_owned(), |cell| cell.stance.to_string()),
                text(|cell| cell.severity.to_string()),
                text(|cell| cell.scope.clone().unwrap_or_default()),
                text(|cell| cell.excerpt.clone().unwrap_or_default()),
                text(|cell| cell.document_title.clone()),
                text(|cell| cell.version.to_string()),
                text(|cell| words::iso(cell.captured_at)),
                cell.map(|cell| chrome.absolute(&urls::provision_short(&cell.public_id)))
                    .unwrap_or_default(),
            ]);
        }
    }
    csv_file::file("comparison", &HEADING, rows.into_iter())
}

const HEADING: [&str; 14] = [
    "question",
    "type",
    "platform",
    "platform_slug",
    "sample",
    "plan",
    "stance",
    "severity",
    "scope",
    "quotation",
    "document",
    "version",
    "captured_at",
    "url",
];
