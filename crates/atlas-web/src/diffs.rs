//! Comparisons of two versions, made beside the async threads and kept for a while.
//!
//! Invariant: a pair is compared once at a time however many ask for it, at most two pairs at once; versions never
//! change, so what is kept is never stale.

use std::sync::Arc;

use atlas_db::view::version::VersionRecord;
use atlas_domain::{ChangeId, Hunk, PolicyText, VersionId};
use atlas_text::diff::Diff;
use moka::future::Cache;
use tokio::sync::Semaphore;

use crate::Error;

/// Bytes of comparisons held in memory.
const KEPT_BYTES: u64 = 48 * 1024 * 1024;
/// Comparisons that run at once.
const AT_ONCE: usize = 2;

/// The two versions, and the change whose passages are shown; without one the versions are compared anew.
type Key = (VersionId, VersionId, Option<ChangeId>);

/// Comparisons by pair of versions.
#[derive(Clone)]
pub struct Diffs {
    kept: Cache<Key, Arc<Diff>>,
    room: Arc<Semaphore>,
}

impl std::fmt::Debug for Diffs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Diffs").field(&self.kept.entry_count()).finish()
    }
}

impl Default for Diffs {
    fn default() -> Self {
        let weigh = |_: &Key, diff: &Arc<Diff>| {
            let bytes: usize = diff.new_words().iter().map(String::len).sum();
            // Words are held twice, as sides and as segments, with their offsets.
            u32::try_from(bytes.saturating_mul(3)).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build(),
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Diffs {
    /// Two versions, compared now.
    pub(crate) async fn of_versions(&self, old: &VersionRecord, new: &VersionRecord) -> Result<Arc<Diff>, Error> {
        self.get((old.id, new.id, None), &old.text, &new.text, None).await
    }

    /// Two versions with the passages that a change recorded.
    pub(crate) async fn of_change(
        &self,
        change: ChangeId,
        old: &VersionRecord,
        new: &VersionRecord,
        hunks: &[Hunk],
    ) -> Result<Arc<Diff>, Error> {
        self.get((old.id, new.id, Some(change)), &old.text, &new.text, Some(hunks))
            .await
    }

    async fn get(
        &self,
        key: Key,
        old: &PolicyText,
        new: &PolicyText,
        hunks: Option<&[Hunk]>,
    ) -> Result<Arc<Diff>, Error> {
        if let Some(diff) = self.kept.get(&key).await {
            return Ok(diff);
        }
        let (old, new, hunks) = (old.clone(), new.clone(), hunks.map(<[Hunk]>::to_vec));
        let room = Arc::clone(&self.room);
        let made = self.kept.try_get_with(key, async move {
            let _turn = room.acquire_owned().await.map_err(|error| error.to_string())?;
            tokio::task::spawn_blocking(move || {
                let hunks = hunks.unwrap_or_else(|| atlas_text::compare(&old, &new).hunks);
                Arc::new(Diff::new(&old, &new, &hunks))
            })
            .await
            .map_err(|error| error.to_string())
        });
        made.await
            .map_err(|error: Arc<String>| Error::internal(error.as_ref().as_str()))
    }
}
