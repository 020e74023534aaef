//! The signed-in person's watches: the list, adding by search, stopping.
//!
//! Invariant: the plan's limit is checked where the row is made; what a page shows about room is only a courtesy.

use askama::Template;
use atlas_db::{
    account::{self, PlatformChoice, WatchAdded, WatchRow},
    tenant_transaction,
};
use atlas_domain::{Plan, urls};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{safe_path, shell::Shell, words::Moment};
use crate::{CachePolicy, Chrome, Error, SignedIn, WebState, render};

/// Routes of watching.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::WATCHES, get(show))
        .route(urls::WATCH, post(change))
}

/// A watch, ready to be shown.
pub(super) struct WatchView {
    pub slug: String,
    pub name: String,
    pub is_sample: bool,
    pub paused: Option<Moment>,
    pub checked: Option<Moment>,
    pub last_change: Option<Moment>,
    pub sources: i64,
    pub failing: i64,
}

impl WatchView {
    pub(super) fn new(row: WatchRow, zone: &str) -> Self {
        let moment = |at: Option<time::OffsetDateTime>| at.map(|at| Moment::new(at, zone));
        Self {
            slug: row.slug,
            name: row.name,
            is_sample: row.is_sample,
            paused: moment(row.paused_at),
            checked: moment(row.last_checked_at),
            last_change: moment(row.last_change_at),
            sources: row.sources,
            failing: row.failing,
        }
    }
    pub(super) fn href(&self) -> String {
        urls::platform(&self.slug)
    }
}

#[derive(Template)]
#[template(path = "accounts/watches.html")]
struct WatchesPage {
    chrome: Chrome,
    shell: Shell,
    watches: Vec<WatchView>,
    words: String,
    choices: Vec<PlatformChoice>,
    notice: Option<String>,
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    done: String,
    #[serde(default)]
    platform: String,
}

async fn show(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, Error> {
    let SignedIn { viewer, chrome } = signed_in;
    let words: String = search.q.trim().chars().take(100).collect();
    let mut transaction = tenant_transaction(&state.pool, viewer.organization_id, viewer.account_id).await?;
    let shell = Shell::load(&mut transaction, &viewer, "watches").await?;
    let rows = account::watches_of_account(&mut transaction, viewer.organization_id, viewer.account_id).await?;
    let choices = account::platforms_to_watch(&mut transaction, viewer.account_id, &words, 100).await?;
    transaction.commit().await?;
    let watches: Vec<WatchView> = rows
        .into_iter()
        .map(|row| WatchView::new(row, &viewer.time_zone))
        .collect();
    let named = watches
        .iter()
        .map(|watch| (&watch.slug, &watch.name))
        .chain(choices.iter().map(|choice| (&choice.slug, &choice.name)))
        .find(|(slug, _)| **slug == search.platform)
        .map(|(_, name)| name.clone());
    let notice = named.and_then(|name| match search.done.as_str() {
        "started" => Some(format!("You are watching {name}.")),
        "stopped" => Some(format!("You stopped watching {name}. Its alerts stay in your inbox.")),
        _ => None,
    });
    let page = WatchesPage {
        chrome,
        shell,
        watches,
        words,
        choices,
        notice,
    };
    render::html(&page, CachePolicy::Private)
}

#[derive(Deserialize)]
struct Change {
    platform: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    next: String,
}

async fn change(State(state): State<WebState>, chrome: Chrome, Form(form): Form<Change>) -> Result<Response, Error> {
    let Some(viewer) = chrome.viewer.clone() else {
        let back = urls::platform(&form.platform);
        return Err(Error::SignInRequired(safe_path(&form.next).unwrap_or(&back).to_owned()));
    };
    let mut transaction = tenant_transaction(&state.pool, viewer.organization_id, viewer.account_id).await?;
    let platform = account::platform_for_watch(&mut transaction, &form.platform)
        .await?
        .ok_or(Error::NotFound)?;
    let (organization, person) = (viewer.organization_id, viewer.account_id);
    let done = match form.action.as_str() {
        "stop" => {
            account::watch_delete(&mut transaction, organization, person, platform.id).await?;
            "stopped"
        }
        "" | "start" => {
            let now = state.clock.now();
            let added = account::watch_add(&mut transaction, organization, person, platform.id, now).await?;
            if let WatchAdded::LimitReached(plan) = added {
                drop(transaction);
                return limit_page(chrome, plan, platform.name);
            }
            "started"
        }
        _ => return Err(Error::Invalid(crate::FieldErrors::default())),
    };
    transaction.commit().await?;
    Ok(match safe_path(&form.next) {
        Some(path) if path != urls::WATCHES => render::see_other(path),
        _ => render::see_other(&format!("{}?done={done}&platform={}", urls::WATCHES, platform.slug)),
    })
}

/// A plan as the way up shows it.
struct Offer {
    name: &'static str,
    price: u16,
    platforms: u16,
    same_day: bool,
}

#[derive(Template)]
#[template(path = "accounts/limit.html")]
struct LimitPage {
    chrome: Chrome,
    plan: Plan,
    allowed: u16,
    platform: String,
    offers: Vec<Offer>,
}

fn limit_page(chrome: Chrome, plan: Plan, platform: String) -> Result<Response, Error> {
    let offers = Plan::ALL
        .iter()
        .filter(|above| **above > plan)
        .map(|above| Offer {
            name: above.label(),
            price: above.limits().monthly_usd,
            platforms: above.limits().platforms,
            same_day: above.has(atlas_domain::Feature::SameDayAlerts),
        })
        .collect();
    let page = LimitPage {
        chrome,
        plan,
        allowed: plan.limits().platforms,
        platform,
        offers,
    };
    render::html_status(&page, StatusCode::PAYMENT_REQUIRED)
}
