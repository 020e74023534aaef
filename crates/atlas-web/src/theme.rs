//! The reader's choice between light, dark and the device's own setting, kept in a cookie.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::post,
};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{Error, WebState, accounts::cookies, render};

const COOKIE: &str = "theme";
const YEAR_SECONDS: u64 = 365 * 24 * 60 * 60;

/// Light, dark, or as the device says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The choice that came with a request.
    pub fn of(headers: &HeaderMap) -> Self {
        match cookies::value(headers, COOKIE) {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }
    /// The word in the cookie and in the page; `None` for the device's own setting.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// The route of the switch.
pub fn routes() -> Router<WebState> {
    Router::new().route("/theme", post(choose))
}

#[derive(Deserialize)]
struct Choice {
    theme: Theme,
    #[serde(default)]
    back: String,
}

async fn choose(State(state): State<WebState>, Form(choice): Form<Choice>) -> Result<Response, Error> {
    let mut response = render::see_other(crate::accounts::safe_path(&choice.back).unwrap_or("/"));
    let secure = if state.settings.is_https() { "; Secure" } else { "" };
    let cookie = match choice.theme.attribute() {
        Some(word) => {
            format!("{COOKIE}={word}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax{secure}")
        }
        None => format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"),
    };
    let value = HeaderValue::from_str(&cookie).map_err(Error::internal)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
