//! What a person can change about their account.

use askama::Template;
use atlas_db::{
    account::{self, AccountMailKind},
    tenant_transaction,
};
use atlas_domain::{Feature, Sha256, urls};
use atlas_mail::MailList;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::{
    form, form::TypedPassword, mails, password, session, shell::Shell, throttle, throttle::Attempt, words,
    words::Moment,
};
use crate::{CachePolicy, Chrome, Error, FieldErrors, SignedIn, Viewer, WebState, render};

/// Routes of the settings.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route(urls::SETTINGS, get(show))
        .route("/app/settings/profile", post(save_profile))
        .route("/app/settings/mail", post(save_mail))
        .route("/app/settings/password", post(save_password))
        .route("/app/settings/sessions", post(end_sessions))
}

struct SessionView {
    id: String,
    browser: String,
    started: Moment,
    last_seen: Moment,
    current: bool,
}

#[derive(Template)]
#[template(path = "accounts/settings.html")]
struct SettingsPage {
    chrome: Chrome,
    shell: Shell,
    saved: Option<&'static str>,
    errors: FieldErrors,
    name: String,
    email: String,
    time_zone: String,
    time_zones: Vec<String>,
    alerts: bool,
    digest: bool,
    same_day: bool,
    sessions: Vec<SessionView>,
    fewest: usize,
}

impl SettingsPage {
    async fn load(state: &WebState, signed_in: SignedIn, errors: FieldErrors) -> Result<Self, Error> {
        let SignedIn { viewer, chrome } = signed_in;
        let now = state.clock.now();
        let mut transaction = tenant_transaction(&state.pool, viewer.organization_id, viewer.account_id).await?;
        let shell = Shell::load(&mut transaction, &viewer, "settings").await?;
        let ended = account::unsubscriptions_of_account(&mut transaction, viewer.account_id).await?;
        let idle_since = session::idle_since(now);
        let sessions = account::sessions_of_account(&mut transaction, viewer.account_id, now, idle_since).await?;
        transaction.commit().await?;
        let receives = |list: MailList| !ended.iter().any(|ended| ended == list.as_str());
        Ok(Self {
            shell,
            saved: None,
            errors,
            alerts: receives(MailList::Alerts),
            digest: receives(MailList::Digest),
            same_day: viewer.plan.has(Feature::SameDayAlerts),
            sessions: sessions
                .into_iter()
                .map(|row| SessionView {
                    id: row.id_hash.to_hex(),
                    browser: browser(&row.user_agent),
                    started: Moment::new(row.created_at, &viewer.time_zone),
                    last_seen: Moment::new(row.last_seen_at, &viewer.time_zone),
                    current: row.id_hash == viewer.session,
                })
                .collect(),
            time_zones: words::time_zones(),
            fewest: password::FEWEST_CHARACTERS,
            name: viewer.display_name,
            email: viewer.email,
            time_zone: viewer.time_zone,
            chrome,
        })
    }
}

/// Browser and system in words, from what the browser calls itself.
fn browser(user_agent: &str) -> String {
    let program = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&program), find(&system)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[derive(Deserialize)]
struct Saved {
    #[serde(default)]
    saved: String,
}

async fn show(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Query(saved): Query<Saved>,
) -> Result<Response, Error> {
    let mut page = SettingsPage::load(&state, signed_in, FieldErrors::default()).await?;
    page.saved = match saved.saved.as_str() {
        "profile" => Some("Your name and time zone are saved."),
        "mail" => Some("Your choice of mails is saved. It holds from the next one."),
        "password" => Some("Your password is changed. Every other session was ended."),
        "sessions" => Some("The session was ended."),
        _ => None,
    };
    render::html(&page, CachePolicy::Private)
}

fn saved(what: &str) -> Response {
    render::see_other(&format!("{}?saved={what}", urls::SETTINGS))
}

/// The settings again, with what is wrong in one of their forms.
pub(super) async fn refused(state: &WebState, signed_in: SignedIn, errors: FieldErrors) -> Result<Response, Error> {
    let page = SettingsPage::load(state, signed_in, errors).await?;
    render::html_status(&page, StatusCode::UNPROCESSABLE_ENTITY)
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    name: String,
    #[serde(default)]
    time_zone: String,
}

