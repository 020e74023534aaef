//! The review queue: findings of standing versions, answered by a person.
//!
//! Invariant: an answer names how many reviews its author had seen; if there are more by then, nothing is written and
//! the author is told whose came first. An edited excerpt stands in the version's text letter for letter. What readers are
//! told of a quotation is approved with other qualifiers than the quotation's only by one who ticked that they saw it.

use askama::Template;
use atlas_db::curation::{
    Band, NewReview, NewStaffAction, QueueItem, ReviewedState, StoredReview, Verdict, queue, queue_item, review_insert,
    reviews_of_finding, staff_action_insert,
};
use atlas_domain::{FindingId, Severity, Stance, urls};
use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::get,
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use time::{OffsetDateTime, macros::format_description};
use uuid::Uuid;

use super::{
    Desk, Staff,
    card::{Card, Texts, Typed},
};
use crate::{CachePolicy, Chrome, Error, WebState, render};

/// Items that are loaded at once, so that the next one is there.
const LOADED: i64 = 10;

pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/admin/review", get(list))
        .route("/admin/review/{finding}", get(one).post(answer))
}

/// An instant as staff pages write it.
pub(super) fn instant(at: OffsetDateTime) -> String {
    at.to_offset(time::UtcOffset::UTC)
        .format(format_description!(
            "[day padding:none] [month repr:short] [year], [hour]:[minute] UTC"
        ))
        .unwrap_or_default()
}

#[derive(Template)]
#[template(path = "admin/review.html")]
struct QueuePage {
    chrome: Chrome,
    desk: Desk,
    band: &'static str,
    cards: Vec<Card>,
    done: Option<Done>,
}

/// What was just answered, so that it can be undone.
struct Done {
    finding: String,
    words: String,
    reviews: i32,
    can_undo: bool,
    /// Where the answer can become a correction.
    correction: Option<String>,
}

#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    band: String,
    #[serde(default)]
    done: String,
}

async fn list(State(state): State<WebState>, staff: Staff, Query(which): Query<Which>) -> Result<Response, Error> {
    let band = Band::of(&which.band).unwrap_or(Band::Review);
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "review").await?;
    let items = queue(&mut connection, band, LOADED).await?;
    let texts = Texts::load(&mut connection).await?;
    let mut done = None;
    if let Ok(id) = which.done.parse::<Uuid>()
        && let Some(item) = queue_item(&mut connection, id.into()).await?
    {
        let reviews = reviews_of_finding(&mut connection, item.id).await?;
        let word = item.review.as_deref().unwrap_or("back in the queue");
        done = Some(Done {
            finding: item.id.to_string(),
            words: format!("{}: {} is {word}.", item.platform_name, item.type_title),
            reviews: item.reviews,
            can_undo: item.review.is_some(),
            correction: super::corrections::offer(&mut connection, &item, &reviews).await?,
        });
    }
    let page = QueuePage {
        chrome: staff.chrome,
        desk,
        band: band.as_str(),
        cards: items.into_iter().map(|item| Card::new(item, band, &texts)).collect(),
        done,
    };
    render::html(&page, CachePolicy::Private)
}

struct Past {
    review: StoredReview,
    at: String,
}

#[derive(Template)]
#[template(path = "admin/item.html")]
struct ItemPage {
    chrome: Chrome,
    desk: Desk,
    card: Card,
    past: Vec<Past>,
    /// Where the last answer can become a correction.
    correction: Option<String>,
    fault: Option<String>,
    /// Whether a machine draft can be asked for.
    drafting: bool,
}

async fn one(
    State(state): State<WebState>,
    staff: Staff,
    Path(finding): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let page = item_page(&state, staff, &finding, &which.band, None).await?;
    render::html(&page, CachePolicy::Private)
}

async fn item_page(
    state: &WebState,
    staff: Staff,
    finding: &str,
    band: &str,
    fault: Option<Fault>,
) -> Result<ItemPage, Error> {
    let id: FindingId = finding.parse::<Uuid>().map_err(|_| Error::NotFound)?.into();
    let mut connection = state.pool.acquire().await?;
    let item = queue_item(&mut connection, id).await?.ok_or(Error::NotFound)?;
    let past = reviews_of_finding(&mut connection, id).await?;
    let correction = super::corrections::offer(&mut connection, &item, &past).await?;
    let texts = Texts::load(&mut connection).await?;
    let (fault, typed) = fault.map_or((None, None), |fault| (Some(fault.words), fault.typed));
    Ok(ItemPage {
        correction,
        drafting: state.settings.drafting,
        chrome: staff.chrome,
        desk: Desk::load(&mut connection, "review").await?,
        card: Card::new(item, Band::of(band).unwrap_or(Band::Review), &texts).typed(typed),
        past: past
            .into_iter()
            .map(|review| Past {
                at: instant(review.created_at),
                review,
            })
            .collect(),
        fault,
    })
}

