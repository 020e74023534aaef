//! Makes a published change known to everybody who watches its platform.
//!
//! Invariant: alerts, their mails and the cursor move in one transaction, so that an interrupted run goes on where it
//! stopped; a person is told of a change once, whatever is repeated.

use atlas_db::alert::{NewAlert, alerts_insert};
use atlas_db::change::change_head;
use atlas_db::publication::{fanout_lock, fanout_update};
use atlas_db::watch::{Audience, plans_with, watches_by_platform};
use atlas_domain::jobs::{Deliver, RaiseAlerts};
use atlas_domain::{AlertId, DeliveryId, Feature, Materiality};
use atlas_jobs::Outcome;

use crate::failpoint::failpoint;
use crate::{Enqueuer, Error, Services, deadline, message_id};

/// Raises the alerts of a change.
pub(crate) async fn run(services: &Services, queue: &Enqueuer, job: RaiseAlerts) -> Result<Outcome, Error> {
    let plans = plans_with(Feature::SameDayAlerts);
    loop {
        let mut transaction = services.pool.begin().await?;
        let (Some(fanout), Some(change)) = (
            fanout_lock(&mut transaction, job.change_id).await?,
            change_head(&mut transaction, job.change_id).await?,
        ) else {
            return Ok(Outcome::Cancel("the change is not to be made known".to_owned()));
        };
        if fanout.finished_at.is_some() {
            queue.push(&mut transaction, &Deliver {}).await?;
            transaction.commit().await?;
            return Ok(Outcome::Done);
        }
        let thresholds: Vec<String> = Materiality::ALL
            .iter()
            .filter(|threshold| **threshold <= change.materiality)
            .map(|threshold| threshold.as_str().to_owned())
            .collect();
        let audience = Audience {
            platform: fanout.platform_id,
            published_at: fanout.published_at,
            thresholds: &thresholds,
            plans: &plans,
        };
        let chunk = services.settings.fanout_chunk;
        let watchers = watches_by_platform(&mut transaction, audience, fanout.cursor, chunk).await?;
        let alerts: Vec<NewAlert> = watchers
            .iter()
            .filter(|watcher| watcher.alerted)
            .map(|watcher| {
                let delivery_id = DeliveryId::generate();
                NewAlert {
                    id: AlertId::generate(),
                    organization_id: watcher.organization_id,
                    recipient_id: watcher.account_id,
                    watch_id: watcher.watch_id,
                    send_by: deadline::send_by(fanout.published_at, &watcher.time_zone),
                    delivery_id,
                    message_id: message_id(delivery_id, &services.settings.mail_domain),
                }
            })
            .collect();
        let now = services.now();
        let raised = alerts_insert(&mut transaction, job.change_id, &alerts, now).await?;
        let is_last = i64::try_from(watchers.len())? < chunk;
        let cursor = watchers.last().map(|watcher| watcher.watch_id);
        fanout_update(&mut transaction, job.change_id, cursor, is_last.then_some(now)).await?;
        if raised > 0 || is_last {
            queue.push(&mut transaction, &Deliver {}).await?;
        }
        failpoint("alerts.before_commit");
        transaction.commit().await?;
        failpoint("alerts.committed");
        if is_last {
            return Ok(Outcome::Done);
        }
    }
}
