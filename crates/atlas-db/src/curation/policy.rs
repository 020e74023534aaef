//! The bands of the review queue, and what goes out before anybody looked at it.
//!
//! Invariant: one row, set at every start from the settings of the instance and read from there by everybody.

use sqlx::PgConnection;

use crate::Result;

/// What goes out before a person looked at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// Every finding.
    All,
    /// Findings of the band that is proposed by itself.
    Auto,
    /// None.
    Reviewed,
}

impl Publish {
    /// The word of the setting.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Auto => "auto",
            Self::Reviewed => "reviewed",
        }
    }
    /// Reads the word of the setting.
    pub fn of(word: &str) -> Option<Self> {
        [Self::All, Self::Auto, Self::Reviewed]
            .into_iter()
            .find(|publish| publish.as_str() == word)
    }
}

/// The policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReviewPolicy {
    /// What goes out unreviewed.
    pub publish: Publish,
    /// The least score, 0 to 1, of a finding that is proposed by itself.
    pub auto_from: f64,
    /// The least score, 0 to 1, of a finding that a person should look at.
    pub queue_from: f64,
}

impl ReviewPolicy {
    /// Whether readers see a finding of this score that nobody looked at.
    pub fn publishes(&self, score: f64) -> bool {
        match self.publish {
            Publish::All => true,
            Publish::Auto => score >= self.auto_from,
            Publish::Reviewed => false,
        }
    }
}

/// The policy that holds.
pub async fn review_policy(connection: &mut PgConnection) -> Result<ReviewPolicy> {
    let row = sqlx::query!("SELECT publish, auto_from, queue_from FROM review_policy")
        .fetch_one(connection)
        .await?;
    Ok(ReviewPolicy {
        publish: Publish::of(&row.publish).unwrap_or(Publish::Reviewed),
        auto_from: row.auto_from,
        queue_from: row.queue_from,
    })
}

/// Sets the policy and, if it changed, shows or holds back every finding that nobody looked at. True if it changed.
pub async fn review_policy_set(connection: &mut PgConnection, policy: ReviewPolicy) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"SELECT review_policy_set($1, $2, $3) AS "changed!""#,
        policy.publish.as_str(),
        policy.auto_from,
        policy.queue_from
    )
    .fetch_one(connection)
    .await?)
}
