//! Sessions: a secret in a cookie, its hash in a row.
//!
//! Invariant: the secret is 256 random bits, new at every log-in, and only its SHA-256 is stored. A session ends 14
//! days after its last use and 30 days after its start, whatever happens.

use atlas_db::account::{self, NewSession};
use atlas_domain::{AccountId, Sha256};
use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{SET_COOKIE, USER_AGENT},
    },
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::TryRng as _;
use sha2::Digest as _;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::cookies;
use crate::{Error, Viewer, WebState, state::WebSettings};

/// The cookie where the site is served over TLS; the prefix makes browsers refuse it from anywhere else.
pub const SECURE_COOKIE: &str = "__Host-session";
/// The cookie on a loopback instance over plain HTTP, where browsers do not accept the prefix.
pub const PLAIN_COOKIE: &str = "session";

const IDLE: Duration = Duration::days(14);
const ABSOLUTE: Duration = Duration::days(30);
/// Writing the last use is saved for so long.
const TOUCH_EVERY: Duration = Duration::minutes(5);

/// Whether a request carries a session, valid or not.
pub fn is_present(headers: &HeaderMap) -> bool {
    cookies::value(headers, SECURE_COOKIE).is_some() || cookies::value(headers, PLAIN_COOKIE).is_some()
}

/// Sessions last used before this instant have ended.
pub(super) fn idle_since(now: OffsetDateTime) -> OffsetDateTime {
    now - IDLE
}

fn cookie_name(settings: &WebSettings) -> &'static str {
    if settings.is_https() {
        SECURE_COOKIE
    } else {
        PLAIN_COOKIE
    }
}

/// The hash of the secret that came with a request.
pub(super) fn presented(settings: &WebSettings, headers: &HeaderMap) -> Option<Sha256> {
    let value = cookies::value(headers, cookie_name(settings))?;
    // 32 bytes in base64url; anything else was never handed out.
    (value.len() == 43).then(|| hash(value))
}

fn hash(secret: &str) -> Sha256 {
    Sha256(sha2::Sha256::digest(secret.as_bytes()).into())
}

/// The person whose session came with a request.
pub(crate) async fn viewer(state: &WebState, headers: &HeaderMap) -> Result<Option<Viewer>, Error> {
    let Some(session) = presented(&state.settings, headers) else {
        return Ok(None);
    };
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    let Some(person) = account::session_account(&mut transaction, session, now, idle_since(now)).await? else {
        return Ok(None);
    };
    if person.last_seen_at + TOUCH_EVERY < now {
        account::session_touch(&mut transaction, session, now).await?;
    }
    account::tenant_set(&mut transaction, None, person.account_id).await?;
    let Some(membership) = account::membership_of_account(&mut transaction, person.account_id).await? else {
        return Ok(None);
    };
    account::tenant_set(&mut transaction, Some(membership.organization_id), person.account_id).await?;
    let organization = account::organization_by_id(&mut transaction, membership.organization_id).await?;
    transaction.commit().await?;
    Ok(organization.map(|organization| Viewer {
        account_id: person.account_id,
        organization_id: organization.id,
        name: if person.display_name.is_empty() {
            person.email.clone()
        } else {
            person.display_name.clone()
        },
        display_name: person.display_name,
        email: person.email,
        organization_name: organization.name,
        role: membership.role,
        plan: organization.plan,
        time_zone: person.time_zone,
        session,
    }))
}

/// A session that has just been started: what its cookie must say.
#[derive(Debug)]
pub(super) struct Started {
    cookie: HeaderValue,
}

impl Started {
    /// Hands the cookie over with an answer.
    pub(super) fn with(self, mut response: Response) -> Response {
        response.headers_mut().append(SET_COOKIE, self.cookie);
        response
    }
}

/// Starts a session in place of the one that came with the request; `keep` makes the cookie outlive the browser.
pub(super) async fn start(
    connection: &mut PgConnection,
    state: &WebState,
    headers: &HeaderMap,
    account_id: AccountId,
    keep: bool,
) -> Result<Started, Error> {
    let now = state.clock.now();
    if let Some(former) = presented(&state.settings, headers) {
        account::session_delete(connection, former).await?;
    }
    account::sessions_forget_expired(connection, account_id, now, idle_since(now)).await?;
    let mut bytes = [0u8; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    let user_agent: String = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    let new = NewSession {
        id_hash: hash(&secret),
        account_id,
        created_at: now,
        expires_at: now + ABSOLUTE,
        user_agent: &user_agent,
    };
    account::session_insert(connection, &new).await?;
    let age = if keep {
        format!("; Max-Age={}", ABSOLUTE.whole_seconds())
    } else {
        String::new()
    };
    Ok(Started {
        cookie: cookie(&state.settings, &secret, &age)?,
    })
}

/// Makes the browser forget its session.
pub(super) fn forget(settings: &WebSettings, mut response: Response) -> Result<Response, Error> {
    response
        .headers_mut()
        .append(SET_COOKIE, cookie(settings, "", "; Max-Age=0")?);
    Ok(response)
}

fn cookie(settings: &WebSettings, value: &str, age: &str) -> Result<HeaderValue, Error> {
    let name = cookie_name(settings);
    let secure = if settings.is_https() { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"))
        .map_err(Error::internal)
}
