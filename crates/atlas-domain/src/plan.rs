//! Plans, their limits and features: the one place where they are read.

use crate::text_enum::text_enum;

text_enum! {
    /// What an organization pays for.
    Plan, "plan", {
        /// One platform, weekly digest.
        Free = "free",
        /// Ten platforms, same-day alerts.
        Watcher = "watcher",
        /// Provision-level monitoring and analysis.
        Professional = "professional",
        /// The same for a team.
        Team = "team",
    }
}

text_enum! {
    /// Something that only some plans can do.
    Feature, "feature", {
        /// One mail for a change that matters, the same day.
        SameDayAlerts = "same_day_alerts",
        /// What was added, removed and reversed, in a structured form.
        ChangeSummaries = "change_summaries",
        /// Watching one provision of one document.
        ProvisionWatches = "provision_watches",
        /// Regulatory landscape, exposure, contract and compliance sections.
        ComplianceAnalysis = "compliance_analysis",
        /// The history of positions of a platform.
        GovernanceTimeline = "governance_timeline",
        /// Comparing platforms of one's own choice.
        OwnComparison = "own_comparison",
        /// The registry and one's own comparisons as files for a spreadsheet.
        Csv = "csv",
    }
}

impl Feature {
    /// The lowest plan that has it.
    pub const fn lowest_plan(self) -> Plan {
        match self {
            Self::SameDayAlerts | Self::ChangeSummaries | Self::OwnComparison => Plan::Watcher,
            Self::ProvisionWatches | Self::ComplianceAnalysis | Self::GovernanceTimeline | Self::Csv => {
                Plan::Professional
            }
        }
    }
}

/// Platforms in the preview of a comparison of one's own, for readers whose plan has none.
pub const PREVIEW_PLATFORMS: u16 = 2;
/// Questions in that preview.
pub const PREVIEW_QUESTIONS: u16 = 1;

/// How far back an organization can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryWindow {
    /// The last so many days.
    Days(u16),
    /// Everything.
    All,
}

/// The limits of one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    /// Price in US dollars for a month; a year costs ten of them.
    pub monthly_usd: u16,
    /// Platforms followed at once.
    pub platforms: u16,
    /// Provisions followed at once.
    pub provisions: u16,
    /// Platforms in one comparison of one's own.
    pub compared: u16,
    /// How far back versions and changes can be read.
    pub history: HistoryWindow,
    /// Audit-ready exports in a month.
    pub exports: u16,
    /// People.
    pub seats: u16,
}

impl Plan {
    /// The words as pages show them.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Watcher => "Watcher",
            Self::Professional => "Professional",
            Self::Team => "Team",
        }
    }
    /// The limits of the plan.
    pub const fn limits(self) -> PlanLimits {
        match self {
            Self::Free => PlanLimits {
                monthly_usd: 0,
                platforms: 1,
                provisions: 0,
                compared: 0,
                history: HistoryWindow::Days(90),
                exports: 0,
                seats: 1,
            },
            Self::Watcher => PlanLimits {
                monthly_usd: 19,
                platforms: 10,
                provisions: 0,
                compared: 3,
                history: HistoryWindow::Days(365),
                exports: 5,
                seats: 1,
            },
            Self::Professional => PlanLimits {
                monthly_usd: 79,
                platforms: 40,
                provisions: 200,
                compared: 10,
                history: HistoryWindow::All,
                exports: 100,
                seats: 2,
            },
            Self::Team => PlanLimits {
                monthly_usd: 249,
                platforms: 150,
                provisions: 2_000,
                compared: 40,
                history: HistoryWindow::All,
                exports: 1_000,
                seats: 10,
            },
        }
    }
    /// Whether the plan has a feature.
    pub fn has(self, feature: Feature) -> bool {
        self >= feature.lowest_plan()
    }
    /// The plan above, if there is one.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Free => Some(Self::Watcher),
            Self::Watcher => Some(Self::Professional),
            Self::Professional => Some(Self::Team),
            Self::Team => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Feature, Plan};

    #[test]
    fn each_plan_allows_at_least_what_the_plan_below_allows() {
        for plan in Plan::ALL {
            let Some(above) = plan.next() else { continue };
            assert!(above.limits().platforms > plan.limits().platforms);
            assert!(above.limits().provisions >= plan.limits().provisions);
            assert!(above.limits().compared > plan.limits().compared);
            assert_eq!(plan.has(Feature::OwnComparison), plan.limits().compared > 0);
            for feature in Feature::ALL {
                assert!(!plan.has(*feature) || above.has(*feature), "{above} lost {feature}");
            }
        }
    }

    #[test]
    fn same_day_alerts_start_with_watcher() {
        assert!(!Plan::Free.has(Feature::SameDayAlerts));
        assert!(Plan::Watcher.has(Feature::SameDayAlerts));
    }
}
