//! The editorial texts, stance by stance: which of them a person confirmed, and an editor that adds revisions.
//!
//! Invariant: nothing that was written is overwritten. A revision names the newest one its author knew of and is refused
//! if there is a newer one by then; readers get a revision only after a person confirmed it.

use askama::Template;
use atlas_db::curation::{
    ConfirmedText, NewAnalysisRevision, NewStaffAction, PublishedAnalysis, StoredAnalysisRevision, analysis_confirm,
    analysis_revision_insert, analysis_revisions, published_analyses, staff_action_insert,
};
use atlas_domain::{AnalysisBlock, ProvisionType, Severity, Stance, urls};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{
    Desk, Staff,
    analysis_form::{EditForm, Field, fields},
    paging::Paging,
    review::instant,
};
use crate::{
    CachePolicy, Chrome, Error, WebState,
    editorial::{EditorialText, hash},
    render,
};

/// Rows a page.
const ROWS: u16 = 50;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/analyses", get(list))
        .route("/admin/analyses/{type}/{stance}", get(one).post(save))
        .route("/admin/analyses/{type}/{stance}/confirm", post(confirm))
}

/// How a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// A revision waits for a person.
    Waits,
    /// Nobody confirmed the words that readers get.
    Unconfirmed,
    /// A person confirmed them.
    Confirmed,
}

impl Standing {
    const ALL: [Self; 3] = [Self::Waits, Self::Unconfirmed, Self::Confirmed];
    const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed => "confirmed",
        }
    }
    const fn label(self) -> &'static str {
        match self {
            Self::Waits => "A revision waits",
            Self::Unconfirmed => "To be confirmed",
            Self::Confirmed => "Confirmed",
        }
    }
}

/// A text in the list.
struct Row {
    kind: &'static ProvisionType,
    stance: Stance,
    standing: Standing,
    /// What readers get: the catalogue's text or a revision, and since when it is confirmed.
    words: String,
    page: String,
}

impl Row {
    fn new(
        kind: &'static ProvisionType,
        stance: Stance,
        block: &AnalysisBlock,
        made: Option<&PublishedAnalysis>,
    ) -> Self {
        let text = EditorialText::of(block, made);
        let confirmed = made.and_then(|made| made.revision.as_ref()).map_or(0, |(seq, _)| *seq);
        let newest = made.map_or(0, |made| made.newest);
        let source = match confirmed {
            0 => "The catalogue’s text".to_owned(),
            number => format!("Revision {number}"),
        };
        Self {
            kind,
            stance,
            standing: match text.confirmed_at {
                _ if newest > confirmed => Standing::Waits,
                None => Standing::Unconfirmed,
                Some(_) => Standing::Confirmed,
            },
            words: match text.confirmed_at {
                Some(at) => format!("{source}, confirmed {}", instant(at)),
                None => format!("{source}, confirmed by nobody"),
            },
            page: urls::admin_analysis(&kind.slug, stance.as_str()),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/analyses.html")]
struct ListPage {
    chrome: Chrome,
    desk: Desk,
    chosen: Option<Standing>,
    tabs: Vec<(Standing, usize)>,
    all: usize,
    rows: Vec<Row>,
    paging: Paging,
}

impl ListPage {
    fn show(&self) -> &'static str {
        self.chosen.map_or("all", Standing::as_str)
    }
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    show: String,
    #[serde(default)]
    page: u16,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "analyses").await?;
    let made = published_analyses(&mut connection, None).await?;
    drop(connection);
    let mut rows = Vec::new();
    for kind in &atlas_catalog::taxonomy().types {
        for stance in kind.stances.keys().copied() {
            if let Some(block) = atlas_catalog::analysis(&kind.slug, stance) {
                let made = made
                    .iter()
                    .find(|made| made.provision_type == kind.slug && made.stance == stance);
                rows.push(Row::new(kind, stance, block, made));
            }
        }
    }
    let chosen = Standing::ALL
        .into_iter()
        .find(|standing| standing.as_str() == which.show);
    let count = |standing| rows.iter().filter(|row| row.standing == standing).count();
    let tabs = Standing::ALL.map(|standing| (standing, count(standing))).to_vec();
    let all = rows.len();
    rows.retain(|row| chosen.is_none_or(|chosen| row.standing == chosen));
    let paging = Paging::new(which.page, ROWS).of_counted(rows.len());
    let page = ListPage {
        chrome: staff.chrome,
        desk,
        chosen,
        tabs,
        all,
        rows: paging.rows_of(rows).collect(),
        paging,
    };
    render::html(&page, CachePolicy::Private)
}

/// A revision on the page.
struct Past {
    revision: StoredAnalysisRevision,
    at: String,
    confirmed: String,
    /// Whether the catalogue's text is another one since.
    catalogue_went_on: bool,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "admin/analysis.html")]
struct EditorPage {
    chrome: Chrome,
    desk: Desk,
    kind: &'static ProvisionType,
    stance: Stance,
    row: Row,
    /// Whether the catalogue's text may be confirmed: readers get it, and nobody stands for it yet.
    may_confirm_catalogue: bool,
    newest: i32,
    fields: Vec<Field>,
    exposure: Severity,
    reason: String,
    past: Vec<Past>,
    faults: Vec<String>,
}

/// The text that an address names.
fn find(provision_type: &str, stance: &str) -> Result<(&'static ProvisionType, Stance, &'static AnalysisBlock), Error> {
    let kind = atlas_catalog::taxonomy().provision_type(provision_type);
    let stance: Option<Stance> = stance.parse().ok();
    let (Some(kind), Some(stance)) = (kind, stance) else {
        return Err(Error::NotFound);
    };
    let block = atlas_catalog::analysis(&kind.slug, stance).ok_or(Error::NotFound)?;
    Ok((kind, stance, block))
}

