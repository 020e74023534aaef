//! The health of every source: how its last poll ended, what to do about it, and a poll at once.
//!
//! Invariant: a poll that is asked for here is the regular job, of which at most one waits for each source; nothing is
//! fetched from a real platform where polling is switched off.

use askama::Template;
use atlas_db::curation::{
    ListedSource, NewStaffAction, OutcomeCount, SourceFilter, source_listed, sources_by_outcome, sources_listed,
    staff_action_insert,
};
use atlas_domain::{CaptureOutcome, SourceId, jobs::PollSource, urls};
use atlas_jobs::Enqueue;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Desk, Staff, paging::Paging, review::instant};
use crate::{CachePolicy, Chrome, Error, WebState, pages::words, render};

/// Rows a page.
const ROWS: u16 = 50;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/sources", get(list))
        .route("/admin/sources/{source}/poll", post(poll))
}

/// A source on the page.
struct Row {
    source: ListedSource,
    document: String,
    /// Why it is not polled at once; `None` if it may be.
    refusal: Option<&'static str>,
}

impl Row {
    fn new(source: ListedSource, polls: bool) -> Self {
        Self {
            document: urls::document(&source.platform_slug, &source.document_slug),
            refusal: refusal(&source, polls),
            source,
        }
    }
    fn name(&self) -> String {
        words::titled(&self.source.platform_name, &self.source.document_title)
    }
    fn repair(&self) -> &'static str {
        self.source.outcome.map_or("", CaptureOutcome::repair)
    }
    fn at(at: Option<&OffsetDateTime>) -> String {
        at.copied().map_or_else(|| "Never".to_owned(), instant)
    }
    fn next(&self) -> String {
        match (self.source.paused_at, self.source.next_poll_at) {
            (Some(since), _) => format!("Paused since {}", instant(since)),
            (None, Some(at)) => instant(at),
            (None, None) => "Not planned".to_owned(),
        }
    }
}

/// Why a source is not polled at once.
fn refusal(source: &ListedSource, polls: bool) -> Option<&'static str> {
    if source.paused_at.is_some() {
        Some("It is paused.")
    } else if !polls && !source.is_sample {
        Some("Polling of real platforms is switched off here (CONDUCTATLAS_POLL).")
    } else {
        None
    }
}

/// A choice of the filter.
struct Tab {
    filter: SourceFilter,
    label: &'static str,
    sources: i64,
}

#[derive(Template)]
#[template(path = "admin/sources.html")]
struct SourcesPage {
    chrome: Chrome,
    desk: Desk,
    filter: SourceFilter,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    paging: Paging,
    done: Option<String>,
    fault: Option<String>,
}

impl SourcesPage {
    fn is(&self, tab: &Tab) -> bool {
        self.filter == tab.filter
    }
    /// What to do about the outcome that is filtered by.
    fn repair(&self) -> &'static str {
        match self.filter {
            SourceFilter::Outcome(outcome) => outcome.repair(),
            _ => "",
        }
    }
}

#[derive(Default, Deserialize)]
struct Which {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    page: u16,
    #[serde(default)]
    asked: String,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let page = sources_page(&state, staff, &which, None).await?;
    render::html(&page, CachePolicy::Private)
}

async fn sources_page(
    state: &WebState,
    staff: Staff,
    which: &Which,
    fault: Option<String>,
) -> Result<SourcesPage, Error> {
    let filter = SourceFilter::of(&which.outcome).unwrap_or(SourceFilter::All);
    let paging = Paging::new(which.page, ROWS);
    let polls = state.settings.poll;
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "sources").await?;
    let tabs = tabs(&sources_by_outcome(&mut connection).await?, filter);
    let sources = sources_listed(&mut connection, filter, paging.limit(), paging.offset()).await?;
    let mut done = None;
    if let Ok(id) = which.asked.parse::<Uuid>()
        && let Some(source) = source_listed(&mut connection, id.into()).await?
    {
        done = Some(format!(
            "A poll of {} is asked for. A running worker begins it within seconds.",
            words::titled(&source.platform_name, &source.document_title)
        ));
    }
    let total = tabs
        .iter()
        .find(|tab| tab.filter == filter)
        .map_or(0, |tab| tab.sources);
    Ok(SourcesPage {
        chrome: staff.chrome,
        desk,
        filter,
        tabs,
        rows: sources.into_iter().map(|source| Row::new(source, polls)).collect(),
        paging: paging.of(total),
        done,
        fault,
    })
}

/// The choices that lead to a source, and the one that was made.
fn tabs(counts: &[OutcomeCount], chosen: SourceFilter) -> Vec<Tab> {
    let sum = |keep: fn(&OutcomeCount) -> bool| -> i64 {
        let kept = counts.iter().filter(|count| keep(count));
        kept.map(|count| count.sources).sum()
    };
    let fails = |count: &OutcomeCount| count.outcome.is_some_and(|outcome| !outcome.is_success());
    let tab = |filter, label, sources| Tab { filter, label, sources };
    let mut tabs = vec![
        tab(SourceFilter::All, "All", sum(|_| true)),
        tab(SourceFilter::Failing, "Failing", sum(fails)),
    ];
    tabs.extend(counts.iter().filter_map(|count| {
        let outcome = count.outcome?;
        Some(tab(SourceFilter::Outcome(outcome), outcome.label(), count.sources))
    }));
    tabs.push(tab(
        SourceFilter::Unchecked,
        "Not checked yet",
        sum(|count| count.outcome.is_none()),
    ));
    tabs.push(tab(
        SourceFilter::Paused,
        "Paused",
        counts.iter().map(|count| count.paused).sum(),
    ));
    if let SourceFilter::Outcome(outcome) = chosen
        && !tabs.iter().any(|tab| tab.filter == chosen)
    {
        tabs.push(tab(chosen, outcome.label(), 0));
    }
    tabs
}

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    page: u16,
}

async fn poll(
    State(state): State<WebState>,
    staff: Staff,
    Path(source): Path<String>,
    Form(form): Form<Ask>,
) -> Result<Response, Error> {
    let id: SourceId = source.parse::<Uuid>().map_err(|_| Error::NotFound)?.into();
    let mut transaction = state.pool.begin().await?;
    let source = source_listed(&mut transaction, id).await?.ok_or(Error::NotFound)?;
    let name = words::titled(&source.platform_name, &source.document_title);
    if let Some(why) = refusal(&source, state.settings.poll) {
        transaction.rollback().await?;
        let which = Which {
            outcome: form.outcome,
            page: form.page,
            ..Which::default()
        };
        let page = sources_page(&state, staff, &which, Some(format!("{name} is not polled. {why}"))).await?;
        return render::html_status(&page, StatusCode::CONFLICT);
    }
    atlas_jobs::enqueue(&mut transaction, &PollSource::of(id), Enqueue::default()).await?;
    let action = NewStaffAction {
        account: Some(staff.viewer.account_id),
        action: "source_polled",
        subject: &name,
        path: &urls::document(&source.platform_slug, &source.document_slug),
        detail: "",
    };
    staff_action_insert(&mut transaction, action, state.clock.now()).await?;
    transaction.commit().await?;
    let filter = SourceFilter::of(&form.outcome).unwrap_or(SourceFilter::All);
    Ok(render::see_other(&format!(
        "{}?outcome={}&page={}&asked={id}",
        urls::ADMIN_SOURCES,
        filter.as_str(),
        form.page
    )))
}
