//! Account mails as rows of `delivery`: what the sender will pick up.

use atlas_domain::{AccountId, DeliveryId, OrganizationId};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::Result;

/// Tier of account mails: before alerts and digests.
const TIER: i16 = 0;

/// Which account mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountMailKind {
    /// Confirm your address.
    ConfirmEmail,
    /// Choose a new password.
    ResetPassword,
    /// Somebody signed up with your address; you have an account.
    AlreadyRegistered,
    /// Your password is another one now.
    PasswordChanged,
}

impl AccountMailKind {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ResetPassword => "reset_password",
            Self::AlreadyRegistered => "already_registered",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// An account mail to be sent.
#[derive(Debug, Clone)]
pub struct NewAccountMail<'a> {
    /// The id; the token in the mail is made from it.
    pub id: DeliveryId,
    /// The recipient's organization.
    pub organization_id: OrganizationId,
    /// The recipient.
    pub recipient_id: AccountId,
    /// Which mail.
    pub kind: AccountMailKind,
    /// Message-ID, `local@domain`.
    pub message_id: &'a str,
    /// Now.
    pub created_at: OffsetDateTime,
    /// After this instant the mail is of no use.
    pub send_by: OffsetDateTime,
}

/// Queues an account mail.
pub async fn account_mail_insert(connection: &mut PgConnection, new: &NewAccountMail<'_>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO delivery (id, org_id, recipient_id, kind, message_id, tier, due_at, send_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7)",
        new.id.uuid(),
        new.organization_id.uuid(),
        new.recipient_id.uuid(),
        new.kind.as_str(),
        new.message_id,
        TIER,
        new.created_at,
        new.send_by,
    )
    .execute(connection)
    .await?;
    Ok(())
}
