//! What the frame of the signed-in pages shows beside the page itself.

use atlas_db::account;
use atlas_domain::Plan;
use sqlx::PgConnection;

use crate::{Error, Viewer};

/// The frame of a signed-in page. Every such page struct has it as the field `shell`.
#[derive(Debug, Clone)]
pub(super) struct Shell {
    /// Name of the organization.
    pub organization: String,
    /// What it pays for.
    pub plan: Plan,
    /// The person's role in it.
    pub role: String,
    /// Alerts not read yet.
    pub unread: i64,
    /// Platforms that count against the plan.
    pub active: i64,
    /// Platforms that the plan allows.
    pub allowed: i64,
    page: &'static str,
}

impl Shell {
    /// The frame for a page; the connection is inside the tenant's transaction.
    pub(super) async fn load(
        connection: &mut PgConnection,
        viewer: &Viewer,
        page: &'static str,
    ) -> Result<Self, Error> {
        let organization = viewer.organization_id;
        Ok(Self {
            organization: viewer.organization_name.clone(),
            plan: viewer.plan,
            role: viewer.role.clone(),
            unread: account::inbox_unread_count(connection, organization, viewer.account_id).await?,
            active: account::watch_count_active(connection, organization).await?,
            allowed: i64::from(viewer.plan.limits().platforms),
            page,
        })
    }

    /// Whether a page of the navigation is the current one.
    pub(super) fn is(&self, page: &str) -> bool {
        self.page == page
    }

    /// Whether no further platform can be followed.
    pub(super) fn is_full(&self) -> bool {
        self.active >= self.allowed
    }

    /// The way up in one sentence: `Watcher follows 10 platforms for $19 a month`; `None` on the highest plan.
    pub(super) fn way_up(&self) -> Option<String> {
        way_up(self.plan)
    }
}

/// The plan above one, with its platforms and price, in one sentence.
pub(super) fn way_up(plan: Plan) -> Option<String> {
    plan.next().map(|above| {
        let limits = above.limits();
        format!(
            "{} follows {} platforms for ${} a month",
            above.label(),
            limits.platforms,
            limits.monthly_usd
        )
    })
}