async fn save_profile(
    State(state): State<WebState>,
    mut signed_in: SignedIn,
    Form(form): Form<Profile>,
) -> Result<Response, Error> {
    let mut errors = FieldErrors::default();
    let name = form::name(&form.name).unwrap_or_else(|fault| {
        errors.add("name", fault);
        String::new()
    });
    if !words::is_time_zone(&form.time_zone) {
        errors.add("time_zone", "Choose a time zone from the list");
    }
    if !errors.is_empty() {
        signed_in.viewer.display_name = form.name;
        return refused(&state, signed_in, errors).await;
    }
    let viewer = &signed_in.viewer;
    let mut transaction = tenant_transaction(&state.pool, viewer.organization_id, viewer.account_id).await?;
    account::account_set_profile(&mut transaction, viewer.account_id, &name, &form.time_zone).await?;
    // A personal organization bears the person's name for as long as nobody gives it another.
    if viewer.organization_name == personal_name(viewer) && viewer.role == "owner" && !name.is_empty() {
        account::organization_rename(&mut transaction, viewer.organization_id, &name).await?;
    }
    transaction.commit().await?;
    Ok(saved("profile"))
}

fn personal_name(viewer: &Viewer) -> &str {
    if viewer.display_name.is_empty() {
        viewer.email.split('@').next().unwrap_or_default()
    } else {
        &viewer.display_name
    }
}

#[derive(Deserialize)]
struct Mail {
    alerts: Option<String>,
    digest: Option<String>,
}

async fn save_mail(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Form(form): Form<Mail>,
) -> Result<Response, Error> {
    let person = signed_in.viewer.account_id;
    let now = state.clock.now();
    let mut transaction = state.pool.begin().await?;
    for (list, wanted) in [(MailList::Alerts, form.alerts), (MailList::Digest, form.digest)] {
        if wanted.is_some() {
            account::unsubscription_delete(&mut transaction, person, list.as_str()).await?;
        } else {
            account::unsubscription_insert(&mut transaction, person, list.as_str(), now).await?;
        }
    }
    transaction.commit().await?;
    Ok(saved("mail"))
}

#[derive(Deserialize)]
struct ChangePassword {
    #[serde(default)]
    current: TypedPassword,
    #[serde(default)]
    password: TypedPassword,
}

async fn save_password(
    State(state): State<WebState>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Form(form): Form<ChangePassword>,
) -> Result<Response, Error> {
    let viewer = signed_in.viewer.clone();
    let person = viewer.account_id;
    let now = state.clock.now();
    let mut connection = state.pool.acquire().await?;
    let attempt = person.to_string();
    throttle::take(&mut connection, Attempt::ChangePassword { account: &attempt }, now).await?;
    let stored = account::account_by_id(&mut connection, person).await?;
    drop(connection);
    let mut errors = FieldErrors::default();
    let stored = stored.map(|account| account.password_hash);
    if !state.passwords.verify(form.current.bounded(), stored).await? {
        errors.add("current", "This is not your current password");
    }
    let context = [viewer.email.as_str(), viewer.display_name.as_str()];
    if let Some(fault) = password::refusal(form.password.expose(), &context) {
        errors.add("password", fault);
    }
    if !errors.is_empty() {
        return refused(&state, signed_in, errors).await;
    }
    let password_hash = state.passwords.hash(form.password.bounded()).await?;
    let mut transaction = state.pool.begin().await?;
    account::account_set_password(&mut transaction, person, &password_hash).await?;
    account::sessions_delete_others(&mut transaction, person, None).await?;
    let started = session::start(&mut transaction, &state, &headers, person, true).await?;
    mails::queue_for(&mut transaction, &state, person, AccountMailKind::PasswordChanged).await?;
    transaction.commit().await?;
    Ok(started.with(saved("password")))
}

#[derive(Deserialize)]
struct EndSession {
    session: String,
}

async fn end_sessions(
    State(state): State<WebState>,
    signed_in: SignedIn,
    Form(form): Form<EndSession>,
) -> Result<Response, Error> {
    let viewer = signed_in.viewer;
    let mut transaction = state.pool.begin().await?;
    if form.session == "others" {
        account::sessions_delete_others(&mut transaction, viewer.account_id, Some(viewer.session)).await?;
    } else {
        let session = Sha256::from_hex(&form.session).ok_or(Error::NotFound)?;
        if !account::session_delete_of_account(&mut transaction, viewer.account_id, session).await? {
            return Err(Error::NotFound);
        }
    }
    transaction.commit().await?;
    Ok(saved("sessions"))
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_named_in_words() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0";
        assert_eq!(browser(firefox), "Firefox on Linux");
        assert_eq!(browser(edge), "Edge on Windows");
        assert_eq!(browser("<script>"), "Unknown browser");
    }
}