#[derive(Deserialize)]
struct Answer {
    verdict: String,
    known: i32,
    #[serde(default)]
    band: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    stance: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    excerpt: String,
    /// Ticked by who saw that statement and quotation differ.
    #[serde(default)]
    qualifiers: Option<String>,
}

/// Why an answer was not taken.
struct Fault {
    words: String,
    /// What was typed, so that it is not lost.
    typed: Option<Typed>,
}

impl From<String> for Fault {
    fn from(words: String) -> Self {
        Self { words, typed: None }
    }
}

async fn answer(
    State(state): State<WebState>,
    staff: Staff,
    Path(finding): Path<String>,
    Form(form): Form<Answer>,
) -> Result<Response, Error> {
    let id: FindingId = finding.parse::<Uuid>().map_err(|_| Error::NotFound)?.into();
    let band = Band::of(&form.band).unwrap_or(Band::Review);
    let reason: String = form.reason.replace('\0', "").trim().chars().take(1_000).collect();
    let mut transaction = state.pool.begin().await?;
    let item = queue_item(&mut transaction, id).await?.ok_or(Error::NotFound)?;
    let past = reviews_of_finding(&mut transaction, id).await?;
    let made = if past.len() == usize::try_from(form.known).unwrap_or(usize::MAX) {
        state_after(&mut transaction, &item, &past, &form, &reason).await?
    } else {
        Err(overtaken(&past))
    };
    let texts = Texts::load(&mut transaction).await?;
    let made = made.map_err(Fault::from).and_then(|(verdict, after)| {
        let warned = warnings_on(&texts, &item, verdict, &after);
        if warned.is_empty() || form.qualifiers.is_some() {
            return Ok((verdict, after, warned.len()));
        }
        Err(Fault {
            words:
                "Nothing was saved yet: statement and quotation have other qualifiers. If that is right, tick the box \
                    and answer again."
                    .to_owned(),
            typed: Some(Typed::new(verdict, &after, &reason, warned)),
        })
    });
    let (verdict, after, seen) = match made {
        Ok(made) => made,
        Err(fault) => {
            transaction.rollback().await?;
            return refused(&state, staff, &finding, band, fault).await;
        }
    };
    let review = NewReview {
        finding: id,
        known: form.known,
        verdict,
        reason: &reason,
        after: &after,
        reviewer: Some(staff.viewer.account_id),
        carried_from: None,
    };
    let now = state.clock.now();
    if review_insert(&mut transaction, &review, now).await?.is_none() {
        transaction.rollback().await?;
        let mut connection = state.pool.acquire().await?;
        let fault = overtaken(&reviews_of_finding(&mut connection, id).await?).into();
        drop(connection);
        return refused(&state, staff, &finding, band, fault).await;
    }
    let detail = match seen {
        0 => reason.clone(),
        _ => format!("{reason} (saw that statement and quotation have other qualifiers)")
            .trim_start()
            .to_owned(),
    };
    let subject = format!("{}, {}: {}", item.platform_name, item.document_title, item.type_title);
    let action = NewStaffAction {
        account: Some(staff.viewer.account_id),
        action: &format!("review_{}", verdict.as_str()),
        subject: &subject,
        path: &urls::admin_review(&finding),
        detail: &detail,
    };
    staff_action_insert(&mut transaction, action, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(&format!(
        "{}?band={}&done={id}",
        urls::ADMIN_REVIEW,
        band.as_str()
    )))
}

async fn refused(state: &WebState, staff: Staff, finding: &str, band: Band, fault: Fault) -> Result<Response, Error> {
    let page = item_page(state, staff, finding, band.as_str(), Some(fault)).await?;
    render::html_status(&page, StatusCode::CONFLICT)
}