async fn one(
    State(state): State<WebState>,
    staff: Staff,
    Path((provision_type, stance)): Path<(String, String)>,
) -> Result<Response, Error> {
    let page = editor(&state, staff, (&provision_type, &stance), None, Vec::new()).await?;
    render::html(&page, CachePolicy::Private)
}

async fn editor(
    state: &WebState,
    staff: Staff,
    (provision_type, stance): (&str, &str),
    typed: Option<&EditForm>,
    faults: Vec<String>,
) -> Result<EditorPage, Error> {
    let (kind, stance, catalogue) = find(provision_type, stance)?;
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "analyses").await?;
    let made = published_analyses(&mut connection, Some((&kind.slug, stance))).await?;
    let revisions = analysis_revisions(&mut connection, &kind.slug, stance).await?;
    drop(connection);
    let made = made.first();
    let text = EditorialText::of(catalogue, made);
    // An editor goes on from the newest text, confirmed or not.
    let newest = revisions.first().map_or(&text.block, |revision| &revision.block);
    let form = typed.cloned().unwrap_or_else(|| EditForm::of(newest));
    Ok(EditorPage {
        chrome: staff.chrome,
        desk,
        kind,
        stance,
        row: Row::new(kind, stance, catalogue, made),
        may_confirm_catalogue: made.is_none_or(|made| made.revision.is_none()) && text.confirmed_at.is_none(),
        newest: made.map_or(0, |made| made.newest),
        exposure: form.exposure.parse().unwrap_or(newest.exposure),
        fields: form.fields(),
        reason: form.reason,
        past: revisions
            .into_iter()
            .map(|revision| past(revision, catalogue))
            .collect(),
        faults,
    })
}

fn past(revision: StoredAnalysisRevision, catalogue: &AnalysisBlock) -> Past {
    Past {
        at: instant(revision.created_at),
        confirmed: revision.confirmed_at.map(instant).unwrap_or_default(),
        catalogue_went_on: revision.catalogue != hash(catalogue),
        fields: fields(&revision.block),
        revision,
    }
}

async fn refused(
    state: &WebState,
    staff: Staff,
    which: (&str, &str),
    typed: Option<&EditForm>,
    faults: Vec<String>,
) -> Result<Response, Error> {
    let page = editor(state, staff, which, typed, faults).await?;
    render::html_status(&page, StatusCode::CONFLICT)
}

async fn save(
    State(state): State<WebState>,
    staff: Staff,
    Path((provision_type, stance)): Path<(String, String)>,
    Form(form): Form<EditForm>,
) -> Result<Response, Error> {
    let which = (provision_type.as_str(), stance.as_str());
    let (kind, stance, catalogue) = find(which.0, which.1)?;
    let (block, reason) = match form.read() {
        Ok(read) => read,
        Err(faults) => return refused(&state, staff, which, Some(&form), faults).await,
    };
    let now = state.clock.now();
    let account = staff.viewer.account_id;
    let mut transaction = state.pool.begin().await?;
    let standing = analysis_revisions(&mut transaction, &kind.slug, stance).await?;
    if standing.first().map_or(catalogue, |revision| &revision.block) == &block {
        transaction.rollback().await?;
        let fault = "Nothing is changed against the newest text, so nothing was saved.".to_owned();
        return refused(&state, staff, which, Some(&form), vec![fault]).await;
    }
    let new = NewAnalysisRevision {
        provision_type: &kind.slug,
        stance,
        known: form.known,
        block: &block,
        catalogue: hash(catalogue),
        reason: &reason,
        author: account,
    };
    let Some(number) = analysis_revision_insert(&mut transaction, new, now).await? else {
        transaction.rollback().await?;
        let fault =
            "Somebody saved a revision first; it is listed below. Nothing of yours was saved: compare, then save \
                     again."
                .to_owned();
        return refused(&state, staff, which, Some(&form), vec![fault]).await;
    };
    let page = urls::admin_analysis(&kind.slug, stance.as_str());
    let subject = format!("{}: {}, revision {number}", kind.title, stance.label());
    let action = NewStaffAction {
        account: Some(account),
        action: "analysis_revised",
        subject: &subject,
        path: &page,
        detail: &reason,
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(&page))
}

#[derive(Deserialize)]
struct Confirmation {
    /// The number of the revision; 0 is the catalogue's text.
    revision: i32,
}

async fn confirm(
    State(state): State<WebState>,
    staff: Staff,
    Path((provision_type, stance)): Path<(String, String)>,
    Form(form): Form<Confirmation>,
) -> Result<Response, Error> {
    let which = (provision_type.as_str(), stance.as_str());
    let (kind, stance, catalogue) = find(which.0, which.1)?;
    let (text, name) = match form.revision {
        0 => (
            ConfirmedText::Catalogue(hash(catalogue)),
            "the catalogue’s text".to_owned(),
        ),
        number => (ConfirmedText::Revision(number), format!("revision {number}")),
    };
    let now = state.clock.now();
    let account = staff.viewer.account_id;
    let mut transaction = state.pool.begin().await?;
    if !analysis_confirm(&mut transaction, (&kind.slug, stance), text, account, now).await? {
        transaction.rollback().await?;
        let fault = "That text is confirmed already, or there is no such revision. Nothing was saved.".to_owned();
        return refused(&state, staff, which, None, vec![fault]).await;
    }
    let page = urls::admin_analysis(&kind.slug, stance.as_str());
    let subject = format!("{}: {}, {name}", kind.title, stance.label());
    let action = NewStaffAction {
        account: Some(account),
        action: "analysis_confirmed",
        subject: &subject,
        path: &page,
        detail: "",
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(&page))
}
