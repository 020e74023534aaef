//! Raw snapshots by content hash: what was received is kept once, compressed, and comes back exactly or not at all.
//!
//! Invariant: an object's name is the SHA-256 of its uncompressed bytes, an object appears whole or not at all, and
//! it is never replaced while it is sound. Nothing here knows a page, a document or a database.

use std::{path::Path, sync::Arc};

use atlas_domain::Sha256;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, local::LocalFileSystem, path::Path as Key};
use sha2::Digest as _;

/// Largest snapshot that is taken in, in bytes before compression.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Above this size the quicker level is used: large pages are read far less often than they are written.
const LARGE: usize = 2 * 1024 * 1024;
const LEVEL: i32 = 9;
const LEVEL_LARGE: i32 = 3;
/// A zstd frame names the size of its content within its first 18 bytes.
const FRAME_HEADER_BYTES: u64 = 18;

/// Why a snapshot could not be stored or read back.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// No snapshot has this hash.
    #[error("the archive holds no snapshot {sha256}")]
    NotFound {
        /// The hash that was asked for.
        sha256: Sha256,
    },
    /// The stored object no longer has the content that its name promises.
    #[error("snapshot {sha256} is damaged")]
    Corrupt {
        /// The hash that was asked for.
        sha256: Sha256,
    },
    /// More than [`MAX_BYTES`].
    #[error("a snapshot of {byte_count} bytes is larger than the archive takes")]
    TooLarge {
        /// Size in bytes.
        byte_count: usize,
    },
    /// The store can't be used.
    #[error("the archive's store failed")]
    Store(#[from] object_store::Error),
    /// The bytes could not be compressed, or the folder not be made.
    #[error("the archive could not be read or written")]
    Io(#[from] std::io::Error),
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the uncompressed bytes: the snapshot's name.
    pub sha256: Sha256,
    /// Size in bytes before compression.
    pub byte_count: u64,
    /// Size in bytes as stored.
    pub stored_byte_count: u64,
}

/// A store of snapshots. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
}

impl Archive {
    /// A folder on this machine; it is made if it does not exist.
    pub fn local(dir: impl AsRef<Path>) -> Result<Self, ArchiveError> {
        std::fs::create_dir_all(&dir)?;
        // A row in the database may outlive a power cut by a second; the bytes it names have to as well.
        let store = LocalFileSystem::new_with_prefix(dir)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// Stores bytes, unless they are there already. Safe to repeat, to run at once with itself, and to kill.
    pub async fn put(&self, bytes: &[u8]) -> Result<Stored, ArchiveError> {
        if bytes.len() > MAX_BYTES {
            return Err(ArchiveError::TooLarge {
                byte_count: bytes.len(),
            });
        }
        let sha256 = Sha256(sha2::Sha256::digest(bytes).into());
        let byte_count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let stored = |stored_byte_count| Stored {
            sha256,
            byte_count,
            stored_byte_count,
        };
        let key = key_of(sha256);
        let sound = self.sound_size(&key, sha256, byte_count).await?;
        if let Found::Sound(size) = sound {
            return Ok(stored(size));
        }
        let level = if bytes.len() > LARGE { LEVEL_LARGE } else { LEVEL };
        let owned = bytes.to_vec();
        let packed = off_thread(move || zstd::bulk::compress(&owned, level)).await?;
        let packed_size = u64::try_from(packed.len()).unwrap_or(u64::MAX);
        // A damaged object is replaced by what it should have been; otherwise whoever comes first wins.
        let mode = if sound == Found::Damaged {
            PutMode::Overwrite
        } else {
            PutMode::Create
        };
        match self.store.put_opts(&key, PutPayload::from(packed), mode.into()).await {
            Ok(_) => Ok(stored(packed_size)),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(stored(self.store.head(&key).await?.size)),
            Err(error) => Err(error.into()),
        }
    }

    /// The exact bytes of a snapshot; their hash is checked again.
    pub async fn get(&self, sha256: Sha256) -> Result<Vec<u8>, ArchiveError> {
        let packed = match self.store.get(&key_of(sha256)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Err(ArchiveError::NotFound { sha256 }),
            Err(error) => return Err(error.into()),
        };
        off_thread(move || Ok(unpack(&packed, sha256)))
            .await?
            .ok_or(ArchiveError::Corrupt { sha256 })
    }

    /// Whether a snapshot is there; says nothing of its soundness.
    pub async fn exists(&self, sha256: Sha256) -> Result<bool, ArchiveError> {
        match self.store.head(&key_of(sha256)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A cheap look at what is there: the frame has to name the right size. Only if it does not is the whole read.
    async fn sound_size(&self, key: &Key, sha256: Sha256, byte_count: u64) -> Result<Found, ArchiveError> {
        let size = match self.store.head(key).await {
            Ok(meta) => meta.size,
            Err(object_store::Error::NotFound { .. }) => return Ok(Found::Nothing),
            Err(error) => return Err(error.into()),
        };
        if size > 0 {
            let header = self.store.get_range(key, 0..size.min(FRAME_HEADER_BYTES)).await?;
            if zstd::zstd_safe::get_frame_content_size(&header).is_ok_and(|named| named == Some(byte_count)) {
                return Ok(Found::Sound(size));
            }
        }
        match self.get(sha256).await {
            Ok(_) => Ok(Found::Sound(size)),
            Err(ArchiveError::Corrupt { .. } | ArchiveError::NotFound { .. }) => Ok(Found::Damaged),
            Err(error) => Err(error),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Damaged,
    Sound(u64),
}

fn key_of(sha256: Sha256) -> Key {
    let hex = sha256.to_hex();
    let (first, second) = (hex.get(..2).unwrap_or_default(), hex.get(2..4).unwrap_or_default());
    Key::from(format!("sha256/{first}/{second}/{hex}.zst"))
}

fn unpack(packed: &[u8], sha256: Sha256) -> Option<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten()?;
    let size = usize::try_from(size).ok().filter(|size| *size <= MAX_BYTES)?;
    let bytes = zstd::bulk::decompress(packed, size).ok()?;
    (sha2::Sha256::digest(&bytes).as_slice() == sha256.as_bytes()).then_some(bytes)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

#[cfg(test)]
mod tests;
