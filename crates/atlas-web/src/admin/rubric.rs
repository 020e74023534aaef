//! What another severity would touch, before it is written into the catalogue.
//!
//! Invariant: nothing changes here. The rubric is data of the catalogue with a version of its own; the page prints what to
//! paste there.

use askama::Template;
use atlas_db::curation::{RubricReach, rubric_reach};
use atlas_domain::{ProvisionType, Severity, SeverityRule, Stance};
use axum::{Router, extract::State, response::Response, routing::get};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::{Desk, Staff};
use crate::{CachePolicy, Chrome, Error, WebState, render};

pub(super) fn routes() -> Router<WebState> {
    Router::new().route("/admin/rubric", get(show))
}

/// What a choice would do.
struct Preview {
    kind: &'static ProvisionType,
    stance: Stance,
    rule: &'static SeverityRule,
    severity: Severity,
    reach: RubricReach,
    toml: String,
}

impl Preview {
    /// The provisions whose severity would be another one.
    const fn touched(&self) -> i64 {
        let RubricReach { high, medium, low, .. } = self.reach;
        match self.severity {
            Severity::High => medium + low,
            Severity::Medium => high + low,
            Severity::Low => high + medium,
        }
    }
    /// All provisions with the stance.
    const fn all(&self) -> i64 {
        self.reach.high + self.reach.medium + self.reach.low + self.reach.edited
    }
}

#[derive(Template)]
#[template(path = "admin/rubric.html")]
struct RubricPage {
    chrome: Chrome,
    desk: Desk,
    version: u32,
    types: &'static [ProvisionType],
    asked: Which,
    preview: Option<Preview>,
    fault: Option<&'static str>,
}

#[derive(Deserialize)]
struct Which {
    #[serde(default, rename = "type")]
    provision_type: String,
    #[serde(default)]
    stance: String,
    #[serde(default)]
    severity: String,
}

async fn show(State(state): State<WebState>, staff: Staff, Query(asked): Query<Which>) -> Result<Response, Error> {
    let taxonomy = atlas_catalog::taxonomy();
    let mut connection = state.pool.acquire().await?;
    let desk = Desk::load(&mut connection, "rubric").await?;
    let (mut preview, mut fault) = (None, None);
    if !asked.provision_type.is_empty() {
        let kind = taxonomy.provision_type(&asked.provision_type);
        let stance = asked.stance.parse::<Stance>().ok();
        let rule = kind.zip(stance).and_then(|(kind, stance)| kind.stances.get(&stance));
        match (kind, stance, rule, asked.severity.parse::<Severity>()) {
            (Some(kind), Some(stance), Some(rule), Ok(severity)) => {
                preview = Some(Preview {
                    kind,
                    stance,
                    rule,
                    severity,
                    reach: rubric_reach(&mut connection, &kind.slug, stance).await?,
                    toml: toml(stance, rule, severity),
                });
            }
            _ => fault = Some("Choose a question, a stance that it allows, and a severity."),
        }
    }
    let page = RubricPage {
        chrome: staff.chrome,
        desk,
        version: taxonomy.rubric_version,
        types: &taxonomy.types,
        asked,
        preview,
        fault,
    };
    render::html(&page, CachePolicy::Private)
}

/// The lines of the catalogue's file with the other severity.
fn toml(stance: Stance, rule: &SeverityRule, severity: Severity) -> String {
    format!(
        "[types.stances.{stance}]\nseverity = \"{severity}\"\nreason = {}\nfavours = \"{}\"\n",
        serde_json::Value::from(rule.reason.as_str()),
        rule.favours
    )
}

#[cfg(test)]
mod tests {
    use atlas_domain::{Severity, Stance};

    #[test]
    fn what_is_printed_is_what_the_file_holds_with_another_severity() {
        let kind = atlas_catalog::taxonomy().provision_type("model-training-use").unwrap();
        let rule = kind.stances.get(&Stance::PermitsOptOut).unwrap();
        assert_eq!(
            super::toml(Stance::PermitsOptOut, rule, Severity::High),
            "[types.stances.permits_opt_out]\nseverity = \"high\"\nreason = \"Content trains models until somebody opts \
             out\"\nfavours = \"provider\"\n"
        );
    }
}
