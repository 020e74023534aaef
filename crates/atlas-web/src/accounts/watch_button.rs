//! The button that starts and stops watching a platform, for any page that names one.
//!
//! A page has the field `watch_button: WatchButton` and writes `{% include "partials/watch_button.html" %}`.

use atlas_db::{account, tenant_transaction};
use atlas_domain::PlatformId;

use crate::{Chrome, Error, WebState};

/// What the button can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchState {
    /// Nobody is signed in: the button leads to the log-in page and back.
    Visitor,
    /// Not watched, and the plan has room.
    Open,
    /// Watched.
    Watching,
    /// Watched once, silent because of the plan; there is room again.
    Paused,
    /// Not watched (or paused), and the plan is full.
    Full,
}

/// The button for one platform.
#[derive(Debug, Clone)]
pub struct WatchButton {
    /// The platform's slug.
    pub platform: String,
    /// The platform's name.
    pub name: String,
    /// What the button can do.
    pub state: WatchState,
    /// The page to come back to.
    pub next: String,
    /// The way to more platforms, where the plan is full.
    pub way_up: Option<String>,
}

impl WatchButton {
    /// The button for a platform on the current page. Visitors cost no query.
    pub async fn load(
        state: &WebState,
        chrome: &Chrome,
        id: PlatformId,
        slug: &str,
        name: &str,
    ) -> Result<Self, Error> {
        let mut button = Self {
            platform: slug.to_owned(),
            name: name.to_owned(),
            state: WatchState::Visitor,
            next: chrome.path.clone(),
            way_up: None,
        };
        let Some(viewer) = &chrome.viewer else {
            return Ok(button);
        };
        let organization = viewer.organization_id;
        let mut transaction = tenant_transaction(&state.pool, organization, viewer.account_id).await?;
        let held = account::watch_of_platform(&mut transaction, organization, viewer.account_id, id).await?;
        let active = account::watch_count_active(&mut transaction, organization).await?;
        transaction.commit().await?;
        let full = active >= i64::from(viewer.plan.limits().platforms);
        button.state = match held {
            Some(true) => WatchState::Watching,
            _ if full => WatchState::Full,
            Some(false) => WatchState::Paused,
            None => WatchState::Open,
        };
        if button.state == WatchState::Full {
            button.way_up = super::shell::way_up(viewer.plan);
        }
        Ok(button)
    }

    /// Whether the platform is watched now.
    pub fn is_watching(&self) -> bool {
        self.state == WatchState::Watching
    }
    /// Whether the plan has no room for it.
    pub fn is_full(&self) -> bool {
        self.state == WatchState::Full
    }
    /// What pressing it asks for.
    pub fn action(&self) -> &'static str {
        if self.is_watching() { "stop" } else { "start" }
    }
}
