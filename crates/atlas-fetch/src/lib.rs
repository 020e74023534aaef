//! Polite, safe, bounded fetching of one location.
//!
//! Invariant: no connection is made to an address that is not public (unless it was exempted by name), no host gets
//! two requests at once, every answer ends in one typed outcome within its time and size, and nothing is written.
//! `post_json` alone asks a service that the operator named in the settings, not one that a document leads to.
//!
//! What the outcomes mean here, beyond their names:
//! - `captured`: status 200 or 203 with a body of a kind that we read. `not_modified`: 304 to a question with validators.
//! - `login_wall`: 401, 407, or redirected to a log-in page. `challenge`: a browser check named in the headers, or
//!   redirected to a consent page. `blocked`: 403, 406, 418, 451. `gone`: 404, 410, or sent for good to the front page.
//! - `moved`: sent for good (301, 308) to the front page of another host. Other redirects are followed and reported.
//! - `timeout`: no answer in time, and 408. `dns`: the name has no address. `tls`: no connection at all, or none that is
//!   trusted (refused and reset connections included). `server_error`: 429, 5xx, any other status, a redirect that
//!   leads nowhere, an answer that broke off or is not HTTP.
//! - `refused_address`: our own guard, and nothing else.

mod address;
mod api;
mod body;
mod browser;
mod child;
mod client;
mod fetcher;
mod guard;
mod outcome;
mod pace;
mod pdf;
mod retry_after;
mod robots;
mod settings;

pub use address::special_purpose;
pub use api::{ApiFault, post_json};
pub use browser::{BrowserChoice, browser_version, find_browser};
pub use fetcher::Fetcher;
pub use pdf::{PdfFailure, PdfLimits, PdfReader};
pub use settings::{BrowserSettings, FetchError, FetchRequest, FetchSettings, Fetched};

#[cfg(test)]
mod tests;
