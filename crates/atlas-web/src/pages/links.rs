//! Addresses as templates ask for them: the same as `atlas_domain::urls`, with numbers however often borrowed.

use atlas_domain::urls;

use super::words::{Instant, Whole};

fn number(of: impl Whole) -> i32 {
    i32::try_from(of.whole()).unwrap_or(i32::MAX)
}

/// A version.
pub(super) fn version(platform: &str, document: &str, of: impl Whole) -> String {
    urls::version(platform, document, number(of))
}

/// The difference between a version and the one before it.
pub(super) fn step(platform: &str, document: &str, to: impl Whole) -> String {
    let to = number(to);
    urls::diff(platform, document, to.saturating_sub(1), to)
}

/// A change record, by the instant of its detection.
pub(super) fn change(detected: impl Instant, platform: &str, document: &str, public_id: &str) -> String {
    urls::change(
        detected.instant().to_offset(time::UtcOffset::UTC).date(),
        platform,
        document,
        public_id,
    )
}