/// The qualifiers in which what readers will be told differs from the quotation; none where a person strikes or takes back.
fn warnings_on(texts: &Texts, item: &QueueItem, verdict: Verdict, after: &ReviewedState) -> Vec<String> {
    match (verdict, &after.excerpt) {
        (Verdict::Approved | Verdict::Edited, Some(words)) => {
            texts.warnings(&item.provision_type, after.stance, after.scope.as_deref(), words)
        }
        _ => Vec::new(),
    }
}

/// What the second of two curators is told.
fn overtaken(past: &[StoredReview]) -> String {
    let Some(latest) = past.first() else {
        return "This page is out of date; nothing was saved. Look again and answer once more.".to_owned();
    };
    let who = latest.reviewer.as_deref().unwrap_or("Somebody");
    format!(
        "{who} answered first, on {}: {}. Nothing of yours was saved.",
        instant(latest.created_at),
        latest.verdict
    )
}

/// What readers see after the answer, or why it cannot be taken.
async fn state_after(
    connection: &mut sqlx::PgConnection,
    item: &QueueItem,
    past: &[StoredReview],
    form: &Answer,
    reason: &str,
) -> Result<Result<(Verdict, ReviewedState), String>, Error> {
    let quoted = item.start.is_some();
    let mut after = ReviewedState {
        review: None,
        stance: item.stance,
        severity: item.severity,
        scope: item.scope.clone(),
        excerpt: quoted.then(|| item.excerpt.clone()),
        start: item.start,
        end: item.end,
    };
    let Some(verdict) = Verdict::of(&form.verdict) else {
        return Ok(Err("Choose approve, save, reject or undo.".to_owned()));
    };
    match verdict {
        // An approval of what somebody corrected leaves it corrected.
        Verdict::Approved if item.review.as_deref() == Some("edited") => after.review = Some("edited".to_owned()),
        Verdict::Approved | Verdict::Rejected => after.review = Some(verdict.as_str().to_owned()),
        Verdict::Undone => match past.first() {
            Some(latest) => after = latest.before.clone(),
            None => return Ok(Err("There is nothing to undo.".to_owned())),
        },
        Verdict::Carried => return Ok(Err("A review is carried by a new version only.".to_owned())),
        Verdict::Edited => {
            let kind = atlas_catalog::taxonomy().provision_type(&item.provision_type);
            let stance = form.stance.parse::<Stance>().ok().filter(|stance| {
                *stance != Stance::Silent
                    && (*stance == item.stance || kind.is_some_and(|kind| kind.stances.contains_key(stance)))
            });
            let (Some(stance), Ok(severity)) = (stance, form.severity.parse::<Severity>()) else {
                return Ok(Err(
                    "Choose a stance that this question allows, and a severity.".to_owned()
                ));
            };
            if severity != item.severity && reason.is_empty() {
                return Ok(Err("Say why the severity is another one.".to_owned()));
            }
            // Browsers send line ends as CR LF; the text has LF.
            let words = form.excerpt.replace("\r\n", "\n");
            let words = words.trim();
            let text = atlas_db::version::version_text(connection, item.version_id)
                .await?
                .map(|text| text.text)
                .unwrap_or_default();
            let Some((start, end)) = place(&text, words, item.start.unwrap_or_default()) else {
                return Ok(Err(
                    "These words do not stand in the version's text letter for letter.".to_owned()
                ));
            };
            after = ReviewedState {
                review: Some("edited".to_owned()),
                stance,
                severity,
                scope: after.scope,
                excerpt: Some(words.to_owned()),
                start: Some(start),
                end: Some(end),
            };
        }
    }
    Ok(Ok((verdict, after)))
}

/// Where words stand in a text, as bytes; of several places the one nearest to `near`.
fn place(text: &str, words: &str, near: i32) -> Option<(i32, i32)> {
    if words.is_empty() {
        return None;
    }
    let starts = text
        .match_indices(words)
        .filter_map(|(start, _)| i32::try_from(start).ok());
    let start = starts.min_by_key(|start| start.abs_diff(near))?;
    Some((start, start.checked_add(i32::try_from(words.len()).ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn words_are_found_letter_for_letter_at_the_nearest_place() {
        assert_eq!(place("é may sell. We may sell.", "may sell", 20), Some((16, 24)));
        assert_eq!(place("é may sell. We may sell.", "may sell", 0), Some((3, 11)));
        assert_eq!(place("We may sell.", "we may sell", 0), None);
        assert_eq!(place("We may sell.", "", 0), None);
    }
}
