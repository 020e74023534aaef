//! Payloads of the jobs that move a document from the web into somebody's inbox.
//!
//! Invariant: a payload names rows and instants, never content, so that a job can run twice and always reads
//! what is true when it runs. Kinds and fields are part of the queue's format: they are only ever added to.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

use crate::{ChangeId, DocumentId, DraftId, Sha256, SourceId, VersionId};

/// A unit of work for the worker.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The word under which the queue knows it.
    const KIND: &'static str;
    /// At most one job of this key waits at a time; `None` lets any number wait.
    fn key(&self) -> Option<String>;
    /// Jobs that share a queue name run one after the other; `None` lets them run side by side.
    fn queue(&self) -> Option<String> {
        None
    }
    /// Lower runs first. 0 is the tier of alerts, 10 of polling.
    fn priority(&self) -> i16 {
        5
    }
    /// Attempts before the job is given up.
    fn max_attempts(&self) -> i16 {
        20
    }
}

/// Fetch every location of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollSource {
    /// The source.
    pub source_id: SourceId,
    /// A second look, through the browser, at pages whose plain capture was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_look: bool,
}

impl PollSource {
    /// A poll as the source's rules say.
    pub const fn of(source_id: SourceId) -> Self {
        Self {
            source_id,
            second_look: false,
        }
    }
}

impl Job for PollSource {
    const KIND: &'static str = "poll_source";
    fn key(&self) -> Option<String> {
        Some(format!("poll_source:{}", self.source_id))
    }
    fn priority(&self) -> i16 {
        10
    }
    fn max_attempts(&self) -> i16 {
        3
    }
}

/// One page of a version to be: which bytes, from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedLocation {
    /// Position of the location in the source's rules, from 0.
    pub position: i32,
    /// The address the bytes came from, after redirects.
    pub url: String,
    /// The bytes.
    pub snapshot: Sha256,
    /// The address that was asked for; with the validators it becomes the state of the location once the text is
    /// accepted. `None` for bytes that were not fetched by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_url: Option<String>,
    /// The server's entity tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The server's date of change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Rendered by a browser although the rules say plainly, because the plain capture was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_look: bool,
}

/// Extract the text of a complete capture and record it if it is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordVersion {
    /// The document.
    pub document_id: DocumentId,
    /// When the bytes were received.
    #[serde(with = "time::serde::rfc3339")]
    pub captured_at: OffsetDateTime,
    /// Every location of the document, in order.
    pub locations: Vec<CapturedLocation>,
    /// Recorded by others or before our time: nobody is alerted.
    #[serde(default)]
    pub historical: bool,
    /// Every page was fetched without asking whether it changed: may confirm a change that was seen once.
    #[serde(default)]
    pub fetched_anew: bool,
    /// The last of a history that others recorded: its text stands, also where the document goes to and fro.
    #[serde(default)]
    pub ends_history: bool,
}

impl Job for RecordVersion {
    const KIND: &'static str = "record_version";
    fn key(&self) -> Option<String> {
        Some(format!(
            "record_version:{}:{}",
            self.document_id,
            self.captured_at.unix_timestamp_nanos()
        ))
    }
    fn queue(&self) -> Option<String> {
        Some(format!("document:{}", self.document_id))
    }
}

/// Read a version: findings, provisions, and the change against the version before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadVersion {
    /// The version.
    pub version_id: VersionId,
    /// See [`RecordVersion::historical`].
    #[serde(default)]
    pub historical: bool,
}

impl Job for ReadVersion {
    const KIND: &'static str = "read_version";
    fn key(&self) -> Option<String> {
        Some(format!("read_version:{}", self.version_id))
    }
}

/// Read the versions of a document that another detector or another rubric read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAgain {
    /// The document.
    pub document_id: DocumentId,
}

impl Job for ReadAgain {
    const KIND: &'static str = "read_again";
    fn key(&self) -> Option<String> {
        Some(format!("read_again:{}", self.document_id))
    }
    fn priority(&self) -> i16 {
        9
    }
}

/// Give a change its place in the public record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishChange {
    /// The change.
    pub change_id: ChangeId,
    /// See [`RecordVersion::historical`].
    #[serde(default)]
    pub historical: bool,
}

impl Job for PublishChange {
    const KIND: &'static str = "publish_change";
    fn key(&self) -> Option<String> {
        Some(format!("publish_change:{}", self.change_id))
    }
    fn priority(&self) -> i16 {
        2
    }
}

/// Make a published change known to everybody who watches it: alerts and their deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseAlerts {
    /// The change.
    pub change_id: ChangeId,
}

impl Job for RaiseAlerts {
    const KIND: &'static str = "raise_alerts";
    fn key(&self) -> Option<String> {
        Some(format!("raise_alerts:{}", self.change_id))
    }
    fn priority(&self) -> i16 {
        1
    }
}

/// Send what is due. The deliveries themselves are rows; this job only wakes the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {}

impl Job for Deliver {
    const KIND: &'static str = "deliver";
    fn key(&self) -> Option<String> {
        Some("deliver".to_owned())
    }
    fn priority(&self) -> i16 {
        0
    }
}

/// Enqueue a poll for every source that is due, and wake what was left lying.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {}

impl Job for Tick {
    const KIND: &'static str = "tick";
    fn key(&self) -> Option<String> {
        Some("tick".to_owned())
    }
}

/// Write the weekly digests whose local Monday morning has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteDigests {}

impl Job for WriteDigests {
    const KIND: &'static str = "write_digests";
    fn key(&self) -> Option<String> {
        Some("write_digests".to_owned())
    }
}

/// Ask a language model for a summary of a version's quotations, where one is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSummary {
    /// The draft.
    pub draft_id: DraftId,
}

impl Job for DraftSummary {
    const KIND: &'static str = "draft_summary";
    fn key(&self) -> Option<String> {
        Some(format!("draft_summary:{}", self.draft_id))
    }
    fn queue(&self) -> Option<String> {
        Some("drafting".to_owned())
    }
    fn priority(&self) -> i16 {
        20
    }
    fn max_attempts(&self) -> i16 {
        3
    }
}
