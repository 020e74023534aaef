//! Notes to the curators, by kind; each is closed with a reason.
//!
//! Invariant: a reason is kept and never altered, and a note that was closed is listed with who closed it and why.

use askama::Template;
use atlas_db::curation::{NewStaffAction, staff_action_insert};
use atlas_db::curator_note::{
    ListedNote, NoteCount, curator_note_dismiss, curator_notes_by_kind, curator_notes_listed,
};
use atlas_domain::{CuratorNoteId, urls};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::{Desk, Staff, paging::Paging, review::instant};
use crate::{CachePolicy, Chrome, Error, WebState, pages::words, render};

/// Rows a page.
const ROWS: u16 = 50;
/// The longest reason, in characters.
const LONGEST: usize = 1_000;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/notes", get(list))
        .route("/admin/notes/{note}/dismiss", post(dismiss))
}

/// A kind as pages name it.
fn label(kind: &str) -> String {
    match kind {
        "variants" => "Texts alternate".to_owned(),
        "needs_browser" => "Needs a browser".to_owned(),
        "qualifier_drift" => "Statement and quotation differ".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A note on the page.
struct Row {
    note: ListedNote,
    kind: String,
    name: String,
    document: String,
    since: String,
    closed: String,
}

impl Row {
    fn new(note: ListedNote) -> Self {
        Self {
            kind: label(&note.kind),
            name: words::titled(&note.platform_name, &note.document_title),
            document: urls::document(&note.platform_slug, &note.document_slug),
            since: instant(note.created_at),
            closed: note.resolved_at.map(instant).unwrap_or_default(),
            note,
        }
    }
}

/// A choice of the filter.
struct Tab {
    kind: String,
    label: String,
    notes: i64,
}

#[derive(Template)]
#[template(path = "admin/notes.html")]
struct NotesPage {
    chrome: Chrome,
    desk: Desk,
    is_open: bool,
    kind: String,
    tabs: Vec<Tab>,
    open: i64,
    closed: i64,
    rows: Vec<Row>,
    paging: Paging,
    fault: Option<&'static str>,
}

impl NotesPage {
    fn show(&self) -> &'static str {
        if self.is_open { "open" } else { "closed" }
    }
}

#[derive(Default, Deserialize)]
struct Which {
    #[serde(default)]
    show: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    page: u16,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let page = notes_page(&state, staff, &which, None).await?;
    render::html(&page, CachePolicy::Private)
}

async fn notes_page(
    state: &WebState,
    staff: Staff,
    which: &Which,
    fault: Option<&'static str>,
) -> Result<NotesPage, Error> {
    let is_open = which.show != "closed";
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "notes").await?;
    let counts = curator_notes_by_kind(&mut connection).await?;
    let of = |count: &NoteCount| if is_open { count.open } else { count.closed };
    // A kind that no note has is no filter.
    let chosen = counts.iter().find(|count| count.kind == which.kind);
    let total = chosen.map_or_else(|| counts.iter().map(of).sum(), of);
    let paging = Paging::new(which.page, ROWS).of(total);
    let kind = chosen.map(|count| count.kind.as_str());
    let notes = curator_notes_listed(&mut connection, is_open, kind, paging.limit(), paging.offset()).await?;
    Ok(NotesPage {
        chrome: staff.chrome,
        desk,
        is_open,
        kind: kind.unwrap_or_default().to_owned(),
        tabs: counts
            .iter()
            .map(|count| Tab {
                kind: count.kind.clone(),
                label: label(&count.kind),
                notes: of(count),
            })
            .collect(),
        open: counts.iter().map(|count| count.open).sum(),
        closed: counts.iter().map(|count| count.closed).sum(),
        rows: notes.into_iter().map(Row::new).collect(),
        paging,
        fault,
    })
}

#[derive(Deserialize)]
struct Dismissal {
    #[serde(default)]
    reason: String,
}

async fn dismiss(
    State(state): State<WebState>,
    staff: Staff,
    Path(note): Path<String>,
    Form(form): Form<Dismissal>,
) -> Result<Response, Error> {
    let id: CuratorNoteId = note.parse::<Uuid>().map_err(|_| Error::NotFound)?.into();
    let reason: String = form.reason.replace('\0', "").trim().chars().take(LONGEST).collect();
    if reason.is_empty() {
        return refused(&state, staff, "Say why the note can be closed. Nothing was saved.").await;
    }
    let now = state.clock.now();
    let account = staff.viewer.account_id;
    let mut transaction = state.pool.begin().await?;
    if !curator_note_dismiss(&mut transaction, id, account, &reason, now).await? {
        transaction.rollback().await?;
        return refused(
            &state,
            staff,
            "The note is closed already, or there is none. Nothing was saved.",
        )
        .await;
    }
    let subject = format!("note {id}");
    let action = NewStaffAction {
        account: Some(account),
        action: "note_dismissed",
        subject: &subject,
        path: urls::ADMIN_NOTES,
        detail: &reason,
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(urls::ADMIN_NOTES))
}

async fn refused(state: &WebState, staff: Staff, fault: &'static str) -> Result<Response, Error> {
    let page = notes_page(state, staff, &Which::default(), Some(fault)).await?;
    render::html_status(&page, StatusCode::CONFLICT)
}
