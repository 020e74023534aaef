//! The signed-in overview: what changed on the platforms one watches, with the exact words, and the use of the plan.

use askama::Template;
use atlas_db::{
    account::{self, InboxItem},
    tenant_transaction,
};
use atlas_domain::{AlertId, Direction, Feature, HistoryWindow, Hunk, HunkKind, Severity, urls};
use atlas_text::{
    DiffSegment,
    diff::{Diff, excerpt},
};
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::Query;
use serde::Deserialize;
use time::Duration;
use uuid::Uuid;

use super::{shell::Shell, watches::WatchView, words::Moment};
use crate::{CachePolicy, Chrome, Error, SignedIn, WebState, render};

const MOST_ITEMS: i64 = 30;
/// Characters of a passage that the inbox shows.
const EXCERPT_CHARACTERS: usize = 360;

/// Routes of the overview.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::APP, get(show))
        .route("/app/inbox/read", post(read_all))
        .route("/app/inbox/{alert}/read", post(read_one))
}

struct Item {
    alert: Option<AlertId>,
    is_new: bool,
    severity: Severity,
    direction: Direction,
    platform: String,
    platform_href: String,
    document: String,
    is_sample: bool,
    when: Moment,
    href: String,
    headline: String,
    pieces: Vec<DiffSegment>,
}

impl Item {
    fn new(row: InboxItem, zone: &str) -> Self {
        Self {
            alert: row.alert_id,
            is_new: row.alert_id.is_some() && row.read_at.is_none(),
            severity: row.severity,
            direction: row.direction,
            platform_href: urls::platform(&row.platform_slug),
            platform: row.platform_name,
            document: row.document_title,
            is_sample: row.is_sample,
            when: Moment::new(row.detected_at, zone),
            href: urls::change(
                row.detected_at.to_offset(time::UtcOffset::UTC).date(),
                &row.platform_slug,
                &row.document_slug,
                &row.public_id,
            ),
            headline: row.headline,
            pieces: telling(&row.hunks),
        }
    }
}

/// The first passage that a reader could rely on, shortened around its changed words.
fn telling(hunks: &[Hunk]) -> Vec<DiffSegment> {
    let telling = hunks.iter().find(|hunk| hunk.kind == HunkKind::Modified).or_else(|| {
        hunks
            .iter()
            .find(|hunk| matches!(hunk.kind, HunkKind::Added | HunkKind::Removed))
    });
    telling
        .and_then(|hunk| Diff::passages(std::slice::from_ref(hunk)).pop())
        .map(|passage| excerpt(passage.segments(), EXCERPT_CHARACTERS))
        .unwrap_or_default()
}

#[derive(Template)]
#[template(path = "accounts/overview.html")]
struct OverviewPage {
    chrome: Chrome,
    shell: Shell,
    unread_only: bool,
    items: Vec<Item>,
    watches: Vec<WatchView>,
    paused: Vec<String>,
    same_day: bool,
    history: String,
    email: String,
}

impl OverviewPage {
    /// The names of what is paused: "Halden AI and two others".
    fn paused_words(&self) -> String {
        match self.paused.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [one, two] => format!("{one} and {two}"),
            [one, rest @ ..] => format!("{one} and {} others", rest.len()),
        }
    }
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    show: String,
}

async fn show(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Query(filter): Query<Filter>,
) -> Result<Response, Error> {
    let SignedIn { viewer, chrome } = signed_in;
    let unread_only = filter.show == "new";
    let (since, history) = match viewer.plan.limits().history {
        HistoryWindow::Days(days) => (
            Some(state.clock.now() - Duration::days(i64::from(days))),
            if days == 365 {
                "the last 12 months".to_owned()
            } else {
                format!("the last {days} days")
            },
        ),
        HistoryWindow::All => (None, "the whole record".to_owned()),
    };
    let (organization, person) = (viewer.organization_id, viewer.account_id);
    let mut transaction = tenant_transaction(&state.pool, organization, person).await?;
    let shell = Shell::load(&mut transaction, &viewer, "overview").await?;
    let items =
        account::inbox_of_account(&mut transaction, organization, person, since, unread_only, MOST_ITEMS).await?;
    let rows = account::watches_of_account(&mut transaction, organization, person).await?;
    transaction.commit().await?;
    let watches: Vec<WatchView> = rows
        .into_iter()
        .map(|row| WatchView::new(row, &viewer.time_zone))
        .collect();
    let page = OverviewPage {
        shell,
        unread_only,
        items: items
            .into_iter()
            .map(|item| Item::new(item, &viewer.time_zone))
            .collect(),
        paused: watches
            .iter()
            .filter(|watch| watch.paused.is_some())
            .map(|watch| watch.name.clone())
            .collect(),
        watches,
        same_day: viewer.plan.has(Feature::SameDayAlerts),
        history,
        email: viewer.email,
        chrome,
    };
    render::html(&page, CachePolicy::Private)
}

async fn read_all(State(state): State<WebState>, signed_in: SignedIn) -> Result<Response, Error> {
    let viewer = signed_in.viewer;
    let mut transaction = tenant_transaction(&state.pool, viewer.organization_id, viewer.account_id).await?;
    let now = state.clock.now();
    account::alerts_mark_all_read(&mut transaction, viewer.organization_id, viewer.account_id, now).await?;
    transaction.commit().await?;
    Ok(render::see_other(urls::APP))
}

async fn read_one(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Path(alert): Path<String>,
) -> Result<Response, Error> {
    let alert = AlertId(Uuid::parse_str(&alert).map_err(|_| Error::NotFound)?);
    let viewer = signed_in.viewer;
    let (organization, person) = (viewer.organization_id, viewer.account_id);
    let mut transaction = tenant_transaction(&state.pool, organization, person).await?;
    let now = state.clock.now();
    if !account::alert_mark_read(&mut transaction, organization, person, alert, now).await? {
        return Err(Error::NotFound);
    }
    transaction.commit().await?;
    Ok(render::see_other(urls::APP))
}

#[cfg(test)]
mod tests {
    use atlas_domain::{Hunk, HunkKind, HunkSide};

    use atlas_text::DiffKind;

    use super::{EXCERPT_CHARACTERS, telling};

    fn side(text: &str) -> HunkSide {
        HunkSide {
            text: text.to_owned(),
            start: 0,
            end: text.len(),
            heading: String::new(),
        }
    }

    #[test]
    fn an_excerpt_shows_the_changed_words_and_stays_short() {
        let long = "unchanged words of some length ".repeat(40);
        let hunk = Hunk {
            kind: HunkKind::Modified,
            old: Some(side(&format!("{long}only if you turn on{long}"))),
            new: Some(side(&format!("{long}unless you turn off{long}"))),
            reason: None,
        };
        let pieces = telling(&[hunk]);
        let shown: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        assert!(
            pieces
                .iter()
                .any(|piece| piece.kind == DiffKind::Delete && piece.text.contains("only if")),
            "{shown}"
        );
        assert!(
            pieces
                .iter()
                .any(|piece| piece.kind == DiffKind::Insert && piece.text.contains("unless")),
            "{shown}"
        );
        assert!(
            shown.chars().count() < EXCERPT_CHARACTERS + 2 * 90 + 40,
            "{}",
            shown.len()
        );
        assert!(telling(&[]).is_empty());
    }
}
