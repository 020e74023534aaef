//! The staff area: what waits for a person, and who did what.
//!
//! Invariant: for everybody who is not staff nothing here exists: every address answers 404, page and form alike.

mod analyses;
mod analysis_form;
mod card;
mod contradictions;
mod correction_form;
mod corrections;
mod drafts;
mod duplicates;
mod home;
mod log;
mod notes;
mod paging;
mod review;
mod rubric;
mod sources;

use atlas_db::curation::{self, Waiting};
use axum::{Router, extract::FromRequestParts, http::request::Parts};

use crate::{Chrome, Error, Viewer, WebState};

/// Routes of the staff area.
pub(crate) fn routes() -> Router<WebState> {
    Router::new()
        .merge(home::routes())
        .merge(review::routes())
        .merge(sources::routes())
        .merge(contradictions::routes())
        .merge(duplicates::routes())
        .merge(corrections::routes())
        .merge(notes::routes())
        .merge(analyses::routes())
        .merge(rubric::routes())
        .merge(drafts::routes())
        .merge(log::routes())
}

/// A signed-in member of staff.
#[derive(Debug, Clone)]
struct Staff {
    viewer: Viewer,
    chrome: Chrome,
}

impl FromRequestParts<WebState> for Staff {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Error> {
        let chrome = Chrome::from_request_parts(parts, state).await?;
        let Some(viewer) = chrome.viewer.clone() else {
            return Err(Error::NotFound);
        };
        let mut connection = state.pool.acquire().await?;
        if curation::is_staff(&mut connection, viewer.account_id).await? {
            Ok(Self { viewer, chrome })
        } else {
            Err(Error::NotFound)
        }
    }
}

/// The frame of a staff page. Every such page struct has it as the field `desk`.
#[derive(Debug, Clone, Copy)]
struct Desk {
    waiting: Waiting,
    page: &'static str,
}

impl Desk {
    async fn load(connection: &mut sqlx::PgConnection, page: &'static str) -> Result<Self, Error> {
        Ok(Self {
            waiting: curation::waiting(connection).await?,
            page,
        })
    }
    fn is(&self, page: &str) -> bool {
        self.page == page
    }
}
