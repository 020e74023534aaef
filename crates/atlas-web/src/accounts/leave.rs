//! Deleting one's own account.
//!
//! Invariant: it takes the password, and afterwards nothing of the account is left but the digest of a suppressed
//! address; the browser is logged out.

use atlas_db::{account, tenant_transaction};
use atlas_domain::urls;
use axum::{Router, extract::State, response::Response, routing::post};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{form::TypedPassword, session, settings, throttle, throttle::Attempt};
use crate::{Error, FieldErrors, SignedIn, WebState, render};

/// The route of the form at the end of the settings.
pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/app/settings/leave", post(leave))
}

#[derive(Deserialize)]
struct Leave {
    #[serde(default)]
    leave_password: TypedPassword,
}

async fn leave(State(state): State<WebState>, signed_in: SignedIn, Form(form): Form<Leave>) -> Result<Response, Error> {
    let (person, organization) = (signed_in.viewer.account_id, signed_in.viewer.organization_id);
    let mut connection = state.pool.acquire().await?;
    let attempt = person.to_string();
    throttle::take(
        &mut connection,
        Attempt::ChangePassword { account: &attempt },
        state.clock.now(),
    )
    .await?;
    let stored = account::account_by_id(&mut connection, person).await?;
    drop(connection);
    let stored = stored.map(|account| account.password_hash);
    if !state.passwords.verify(form.leave_password.bounded(), stored).await? {
        let mut errors = FieldErrors::default();
        errors.add(
            "leave_password",
            "This is not your current password; nothing was deleted",
        );
        return settings::refused(&state, signed_in, errors).await;
    }
    let mut transaction = tenant_transaction(&state.pool, organization, person).await?;
    account::account_erase(&mut transaction, person, organization).await?;
    transaction.commit().await?;
    session::forget(
        &state.settings,
        render::see_other(&format!("{}?notice=left", urls::LOG_IN)),
    )
}
