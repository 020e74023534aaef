//! Corrections: what staff publish of an error in the record, and what they add to it later.
//!
//! Invariant: a form that is sent twice makes one correction; nothing that was published is altered, a correction that
//! was itself wrong is withdrawn by a further row. A faulty form comes back with everything that was typed.

use askama::Template;
use atlas_db::curation::{
    NewCorrection, NewStaffAction, QueueItem, StoredReview, corrected_record, correction_insert, correction_made,
    correction_note_insert, provision_of_finding, queue_item, review_policy, reviews_of_finding, staff_action_insert,
};
use atlas_db::view::correction::{CorrectionRecord, ReportedBy, corrections};
use atlas_domain::{ReviewId, urls};
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

use super::{
    Desk, Staff,
    correction_form::{Draft, Usable},
    review::instant,
};
use crate::{CachePolicy, Chrome, Error, FieldErrors, WebState, render};

/// Corrections a page.
const ROWS: i64 = 30;
/// Most characters of a note.
const LONGEST_NOTE: usize = 4_000;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/corrections", get(list).post(publish))
        .route("/admin/corrections/new", get(new))
        .route("/admin/corrections/{id}/notes", post(note))
}

struct Row {
    record: CorrectionRecord,
    at: String,
    withdrawn: bool,
}

#[derive(Template)]
#[template(path = "admin/corrections.html")]
struct ListPage {
    chrome: Chrome,
    desk: Desk,
    rows: Vec<Row>,
    older: Option<String>,
    done: String,
    fault: Option<&'static str>,
}

#[derive(Default, Deserialize)]
struct Which {
    #[serde(default)]
    before: String,
    #[serde(default)]
    done: String,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let page = list_page(&state, staff, which, None).await?;
    render::html(&page, CachePolicy::Private)
}

async fn list_page(
    state: &WebState,
    staff: Staff,
    which: Which,
    fault: Option<&'static str>,
) -> Result<ListPage, Error> {
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "corrections").await?;
    let before = Some(public_id(&which.before)).filter(|id| !id.is_empty());
    let mut found = corrections(&mut connection, None, before.as_deref(), ROWS + 1).await?;
    let is_more = i64::try_from(found.len()).is_ok_and(|count| count > ROWS);
    if is_more {
        found.pop();
    }
    Ok(ListPage {
        chrome: staff.chrome,
        desk,
        older: found.last().filter(|_| is_more).map(|last| last.public_id.clone()),
        rows: found
            .into_iter()
            .map(|record| Row {
                at: instant(record.created_at),
                withdrawn: record.notes.iter().any(|note| note.withdraws),
                record,
            })
            .collect(),
        done: public_id(&which.done),
        fault,
    })
}

/// An id as the record writes it; whatever else was typed leads to nothing.
pub(super) fn public_id(typed: &str) -> String {
    let id = typed.trim().to_ascii_uppercase();
    let is_id = id.len() <= 30 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { id } else { String::new() }
}

#[derive(Template)]
#[template(path = "admin/correction.html")]
struct FormPage {
    chrome: Chrome,
    desk: Desk,
    draft: Draft,
    errors: FieldErrors,
    reporters: [ReportedBy; 3],
    /// A correction that tells of the same review.
    made: Option<String>,
}

#[derive(Deserialize)]
struct Begin {
    #[serde(default)]
    record: String,
    #[serde(default)]
    finding: String,
}

async fn new(State(state): State<WebState>, staff: Staff, Query(begin): Query<Begin>) -> Result<Response, Error> {
    let mut connection = state.pool.acquire().await?;
    let today = state.clock.now().to_offset(time::UtcOffset::UTC).date();
    let mut draft = Draft::new(Uuid::now_v7(), today);
    draft.record = public_id(&begin.record);
    let mut made = None;
    if let Ok(id) = begin.finding.parse::<Uuid>() {
        let item = queue_item(&mut connection, id.into()).await?.ok_or(Error::NotFound)?;
        let reviews = reviews_of_finding(&mut connection, id.into()).await?;
        let (provision, read_at) = provision_of_finding(&mut connection, id.into())
            .await?
            .ok_or(Error::NotFound)?;
        draft.record = provision;
        if let Some(latest) = reviews.first() {
            made = correction_made(&mut connection, None, Some(latest.id)).await?;
            draft.tell(&item, latest, read_at);
        }
    }
    if !draft.record.is_empty()
        && let Some(record) = corrected_record(&mut connection, &draft.record).await?
    {
        draft.title = record.name;
    }
    let page = FormPage {
        desk: Desk::load(&mut connection, "corrections").await?,
        chrome: staff.chrome,
        draft,
        errors: FieldErrors::default(),
        reporters: ReportedBy::ALL,
        made,
    };
    render::html(&page, CachePolicy::Private)
}

