//! Account mails: a row for the sender, the hash of the link's token, and a wake-up, in the caller's transaction.
//!
//! Invariant: the token itself is never stored. The sender makes it again from the delivery's id and the secret.

use atlas_db::account::{self, AccountMailKind, NewAccountMail, TokenPurpose};
use atlas_domain::{AccountId, DeliveryId, OrganizationId, jobs::Deliver};
use atlas_jobs::Enqueue;
use atlas_mail::links;
use sqlx::PgConnection;
use time::Duration;

use crate::{Error, WebState};

/// How long a link that confirms an address works.
pub(super) const CONFIRM_FOR: Duration = Duration::hours(24);
/// How long a link to choose a new password works.
pub(super) const RESET_FOR: Duration = Duration::minutes(30);
/// How long it is worth telling somebody that their password was changed.
const WARN_FOR: Duration = Duration::days(7);

/// Queues an account mail to somebody whose tenant is set; older links of the same purpose stop working.
pub(super) async fn queue(
    connection: &mut PgConnection,
    state: &WebState,
    organization_id: OrganizationId,
    recipient_id: AccountId,
    kind: AccountMailKind,
) -> Result<(), Error> {
    let now = state.clock.now();
    let id = DeliveryId::generate();
    let purpose = match kind {
        AccountMailKind::ConfirmEmail => Some((TokenPurpose::ConfirmEmail, CONFIRM_FOR)),
        AccountMailKind::ResetPassword => Some((TokenPurpose::ResetPassword, RESET_FOR)),
        AccountMailKind::AlreadyRegistered | AccountMailKind::PasswordChanged => None,
    };
    let mut send_by = now
        + if kind == AccountMailKind::PasswordChanged {
            WARN_FOR
        } else {
            CONFIRM_FOR
        };
    if let Some((purpose, works_for)) = purpose {
        send_by = now + works_for;
        let hash = links::token_hash(&links::single_use_token(&state.settings.secret, &id));
        account::email_tokens_end(connection, recipient_id, purpose, now).await?;
        account::email_token_insert(connection, hash, recipient_id, purpose, now, send_by).await?;
    }
    let new = NewAccountMail {
        id,
        organization_id,
        recipient_id,
        kind,
        message_id: &format!("{id}@{}", host(&state.settings.base_url)),
        created_at: now,
        send_by,
    };
    account::account_mail_insert(connection, &new).await?;
    atlas_jobs::enqueue(connection, &Deliver {}, Enqueue::default()).await?;
    Ok(())
}

/// Queues an account mail to somebody who is not signed in: finds and sets the tenant first. The caller's transaction
/// belongs to that person afterwards.
pub(super) async fn queue_for(
    connection: &mut PgConnection,
    state: &WebState,
    recipient_id: AccountId,
    kind: AccountMailKind,
) -> Result<(), Error> {
    account::tenant_set(connection, None, recipient_id).await?;
    let Some(membership) = account::membership_of_account(connection, recipient_id).await? else {
        return Err(Error::internal("an account belongs to no organization"));
    };
    account::tenant_set(connection, Some(membership.organization_id), recipient_id).await?;
    queue(connection, state, membership.organization_id, recipient_id, kind).await
}

/// The host of an address, as the right side of a Message-ID.
fn host(base_url: &str) -> String {
    url::Url::parse(base_url)
        .ok()
        .and_then(|address| address.host_str().map(str::to_owned))
        .filter(|host| {
            host.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        })
        .unwrap_or_else(|| "localhost".to_owned())
}
