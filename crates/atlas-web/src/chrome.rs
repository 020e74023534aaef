//! What the frame of every page needs to know: who reads, in which theme, at which address.
//!
//! Invariant: without a session cookie nothing here asks the database, so public pages stay cheap.

use atlas_domain::{AccountId, OrganizationId, Plan, Sha256};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, request::Parts},
};

use crate::{Error, WebState, accounts::session, theme::Theme};

/// The person who reads, with the organization in whose name.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The account.
    pub account_id: AccountId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The name as pages show it: the person's name, else the address.
    pub name: String,
    /// The person's name as given; may be empty.
    pub display_name: String,
    /// The address.
    pub email: String,
    /// Name of the organization.
    pub organization_name: String,
    /// Role in the organization: `owner`, `admin`, `editor` or `viewer`.
    pub role: String,
    /// What the organization pays for.
    pub plan: Plan,
    /// IANA name of the person's time zone.
    pub time_zone: String,
    /// Hash of the session's secret.
    pub session: Sha256,
}

/// The entry of the main navigation that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Platforms and everything below one.
    Platforms,
    /// Provision types.
    Provisions,
    /// Changes.
    Changes,
    /// Comparisons.
    Compare,
    /// Plans and prices.
    Pricing,
    /// The signed-in person's pages.
    Watchlist,
    /// None of them.
    Other,
}

impl Section {
    /// The section an address belongs to.
    pub fn of(path: &str) -> Self {
        match path.split('/').nth(1).unwrap_or_default() {
            "platform" | "platforms" | "category" => Self::Platforms,
            "provisions" | "registry" | "registry.csv" => Self::Provisions,
            "change" | "changes" => Self::Changes,
            "compare" | "compare.csv" => Self::Compare,
            "pricing" => Self::Pricing,
            "app" => Self::Watchlist,
            _ => Self::Other,
        }
    }
}

/// The frame of a page. Every page struct has it as the field `chrome`.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// Who reads; `None` for a visitor.
    pub viewer: Option<Viewer>,
    /// Light, dark, or as the device says.
    pub theme: Theme,
    /// Path of the request.
    pub path: String,
    /// Entry of the main navigation.
    pub section: Section,
    /// The page shows fictitious records: says so at the top. Set by the handler.
    pub samples: bool,
    /// Production mode.
    pub production: bool,
    /// Whether the mail outbox can be read here.
    pub outbox: bool,
    /// Scheme, host and port of this instance, for absolute addresses.
    pub base_url: String,
    /// Where an error in a record is reported, if this instance has an address for that.
    pub corrections: Option<String>,
    /// Whether somebody is there to read it.
    pub fetched: Fetched,
}

impl Chrome {
    /// The frame for a request, without looking up who reads.
    pub(crate) fn anonymous(state: &WebState, path: &str, headers: &HeaderMap) -> Self {
        Self {
            viewer: None,
            theme: Theme::of(headers),
            path: path.to_owned(),
            section: Section::of(path),
            samples: false,
            production: state.settings.production,
            outbox: state.settings.readable_outbox().is_some(),
            base_url: state.settings.base_url.clone(),
            corrections: state.settings.corrections_address.clone(),
            fetched: Fetched::of(headers),
        }
    }

    /// The frame for a request.
    pub(crate) async fn of(state: &WebState, path: &str, headers: &HeaderMap) -> Result<Self, Error> {
        let viewer = session::viewer(state, headers).await?;
        Ok(Self {
            viewer,
            ..Self::anonymous(state, path, headers)
        })
    }

    /// The address of a static file.
    pub fn asset(&self, name: &str) -> &'static str {
        crate::assets::asset(name)
    }

    /// `name` if the page belongs to that section: templates mark the entry with it.
    pub fn is(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (Section::Platforms, "platforms")
                | (Section::Provisions, "provisions")
                | (Section::Changes, "changes")
                | (Section::Compare, "compare")
                | (Section::Pricing, "pricing")
                | (Section::Watchlist, "watchlist")
        )
    }

    /// The plan of the reader; visitors read as on Free.
    pub fn plan(&self) -> Plan {
        self.viewer.as_ref().map_or(Plan::Free, |viewer| viewer.plan)
    }

    /// The absolute address of a path.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

/// What a page is fetched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// To be read.
    ToRead,
    /// Ahead of a reader who may never look at it.
    Ahead,
}

impl Fetched {
    /// What a browser says in `Sec-Purpose` (Fetch standard), or in one of the headers that came before it.
    fn of(headers: &HeaderMap) -> Self {
        let says_ahead = ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
            let value = headers.get(*name).and_then(|value| value.to_str().ok());
            value.is_some_and(|value| value.to_ascii_lowercase().contains("prefetch"))
        });
        if says_ahead { Self::Ahead } else { Self::ToRead }
    }
}

impl FromRequestParts<WebState> for Chrome {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Error> {
        Self::of(state, parts.uri.path(), &parts.headers).await
    }
}

/// The signed-in person; anybody else is sent to the log-in page and back.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub viewer: Viewer,
    /// The frame of the page, with the same viewer.
    pub chrome: Chrome,
}

impl FromRequestParts<WebState> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Error> {
        let chrome = Chrome::from_request_parts(parts, state).await?;
        if let Some(viewer) = chrome.viewer.clone() {
            return Ok(Self { viewer, chrome });
        }
        // Only a page can be returned to; a form has to be sent again from its page.
        let next = match (&parts.method, parts.uri.path_and_query()) {
            (&Method::GET, Some(target)) => target.as_str().to_owned(),
            _ => atlas_domain::urls::APP.to_owned(),
        };
        Err(Error::SignInRequired(next))
    }
}