/// Where an answer of a reviewer can become a correction: what it took back had been shown to readers.
pub(super) async fn offer(
    connection: &mut sqlx::PgConnection,
    item: &QueueItem,
    reviews: &[StoredReview],
) -> Result<Option<String>, Error> {
    let Some(latest) = reviews.first() else {
        return Ok(None);
    };
    let differs = match latest.verdict.as_str() {
        "rejected" => true,
        "edited" => {
            let (before, after) = (&latest.before, &latest.after);
            (before.stance, before.severity, &before.excerpt) != (after.stance, after.severity, &after.excerpt)
        }
        _ => false,
    };
    let was_shown = match latest.before.review.as_deref() {
        Some(word) => word != "rejected",
        None => review_policy(connection).await?.publishes(item.score),
    };
    Ok((differs && was_shown).then(|| format!("{}?finding={}", urls::ADMIN_CORRECTION, item.id)))
}

async fn publish(State(state): State<WebState>, staff: Staff, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    let record = match public_id(&draft.record) {
        id if id.is_empty() => None,
        id => corrected_record(&mut transaction, &id).await?,
    };
    let usable = match Usable::of(&draft, record.is_some(), now) {
        Ok(usable) => usable,
        Err(errors) => {
            let page = FormPage {
                desk: Desk::load(&mut transaction, "corrections").await?,
                chrome: staff.chrome,
                draft,
                errors,
                reporters: ReportedBy::ALL,
                made: None,
            };
            return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let author = staff.viewer.account_id;
    let review = usable.review.map(ReviewId::from);
    let correction = NewCorrection {
        id: usable.id,
        record: record.as_ref(),
        title: &usable.title,
        said: &usable.said,
        correct: &usable.correct,
        wrong_since: usable.wrong_since,
        corrected_on: usable.corrected_on,
        reported_by: usable.reported_by,
        review,
        author,
    };
    let inserted = match correction_insert(&mut transaction, &correction, now).await {
        Err(error) if error.violates("correction_review_id_fkey") => return Err(Error::NotFound),
        other => other?,
    };
    let Some(public_id) = inserted else {
        // The same form again, or the same review: what came first stands.
        let made = correction_made(&mut transaction, Some(usable.id), review).await?;
        return Ok(done(&made.ok_or(Error::NotFound)?));
    };
    if !usable.reply.is_empty() {
        correction_note_insert(&mut transaction, &public_id, false, &usable.reply, author, now).await?;
    }
    let action = NewStaffAction {
        account: Some(author),
        action: "correction_published",
        subject: &usable.title,
        path: &urls::correction(&public_id),
        detail: &usable.correct,
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(done(&public_id))
}

fn done(public_id: &str) -> Response {
    render::see_other(&format!("{}?done={public_id}", urls::ADMIN_CORRECTIONS))
}

#[derive(Deserialize)]
struct Note {
    kind: String,
    #[serde(default)]
    text: String,
}

async fn note(
    State(state): State<WebState>,
    staff: Staff,
    Path(id): Path<String>,
    Form(note): Form<Note>,
) -> Result<Response, Error> {
    let withdraws = match note.kind.as_str() {
        "withdrawal" => true,
        "reply" => false,
        _ => return Err(Error::NotFound),
    };
    let text = super::correction_form::typed(&note.text);
    let id = public_id(&id);
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    let found = corrections(&mut transaction, Some(&id), None, 1).await?;
    let record = found.first().ok_or(Error::NotFound)?;
    let fault = if text.is_empty() {
        Some("Write what the platform replied, or why the correction is withdrawn. Nothing was saved.")
    } else if text.chars().count() > LONGEST_NOTE {
        Some("At most 4,000 characters. Nothing was saved.")
    } else if record
        .notes
        .iter()
        .any(|held| held.withdraws == withdraws && held.text == text)
    {
        // The same form again.
        return Ok(done(&id));
    } else if correction_note_insert(&mut transaction, &id, withdraws, &text, staff.viewer.account_id, now).await? {
        None
    } else {
        Some("This correction is withdrawn already. Nothing was saved.")
    };
    if let Some(fault) = fault {
        transaction.rollback().await?;
        let page = list_page(&state, staff, Which::default(), Some(fault)).await?;
        return render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let action = NewStaffAction {
        account: Some(staff.viewer.account_id),
        action: if withdraws {
            "correction_withdrawn"
        } else {
            "correction_replied"
        },
        subject: &record.title,
        path: &urls::correction(&id),
        detail: &text,
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(done(&id))
}
