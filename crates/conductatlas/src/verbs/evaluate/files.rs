//! Reading one side of a trial.
//!
//! Invariant: a page that may not be read is the words of its refusal, not the end of the evaluation.

use std::{error::Error as _, fs, io::Read as _, path::Path};

use atlas_domain::{ExtractRules, PolicyText};
use atlas_text::MAX_BYTES;

/// The text of a file; `.gz` is unpacked.
pub(super) fn policy(path: &Path, rules: &ExtractRules) -> Result<PolicyText, String> {
    let packed = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let is = |path: &Path, extension: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension));
    let is_packed = is(path, "gz");
    let bytes = if is_packed {
        let mut bytes = Vec::new();
        let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        flate2::read::GzDecoder::new(packed.as_slice())
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        bytes
    } else {
        packed
    };
    let bare = if is_packed {
        path.with_extension("")
    } else {
        path.to_owned()
    };
    if is(&bare, "md") {
        // A record of an archive is its text already: the gate has no say in it.
        return Ok(atlas_text::parse_markdown(&String::from_utf8_lossy(&bytes)));
    }
    let content_type = is(&bare, "html").then_some("text/html");
    atlas_text::extract(&bytes, content_type, None, rules).map_err(|error| match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    })
}
