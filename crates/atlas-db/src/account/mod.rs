//! Accounts, sessions, organizations and watches, as their owners see them.
//!
//! Invariant: tables without `org_id` (account, session, e-mail token, throttle, unsubscription) are always asked for
//! one account or one secret; tables with `org_id` are asked inside a transaction whose tenant is set, and the query
//! names the organization as well.

mod email_token;
mod erase;
mod inbox;
mod mail;
mod organization;
mod person;
mod plan;
mod reading_position;
mod session;
mod throttle;
mod unsubscription;
mod watch;

pub use email_token::{
    TokenPurpose, email_token_consume, email_token_insert, email_token_peek, email_tokens_end, email_tokens_forget,
};
pub use erase::account_erase;
pub use inbox::{InboxItem, alert_mark_read, alerts_mark_all_read, inbox_of_account, inbox_unread_count};
pub use mail::{AccountMailKind, NewAccountMail, account_mail_insert};
pub use organization::{
    Membership, Organization, membership_insert, membership_of_account, organization_by_id, organization_insert,
    organization_lock, organization_rename, tenant_set,
};
pub use person::{
    Account, NewAccount, account_by_email, account_by_id, account_confirm, account_insert, account_set_password,
    account_set_profile,
};
pub use plan::{PlanChange, organization_set_plan};
pub use reading_position::{ReadingPosition, reading_position_by_document, reading_position_upsert};
pub use session::{
    NewSession, SessionAccount, SessionRow, session_account, session_delete, session_delete_of_account, session_insert,
    session_touch, sessions_delete_others, sessions_forget, sessions_forget_expired, sessions_of_account,
};
pub use throttle::{Rate, throttle_forget, throttle_release, throttle_take};
pub use unsubscription::{unsubscription_delete, unsubscription_insert, unsubscriptions_of_account};
pub use watch::{
    PlatformChoice, PlatformForWatch, WatchAdded, WatchRow, platform_for_watch, platforms_to_watch, watch_add,
    watch_count_active, watch_delete, watch_of_platform, watches_of_account,
};
