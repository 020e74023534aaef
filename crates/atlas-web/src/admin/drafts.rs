//! Drafts of a language model, for staff only: ask for one, see what the checks left of it, confirm or discard it.
//!
//! Invariant: a draft is called a machine draft until a person confirmed it, and no reader sees it before or after.

use askama::Template;
use atlas_db::curation::{NewStaffAction, staff_action_insert};
use atlas_db::draft::{StoredDraft, draft_count, draft_decide, draft_insert, drafts};
use atlas_domain::{DraftId, VersionId, jobs::DraftSummary, urls};
use atlas_jobs::Enqueue;
use atlas_reading::drafting::GroundedDraft;
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::{Desk, Staff, paging::Paging, review::instant};
use crate::{CachePolicy, Chrome, Error, WebState, pages::words, render};

/// Rows a page.
const ROWS: u16 = 50;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/drafts", get(list).post(ask))
        .route("/admin/drafts/{draft}", get(one).post(decide))
}

/// A draft on a page.
struct Row {
    draft: StoredDraft,
    name: String,
    version: String,
    page: String,
    at: String,
    checked: GroundedDraft,
}

impl Row {
    fn new(draft: StoredDraft) -> Result<Self, Error> {
        let checked = draft.checked.clone().map(serde_json::from_value).transpose();
        Ok(Self {
            name: words::titled(&draft.platform_name, &draft.document_title),
            version: urls::version(&draft.platform_slug, &draft.document_slug, draft.version),
            page: urls::admin_draft(&draft.id.to_string()),
            at: instant(draft.asked_at),
            checked: checked.map_err(Error::internal)?.unwrap_or_default(),
            draft,
        })
    }
    /// The state as pages name it.
    fn state(&self) -> &'static str {
        match self.draft.state.as_str() {
            "asked" | "asking" => "Waits for the model",
            "grounded" => "Machine draft",
            "refused" => "Refused by the checks",
            "failed" => "No answer",
            "confirmed" => "Confirmed by a person",
            _ => "Discarded",
        }
    }
    fn can_be_decided(&self) -> bool {
        self.draft.state == "grounded"
    }
    fn prompt(&self) -> String {
        self.draft.prompt_sha256.as_ref().map(hex::encode).unwrap_or_default()
    }
    fn decided(&self) -> String {
        self.draft.decided_at.map(instant).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "admin/drafts.html")]
struct ListPage {
    chrome: Chrome,
    desk: Desk,
    is_on: bool,
    rows: Vec<Row>,
    paging: Paging,
    fault: Option<&'static str>,
}

#[derive(Default, Deserialize)]
struct Which {
    #[serde(default)]
    page: u16,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let page = list_page(&state, staff, &which, None).await?;
    render::html(&page, CachePolicy::Private)
}

async fn list_page(
    state: &WebState,
    staff: Staff,
    which: &Which,
    fault: Option<&'static str>,
) -> Result<ListPage, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "drafts").await?;
    let paging = Paging::new(which.page, ROWS).of(draft_count(&mut connection).await?);
    let rows = drafts(&mut connection, None, paging.limit(), paging.offset()).await?;
    Ok(ListPage {
        chrome: staff.chrome,
        desk,
        is_on: state.settings.drafting,
        rows: rows.into_iter().map(Row::new).collect::<Result<_, _>>()?,
        paging,
        fault,
    })
}

#[derive(Deserialize)]
struct Ask {
    version: Uuid,
}

async fn ask(State(state): State<WebState>, staff: Staff, Form(form): Form<Ask>) -> Result<Response, Error> {
    let version: VersionId = form.version.into();
    let now = state.clock.now();
    let account = staff.viewer.account_id;
    if !state.settings.drafting {
        let fault = "Drafting is switched off here: no model is configured (LLM_BASE_URL).";
        return refused(&state, staff, fault).await;
    }
    let mut transaction = state.pool.begin().await?;
    let Some(draft_id) = draft_insert(&mut transaction, version, account, now).await? else {
        transaction.rollback().await?;
        return refused(
            &state,
            staff,
            "A draft of that version waits already, or there is no such version.",
        )
        .await;
    };
    atlas_jobs::enqueue(&mut transaction, &DraftSummary { draft_id }, Enqueue::default()).await?;
    let page = urls::admin_draft(&draft_id.to_string());
    log(&mut transaction, &staff, "draft_asked", draft_id, &page, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(&page))
}

async fn log(
    connection: &mut sqlx::PgConnection,
    staff: &Staff,
    action: &str,
    draft: DraftId,
    page: &str,
    now: time::OffsetDateTime,
) -> Result<(), Error> {
    let subject = match drafts(connection, Some(draft), 1, 0).await?.first() {
        Some(draft) => {
            let name = words::titled(&draft.platform_name, &draft.document_title);
            format!("{name}, version {}", draft.version)
        }
        None => format!("draft {draft}"),
    };
    let action = NewStaffAction {
        account: Some(staff.viewer.account_id),
        action,
        subject: &subject,
        path: page,
        detail: "",
    };
    staff_action_insert(connection, action, now).await?;
    Ok(())
}

async fn refused(state: &WebState, staff: Staff, fault: &'static str) -> Result<Response, Error> {
    let page = list_page(state, staff, &Which::default(), Some(fault)).await?;
    render::html_status(&page, StatusCode::CONFLICT)
}

#[derive(Template)]
#[template(path = "admin/draft.html")]
struct DraftPage {
    chrome: Chrome,
    desk: Desk,
    row: Row,
}

/// The draft that an address names.
fn id_of(draft: &str) -> Result<DraftId, Error> {
    Ok(draft.parse::<Uuid>().map_err(|_| Error::NotFound)?.into())
}

async fn one(State(state): State<WebState>, staff: Staff, Path(draft): Path<String>) -> Result<Response, Error> {
    let id = id_of(&draft)?;
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "drafts").await?;
    let draft = drafts(&mut connection, Some(id), 1, 0)
        .await?
        .pop()
        .ok_or(Error::NotFound)?;
    let page = DraftPage {
        chrome: staff.chrome,
        desk,
        row: Row::new(draft)?,
    };
    render::html(&page, CachePolicy::Private)
}

#[derive(Deserialize)]
struct Decision {
    #[serde(default)]
    decision: String,
}

async fn decide(
    State(state): State<WebState>,
    staff: Staff,
    Path(draft): Path<String>,
    Form(form): Form<Decision>,
) -> Result<Response, Error> {
    let id = id_of(&draft)?;
    let confirmed = match form.decision.as_str() {
        "confirm" => true,
        "discard" => false,
        _ => return refused(&state, staff, "Choose confirm or discard. Nothing was saved.").await,
    };
    let now = state.clock.now();
    let account = staff.viewer.account_id;
    let mut transaction = state.pool.begin().await?;
    if !draft_decide(&mut transaction, id, confirmed, account, now).await? {
        transaction.rollback().await?;
        return refused(
            &state,
            staff,
            "That draft is not open to a decision. Nothing was saved.",
        )
        .await;
    }
    let page = urls::admin_draft(&id.to_string());
    let action = if confirmed {
        "draft_confirmed"
    } else {
        "draft_discarded"
    };
    log(&mut transaction, &staff, action, id, &page, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(&page))
}
