//! Typed identifiers. Rows carry UUID version 7 (time-ordered, RFC 9562); bytes carry SHA-256.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);
        impl $name {
            /// A new time-ordered id.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
            /// The bare UUID, for a query parameter.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A service whose terms are followed.
    PlatformId,
    /// One policy of a platform.
    DocumentId,
    /// How a document is obtained.
    SourceId,
    /// The rules of a source during one span of time.
    SourceRevisionId,
    /// One attempt to fetch one location.
    CaptureId,
    /// The text of a document at one time.
    VersionId,
    /// Two consecutive versions and their difference.
    ChangeId,
    /// What one document says on one provision type.
    ProvisionId,
    /// The reading of a provision at one version.
    FindingId,
    /// A tenant.
    OrganizationId,
    /// A person who can log in.
    AccountId,
    /// An organization follows something.
    WatchId,
    /// One change made known to one watcher.
    AlertId,
    /// One alert, digest or account mail on one channel.
    DeliveryId,
    /// The weekly summary for one recipient.
    DigestId,
    /// Stored bytes read again.
    ReextractionId,
    /// A person's word on a finding.
    ReviewId,
    /// Something that a curator should look at.
    CuratorNoteId,
    /// A summary that a language model is asked for.
    DraftId,
}

/// A SHA-256 digest (32 bytes), written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Reads a digest from exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
    /// Reads 64 hexadecimal digits, either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut out = [0u8; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (slot, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(out))
    }
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
    /// The first and last eight digits, as pages show a digest.
    pub fn short(self) -> String {
        let hex = self.to_hex();
        format!(
            "{}…{}",
            hex.get(..8).unwrap_or_default(),
            hex.get(56..).unwrap_or_default()
        )
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}
impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}
impl Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}
impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("expected 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::Sha256;

    #[test]
    fn a_digest_survives_hexadecimal_and_refuses_anything_else() {
        let digest = Sha256([7; 32]);
        assert_eq!(Sha256::from_hex(&digest.to_hex()), Some(digest));
        assert_eq!(Sha256::from_hex("07"), None);
        assert_eq!(Sha256::from_hex(&"zz".repeat(32)), None);
        assert_eq!(Sha256::from_hex(&"é".repeat(32)), None);
    }
}
