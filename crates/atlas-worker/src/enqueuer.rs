//! Where follow-ups go: into the queue, or onto a list that the caller works off at once.
//!
//! Invariant: the same job code runs for live polls, replays and imports; only this differs. Telling people (alerts,
//! mails) always goes through the queue.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use atlas_domain::jobs::{Deliver, Job, PollSource, PublishChange, RaiseAlerts, ReadVersion, RecordVersion};
use atlas_jobs::{Enqueue, Outcome, enqueue};
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{Error, Services, jobs};

/// A step that is worked off in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// See [`RecordVersion`].
    Record(RecordVersion),
    /// See [`ReadVersion`].
    Read(ReadVersion),
    /// See [`PublishChange`].
    Publish(PublishChange),
}

/// A job that can follow another.
pub(crate) trait FollowUp: Job + Clone {
    /// The job as a step, if it may be worked off in place.
    fn step(&self) -> Option<Step> {
        None
    }
}

impl FollowUp for PollSource {}
impl FollowUp for RaiseAlerts {}
impl FollowUp for Deliver {}
impl FollowUp for RecordVersion {
    fn step(&self) -> Option<Step> {
        Some(Step::Record(self.clone()))
    }
}
impl FollowUp for ReadVersion {
    fn step(&self) -> Option<Step> {
        Some(Step::Read(self.clone()))
    }
}
impl FollowUp for PublishChange {
    fn step(&self) -> Option<Step> {
        Some(Step::Publish(self.clone()))
    }
}

/// Where follow-ups go.
#[derive(Debug)]
pub enum Enqueuer {
    /// Into the queue, in the caller's transaction.
    Queue,
    /// Onto a list; the caller works it off after its transaction.
    Inline(Mutex<VecDeque<InlineStep>>),
}

/// An entry of the list of [`Enqueuer::Inline`].
#[derive(Debug)]
pub struct InlineStep(Step);

impl Enqueuer {
    /// A new, empty list.
    pub fn inline() -> Self {
        Self::Inline(Mutex::new(VecDeque::new()))
    }

    /// Takes a follow-up.
    pub(crate) async fn push<J: FollowUp>(&self, connection: &mut PgConnection, job: &J) -> Result<(), Error> {
        match (self, job.step()) {
            (Self::Inline(list), Some(step)) => {
                list.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_back(InlineStep(step));
            }
            _ => enqueue(connection, job, Enqueue::default()).await?,
        }
        Ok(())
    }

    /// Takes a follow-up that waits until an instant; always through the queue.
    pub(crate) async fn push_at<J: FollowUp>(
        &self,
        connection: &mut PgConnection,
        job: &J,
        at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let delay = std::time::Duration::try_from(at - now).unwrap_or_default();
        enqueue(connection, job, Enqueue::after(delay)).await?;
        Ok(())
    }

    /// Works the list off, in order, follow-ups of follow-ups included.
    pub(crate) async fn drain(&self, services: &Services) -> Result<(), Error> {
        let Self::Inline(list) = self else { return Ok(()) };
        loop {
            let next = list.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(InlineStep(step)) = next else { return Ok(()) };
            let outcome = match step {
                Step::Record(job) => jobs::record_version::run(services, self, job).await?.outcome(),
                Step::Read(job) => jobs::read_version::run(services, self, job).await?,
                Step::Publish(job) => jobs::publish_change::run(services, self, job).await?,
            };
            if let Outcome::Retry(reason) | Outcome::Discard(reason) = outcome {
                tracing::warn!(reason, "a step of a replay did not succeed");
            }
        }
    }
}
